"""How much of a scan's print its text layer leaves out: a stamp, a fax header, or the first lines only.

The text of such a layer is right, and is not the page. What counts is print that no word of the layer lies on.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from tasks.ocr import geometry
from tasks.ocr.pdfwords import LayerWord
from tasks.ocr.textlayer import letters

if TYPE_CHECKING:
    import numpy as np
    from PIL import Image

LETTER_PIXELS = (3, 30)
"""Height of a spot that may be a letter in a picture of 100 dpi: 6-point type to 20-point capitals."""
WIDEST = 120
"""Width in pixels of a spot that may be letters that touch."""
MIN_SPOTS = 40
"""Fewer spots are dust, a logo or a signature: a line of print has 40 letters."""
MAX_SHARE = 0.3
"""Share of the spots beside the words above which the page is read: layers of other OCR programs leave 0.0 to 0.1 on
pages without pictures. A wrong guess costs a reading, since the layer stays unless much more is read."""
MORE = 1.2
"""How many times the layer's letters OCR must find to replace it."""
SURE = 65.0
"""Mean confidence of a page of print: photographs have 30 to 50, scripts without a model too."""
SLACK = 2
"""Pixels by which letters stand out of the box of their word."""


def is_partial(picture: Image.Image, words: Sequence[LayerWord]) -> bool:
    """Tell whether much of the print in a picture of the whole page lies beside the words of the layer."""
    import numpy as np  # noqa: PLC0415

    grey = picture.convert("L")
    ink = np.asarray(grey) <= geometry.threshold(grey)
    spots = _spots(ink if ink.mean() < 0.5 else ~ink)
    covered = np.zeros(ink.shape, dtype=bool)
    height, width = ink.shape
    for word in words:
        top, bottom = round(word.box.top * height) - SLACK, round(word.box.bottom * height) + SLACK
        left, right = round(word.box.left * width) - SLACK, round(word.box.right * width) + SLACK
        covered[max(0, top) : max(0, bottom), max(0, left) : max(0, right)] = True
    beside = sum(not covered[spot] for spot in spots)
    return beside >= MIN_SPOTS and beside > MAX_SHARE * len(spots)


def says_more(read: str, confidence: float, layer: str) -> bool:
    """Tell whether the text that OCR read, and surely, has much that the layer's has not."""
    return confidence >= SURE and letters(read) > MORE * letters(layer)


def _spots(ink: np.ndarray) -> list[tuple[int, int]]:
    """Return the middles (row, column) of the connected dark spots that may be letters."""
    import numpy as np  # noqa: PLC0415
    from scipy import ndimage  # noqa: PLC0415

    labels, _ = ndimage.label(ink, np.ones((3, 3)))
    lowest, tallest = LETTER_PIXELS
    return [
        ((rows.start + rows.stop) // 2, (columns.start + columns.stop) // 2)
        for rows, columns in ndimage.find_objects(labels)
        if lowest <= rows.stop - rows.start <= tallest and columns.stop - columns.start <= WIDEST
    ]
