"""PDF through pdfium: sizes, text layer, and pictures of pages, each behind a cap. Not thread-safe: processes only."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from tasks.errors import RecordError

if TYPE_CHECKING:
    from PIL import Image

POINTS_PER_INCH = 72
RENDER_DPI = 300
"""What Tesseract's models were trained near; used where no embedded picture tells the scan's own resolution."""
SCAN_DPI = (150, 400)
"""A scan is drawn at its own resolution within these, so that no pixel is made up or lost."""
MIN_SIDE_POINTS = 3
"""Smaller pages hold no letter."""


@dataclass(frozen=True, slots=True)
class Placed:
    """A picture on a PDF page: its share of the page's area and its resolution in dpi."""

    share: float
    dpi: float


@dataclass(frozen=True, slots=True)
class Layer:
    """What a page holds besides pixels: its text, whether some of it is invisible, and its pictures."""

    text: str
    invisible: bool
    pictures: tuple[Placed, ...]


@contextmanager
def _guarded() -> Iterator[None]:
    """Hide pdfium's messages. Raises RecordError `encrypted` or `malformed`."""
    import pypdfium2  # noqa: PLC0415

    try:
        yield
    except pypdfium2.PdfiumError as error:
        reason = "encrypted" if "password" in str(error).lower() else "malformed"
        raise RecordError(reason, "pdfium") from None


class PdfFile:
    """An open PDF.

    Raises RecordError `encrypted` when it needs a password, `malformed` when it is no PDF, `too_many_pages`.
    """

    def __init__(self, path: Path, max_pages: int) -> None:
        import pypdfium2  # noqa: PLC0415

        with _guarded():
            self._file = pypdfium2.PdfDocument(path)
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

    def layer(self, number: int) -> Layer:
        """Return what page `number` (0 first) holds besides pixels."""
        with _guarded():
            page = self._file[number]
            try:
                return _layer(page)
            finally:
                page.close()

    def render(self, number: int, dpi: float, max_pixels: int) -> tuple[Image.Image, int]:
        """Return a grey picture of page `number` and its resolution, lower than `dpi` when the cap asks for it.

        Raises RecordError `too_many_pixels` when even MIN_DPI is too much, computed before anything is drawn.
        """
        with _guarded():
            page = self._file[number]
            try:
                dpi = fitting_dpi(page.get_width(), page.get_height(), dpi, max_pixels)
                bitmap = page.render(scale=dpi / POINTS_PER_INCH, grayscale=True)
                return bitmap.to_pil().convert("L"), round(dpi)
            finally:
                page.close()


MIN_DPI = 20
"""Below, the page is a poster of which no line could be read, or the box is a trap."""


def fitting_dpi(width: float, height: float, dpi: float, max_pixels: int) -> float:
    """Return `dpi`, or the highest resolution at which a page of so many points stays under the cap.

    Raises RecordError `too_many_pixels`.
    """
    square_inches = (max(width, 1) / POINTS_PER_INCH) * (max(height, 1) / POINTS_PER_INCH)
    fits = min(dpi, (max_pixels / square_inches) ** 0.5 * 0.999)
    if fits < MIN_DPI:
        raise RecordError("too_many_pixels")
    return float(fits)


def _layer(page: Any) -> Layer:
    text_page = page.get_textpage()
    text = text_page.get_text_range().replace("\r\n", "\n").replace("\r", "\n")
    text_page.close()
    area = max(1.0, page.get_width() * page.get_height())
    return Layer(text, _has_invisible_text(page), tuple(_pictures(page, area)))


MAX_OBJECTS = 5_000
"""Page objects looked at; a map can have millions."""
FORM_DEPTH = 3


def _objects(page: Any, kind: int) -> Iterator[Any]:
    for count, item in enumerate(page.get_objects(filter=[kind], max_depth=FORM_DEPTH)):
        if count >= MAX_OBJECTS:
            return
        yield item


def _pictures(page: Any, area: float) -> Iterator[Placed]:
    import pypdfium2.raw as pdfium  # noqa: PLC0415

    for item in _objects(page, pdfium.FPDF_PAGEOBJ_IMAGE):
        left, bottom, right, top = item.get_bounds()
        width, height = right - left, top - bottom
        if width > MIN_SIDE_POINTS and height > MIN_SIDE_POINTS:
            columns, rows = item.get_px_size()
            inches = max(width, height) / POINTS_PER_INCH
            yield Placed(width * height / area, max(columns, rows) / inches)


def _has_invisible_text(page: Any) -> bool:
    import pypdfium2.raw as pdfium  # noqa: PLC0415

    invisible = pdfium.FPDF_TEXTRENDERMODE_INVISIBLE
    return any(
        pdfium.FPDFTextObj_GetTextRenderMode(item.raw) == invisible for item in _objects(page, pdfium.FPDF_PAGEOBJ_TEXT)
    )
