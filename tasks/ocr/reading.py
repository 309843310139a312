"""One page from picture to text: the plain look first, further looks only where the engine is in doubt.

Every further look is another view of the same page (turned, straight, larger, another language); the one that the
engine is surest of wins. A clean page costs one look.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from tasks.ocr import geometry, languages
from tasks.ocr.engine import OcrEngine, Word, mean_confidence, text_of

if TYPE_CHECKING:
    from PIL import Image

COLUMNS, ONE_BLOCK = 3, 6
"""Tesseract's page segmentation modes: find columns and blocks by itself; take the picture as one block."""
DEFAULT_DPI = 300
DOUBTFUL = 65.0
"""Mean confidence under which a page may lie on its side or be in another script: upright print has 80 and more."""
SECOND_LOOK = 82.0
"""Under this, a look at another scale pays: on 20 receipts it took the CER from 15.6 to 14.2 %; book pages have 94."""
SECOND_SCALE = 2.0
TURN_SURE = 1.0
"""Tesseract's orientation confidence that is worth a look (OCRmyPDF turns from 2 on, but without comparing)."""
MIN_SKEW = 0.5
"""Tesseract follows lines that lean less by itself; turning would only blur them."""
MAX_LOSS = 0.75
"""A view must keep this share of the other's characters: leaving out what is hard to read raises the confidence."""
STRIP_HEIGHT = 120
"""Lower pictures are cut-out lines: they get a margin and are taken as one block."""
STRIP_MARGIN = 20


@dataclass(frozen=True, slots=True)
class View:
    """How a page is looked at: turned clockwise, straightened, scaled up, and in which layout mode."""

    turn: int = 0
    straighten: bool = True
    scale: float = 1.0
    layout: int = COLUMNS


@dataclass(frozen=True, slots=True)
class Page:
    """A page that was read. `rotation` and `skew_deg` are the clockwise turn that set it upright and the lean."""

    text: str
    rotation: int = 0
    skew_deg: float = 0.0
    mean_confidence: float | None = None
    lang: str | None = None
    words: Sequence[Word] = field(default=(), repr=False)
    view: View = View()

    @property
    def confidence(self) -> float:
        """Mean confidence, 0 without words."""
        return self.mean_confidence or 0.0


def better(page: Page, other: Page) -> Page:
    """Return the page that was read more surely; `page` when `other` only left words out."""
    kept = len(other.text) >= MAX_LOSS * len(page.text) or page.confidence < DOUBTFUL
    return other if kept and other.confidence > page.confidence else page


@dataclass(frozen=True, slots=True)
class Reader:
    """Reads pages with one engine. `seconds` is the limit of one look, of which a page gets at most six.

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
        page = self._look(picture, dpi, lang, _first_view(picture))
        if _lies_sideways(page.words):
            upright = self._look(picture, dpi, lang, replace(page.view, turn=270))
            page = upright if upright.confidence >= DOUBTFUL else better(page, upright)
        for view, own in self._views(picture, dpi, page, lang):
            page = better(page, self._look(picture, dpi, own, view))
        for scale in _scales(picture, page):
            page = better(page, self._look(picture, dpi, page.lang or lang, replace(page.view, scale=scale)))
        return page if self.lang or guessed else self._in_own_language(picture, dpi, page)

    def _views(self, picture: Image.Image, dpi: int | None, page: Page, lang: str) -> Iterator[tuple[View, str]]:
        """Yield the views that may explain a doubtful page."""
        if page.confidence >= DOUBTFUL:
            return
        if abs(page.skew_deg) >= MIN_SKEW:
            yield replace(page.view, straighten=False), lang
        found = self.engine.orientation(picture, dpi or DEFAULT_DPI, self.seconds)
        own = languages.SCRIPTS.get(found.script) if found and self.lang is None else None
        if own and languages.MODELS[own] not in self.engine.languages():
            own = None
        if found and found.confidence >= TURN_SURE and (found.turn or own):
            yield replace(page.view, turn=found.turn), own or lang
        if not page.words:
            yield replace(page.view, layout=ONE_BLOCK), lang

    def _look(self, picture: Image.Image, dpi: int | None, lang: str, view: View) -> Page:
        shown = geometry.turned(picture, view.turn)
        lean = geometry.skew(shown) if view.straighten else 0.0
        if abs(lean) >= MIN_SKEW:
            shown = geometry.straightened(shown, lean)
        if shown.height < STRIP_HEIGHT:
            shown = geometry.with_margin(shown, STRIP_MARGIN)
        shown = geometry.enlarged(shown, view.scale)
        model = languages.model_for(lang, self.engine.languages())
        seen_dpi = dpi if dpi and view.scale == 1 else DEFAULT_DPI
        words = self.engine.words(shown, model, seen_dpi, view.layout, self.seconds)
        return Page(text_of(words), view.turn, lean, mean_confidence(words), lang, words, view)

    def _in_own_language(self, picture: Image.Image, dpi: int | None, page: Page) -> Page:
        own = languages.guess(page.text)
        if own is None or own == page.lang:
            return page
        if languages.MODELS[own] not in self.engine.languages():
            return replace(page, lang=own)
        return better(page, self._look(picture, dpi, own, page.view))


def _first_view(picture: Image.Image) -> View:
    layout = ONE_BLOCK if picture.height < STRIP_HEIGHT else COLUMNS
    return View(layout=layout, scale=geometry.good_scale(picture, geometry.TINY_LETTERS))


def _scales(picture: Image.Image, page: Page) -> Iterator[float]:
    """Yield the scales at which an uncertain page is looked at again."""
    if page.words and page.confidence < SECOND_LOOK:
        good = geometry.good_scale(picture, geometry.SMALL_LETTERS)
        yield from sorted({good, SECOND_SCALE} - {1.0, page.view.scale})


SIDEWAYS_LETTERS = 4
"""Words this long are wider than high when they stand upright."""


def _lies_sideways(words: Sequence[Word]) -> bool:
    """Tell whether Tesseract read a page that lies on its right side: it does so by itself, but does not say it."""
    long_words = [word for word in words if len(word.text) >= SIDEWAYS_LETTERS]
    return sum(word.height > word.width for word in long_words) > len(long_words) / 2
