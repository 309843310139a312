"""Files that were written into the text itself before there was MIME: uuencode, yEnc, BinHex (catalogue A19).

read-mail flags them and keeps what it can decode as attachments; strip-replies cuts them, by an edit.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Literal

UU_BEGIN = re.compile(r"^begin [0-7]{3,4} ([^\n]{0,255})\n", re.MULTILINE)
UU_CLOSED = re.compile(r"((?:[^a-z\n]{0,100}\n)++)end[ \t]*(?:\n|\Z)")
"""Lines without a lower-case letter, as uuencoding has none, up to `end`: prose between the two words is none."""
UU_OPEN = re.compile(r"((?:M[ -`]{60,62}(?:\n|\Z))++(?:[!-L][ -`]{1,62}(?:\n|\Z))?+)")
"""The full lines of a block whose `end` is missing."""
BASE64 = re.compile(
    r"^begin-base64 [0-7]{3,4} ([^\n]{0,255})\n((?:[A-Za-z0-9+/]{1,100}={0,2}\n)*+)====[ \t]*(?:\n|\Z)", re.MULTILINE
)
YENC_BEGIN = re.compile(r"^=ybegin [^\n]{0,300}\bsize=\d{1,15}\b[^\n]{0,1000}\n", re.MULTILINE)
YENC_END = re.compile(r"^=yend [^\n]{0,300}(?:\n|\Z)", re.MULTILINE)
LINE = re.compile(r"[^\n]*\n|[^\n]+\Z")
BINHEX_CODE = r"[!-6 89@A-NP-VX-Z\[`a-fh-mp-r]"
BINHEX = re.compile(
    r"^\(This file must be converted with BinHex[^\n]{0,80}\n\s{0,9}:"
    rf"(?:{BINHEX_CODE}{{63}}\n(?:{BINHEX_CODE}{{64}}\n)*+)?+(?:{BINHEX_CODE}{{0,64}}:?[^\S\n]{{0,9}}(?:\n|\Z))?+",
    re.MULTILINE,
)
"""A line that announces it, then lines of 64 characters between two colons."""
NOISE = 0.2
"""Code has more than this share of marks and controls; prose of any script a tenth at most."""


Kind = Literal["uuencode", "base64", "yenc", "binhex"]


@dataclass(frozen=True, slots=True)
class Block:
    """A file inside a text: where its lines stand, how it is encoded, its name, and the lines of code."""

    start: int
    end: int
    kind: Kind
    name: str = ""
    code: str = ""


def blocks(text: str) -> list[Block]:
    """Return the encoded blocks of a text in their order, none overlapping another.

    `begin 644 …` is prose where no code follows.
    """
    found: list[Block] = []
    for mark, search in SEARCHES:
        if mark in text:
            found += search(text)
    kept: list[Block] = []
    for block in sorted(found, key=lambda block: block.start):
        if not kept or block.start >= kept[-1].end:
            kept.append(block)
    return kept


def _uu(text: str) -> Iterator[Block]:
    for begin in UU_BEGIN.finditer(text):
        code = UU_CLOSED.match(text, begin.end()) or UU_OPEN.match(text, begin.end())
        if code and code[1].strip():
            yield Block(begin.start(), code.end(), "uuencode", begin[1].strip(), code[1])


def _base64(text: str) -> Iterator[Block]:
    for match in BASE64.finditer(text):
        yield Block(match.start(), match.end(), "base64", match[1].strip(), match[2])


def _yenc(text: str) -> Iterator[Block]:
    """Yield yEnc blocks, without their code: its bytes were no text, yet were decoded as one."""
    position = 0
    while begin := YENC_BEGIN.search(text, position):
        end = YENC_END.search(text, begin.end())
        position = end.end() if end else _noise_end(text, begin.end())
        yield Block(begin.start(), position, "yenc")
        if end is None:
            return


def _noise_end(text: str, position: int) -> int:
    """Return where the lines end that read as code, in a block that was cut short."""
    while (line := LINE.match(text, position)) and _is_noise(line[0]):
        position = line.end()
    return position


def _is_noise(line: str) -> bool:
    return sum(not (char.isalnum() or char.isspace()) for char in line[:400]) > NOISE * min(len(line), 400)


def _binhex(text: str) -> Iterator[Block]:
    return (Block(match.start(), match.end(), "binhex") for match in BINHEX.finditer(text))


SEARCHES: tuple[tuple[str, Callable[[str], Iterator[Block]]], ...] = (
    ("begin ", _uu),
    ("begin-base64 ", _base64),
    ("=ybegin ", _yenc),
    ("(This file must be converted with BinHex", _binhex),
)
"""What a text must hold to be searched, and the search."""
