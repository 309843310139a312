"""PDF through pdfium: sizes, text layer, and pictures of pages, each behind a cap. Not thread-safe: processes only."""

from __future__ import annotations

import ctypes
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import islice
from mmap import ACCESS_READ, mmap
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from tasks.errors import RecordError
from tasks.ocr import wholeness
from tasks.ocr.geometry import LONGEST_SIDE
from tasks.ocr.pdfwords import Box, Frame, LayerWord, address, words

if TYPE_CHECKING:
    from PIL import Image

POINTS_PER_INCH = 72
RENDER_DPI = 300
"""What Tesseract's models were trained near; used where no embedded picture tells the scan's own resolution."""
SCAN_DPI = (150, 400)
"""A scan is drawn at its own resolution within these, so that no pixel is made up or lost."""
MIN_SIDE_POINTS = 3
"""Smaller pages hold no letter."""


CHECK_DPI = 100
"""Enough to see whether there is ink where the text layer has a word: 8-point letters are 5 pixels high."""


@dataclass(frozen=True, slots=True)
class Placed:
    """A picture on a PDF page: its share of the page's area, its resolution in dpi, its place, and when it is painted.

    `hides` tells that it lets nothing through, `cut` that its data ends early: the rest of it shows nothing.
    """

    share: float
    dpi: float
    box: Box
    order: int = 0
    hides: bool = False
    cut: bool = False


@dataclass(frozen=True, slots=True)
class Layer:
    """What a page holds besides pixels: its text, the words of it that hold letters, and its pictures.

    `text` has pdfium's BREAK where a line end broke a word; `fills` are the filled areas with the order in which they
    are painted; `height` is that of the page in points.
    """

    text: str
    words: tuple[LayerWord, ...] = ()
    pictures: tuple[Placed, ...] = ()
    fills: tuple[tuple[int, Box], ...] = ()
    height: float = 842.0


@contextmanager
def _guarded() -> Iterator[None]:
    """Hide pdfium's messages. Raises RecordError `malformed`."""
    import pypdfium2  # noqa: PLC0415

    try:
        yield
    except pypdfium2.PdfiumError:
        raise RecordError("malformed", "pdfium") from None


def _why_closed(path: Path) -> str:
    """Return why pdfium did not open a file; its own error may be that of the file before."""
    with path.open("rb") as file, mmap(file.fileno(), 0, access=ACCESS_READ) as data:
        return "encrypted" if data.find(b"/Encrypt") >= 0 else "malformed"


class PdfFile:
    """An open PDF.

    Raises RecordError `encrypted` when it needs a password, `malformed` when it is no PDF, `too_many_pages`.
    """

    def __init__(self, path: Path, max_pages: int) -> None:
        import pypdfium2  # noqa: PLC0415

        try:
            self._file = pypdfium2.PdfDocument(path)
        except pypdfium2.PdfiumError:
            raise RecordError(_why_closed(path), "pdfium") from None
        self._file.init_forms()
        self._flattened: set[int] = set()
        self.pages = len(self._file)
        if self.pages > max_pages:
            self.close()
            raise RecordError("too_many_pages", f"{self.pages} pages")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Free the file."""
        self._file.close()

    @property
    def is_encrypted(self) -> bool:
        """Whether an owner's password guards it (a user's password would have kept us out)."""
        import pypdfium2.raw as pdfium  # noqa: PLC0415

        return bool(pdfium.FPDF_GetSecurityHandlerRevision(self._file.raw) >= 0)

    def embedded(self) -> Iterator[tuple[str, bytes]]:
        """Yield name and bytes of the files inside the PDF, at most MAX_EMBEDDED; broken ones are passed over."""
        import pypdfium2  # noqa: PLC0415

        for index in range(min(MAX_EMBEDDED, self._file.count_attachments())):
            try:
                inside = self._file.get_attachment(index)
                yield inside.get_name(), bytes(inside.get_data())
            except (pypdfium2.PdfiumError, UnicodeDecodeError):
                continue

    @contextmanager
    def _page(self, number: int) -> Iterator[Any]:
        """Open page `number` (0 first); what notes and form fields show is made a part of it."""
        import pypdfium2.raw as pdfium  # noqa: PLC0415

        with _guarded():
            page = self._file[number]
            if number not in self._flattened and pdfium.FPDFPage_GetAnnotCount(page.raw):
                pdfium.FPDFPage_Flatten(page.raw, pdfium.FLAT_NORMALDISPLAY)
                page.close()
                page = self._file[number]  # as it is now
            self._flattened.add(number)
            try:
                yield page
            finally:
                page.close()

    def layer(self, number: int) -> Layer:
        """Return what page `number` (0 first) holds besides pixels."""
        with self._page(number) as page:
            return _layer(page)

    def is_blind(self, number: int) -> bool:
        """Tell whether page `number` (0 first) has a large picture that can't be decoded: it shows nothing."""
        with self._page(number) as page:
            least = MIN_SHARE * page.get_width() * page.get_height()
            return any(_area(item) >= least and wholeness.is_broken(item) for item in _images(_objects(page)).values())

    def shown(self, number: int, max_pixels: int) -> Image.Image:
        """Return a small picture of page `number` in colour, as a reader sees it. Raises as `render`."""
        with self._page(number) as page:
            dpi = fitting_dpi(page.get_width(), page.get_height(), CHECK_DPI, max_pixels)
            picture: Image.Image = page.render(scale=dpi / POINTS_PER_INCH).to_pil()
            return picture.convert("RGB")

    def cut(self, number: int, box: Box, dpi: float, max_pixels: int) -> tuple[Image.Image, int]:
        """Return a grey picture of a part of page `number`, and its resolution. Raises as `render`."""
        with self._page(number) as page:
            width, height = page.get_width(), page.get_height()
            margins = (box.left * width, (1 - box.bottom) * height, (1 - box.right) * width, box.top * height)
            part_width, part_height = (box.right - box.left) * width, (box.bottom - box.top) * height
            dpi = fitting_dpi(part_width, part_height, dpi, max_pixels)
            bitmap = page.render(
                scale=dpi / POINTS_PER_INCH, grayscale=True, crop=tuple(max(0.0, margin) for margin in margins)
            )
            return bitmap.to_pil().convert("L"), round(dpi)

    def render(self, number: int, dpi: float, max_pixels: int) -> tuple[Image.Image, int]:
        """Return a grey picture of page `number` and its resolution, lower than `dpi` when the cap asks for it.

        Raises RecordError `too_many_pixels` when even MIN_DPI is too much, computed before anything is drawn.
        """
        with self._page(number) as page:
            dpi = fitting_dpi(page.get_width(), page.get_height(), dpi, max_pixels)
            bitmap = page.render(scale=dpi / POINTS_PER_INCH, grayscale=True)
            return bitmap.to_pil().convert("L"), round(dpi)


MAX_EMBEDDED = 50
"""Embedded files that are listed; their bytes are under the cap on streams."""
MIN_DPI = 20
"""Below, the page is a poster of which no line could be read, or the box is a trap."""


def fitting_dpi(width: float, height: float, dpi: float, max_pixels: int) -> float:
    """Return `dpi`, or the highest resolution at which a page of so many points stays under the cap.

    Raises RecordError `too_many_pixels`.
    """
    square_inches = (max(width, 1) / POINTS_PER_INCH) * (max(height, 1) / POINTS_PER_INCH)
    longest = LONGEST_SIDE / max(width, height, 1) * POINTS_PER_INCH
    fits = min(dpi, longest, (max_pixels / square_inches) ** 0.5 * 0.999)
    if fits < MIN_DPI:
        raise RecordError("too_many_pixels")
    return float(fits)


def _layer(page: Any) -> Layer:
    text_page = page.get_textpage()
    try:
        text = _characters(text_page)
        area = max(1.0, page.get_width() * page.get_height())
        frame, items = Frame(page), _objects(page)
        orders = {address(item.raw) or 0: order for order, item in enumerate(items)}
        found = tuple(words(text_page, text, frame, orders)) if text else ()
        pictures, fills = tuple(_pictures(items, frame, area)), tuple(_fills(items, frame) if found else ())
        return Layer(text, found, pictures, fills, page.get_height())
    finally:
        text_page.close()


def _objects(page: Any) -> list[Any]:
    return list(islice(page.get_objects(max_depth=FORM_DEPTH), MAX_OBJECTS))


def _characters(text_page: Any) -> str:
    """Return the text of the page, one code point for each of pdfium's characters."""
    text: str = text_page.get_text_range()
    count = text_page.count_chars()
    if len(text) == count:
        return text
    import pypdfium2.raw as pdfium  # noqa: PLC0415

    codes = (pdfium.FPDFText_GetUnicode(text_page.raw, index) for index in range(count))
    return "".join(
        " " if code == 0 else chr(code) if code < MAX_CODE and not SURROGATE <= code < SURROGATE_END else UNKNOWN
        for code in codes
    )


MAX_CODE, SURROGATE, SURROGATE_END, UNKNOWN = 0x110000, 0xD800, 0xE000, "\ufffd"
MAX_OBJECTS = 5_000
"""Page objects looked at; a map can have millions."""
FORM_DEPTH = 3
MAX_ASKED = 50
"""Pictures of a page that are asked whether they are whole: a tile may stand on it a thousand times."""
MIN_SHARE = 0.004
"""Share of the page that a picture with words covers at least: a line of print of a hand's width on A4."""


def _images(items: Sequence[Any]) -> dict[int, Any]:
    """Return the pictures among the objects of a page, by their order."""
    import pypdfium2.raw as pdfium  # noqa: PLC0415

    return {order: item for order, item in enumerate(items) if item.type == pdfium.FPDF_PAGEOBJ_IMAGE}


def _area(item: Any) -> float:
    left, bottom, right, top = item.get_bounds()
    return float((right - left) * (top - bottom))


def _pictures(items: Sequence[Any], frame: Frame, area: float) -> Iterator[Placed]:
    import pypdfium2.raw as pdfium  # noqa: PLC0415

    asked = 0
    for order, item in _images(items).items():
        left, bottom, right, top = item.get_bounds()
        width, height = right - left, top - bottom
        if width > MIN_SIDE_POINTS and height > MIN_SIDE_POINTS:
            columns, rows = item.get_px_size()
            inches = max(width, height) / POINTS_PER_INCH
            # the box of a picture within a form is in the form's own coordinates: it may cover nothing
            hides = item.level == 0 and not pdfium.FPDFPageObj_HasTransparency(item.raw)
            box = frame.box(left, bottom, right, top)
            share = width * height / area
            cut = share >= MIN_SHARE and asked < MAX_ASKED and wholeness.is_cut(item)
            asked += share >= MIN_SHARE
            yield Placed(share, max(columns, rows) / inches, box, order, hides, cut)


def _fills(items: Sequence[Any], frame: Frame) -> Iterator[tuple[int, Box]]:
    """Yield the filled areas that are large enough to lie over a word."""
    import pypdfium2.raw as pdfium  # noqa: PLC0415

    mode, stroke = ctypes.c_int(), ctypes.c_int()
    for order, item in enumerate(items):
        if item.type != pdfium.FPDF_PAGEOBJ_PATH or item.level:
            continue
        pdfium.FPDFPath_GetDrawMode(item.raw, mode, stroke)
        left, bottom, right, top = item.get_bounds() if mode.value else (0, 0, 0, 0)
        if right - left > MIN_SIDE_POINTS and top - bottom > MIN_SIDE_POINTS:
            yield order, frame.box(left, bottom, right, top)
