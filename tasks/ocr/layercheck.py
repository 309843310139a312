"""Whether a text layer says what the page shows: a few of its lines are read by OCR and compared.

Fonts can show one letter and name another (homoglyphs, C25 of the catalogue), and the layer of another OCR can be of
another page. Only words that OCR is sure of are asked for, so that a hard page is no witness against its layer.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence

from tasks.ocr.engine import Word
from tasks.ocr.pdfwords import Box, LayerWord

SAMPLE_DPI = 200
"""Enough for the sure words of 8-point print, at half the cost of 300."""
SAMPLE_POINTS = 42.0
"""Height of what is read: three or four lines of 11-point print."""
AROUND_POINTS = 3.0
"""What is added above and below, so that no letter is cut."""
SURE = 85.0
LONG = 4
"""Shorter words stand by chance in any text."""
MIN_WORDS = 5
"""Fewer sure words tell nothing."""
MIN_SHARE = 0.5
"""Share of the sure words that the layer must have. Right layers have over 0.9, those of other pages under 0.2."""
LATIN_SHARE = 0.5
"""Below, the layer is of another script: then only Latin print on the page, surely read, speaks against it."""
LATIN_ONLY = frozenset("bdfghijlmnqrstuvwz")
"""Letters that look like none of Cyrillic or Greek: `MOCT` is a Russian word."""
MIN_WHOLE = 0.5
"""Share of the sure words that must be words of the layer, not parts or runs of them. Right layers have over 0.9."""


def sample(words: Sequence[LayerWord], points: float) -> tuple[Box, list[LayerWord]] | None:
    """Return the strip of a page that holds most letters, and its words; None when there are too few.

    `points` is the height of the page.
    """
    tallest = SAMPLE_POINTS / max(points, 1.0)
    ordered = sorted(words, key=lambda word: word.box.top)
    best: list[LayerWord] = []
    most = first = count = 0
    for last, word in enumerate(ordered):
        count += word.letters
        while word.box.bottom - ordered[first].box.top > tallest and first < last:
            count -= ordered[first].letters
            first += 1
        if count > most:
            best, most = ordered[first : last + 1], count
    if sum(word.letters >= LONG for word in best) < MIN_WORDS:
        return None
    around = AROUND_POINTS / max(points, 1.0)
    top = max(0.0, min(word.box.top for word in best) - around)
    return Box(0.0, top, 1.0, min(1.0, max(word.box.bottom for word in best) + around)), best


def is_latin(text: str) -> bool:
    """Tell whether most letters are Latin: those are read surely enough by every Latin model."""
    found = [character for character in text if character.isalpha()]
    latin = sum(character.isascii() or unicodedata.name(character, "").startswith("LATIN") for character in found)
    return bool(found) and latin >= LATIN_SHARE * len(found)


def disagrees(read: Sequence[Word], said: str) -> bool:
    """Tell whether OCR surely reads other words than the layer says in the same place."""
    sure = _sure(read)
    if not is_latin(said):
        sure = [word for word in sure if not LATIN_ONLY.isdisjoint(word)]
    text = _folded(said)
    return len(sure) >= MIN_WORDS and sum(word in text for word in sure) < MIN_SHARE * len(sure)


def is_torn(read: Sequence[Word], said: str) -> bool:
    """Tell whether the layer's blanks stand within words, or between none: its letters are right, its words are not."""
    sure = _sure([word for word in read if not word.text.endswith("-")])  # a line end broke those
    words = {_folded(word) for word in said.split()}
    return len(sure) >= MIN_WORDS and sum(word in words for word in sure) < MIN_WHOLE * len(sure)


def _sure(read: Sequence[Word]) -> list[str]:
    """Return the long words that OCR is sure of, folded."""
    folded = [_folded(word.text) for word in read if word.confidence >= SURE]
    return [word for word in folded if len(word) >= LONG]


def _folded(text: str) -> str:
    """Return the letters and digits in lower case, without marks and blanks: the layer may split words elsewhere."""
    plain = unicodedata.normalize("NFKD", text).casefold()
    return "".join(character for character in plain if character.isalnum())
