"""The words of a PDF page's text layer, each with where it stands and how it is drawn, through pdfium.

Places are fractions of the page as it is shown (turned, cropped), from its top left corner: 0.5 is the middle.
"""

from __future__ import annotations

import ctypes
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

BREAK = "\ufffe"
"""What pdfium writes for the hyphen of a word that a line end broke, in place of hyphen and line end."""
MAX_CHARACTERS = 100_000
"""Characters of one page that are looked at one by one; the rest stands unchecked. A dense page has 10,000."""
_WORD = re.compile(r"\S+")
_DEVICE = 1_000_000
"""Size in pixels of the imagined screen on which pdfium tells where a point of the page is shown."""


@dataclass(frozen=True, slots=True)
class Box:
    """A rectangle on the page, in fractions of it, from the top left corner."""

    left: float
    top: float
    right: float
    bottom: float

    @property
    def middle(self) -> tuple[float, float]:
        """The centre, across and down."""
        return (self.left + self.right) / 2, (self.top + self.bottom) / 2

    def holds(self, point: tuple[float, float]) -> bool:
        """Tell whether a point lies within."""
        return self.left <= point[0] <= self.right and self.top <= point[1] <= self.bottom


@dataclass(frozen=True, slots=True)
class LayerWord:
    """A word of the text layer: `text[start:end]`.

    `box` holds its letters and digits, `tallest` is the height of the tallest one (fraction of the page), `ink` its
    colour (0 to 255), `invisible` whether it is drawn without ink, `order` its place among the objects of the page as
    they are painted (None when it is not known).
    """

    start: int
    end: int
    letters: int
    box: Box
    tallest: float
    ink: tuple[int, int, int]
    invisible: bool
    order: int | None


class Frame:
    """Where the points of a page are shown: its turn and crop taken into account."""

    def __init__(self, page: Any) -> None:
        (self._x, self._y), (right, down), (left, up) = (_shown(page, *point) for point in ((0, 0), (100, 0), (0, 100)))
        self._across = (right - self._x) / 100, (down - self._y) / 100
        self._up = (left - self._x) / 100, (up - self._y) / 100

    def box(self, left: float, bottom: float, right: float, top: float) -> Box:
        """Return the place of a rectangle of the page's own coordinates (points, from the bottom left)."""
        x1, y1 = self._at(left, bottom)
        x2, y2 = self._at(right, top)
        return Box(min(x1, x2), min(y1, y2), max(x1, x2), max(y1, y2))

    def _at(self, x: float, y: float) -> tuple[float, float]:
        return self._x + x * self._across[0] + y * self._up[0], self._y + x * self._across[1] + y * self._up[1]


def _shown(page: Any, x: float, y: float) -> tuple[float, float]:
    import pypdfium2.raw as pdfium  # noqa: PLC0415

    across, down = ctypes.c_int(), ctypes.c_int()
    pdfium.FPDF_PageToDevice(page.raw, 0, 0, _DEVICE, _DEVICE, 0, x, y, across, down)
    return across.value / _DEVICE, down.value / _DEVICE


def words(text_page: Any, text: str, frame: Frame, orders: dict[int, int]) -> Iterator[LayerWord]:
    """Yield the words of `text` that hold letters; `orders` tells when the object at an address is painted."""
    reader = _Characters(text_page, frame, orders)
    for match in _WORD.finditer(text, 0, MAX_CHARACTERS):
        for start, end in _unbroken(match.group(), match.start()):
            found = reader.word(text, start, end)
            if found:
                yield found


def _unbroken(word: str, start: int) -> Iterator[tuple[int, int]]:
    """Yield the parts of a word that stand on one line each."""
    for part in word.split(BREAK):
        yield start, start + len(part)
        start += len(part) + 1


def address(item: Any) -> int | None:
    """Return where pdfium keeps an object: the same object has the same address while its page is open."""
    return ctypes.cast(item, ctypes.c_void_p).value


class _Characters:
    def __init__(self, text_page: Any, frame: Frame, orders: dict[int, int]) -> None:
        self._page, self._frame, self._orders = text_page.raw, frame, orders
        self._edges = [ctypes.c_double() for _ in range(4)]
        self._colour = [ctypes.c_uint() for _ in range(4)]

    def word(self, text: str, start: int, end: int) -> LayerWord | None:
        places = [index for index in range(start, end) if text[index].isalnum()]
        boxes = [box for box in map(self._box, places) if box]
        if not boxes:
            return None
        around = _around(boxes)
        invisible, order = self._drawn(places[0])
        tallest = max(box.bottom - box.top for box in boxes)
        return LayerWord(start, end, len(places), around, tallest, self._ink(places[0]), invisible, order)

    def _box(self, index: int) -> Box | None:
        import pypdfium2.raw as pdfium  # noqa: PLC0415

        left, right, bottom, top = self._edges  # the order of FPDFText_GetCharBox
        if not pdfium.FPDFText_GetCharBox(self._page, index, left, right, bottom, top):
            return None
        if right.value <= left.value or top.value <= bottom.value:
            return None
        return self._frame.box(left.value, bottom.value, right.value, top.value)

    def _ink(self, index: int) -> tuple[int, int, int]:
        import pypdfium2.raw as pdfium  # noqa: PLC0415

        pdfium.FPDFText_GetFillColor(self._page, index, *self._colour)
        red, green, blue, _ = (one.value for one in self._colour)
        return red, green, blue

    def _drawn(self, index: int) -> tuple[bool, int | None]:
        import pypdfium2.raw as pdfium  # noqa: PLC0415

        item = pdfium.FPDFText_GetTextObject(self._page, index)
        if not item:
            return False, None
        mode = pdfium.FPDFTextObj_GetTextRenderMode(item)
        return mode == pdfium.FPDF_TEXTRENDERMODE_INVISIBLE, self._orders.get(address(item) or 0)


def _around(boxes: Sequence[Box]) -> Box:
    return Box(
        min(box.left for box in boxes),
        min(box.top for box in boxes),
        max(box.right for box in boxes),
        max(box.bottom for box in boxes),
    )
