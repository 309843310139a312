"""Origins: where the files of a source come from. A folder, a prefix of an S3 bucket, a mailbox.

An origin lists names and facts only, and brings the bytes of one file into a folder of ours when they are wanted. It
never looks into them: whatever does, runs in a worker (`tasks.discover`).
"""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol
from urllib.parse import unquote


@dataclass(frozen=True, slots=True)
class Found:
    """A file as a listing shows it.

    `uri` is percent-encoded. `size` in bytes. `version` changes when the content does: the time of the last change in
    ns since 1970 of a file, the ETag of an S3 object. A mail's uri names one content for good; there it is the account.
    `path` is where the bytes lie on this machine, None until they were fetched.
    """

    uri: str
    size: int
    version: str
    path: Path | None = None

    @property
    def key(self) -> tuple[str, int, str]:
        """What the ledger knows a file by."""
        return self.uri, self.size, self.version


class Gone(Exception):
    """The file vanished or changed between listing and fetch: another night's work."""


class Origin(Protocol):
    """A place that files come from.

    `left` counts what the last listing left alone, by kind in plain words ("symbolic link"), in the singular.
    """

    left: Counter[str]

    def listing(self) -> Iterator[Found]:
        """Yield what is there, in an order that stays; nothing is opened.

        Raises ConfigError when the place is not there or may not be read, TransientError when it doesn't answer.
        """

    def fetch(self, found: Found, folder: Path, ahead: Sequence[Found] = ()) -> Found:
        """Return the file with its bytes on this machine, in `folder` under a name of ours (see `hidden`).

        `ahead` are the files that will be asked for next: an origin with a slow line may bring several at once.

        Raises Gone, RecordError(unreadable) when this one file can't be had, TransientError when the place doesn't
        answer, ConfigError when it lets us in no longer. The caller has checked the size.
        """


def base_name(uri: str) -> str:
    """Return the user's name of a file, the last segment of its uri: a hint and scrubbed metadata, never a path."""
    return unquote(uri.rsplit("/", 1)[-1], errors="surrogateescape")


_SUFFIXES = frozenset(
    {
        *(".eml", ".emlx", ".msg", ".mbox", ".mbx", ".mbs", ".mail", ".email"),
        *(".csv", ".tsv", ".json", ".jsonl", ".ndjson", ".xlsx", ".xlsm"),
        *(".pdf", ".png", ".jpg", ".jpeg", ".jpe", ".tif", ".tiff", ".webp", ".gif", ".jp2", ".j2k", ".heic", ".heif"),
    }
)
"""Suffixes by which a reader knows what a file pretends to be."""
_WORDS = frozenset({"tickets", "ticket", "issues", "requests", "conversations", "comments"}) | {
    *("users", "contacts", "agents", "requesters", "customers", "organizations", "organisations", "companies"),
    *("groups", "brands", "macros", "triggers", "automations", "views"),
}
"""Words in a file's name that tell which table of an export it holds (`tasks.ingest.ticket_objects`)."""


def hidden(found: Found, folder: Path) -> Path:
    """Return the path in `folder` for the bytes of a file: digests, and of the user's names only what readers go by.

    Files of one place share a folder, as an export's tables must; "cur" and "new" of a Maildir, the suffix, and words
    such as "users" in a name are kept as hints. Nothing else of the name is, so nothing in it can lead out of `folder`.
    """
    place, _, last = found.uri.rpartition("/")
    name = unquote(last, errors="replace").lower()
    inbox = [part for part in (place.rsplit("/", 1)[-1],) if part in ("cur", "new")]
    zipped = ".gz" if name.endswith(".gz") else ""
    suffix = Path(name.removesuffix(".gz")).suffix
    kept = (suffix if suffix in _SUFFIXES else "") + zipped
    words = "".join(f"-{word}" for word in dict.fromkeys(re.split(r"[^a-z]+", name)) if word in _WORDS)
    return Path(
        folder,
        _digest(place),
        *inbox,
        f"{_digest(last + found.version)}{words}{kept}",
    )


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogateescape")).hexdigest()[:24]
