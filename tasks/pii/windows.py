"""Windows of a text for the name model: whole lines packed up to the length it reads best."""

from __future__ import annotations

import re
from collections.abc import Iterator

WINDOW = 480
"""Characters: the model's recall drops in longer ones (its own package says so)."""
LINE = re.compile(r"[^\n]*\n?")


def pieces(text: str) -> Iterator[tuple[int, int]]:
    """Yield (start, end) of lines, those beyond WINDOW cut at a space."""
    for match in LINE.finditer(text):
        start, end = match.span()
        while end - start > WINDOW:
            cut = text.rfind(" ", start + WINDOW // 2, start + WINDOW)
            cut = cut + 1 if cut > 0 else start + WINDOW
            yield start, cut
            start = cut
        if end > start:
            yield start, end


def windows(text: str) -> Iterator[tuple[int, int]]:
    """Yield (start, end) of runs of neighbouring pieces, each at most WINDOW long; blank ones are left out."""
    start = end = 0
    for left, right in pieces(text):
        if right - start > WINDOW:
            yield start, end
            start = left
        end = right
    if end > start:
        yield start, end
