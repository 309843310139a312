"""Cut the files of a source into items. Whatever opens a file runs in a worker (`split_files`)."""

from __future__ import annotations

import hashlib
import stat
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tasks.errors import RecordError
from tasks.origins import Found
from tasks.registry import source_of
from tasks.sandbox import Progress
from tasks.source import Item, Skip, Source
from tasks.step import Params

SPLIT_SECONDS = 300
"""Wall clock for finding the items of one file; an mbox is read whole for that."""


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
    assert file.path is not None  # it was fetched
    try:
        if not stat.S_ISREG(file.path.lstat().st_mode):
            return Refused(file.uri, "unreadable", "no regular file any more")  # a link to elsewhere, or a pipe
        return [_piece(Item(file.uri, file.path, *span)) for span in source.split(file.path, params)]
    except Skip as skip:
        return Refused(file.uri, "other_type", skip.media_type)
    except RecordError as error:
        return Refused(file.uri, error.reason, error.detail)
    except OSError as error:
        return Refused(file.uri, "unreadable", type(error).__name__)
    except Exception as error:  # noqa: BLE001 - a parser may raise anything on hostile bytes; the file is kept back
        return Refused(file.uri, "malformed", type(error).__name__)


def _piece(item: Item) -> Piece:
    digest = hashlib.sha256()
    with item.open() as stream:
        left = item.length
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


SCAN_PARTS = 8
"""Times as many parts of scans: their bytes tell little about their seconds, and one long part leaves workers idle."""
SHEET_BYTES = 400_000
"""What every scan weighs beside its bytes: the page of a small file takes as long to read as that of a large one."""


def cut_items(pieces: Sequence[Piece], kind: str, most_bytes: int, least_parts: int) -> list[Sequence[Piece]]:
    """Cut items of one kind of source into parts that take about equally long to read; see `cut`."""
    lengths = [piece.item.length for piece in pieces]
    if kind != "scans":
        return cut(pieces, lengths, most_bytes, least_parts)
    return cut(pieces, [length + SHEET_BYTES for length in lengths], most_bytes, SCAN_PARTS * least_parts)
