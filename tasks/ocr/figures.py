"""Text in the pictures of a born-digital page: its text layer does not have it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

from tasks.ocr.engine import Word, mean_confidence, text_of
from tasks.ocr.pdfium import Layer, Placed
from tasks.ocr.pdfwords import Box, LayerWord

MIN_SHARE = 0.004
"""Share of the page that a picture with words covers at least: a line of print of a hand's width on A4."""
MIN_DPI = 40
"""Letters of print are lower than 6 pixels below: a pattern or a gradient that was stretched."""
MAX_FIGURES = 10
"""Pictures of one page that are read: a contact sheet must not cost a night."""
SURE = 75.0
"""Mean confidence of a picture with words: print has 85 and more, maps and charts 50 to 70, photographs 30 to 50."""
SURE_WORD = 40.0
MIN_LETTERS = 4
MIN_LINE = 2
"""Words of a line at least: a word alone is a label of a map, a chart or a logo."""
FIGURE_DPI = 300


def figures(layer: Layer) -> Iterator[Placed]:
    """Yield the pictures of a page that may hold words, as far as they lie on it."""
    worth = [one for one in layer.pictures if one.share >= MIN_SHARE and one.dpi >= MIN_DPI]
    for one in sorted(worth, key=lambda one: -one.share)[:MAX_FIGURES]:
        box = Box(max(0.0, one.box.left), max(0.0, one.box.top), min(1.0, one.box.right), min(1.0, one.box.bottom))
        if box.left < box.right and box.top < box.bottom:
            yield Placed(one.share, one.dpi, box, one.order, one.hides)


def text_in(words: Sequence[Word], size: tuple[int, int], box: Box, known: Sequence[LayerWord]) -> str:
    """Return the text of a picture's `words`, empty where there is none to speak of.

    `size` is that of the picture in pixels, `box` its place; words that the layer has there (`known`) are left out.
    """
    over = [word for word in known if box.holds(word.box.middle)]
    new = [word for word in words if not _is_known(word, size, box, over)]
    if (mean_confidence(new) or 0.0) < SURE:
        return ""
    in_line = Counter(word.line for word in new)
    new = [word for word in new if in_line[word.line] >= MIN_LINE and word.confidence >= SURE_WORD]
    if sum(character.isalnum() for word in new for character in word.text) < MIN_LETTERS:
        return ""
    return text_of(new)


def _is_known(word: Word, size: tuple[int, int], box: Box, known: Sequence[LayerWord]) -> bool:
    across = box.left + (word.left + word.width / 2) / size[0] * (box.right - box.left)
    down = box.top + (word.top + word.height / 2) / size[1] * (box.bottom - box.top)
    return any(one.box.holds((across, down)) for one in known)


def place(box: Box, words: Sequence[LayerWord], text: str) -> int:
    """Return where in the layer's text a picture's words belong: after the last line that stands above its middle."""
    above = [word.end for word in words if word.box.middle[1] < box.middle[1]]
    if not above:
        return 0
    end = text.find("\n", max(above))
    return len(text) if end < 0 else end + 1
