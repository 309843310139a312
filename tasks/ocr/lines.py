"""Lines that were read unsurely: cut out of the page, put on one sheet, looked at again, and their words put back.

Reading a whole page twice costs twice; most of its lines were read well the first time.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import groupby
from typing import TYPE_CHECKING

from tasks.ocr.engine import Word, mean_confidence

if TYPE_CHECKING:
    import numpy as np
    from PIL import Image

UNSURE_LINE = 50.0
"""Mean confidence under which a line is looked at again. From 60 on, receipts lose 0.03 points and cost 4 % more."""
MISREAD_LINE = 60.0
"""Mean confidence of the words of letters of a line under which it may be in another script."""
UNSURE_SHARE = 0.03
"""Share of a page's letters in unsure lines from which a second look pays: it costs some time whatever it reads."""
SHORT, UNSURE_WORD = 200, 85.0
"""Letters of a page that takes no time to look at twice, and the confidence of a word that is worth it there."""
MARGIN = 0.25
"""What is cut out around a line, in heights of its middle word."""
GAP = 20
"""White pixels between two lines on the sheet, and around them."""
MAX_HEIGHT = 10_000
"""Pixels of a sheet: room for 200 lines. A misread page has lines as high as itself, and Tesseract takes 32,767."""
SAME_PLACE = 0.25
"""How far the ends of a word may lie apart in two looks, in widths of the word, and still be the same word's."""

Box = tuple[int, int, int, int]


@dataclass(frozen=True, slots=True)
class Strip:
    """Where a line lies in the page's picture (left, top, right, bottom), and from where to where on the sheet."""

    box: Box
    top: int
    bottom: int


def unsure(words: Sequence[Word]) -> list[list[Word]]:
    """Return the lines that were read unsurely; none when they hold next to nothing of the text."""
    lines = [list(line) for _, line in groupby(words, key=lambda word: word.line)]
    total = letters(words)
    if total < SHORT:
        return [line for line in lines if min(word.confidence for word in line) < UNSURE_WORD]
    weak = [line for line in lines if (mean_confidence(line) or 0.0) < UNSURE_LINE]
    return weak if sum(map(letters, weak)) > UNSURE_SHARE * total else []


def misread(words: Sequence[Word]) -> list[list[Word]]:
    """Return the lines whose words of letters were read unsurely: digits are the same in most scripts."""
    lines = [list(line) for _, line in groupby(words, key=lambda word: word.line)]
    return [line for line in lines if _is_misread([word for word in line if word.text.isalpha()])]


def _is_misread(words: Sequence[Word]) -> bool:
    return bool(words) and (mean_confidence(words) or 0.0) < MISREAD_LINE


def letters(words: Sequence[Word]) -> int:
    """Return how many characters the words have."""
    return sum(len(word.text) for word in words)


def sheet(
    picture: Image.Image, lines: Sequence[Sequence[Word]], grown: float, scale: float
) -> tuple[Image.Image, list[Strip]]:
    """Return the lines under one another on paper of the page's colour, `scale` times as large as in the picture.

    The words' places are those in a picture `grown` times as large. Lines that the sheet has no room for are left out.
    """
    from PIL import Image  # noqa: PLC0415

    strips, top = [], GAP
    for box in (_box(line, picture.size, grown) for line in lines):
        bottom = top + round((box[3] - box[1]) * scale)
        if bottom + GAP <= MAX_HEIGHT:
            strips.append(Strip(box, top, bottom))
            top = bottom + GAP
    counts = picture.histogram()
    width = max((round((box[2] - box[0]) * scale) for box in (strip.box for strip in strips)), default=0)
    paper = Image.new("L", (width + 2 * GAP, top), counts.index(max(counts)))
    for strip in strips:
        left, _, right, _ = strip.box
        size = (round((right - left) * scale), strip.bottom - strip.top)
        paper.paste(picture.crop(strip.box).resize(size, Image.Resampling.BILINEAR), (GAP, strip.top))
    return paper, strips


def _box(line: Sequence[Word], size: tuple[int, int], grown: float) -> Box:
    heights = sorted(word.height for word in line)
    margin = MARGIN * heights[len(heights) // 2]
    left, top = (min(word.left for word in line) - margin) / grown, (min(word.top for word in line) - margin) / grown
    right = (max(word.left + word.width for word in line) + margin) / grown
    bottom = (max(word.top + word.height for word in line) + margin) / grown
    return max(0, int(left)), max(0, int(top)), min(size[0], int(right) + 1), min(size[1], int(bottom) + 1)


def put_back(words: Sequence[Word], strips: Sequence[Strip], grown: float, scale: float) -> list[Word]:
    """Return the words that were read on the sheet with their places on the page; see `sheet`."""
    placed = []
    for word in words:
        middle = word.top + word.height / 2
        strip = next((one for one in strips if one.top <= middle <= one.bottom), None)
        if strip is not None:
            left = strip.box[0] + (word.left - GAP) / scale
            top = strip.box[1] + (word.top - strip.top) / scale
            places = (left, top, word.width / scale, word.height / scale)
            left_, top_, width, height = (round(place * grown) for place in places)
            placed.append(replace(word, left=left_, top=top_, width=width, height=height))
    return placed


def surer(words: Sequence[Word], others: Sequence[Word]) -> list[Word]:
    """Return the words, those replaced that `others` has in the same place and that were read more surely there.

    A word of which the others make several, of the same letters, is parted: a narrow space was overlooked.
    """
    import numpy as np  # noqa: PLC0415

    if not others:
        return list(words)
    boxes = np.array([(one.left, one.top, one.left + one.width, one.top + one.height) for one in others], float)
    return [one for word in words for one in _surer(word, others, boxes)]


def _surer(word: Word, others: Sequence[Word], boxes: np.ndarray) -> list[Word]:
    slack = SAME_PLACE * word.width
    left, right, bottom = word.left - slack, word.left + word.width + slack, word.top + word.height
    within = (boxes[:, 1] < bottom - word.height / 2) & (boxes[:, 3] > word.top + word.height / 2)
    within &= (boxes[:, 0] >= left) & (boxes[:, 2] <= right)
    parts = sorted((others[int(place)] for place in within.nonzero()[0]), key=lambda part: part.left)
    if "".join(part.text for part in parts) == word.text and _is_surer(parts, word):
        return [replace(part, line=word.line) for part in parts]
    is_same = (
        len(parts) == 1 and parts[0].left <= left + 2 * slack and parts[0].left + parts[0].width >= right - 2 * slack
    )
    if is_same and _is_surer(parts, word):
        return [replace(word, text=parts[0].text, confidence=parts[0].confidence)]
    return [word]


def _is_surer(parts: Sequence[Word], word: Word) -> bool:
    return (mean_confidence(parts) or 0.0) > word.confidence
