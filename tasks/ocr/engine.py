"""What every OCR engine gives: words with confidence and box, and the orientation of a page.

Boxes are in pixels of the picture that was given, from the top left. Confidences run from 0 (no idea) to 100.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from PIL import Image


@dataclass(frozen=True, slots=True)
class Word:
    """One word. `line` identifies its text line: (block, paragraph, line)."""

    text: str
    confidence: float
    left: int
    top: int
    width: int
    height: int
    line: tuple[int, int, int]


@dataclass(frozen=True, slots=True)
class Orientation:
    """How a page lies. `turn`: clockwise degrees (0, 90, 180, 270) that set it upright; `script`: Tesseract's name."""

    turn: int
    confidence: float
    script: str


class OcrEngine(Protocol):
    """An adapter around one OCR program."""

    def languages(self) -> frozenset[str]:
        """Return the installed models by Tesseract's names (eng, fra, osd …)."""

    def words(self, picture: Image.Image, languages: str, dpi: int, layout: int, seconds: float) -> list[Word]:
        """Read a grey picture. `languages` such as "eng+fra", `layout` is Tesseract's page segmentation mode.

        Raises RecordError `timeout` past `seconds`, TransientError when the program fails.
        """

    def orientation(self, picture: Image.Image, dpi: int, seconds: float) -> Orientation | None:
        """Return how the page lies, or None when there is too little text to tell. Raises as `words`."""


def text_of(words: Sequence[Word]) -> str:
    """Return the words as lines, with an empty line between paragraphs."""
    paragraphs = [
        "\n".join(_joined(line) for _, line in groupby(paragraph, key=lambda word: word.line))
        for _, paragraph in groupby(words, key=lambda word: word.line[:2])
    ]
    return "\n\n".join(paragraphs)


def _joined(words: Iterable[Word]) -> str:
    return " ".join(word.text for word in words)


def runs_leftward(words: Iterable[Word]) -> bool:
    """Tell whether most letters of the words are of a script that runs from right to left."""
    kinds = [unicodedata.bidirectional(letter) for word in words for letter in word.text if letter.isalpha()]
    return sum(kind in {"R", "AL"} for kind in kinds) > len(kinds) / 2


DOUBTED = 93.0
"""Confidence under which a word is handed on as doubtful: of those drawn by `infra/train/ocr_confidence.py`, 42 % were
wrong, of the others 1 %."""


def doubts_of(words: Sequence[Word], limit: float = DOUBTED) -> list[tuple[int, int, float]]:
    """Return (start, end, confidence) of the words under `limit`: offsets in code points into `text_of(words)`."""
    found, end = [], 0
    for place, word in enumerate(words):
        gap = 0 if not place else 1 if words[place - 1].line[:2] == word.line[:2] else len("\n\n")
        start, end = end + gap, end + gap + len(word.text)
        if word.confidence < limit:
            found.append((start, end, word.confidence))
    return found


def mean_confidence(words: Sequence[Word]) -> float | None:
    """Return the mean confidence of the words, each weighted by its length; None without words."""
    weight = sum(len(word.text) for word in words)
    return round(sum(word.confidence * len(word.text) for word in words) / weight, 1) if weight else None


DIRECTION_MARKS = "\u200e\u200f\u202a\u202b\u202c"
"""What Tesseract adds around words that run against their line; the letters tell it themselves."""
WORD_LEVEL = "5"
COLUMNS = 12


def parse_tsv(tsv: str) -> list[Word]:
    """Return the words of Tesseract's TSV output, in reading order; rows that are no words are left out."""
    words = []
    for row in tsv.split("\n"):
        cells = row.split("\t")
        text = cells[-1].strip().strip(DIRECTION_MARKS)
        if len(cells) == COLUMNS and cells[0] == WORD_LEVEL and text:
            block, paragraph, line = (int(cell) for cell in cells[2:5])
            left, top, width, height = (int(cell) for cell in cells[6:10])
            confidence = max(0.0, float(cells[10]))
            words.append(Word(text, confidence, left, top, width, height, (block, paragraph, line)))
    return words
