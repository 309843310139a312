"""Whether a text layer says what the page shows: a few of its lines are read by OCR and compared.

Fonts can show one letter or digit and name another (homoglyphs, C25 of the catalogue), and the layer of another OCR can
be of another page. Only words that OCR is sure of are asked for, so that a hard page is no witness against its layer.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterator, Sequence
from difflib import SequenceMatcher

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
MIN_SAMPLE = 6
"""Digits that are worth a look of their own."""
ENOUGH = 20
"""Digits in the sample of words that spare that look."""
MARGIN = 0.01
"""Share of the page's width that is added beside numbers, so that none is cut."""
MIN_DIGITS = 3
"""Times that a digit has the same wrong name. In 202 lines of 101 fonts none was, not once, in a sure word."""
MIN_ALIKE = 0.8
_DIGIT = re.compile("[0-9]")


def sample(words: Sequence[LayerWord], points: float) -> tuple[Box, list[LayerWord]] | None:
    """Return the strip of a page that holds most letters, and its words in their order; None when there are too few.

    `points` is the height of the page.
    """
    best = _fullest(words, [word.letters for word in words], points)
    if sum(word.letters >= LONG for word in best) < MIN_WORDS:
        return None
    top, bottom = _around(best, points)
    return Box(0.0, top, 1.0, bottom), sorted(best, key=lambda word: word.start)


def said(words: Sequence[LayerWord], text: str) -> str:
    """Return what the layer's `text` says in these words."""
    return " ".join(text[word.start : word.end] for word in words)


def numbers(words: Sequence[LayerWord], points: float, text: str, compared: str) -> tuple[Box, list[LayerWord]] | None:
    """Return the part of a page that holds most digits of `text`, its layer, and the words in it.

    None when that are too few, or when what was `compared` already has enough.
    """
    if len(_DIGIT.findall(compared)) >= ENOUGH:
        return None
    digits = [len(_DIGIT.findall(text, word.start, word.end)) for word in words]
    written = [(word, count) for word, count in zip(words, digits, strict=True) if count]
    best = _fullest([word for word, _ in written], [count for _, count in written], points)
    if sum(count for word, count in written if word in best) < MIN_SAMPLE:
        return None
    top, bottom = _around(best, points)
    left, right = min(word.box.left for word in best), max(word.box.right for word in best)
    box = Box(max(0.0, left - MARGIN), top, min(1.0, right + MARGIN), bottom)
    return box, sorted((word for word in words if box.holds(word.box.middle)), key=lambda word: word.start)


def _fullest(words: Sequence[LayerWord], weights: Sequence[int], points: float) -> list[LayerWord]:
    """Return the words of the strip that weighs most."""
    tallest = SAMPLE_POINTS / max(points, 1.0)
    ordered = sorted(zip(words, weights, strict=True), key=lambda pair: pair[0].box.top)
    best: list[tuple[LayerWord, int]] = []
    most = first = count = 0
    for last, (word, weight) in enumerate(ordered):
        count += weight
        while word.box.bottom - ordered[first][0].box.top > tallest and first < last:
            count -= ordered[first][1]
            first += 1
        if count > most:
            best, most = ordered[first : last + 1], count
    return [word for word, _ in best]


def _around(words: Sequence[LayerWord], points: float) -> tuple[float, float]:
    """Return where a strip with these words begins and ends."""
    around = AROUND_POINTS / max(points, 1.0)
    return max(0.0, min(word.box.top for word in words) - around), min(
        1.0, max(word.box.bottom for word in words) + around
    )


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


def misnumbers(read: Sequence[Word], said: str) -> bool:
    """Tell whether the layer has one digit wherever OCR surely reads another: a font that names it wrongly.

    Misreadings are rare and hit a digit here and there; a font that lies does so each time.
    """
    named: dict[str, Counter[str]] = {}
    for word, other in _paired(read, said.split()):
        for name, seen in zip(word, other, strict=True):
            if seen.isdigit():
                named.setdefault(seen, Counter())[name] += 1
    return any(
        name != seen and often >= MIN_DIGITS and often >= MIN_ALIKE * names.total()
        for seen, names in named.items()
        for name, often in names.most_common(1)
    )


def _paired(read: Sequence[Word], said: Sequence[str]) -> Iterator[tuple[str, str]]:
    """Yield words of the layer with those that OCR surely reads in their places: alike but for their digits."""
    same = SequenceMatcher(
        None, [_masked(word) for word in said], [_masked(word.text) for word in read], autojunk=False
    )
    for at, there, count in same.get_matching_blocks():
        for word, other in zip(said[at : at + count], read[there : there + count], strict=True):
            if other.confidence >= SURE:
                yield word, other.text


def _masked(word: str) -> str:
    return _DIGIT.sub("0", word)


def _sure(read: Sequence[Word]) -> list[str]:
    """Return the long words that OCR is sure of, folded."""
    folded = [_folded(word.text) for word in read if word.confidence >= SURE]
    return [word for word in folded if len(word) >= LONG]


def _folded(text: str) -> str:
    """Return the letters and digits in lower case, without marks and blanks: the layer may split words elsewhere."""
    plain = unicodedata.normalize("NFKD", text).casefold()
    return "".join(character for character in plain if character.isalnum())
