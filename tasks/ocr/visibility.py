"""Which words of a PDF's text layer a reader of the page sees: hidden words are instructions, leaks, or both.

A word is compared with the picture of the page, so that any way of hiding it is found alike: no ink, the paper's
colour, a box or a picture over it, a place off the page, letters too small to be read.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from tasks.ocr.pdfwords import LayerWord
from tasks.ocr.textlayer import scan_of

if TYPE_CHECKING:
    from PIL import Image

    from tasks.ocr.pdfium import Layer

HIDDEN, OVERLAID = "hidden_text", "redaction_overlay"
SMALLEST_POINTS = 1.2
"""Height of the tallest letter of a word that nobody reads: type of 2 points. The smallest print in use has 4."""
LEAST_CONTRAST = 16
"""Levels of 256 between paper and ink in any colour; less is not seen. Pale watermarks have 20 and more."""
SAME_COLOUR = 48
"""Levels by which the ink may differ from what is shown in its place and still be what is shown."""
SHORT = 3
"""Fewer letters may fill their box (an I, an l): one pixel around them is looked at too."""
MIDDLE = 0.2
"""Share of a word's height that is left out above and below: lines and the edges of a box run there."""
MIN_SEEN = 0.5
"""Share of the letters that must be seen, else the layer stands for something else than the page."""
MIN_NOTED = 4
"""Fewer unseen letters on a page are left out without a flag: other OCR programs take dust for a letter."""


@dataclass(frozen=True, slots=True)
class Sight:
    """The words of a layer that are seen and those that are not, and what is to be noted."""

    seen: tuple[LayerWord, ...]
    unseen: tuple[LayerWord, ...]
    flags: tuple[str, ...] = ()

    @property
    def is_telling(self) -> bool:
        """Whether enough of the layer is seen for it to stand for the page."""
        seen, unseen = (sum(word.letters for word in words) for words in (self.seen, self.unseen))
        return seen >= MIN_SEEN * (seen + unseen)


def sight(layer: Layer, picture: Image.Image) -> Sight:
    """Return which words of the layer can be seen; `picture` shows the whole page in colour."""
    import numpy as np  # noqa: PLC0415

    pixels = np.asarray(picture, dtype=np.int16)
    reasons = [_why_unseen(word, layer, pixels) for word in layer.words]
    paired = list(zip(layer.words, reasons, strict=True))
    seen = tuple(word for word, why in paired if why is None)
    unseen = tuple(word for word, why in paired if why)
    noted = sum(word.letters for word in unseen) >= MIN_NOTED
    return Sight(seen, unseen, tuple(dict.fromkeys(why for why in reasons if why)) if noted else ())


def is_unprinted(word: LayerWord, layer: Layer) -> bool:
    """Tell whether a word leaves no ink by itself: drawn invisibly, or under a picture that is painted later."""
    return word.invisible or (
        word.order is not None
        and any(one.hides and one.order > word.order and one.box.holds(word.box.middle) for one in layer.pictures)
    )


def _why_unseen(word: LayerWord, layer: Layer, pixels: Any) -> str | None:
    across, down = word.box.middle
    if word.tallest * layer.height < SMALLEST_POINTS or not (0 <= across <= 1 and 0 <= down <= 1):
        return HIDDEN
    unprinted = is_unprinted(word, layer)
    scan = scan_of(layer)
    if unprinted and not (scan and scan.box.holds(word.box.middle)):
        return HIDDEN
    shade = _only_shade(pixels, word)
    if shade is None:
        return None
    if unprinted or not _is_over(word, layer, shade):
        return HIDDEN
    return OVERLAID


def _is_over(word: LayerWord, layer: Layer, shade: Sequence[int]) -> bool:
    """Tell whether something lies over a word: an area that is painted later, or else (a note, say) a foreign colour.

    What is cut at the page's edge shows the paper in its place, and is not covered.
    """
    if word.order is not None and any(at > word.order and box.holds(word.box.middle) for at, box in layer.fills):
        return True
    is_cut = min(word.box.left, word.box.top) < 0 or max(word.box.right, word.box.bottom) > 1
    return not is_cut and max(abs(one - other) for one, other in zip(word.ink, shade, strict=True)) > SAME_COLOUR


def _only_shade(pixels: Any, word: LayerWord) -> Sequence[int] | None:
    """Return the colour that fills the place of a word, None where something can be seen in it."""
    height, width = pixels.shape[:2]
    inset, around = MIDDLE * (word.box.bottom - word.box.top), word.letters < SHORT
    top, bottom = _pixels(word.box.top + inset, word.box.bottom - inset, height)
    left, right = _pixels(word.box.left, word.box.right, width)
    place = pixels[top:bottom, max(0, left - around) : right + around].reshape(-1, 3)
    if (place.max(axis=0) - place.min(axis=0)).max() >= LEAST_CONTRAST:
        return None
    middle: Sequence[int] = place.mean(axis=0).astype(int).tolist()
    return middle


def _pixels(low: float, high: float, size: int) -> tuple[int, int]:
    """Return the range of pixels between two fractions of the page's side, at least one of them on the page."""
    first = min(size - 1, max(0, round(low * size)))
    return first, min(size, max(first + 1, round(high * size)))
