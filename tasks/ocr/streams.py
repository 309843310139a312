"""How far the compressed streams of a PDF unfold, before pdfium meets them: it has no cap of its own.

A content stream of 272 kB that unfolds to 140 MB took pdfium 50 s and 2.7 GB.
"""

from __future__ import annotations

import re
import zlib
from base64 import a85decode
from collections.abc import Iterator
from dataclasses import dataclass
from mmap import ACCESS_READ, mmap
from pathlib import Path

from tasks.errors import RecordError

MOST_FOLDED = 1032
"""What deflate can fold at most (zlib's technical notes): smaller streams cannot reach the cap, and are passed over."""
MOST_TYPED = 4
"""ASCII85 writes four zeros as one letter."""
MOST_LZW = 2731
"""A code of 12 bits stands for 4,096 bytes at most."""
LZW_CODES, LZW_CLEAR, LZW_END = 4096, 256, 257
"""Codes of LZW (PDF 1.7, 7.4.4.2)."""
PICTURE_FACTOR = 4
"""A picture may unfold to so many times the cap: 50 megapixels in four colours have 200 MB."""
HEAD_BYTES = 2_000
"""How far before its data a stream's dictionary is looked for."""
CHUNK = 1 << 16

MAX_FOLDS = 3

_STREAM = re.compile(rb"(?<!end)stream[ \t]*\r?\n?")
"""The line end that the standard asks for is not what readers insist on."""
_FILTER = re.compile(rb"/(Fl(?:ateDecode)?|LZW(?:Decode)?|ASCIIHexDecode|AHx|ASCII85Decode|A85)\b")
_ESCAPED = re.compile(rb"#([0-9A-Fa-f]{2})")
_NO_HEX = re.compile(rb"[^0-9A-Fa-f]")
BLANKS = b" \t\n\r\v\f\0"
_UNTYPED = re.compile(b"[^!-uz" + re.escape(BLANKS) + b"]")
"""Where ASCII85 ends, and readers stop: `~>`, or any other byte that is none of it."""


def check(path: Path, most: int) -> None:
    """Unfold the deflated streams of a PDF piece by piece, those folded twice or thrice as often.

    Raises RecordError `too_large` when one unfolds to more than `most` bytes (pictures: PICTURE_FACTOR times).
    """
    with path.open("rb") as file, mmap(file.fileno(), 0, access=ACCESS_READ) as data:
        for stream in _streams(data):
            limit = most * (PICTURE_FACTOR if stream.is_picture else 1)
            if (stream.end - stream.start) * stream.most_growth >= limit:
                _unfold(data, stream, limit)


@dataclass(frozen=True, slots=True)
class _Stream:
    """Where a stream lies, and the filters that undo it, first to last."""

    start: int
    end: int
    filters: tuple[bytes, ...]
    is_picture: bool

    @property
    def most_growth(self) -> int:
        """How many times as long the stream can become at most."""
        growth = 1
        for name in self.filters:
            growth *= MOST_FOLDED if name.startswith(b"Fl") else MOST_LZW if name.startswith(b"LZW") else MOST_TYPED
        return growth


def _streams(data: mmap) -> Iterator[_Stream]:
    end = 0
    for match in _STREAM.finditer(data):
        if end < match.end():  # a file of nothing but the word "stream" must not be searched through for each of them
            found = data.find(b"endstream", match.end())
            end = len(data) if found < 0 else found
        head = data[max(0, match.start() - HEAD_BYTES) : match.start()]
        head = _ESCAPED.sub(lambda code: bytes([int(code[1], 16)]), head[head.rfind(b" obj") + 1 :])
        # a filter may be named elsewhere: then one fold is tried
        filters = tuple(_FILTER.findall(head))[-2 * MAX_FOLDS :] or (b"Fl",)
        if not filters[0].startswith(b"Fl") or _is_deflated(data[match.end() : match.end() + 2]):
            yield _Stream(match.end(), end, filters, b"/Image" in head)


def _is_deflated(start: bytes) -> bool:
    """Tell whether bytes can be the header of deflated data (RFC 1950): without one nothing is unfolded."""
    return len(start) == 2 and start[0] & 0x0F == zlib.DEFLATED and int.from_bytes(start) % 31 == 0


def _unfold(data: mmap, stream: _Stream, limit: int) -> None:
    pieces: Iterator[bytes] = (data[at : min(stream.end, at + CHUNK)] for at in range(stream.start, stream.end, CHUNK))
    for name in stream.filters:
        undo = _inflated if name.startswith(b"Fl") else _measured if name.startswith(b"LZW") else _untyped
        pieces = undo(pieces, name, limit)
    for _ in pieces:
        pass


def _untyped(pieces: Iterator[bytes], name: bytes, _limit: int) -> Iterator[bytes]:
    """Yield what letters and digits stand for: they make a stream longer, and so hide one that is deflated below."""
    typed = b"".join(pieces)
    if name in {b"A85", b"ASCII85Decode"}:
        try:
            yield a85decode(_UNTYPED.split(typed, maxsplit=1)[0], ignorechars=BLANKS)
        except ValueError:  # readers go on with what this says, so it cannot be passed over
            raise RecordError("malformed", "ASCII85 data") from None
    else:
        digits = _NO_HEX.sub(b"", typed.partition(b">")[0])
        yield bytes.fromhex((digits + b"0" * (len(digits) % 2)).decode("ascii"))


def _inflated(pieces: Iterator[bytes], _name: bytes, limit: int) -> Iterator[bytes]:
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


def _measured(pieces: Iterator[bytes], _name: bytes, limit: int) -> Iterator[bytes]:
    """Measure what LZW unfolds to by the lengths of its strings; what lies folded below is not looked at."""
    lengths, width, before = [1] * (LZW_END + 1), 9, 0
    unfolded = bits = many = 0
    for byte in (byte for piece in pieces for byte in piece):
        bits, many = bits << 8 | byte, many + 8
        if many < width:
            continue
        many -= width
        code, bits = bits >> many, bits & ((1 << many) - 1)
        if code == LZW_CLEAR:
            lengths, width, before = [1] * (LZW_END + 1), 9, 0
            continue
        if before and len(lengths) < LZW_CODES:
            lengths.append(before + 1)
        if code == LZW_END or code >= len(lengths):
            return
        before = lengths[code]
        unfolded += before
        if unfolded > limit:
            raise RecordError("too_large", "a compressed stream of the PDF")
        width = min(12, max(width, (len(lengths) + 1).bit_length()))
    yield from ()
