"""Find the files of a source and cut them into items.

Only names and sizes are read in the flow's process; whatever opens a file runs in a worker (`split_files`).
"""

from __future__ import annotations

import hashlib
import os
import stat
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tasks.errors import ConfigError, RecordError
from tasks.registry import source_of
from tasks.sandbox import Progress
from tasks.source import Item, Skip, Source
from tasks.step import Params

SPLIT_SECONDS = 300
"""Wall clock for finding the items of one file; an mbox is read whole for that."""


@dataclass(frozen=True, slots=True)
class Found:
    """A file as the listing shows it."""

    path: Path
    size: int
    mtime_ns: int

    @property
    def uri(self) -> str:
        """The file as a file:// URI, percent-encoded."""
        return self.path.as_uri()


def list_files(root: Path) -> Iterator[Found]:
    """Yield the regular files under `root` (or `root` itself), sorted by name, each folder's files before its folders.

    Symbolic links, FIFOs, devices and sockets are left alone: a mail folder must not lead to /etc.

    Raises ConfigError when `root` does not exist.
    """
    root = root.absolute()
    try:
        facts = root.stat()
    except OSError as error:
        raise ConfigError(f"cannot read {root}: {error.strerror}", remedy="Correct the path of the source.") from None
    if stat.S_ISREG(facts.st_mode):
        yield Found(root, facts.st_size, facts.st_mtime_ns)
        return
    for folder, folders, names in os.walk(root, onerror=_unlistable):
        folders.sort()
        for name in sorted(names):
            path = Path(folder, name)
            try:
                facts = path.lstat()
            except FileNotFoundError:
                continue  # it was moved away meanwhile; where it went, it will be found
            if stat.S_ISREG(facts.st_mode):
                yield Found(path, facts.st_size, facts.st_mtime_ns)


def _unlistable(error: OSError) -> None:
    raise ConfigError(f"cannot list {error.filename}: {error.strerror}", remedy="Let daytwo read the folder.")


@dataclass(frozen=True, slots=True)
class Piece:
    """An item that was found in a file, with the SHA-256 of its bytes (hex)."""

    item: Item
    sha256: str


@dataclass(frozen=True, slots=True)
class Refused:
    """A file that gives no items. `reason` is a code of `tasks.reasons`; other_type means that it was skipped."""

    uri: str
    reason: str
    detail: str = ""


def split_files(files: Sequence[Found], progress: str, kind: str, params: Params) -> list[list[Piece] | Refused]:
    """Run in a worker: return for each file its items, or why it has none."""
    source = source_of(kind)
    clock = Progress(Path(progress))
    found = []
    for index, file in enumerate(files):
        clock.begin(index, SPLIT_SECONDS)
        found.append(_split(file, source, params))
    clock.end()
    return found


def _split(file: Found, source: Source, params: Params) -> list[Piece] | Refused:
    try:
        return [_piece(file, offset, length) for offset, length in source.split(file.path, params)]
    except Skip as skip:
        return Refused(file.uri, "other_type", skip.media_type)
    except RecordError as error:
        return Refused(file.uri, error.reason, error.detail)
    except OSError as error:
        return Refused(file.uri, "unreadable", type(error).__name__)
    except Exception as error:  # noqa: BLE001 - a parser may raise anything on hostile bytes; the file is kept back
        return Refused(file.uri, "malformed", type(error).__name__)


def _piece(file: Found, offset: int, length: int) -> Piece:
    item = Item(file.uri, file.path, offset, length)
    digest = hashlib.sha256()
    with item.open() as stream:
        left = length
        while left and (chunk := stream.read(min(left, 1 << 20))):
            digest.update(chunk)
            left -= len(chunk)
    return Piece(item, digest.hexdigest())


def cut(pieces: Sequence[Any], sizes: Sequence[int], most_bytes: int, least_parts: int) -> list[Sequence[Any]]:
    """Cut `pieces` into runs of about equal size.

    None is above `most_bytes` (but for single giants), and there are at least `least_parts` where pieces suffice.
    """
    goal = max(1, min(most_bytes, -(-sum(sizes) // max(1, least_parts))))
    parts: list[Sequence[Any]] = []
    start, held = 0, 0
    for index, size in enumerate(sizes):
        short = len(sizes) - index < least_parts - len(parts)  # too few pieces are left to fill the parts that are due
        if start < index and (held + size > goal or short):
            parts.append(pieces[start:index])
            start, held = index, 0
        held += size
    if start < len(pieces):
        parts.append(pieces[start:])
    return parts
