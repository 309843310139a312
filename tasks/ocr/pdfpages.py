"""One page of a PDF: its text layer, as far as the picture of the page bears it out, else OCR."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from tasks.errors import RecordError
from tasks.ocr import coverage, figures, layercheck, textlayer, visibility
from tasks.ocr.engine import Word
from tasks.ocr.page import Page
from tasks.ocr.pdfium import RENDER_DPI, SCAN_DPI, Layer, PdfFile
from tasks.ocr.pdfwords import Box, LayerWord
from tasks.ocr.reading import Reader
from tasks.ocr.visibility import Sight


@dataclass(frozen=True, slots=True)
class ReadPage:
    """A page, whether it was read by OCR, and what was odd about it."""

    page: Page
    ocr: bool
    flags: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class PageReader:
    """Reads the pages of an open PDF. `check` compares text layers with the picture; `max_pixels` caps a page."""

    pdf: PdfFile
    reader: Reader
    max_pixels: int
    check: bool

    def read(self, number: int, lang: str | None) -> ReadPage:
        """Return page `number` (0 first); `lang` is the language of the pages before.

        Raises RecordError `corrupt_image` when its scan is cut short or shows nothing; see `Reader.read` for more.
        """
        layer = self.pdf.layer(number)
        if any(picture.cut for picture in layer.pictures):
            if textlayer.is_cut(layer):
                raise RecordError("corrupt_image", "a scan in the PDF is cut short")
            got = self._read(number, layer, lang)
            return replace(got, flags=(*got.flags, "cut_picture"))
        return self._read(number, layer, lang)

    def _read(self, number: int, layer: Layer, lang: str | None) -> ReadPage:
        if not textlayer.letters(layer.text):
            return self._ocr(number, layer, lang)
        if textlayer.is_unmapped(layer.text):
            return self._ocr(number, layer, lang, "unmapped_text_layer")
        shown = self.pdf.shown(number, self.max_pixels) if self.check and layer.words else None
        sight = visibility.sight(layer, shown) if shown else Sight(layer.words, ())
        text = textlayer.text_of(layer, sight.unseen)
        if not textlayer.letters(text) or textlayer.is_stamp(layer, text) or not sight.is_telling:
            return self._ocr(number, layer, lang, *sight.flags)
        if self.check and self._is_wrong(number, layer, sight.seen, lang):
            return self._ocr(number, layer, lang, *sight.flags, "wrong_text_layer")
        if shown and textlayer.scan_of(layer) and coverage.is_partial(shown, sight.seen):
            whole = self._ocr(number, layer, lang, *sight.flags, "partial_text_layer")
            if coverage.says_more(whole.page.text, whole.page.confidence, text):
                return whole
        return self._from_layer(number, layer, sight, lang)

    def _is_wrong(self, number: int, layer: Layer, seen: tuple[LayerWord, ...], lang: str | None) -> bool:
        said: str = ""
        read: Sequence[Word] = ()
        if found := layercheck.sample(seen, layer.height):
            said = layercheck.said(found[1], layer.text)
            if not layercheck.is_latin(said):  # is it Latin print under another script's names?
                return layercheck.disagrees(self._glimpse(number, found[0], None, ""), said)
            read = self._glimpse(number, found[0], lang, layer.text)
            if layercheck.disagrees(read, said) or layercheck.is_torn(read, said):
                return True
        if found := layercheck.numbers(seen, layer.height, layer.text, said):
            said += " " + layercheck.said(found[1], layer.text)
            read = [*read, *self._glimpse(number, found[0], lang, layer.text)]
        return layercheck.misnumbers(read, said)

    def _glimpse(self, number: int, box: Box, lang: str | None, text: str) -> Sequence[Word]:
        picture, dpi = self.pdf.cut(number, box, layercheck.SAMPLE_DPI, self.max_pixels)
        return self.reader.glance(picture, dpi, lang, text)

    def _from_layer(self, number: int, layer: Layer, sight: Sight, lang: str | None) -> ReadPage:
        if textlayer.scan_of(layer):
            by_other_ocr = any(visibility.is_unprinted(word, layer) for word in sight.seen)
            flags = (*sight.flags, *(("ocr_layer",) if by_other_ocr else ()))
            return ReadPage(Page(textlayer.text_of(layer, sight.unseen)), ocr=False, flags=flags)
        added = list(self._figures(number, layer, sight, lang)) if self.check else []
        flags = (*sight.flags, *(("picture_text",) if added else ()))
        return ReadPage(Page(textlayer.text_of(layer, sight.unseen, added)), ocr=False, flags=flags)

    def _figures(self, number: int, layer: Layer, sight: Sight, lang: str | None) -> Iterator[tuple[int, str]]:
        for figure in figures.figures(layer):
            picture, dpi = self.pdf.cut(number, figure.box, figures.FIGURE_DPI, self.max_pixels)
            words = self.reader.glance(picture, dpi, lang, layer.text)
            text = figures.text_in(words, picture.size, figure.box, sight.seen)
            if text:
                yield figures.place(figure.box, sight.seen, layer.text), text

    def _ocr(self, number: int, layer: Layer, lang: str | None, *flags: str) -> ReadPage:
        picture, dpi = self.pdf.render(number, scan_dpi(layer), self.max_pixels)
        page = self.reader.read(picture, dpi, lang)
        if not page.text.strip() and self.pdf.is_blind(number):
            raise RecordError("corrupt_image", "a picture in the PDF can't be decoded")
        return ReadPage(page, ocr=True, flags=flags)


def scan_dpi(layer: Layer) -> float:
    """Return the resolution at which to draw a page: that of its scan, else the one Tesseract likes."""
    scan = textlayer.scan_of(layer)
    low, high = SCAN_DPI
    return min(high, max(low, scan.dpi)) if scan else RENDER_DPI
