"""Pieces of a text that may each be in a language of their own."""

from __future__ import annotations

import re
from collections.abc import Iterator

BOUNDARY = re.compile(r"(?<=[.!?;:…。！？؟።፧])\s+|\n+")
"""Where a speaker may change languages: ends of sentences and of lines."""
SHORTEST = 40
"""Visible characters below which a piece joins the next one: less is too little to tell a language by itself."""
LONGEST = 300
MOST = 12
"""Pieces of one text; the rest joins the last one."""


def segments(text: str) -> list[str]:
    """Return the text in pieces of SHORTEST to LONGEST characters, at most MOST; joined by blanks they give it back."""
    pieces: list[str] = []
    for part in _parts(text):
        short = pieces and (len(pieces[-1]) < SHORTEST or len(pieces) >= MOST)
        if short:
            pieces[-1] = f"{pieces[-1]} {part}"
        else:
            pieces.append(part)
    if len(pieces) > 1 and len(pieces[-1]) < SHORTEST:
        last = pieces.pop()
        pieces[-1] = f"{pieces[-1]} {last}"
    return pieces


def _parts(text: str) -> Iterator[str]:
    for sentence in BOUNDARY.split(text):
        words: list[str] = []
        size = 0
        for word in sentence.split():
            if words and size + len(word) > LONGEST:
                yield " ".join(words)
                words, size = [], 0
            words.append(word)
            size += len(word) + 1
        if words:
            yield " ".join(words)
