"""Bring files here from their origin, one after the other; one that can't be had costs none of the others."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from tasks.discover import Refused
from tasks.errors import RecordError
from tasks.origins import Found, Gone, Origin


def fetch_files(origin: Origin, files: Sequence[Found], folder: Path, largest: int) -> list[Found | Refused | None]:
    """Return each file with its bytes on this machine, or why it could not be had; None: it is gone or changed.

    A file of more than `largest` bytes is not fetched. What a failed attempt has brought already is not fetched again.

    Raises TransientError and ConfigError when the origin fails as a whole.
    """
    return [file if file.path else _fetch(origin, file, folder, largest) for file in files]


def _fetch(origin: Origin, file: Found, folder: Path, largest: int) -> Found | Refused | None:
    if file.size > largest:
        return Refused(file.uri, "too_large", f"more than {largest >> 20} MB: not fetched")
    try:
        return origin.fetch(file, folder)
    except Gone:
        return None
    except RecordError as error:
        return Refused(file.uri, error.reason, error.detail)
