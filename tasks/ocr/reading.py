"""One page from picture to text: straight, upright, in the right language, with confidences."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from tasks.ocr import geometry, languages
from tasks.ocr.engine import OcrEngine, Word, mean_confidence, text_of

if TYPE_CHECKING:
    from PIL import Image

AUTOMATIC_LAYOUT = 3
"""Tesseract's page segmentation mode 3: find columns and blocks by itself."""
DEFAULT_DPI = 300
DOUBTFUL = 65.0
"""Mean confidence under which a page may lie on its side or be in another language: upright print has 80 and more."""
TURN_SURE = 1.0
"""Tesseract's orientation confidence that is worth a second reading (OCRmyPDF turns from 2 on, without comparing)."""
MIN_SKEW = 0.5
"""Tesseract follows lines that lean less by itself; turning would only blur them."""


@dataclass(frozen=True, slots=True)
class Page:
    """A page that was read. `rotation` and `skew_deg` are the clockwise turn that set it upright and the lean."""

    text: str
    rotation: int = 0
    skew_deg: float = 0.0
    mean_confidence: float | None = None
    lang: str | None = None
    words: Sequence[Word] = field(default=(), repr=False)


@dataclass(frozen=True, slots=True)
class Reader:
    """Reads pages with one engine. `seconds` is the limit of one call of the engine, so a page takes a few times that.

    `lang` (BCP-47) is what the source claims; without it the language is guessed from the page's own words.
    """

    engine: OcrEngine
    lang: str | None
    seconds: float

    def read(self, picture: Image.Image, dpi: int | None, guessed: str | None = None) -> Page:
        """Return the page's text; `guessed` is the language of the pages before. See `OcrEngine.words` for errors."""
        if geometry.is_blank(picture):
            return Page("")
        lang = self.lang or guessed or languages.DEFAULT
        page = self._straight(picture, dpi, lang, 0)
        if (page.mean_confidence or 0) < DOUBTFUL:
            page = self._upright(picture, dpi, page, lang)
        if self.lang or guessed:
            return page
        return self._in_own_language(picture, dpi, page)

    def _straight(self, picture: Image.Image, dpi: int | None, lang: str, turn: int) -> Page:
        picture = geometry.turned(picture, turn)
        lean = geometry.skew(picture)
        if abs(lean) >= MIN_SKEW:
            picture = geometry.straightened(picture, lean)
        model = languages.model_for(lang, self.engine.languages())
        words = self.engine.words(picture, model, dpi or DEFAULT_DPI, AUTOMATIC_LAYOUT, self.seconds)
        return Page(text_of(words), turn, lean, mean_confidence(words), lang, words)

    def _upright(self, picture: Image.Image, dpi: int | None, page: Page, lang: str) -> Page:
        found = self.engine.orientation(picture, dpi or DEFAULT_DPI, self.seconds)
        if found is None or found.confidence < TURN_SURE:
            return page
        own = languages.SCRIPTS.get(found.script) if self.lang is None else None
        if not found.turn and not own:
            return page
        other = self._straight(picture, dpi, own or lang, found.turn)
        return max(page, other, key=lambda one: one.mean_confidence or 0.0)

    def _in_own_language(self, picture: Image.Image, dpi: int | None, page: Page) -> Page:
        own = languages.guess(page.text)
        if own is None or own == page.lang or languages.MODELS[own] not in self.engine.languages():
            return page
        other = self._straight(picture, dpi, own, page.rotation)
        return max(page, other, key=lambda one: one.mean_confidence or 0.0)
