"""One page from picture to text: the plain look first, further looks only where the engine is in doubt.

Every further look is another view of the same page (turned, straight, larger, another language); the one that the
engine is surest of wins. A clean page costs one look.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from tasks.ocr import geometry, languages
from tasks.ocr.engine import OcrEngine, Orientation, Word, mean_confidence, text_of
from tasks.ocr.languages import FRAKTUR

if TYPE_CHECKING:
    import numpy as np
    from PIL import Image

COLUMNS, ONE_BLOCK = 3, 6
"""Tesseract's page segmentation modes: find columns and blocks by itself; take the picture as one block."""
DEFAULT_DPI = 300
DOUBTFUL = 65.0
"""Mean confidence under which a page may lie on its side or be in another script: upright print has 80 and more."""
SECOND_LOOK = 72.0
"""Under this, a look at another scale pays, word by word: on 20 receipts the CER falls from 17.0 to 14.6 %. A limit of
82 costs a third more time for 0.2 points; book pages have 90 and more."""
SECOND_SCALE = 2.0
SMALL_PICTURE = 1_000_000
"""Pixels of a page below which small letters are enlarged at once: it costs little, and such pages are read badly."""
BROKEN_LETTERS = 85.0
"""Under this, a single line may be in Fraktur; whole pages tell their script."""
TURN_SURE = 1.0
"""Tesseract's orientation confidence that is worth a look (OCRmyPDF turns from 2 on, but without comparing)."""
ETHIOPIC, UNKNOWN_SCRIPT = "am", 2.0
"""The one script of ours that Tesseract's osd model does not know: it guesses, with a confidence under 1.2 here; pages
of scripts that it knows have 5 to 35."""
MIN_WORDS = 10
"""Fewer words on a doubtful page are dust and grain, which take long to read in any script."""
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
    """A page that was read. `rotation` and `skew_deg` are the clockwise turn that set it upright and the lean.

    `size` is that of the picture in which the words stand, in pixels.
    """

    text: str
    rotation: int = 0
    skew_deg: float = 0.0
    mean_confidence: float | None = None
    lang: str | None = None
    words: Sequence[Word] = field(default=(), repr=False)
    view: View = View()
    size: tuple[int, int] = (1, 1)

    @property
    def confidence(self) -> float:
        """Mean confidence, 0 without words."""
        return self.mean_confidence or 0.0


def better(page: Page, other: Page) -> Page:
    """Return the page that was read more surely; `page` when `other` only left words out."""
    kept = len(other.text) >= MAX_LOSS * len(page.text) or page.confidence < DOUBTFUL
    return other if kept and other.confidence > page.confidence else page


SAME_PLACE = 0.25
"""How far the ends of a word may lie apart in two looks, in widths of the word, and still be the same word's."""


def with_surer_words(page: Page, other: Page) -> Page:
    """Return the page with those words of `other` that stand in the same place and were read more surely.

    Both must be looks at the page in the same position; their scales may differ.
    """
    import numpy as np  # noqa: PLC0415

    if not (page.words and other.words):
        return page
    across, down = page.size[0] / other.size[0], page.size[1] / other.size[1]
    boxes = np.array([(one.left, one.top, one.left + one.width, one.top + one.height) for one in other.words], float)
    boxes *= (across, down, across, down)
    words = [_surer(word, other.words, boxes) for word in page.words]
    return replace(page, words=words, text=text_of(words), mean_confidence=mean_confidence(words))


def _surer(word: Word, others: Sequence[Word], boxes: np.ndarray) -> Word:
    slack = SAME_PLACE * word.width
    right, bottom = word.left + word.width, word.top + word.height
    near = (abs(boxes[:, 0] - word.left) <= slack) & (abs(boxes[:, 2] - right) <= slack)
    near &= (boxes[:, 1] < bottom - word.height / 2) & (boxes[:, 3] > word.top + word.height / 2)
    (places,) = near.nonzero()
    if len(places) != 1 or others[places[0]].confidence <= word.confidence:
        return word
    other = others[places[0]]
    return replace(word, text=other.text, confidence=other.confidence)


@dataclass(frozen=True, slots=True)
class Reader:
    """Reads pages with one engine. `seconds` is the limit of one look, of which a page gets at most seven.

    `lang` (BCP-47) is what the source claims; without it the language is guessed from the page's own words.
    """

    engine: OcrEngine
    lang: str | None
    seconds: float

    def read(self, picture: Image.Image, dpi: int | None, guessed: str | None = None) -> Page:
        """Return the page's text; `guessed` is the language of the pages before. See `OcrEngine.words` for errors."""
        if geometry.is_blank(picture):
            return Page("")
        if not _is_strip(picture):
            picture = geometry.without_edges(picture)
        lang = self.lang or (guessed if guessed and self._reads(guessed) else languages.DEFAULT)
        page = self._look(picture, dpi, lang, self._first_view(picture, dpi))
        if _lies_sideways(page.words):
            found = self._orientation(picture, dpi, page.view.scale)
            turn = found.turn if found and found.turn in SIDEWAYS else SIDEWAYS[0]
            upright = self._look(picture, dpi, lang, replace(page.view, turn=turn))
            page = upright if upright.confidence >= DOUBTFUL else better(page, upright)
        if _is_strip(picture):
            page = self._in_broken_letters(picture, dpi, page)
            if page.lang != lang:
                return page
        page = first = self._closer(picture, dpi, page)
        for view, own in self._views(picture, dpi, page, lang):
            page = better(page, self._look(picture, dpi, own, view))
        if page.view.turn != first.view.turn or page.lang != first.lang:
            page = self._closer(picture, dpi, page)
        if lang not in {self.lang, languages.DEFAULT} and page.confidence < DOUBTFUL:
            page = better(page, self.read(picture, dpi))  # the pages before are in another language
        is_decided = self.lang or page.lang != lang
        return page if is_decided else self._in_own_language(picture, dpi, page)

    def _closer(self, picture: Image.Image, dpi: int | None, page: Page) -> Page:
        """Look at an uncertain page at another scale, and take from each look the words that are surer."""
        scale = _second_scale(picture, page)
        if scale is None:
            return page
        other = self._look(picture, dpi, page.lang or languages.DEFAULT, replace(page.view, scale=scale))
        best = better(page, other)
        return with_surer_words(best, page if best is other else other)

    def _reads(self, lang: str) -> bool:
        return languages.name_of(lang) in self.engine.languages()

    def glance(self, picture: Image.Image, dpi: int, guessed: str | None, text: str) -> Sequence[Word]:
        """Return the words of one plain look, in a language that `text` beside the picture tells, if it does."""
        if geometry.is_blank(picture):
            return ()
        lang = self.lang or guessed or languages.guess(text) or languages.DEFAULT
        view = View(straighten=False, layout=ONE_BLOCK if _is_strip(picture) else COLUMNS)
        return self._look(picture, dpi, lang if self._reads(lang) else languages.DEFAULT, view).words

    def _views(self, picture: Image.Image, dpi: int | None, page: Page, lang: str) -> Iterator[tuple[View, str]]:
        """Yield the views that may explain a doubtful page."""
        if page.confidence >= DOUBTFUL:
            return
        if abs(page.skew_deg) >= MIN_SKEW:
            yield replace(page.view, straighten=False), lang
        found = self._orientation(picture, dpi, page.view.scale)
        own = languages.SCRIPTS.get(found.script) if found and self.lang is None else None
        if own and not self._reads(own):
            own = None
        if found and found.confidence >= TURN_SURE and (found.turn or own):
            yield replace(page.view, turn=found.turn), own or lang
        is_unknown = found is not None and found.confidence < UNKNOWN_SCRIPT and len(page.words) >= MIN_WORDS
        if found and is_unknown and self.lang is None and self._reads(ETHIOPIC):
            yield from ((replace(page.view, turn=(found.turn + half) % 360), ETHIOPIC) for half in (0, 180))
        if not page.words:
            yield replace(page.view, layout=ONE_BLOCK), lang

    def _first_view(self, picture: Image.Image, dpi: int | None) -> View:
        if _is_strip(picture):  # the lean of one line cannot be measured
            return View(straighten=False, scale=geometry.good_scale(picture, geometry.TINY_LETTERS), layout=ONE_BLOCK)
        is_small = picture.width * picture.height < SMALL_PICTURE
        limit = geometry.SMALL_LETTERS if is_small else geometry.TINY_LETTERS
        view = View(scale=geometry.good_scale(picture, limit))
        found = self._orientation(picture, dpi, view.scale) if geometry.is_sideways(picture) else None
        return replace(view, turn=found.turn) if found and found.turn in SIDEWAYS else view

    def _orientation(self, picture: Image.Image, dpi: int | None, scale: float) -> Orientation | None:
        larger = geometry.enlarged(picture, scale)
        return self.engine.orientation(larger, dpi if dpi and larger is picture else DEFAULT_DPI, self.seconds)

    def _look(self, picture: Image.Image, dpi: int | None, lang: str, view: View) -> Page:
        shown = geometry.turned(picture, view.turn)
        lean = geometry.skew(shown) if view.straighten else 0.0
        if abs(lean) >= MIN_SKEW:
            shown = geometry.straightened(shown, lean)
        if _is_strip(shown):
            shown = geometry.with_margin(shown, STRIP_MARGIN)
        shown = geometry.enlarged(shown, view.scale)
        model = languages.model_for(lang, self.engine.languages())
        seen_dpi = dpi if dpi and view.scale == 1 else DEFAULT_DPI
        words = self.engine.words(shown, model, seen_dpi, view.layout, self.seconds)
        return Page(text_of(words), view.turn, lean, mean_confidence(words), lang, words, view, shown.size)

    def _in_broken_letters(self, picture: Image.Image, dpi: int | None, page: Page) -> Page:
        """Look at an uncertain line once more as Fraktur, if it may be: nothing else tells a line's script."""
        if page.confidence >= BROKEN_LETTERS or self.lang or not self._reads(FRAKTUR):
            return page
        return better(page, self._look(picture, dpi, FRAKTUR, page.view))

    def _in_own_language(self, picture: Image.Image, dpi: int | None, page: Page) -> Page:
        own = languages.guess(page.text)
        if own is None or own == page.lang:
            return page
        if not self._reads(own):
            return replace(page, lang=own)
        return better(page, self._look(picture, dpi, own, page.view))


def _is_strip(picture: Image.Image) -> bool:
    return picture.height < STRIP_HEIGHT


def _second_scale(picture: Image.Image, page: Page) -> float | None:
    """Return the scale at which an uncertain page is looked at again, None for a page that was read well."""
    if not page.words or page.confidence >= SECOND_LOOK:
        return None
    good = geometry.good_scale(picture, geometry.SMALL_LETTERS)
    return good if good not in {1.0, page.view.scale} else SECOND_SCALE


SIDEWAYS = (270, 90)
"""Turns of a page that lies on a side. Tesseract often reads one that lies on its right side (270) as it is."""
SIDEWAYS_LETTERS = 4
"""Words this long are wider than high when they stand upright."""


def _lies_sideways(words: Sequence[Word]) -> bool:
    """Tell whether Tesseract saw a page that lies on a side: its words are higher than wide."""
    long_words = [word for word in words if len(word.text) >= SIDEWAYS_LETTERS]
    return sum(word.height > word.width for word in long_words) > len(long_words) / 2
