"""How far the compressed streams of a PDF unfold, before pdfium meets them: it has no cap of its own.

A content stream of 272 kB that unfolds to 140 MB took pdfium 50 s and 2.7 GB.
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from mmap import ACCESS_READ, mmap
from pathlib import Path

from tasks.errors import RecordError

MOST_FOLDED = 1032
"""What deflate can fold at most (zlib's technical notes): smaller streams cannot reach the cap, and are passed over."""
PICTURE_FACTOR = 4
"""A picture may unfold to so many times the cap: 50 megapixels in four colours have 200 MB."""
HEAD_BYTES = 2_000
"""How far before its data a stream's dictionary is looked for."""
CHUNK = 1 << 16

MAX_FOLDS = 3

_STREAM = re.compile(rb"(?<!end)stream\r?\n")
_DEFLATED = re.compile(rb"/Fl(?:ateDecode)?\b")


def check(path: Path, most: int) -> None:
    """Unfold the deflated streams of a PDF piece by piece, those folded twice or thrice as often.

    Raises RecordError `too_large` when one unfolds to more than `most` bytes (pictures: PICTURE_FACTOR times).
    """
    with path.open("rb") as file, mmap(file.fileno(), 0, access=ACCESS_READ) as data:
        for stream in _streams(data):
            limit = most * (PICTURE_FACTOR if stream.is_picture else 1)
            if (stream.end - stream.start) * MOST_FOLDED**stream.folds >= limit:
                _unfold(data, stream, limit)


@dataclass(frozen=True, slots=True)
class _Stream:
    start: int
    end: int
    folds: int
    is_picture: bool


def _streams(data: mmap) -> Iterator[_Stream]:
    for match in _STREAM.finditer(data):
        end = data.find(b"endstream", match.end())
        head = data[max(0, match.start() - HEAD_BYTES) : match.start()]
        head = head[head.rfind(b" obj") + 1 :]
        # a filter may be named elsewhere: then one fold is tried
        folds = min(MAX_FOLDS, max(1, len(_DEFLATED.findall(head))))
        yield _Stream(match.end(), len(data) if end < 0 else end, folds, b"/Image" in head)


def _unfold(data: mmap, stream: _Stream, limit: int) -> None:
    pieces: Iterator[bytes] = (data[at : min(stream.end, at + CHUNK)] for at in range(stream.start, stream.end, CHUNK))
    for _ in range(stream.folds):
        pieces = _inflated(pieces, limit)
    for _ in pieces:
        pass


def _inflated(pieces: Iterator[bytes], limit: int) -> Iterator[bytes]:
    """Yield what deflated data unfolds to, in pieces, up to where it is broken or no deflated data."""
    inflate, unfolded = zlib.decompressobj(), 0
    for folded in pieces:
        while folded:
            try:
                piece = inflate.decompress(folded, CHUNK)
            except zlib.error:
                return
            folded = inflate.unconsumed_tail  # noqa: PLW2901 - what is left of it
            unfolded += len(piece)
            if unfolded > limit:
                raise RecordError("too_large", "a compressed stream of the PDF")
            yield piece
            if inflate.eof:
                return
