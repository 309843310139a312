"""One page from picture to text: the plain look first, further looks only where the engine is in doubt.

A further look at the page is another view of it (turned, unstraightened, another language); the one that the engine is
surest of wins. Then the lines that are still in doubt are looked at once more. A clean page costs one look.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from itertools import pairwise
from typing import TYPE_CHECKING

from tasks.ocr import geometry, ground, languages, lines, overlooked, rows
from tasks.ocr.engine import OcrEngine, Orientation, Word, mean_confidence, text_of
from tasks.ocr.languages import FRAKTUR

if TYPE_CHECKING:
    from PIL import Image

COLUMNS, ONE_BLOCK = 3, 6
"""Tesseract's page segmentation modes: find columns and blocks by itself; take the picture as one block."""
DEFAULT_DPI = 300
DOUBTFUL = 65.0
"""Mean confidence under which a page may lie on its side or be in another script: upright print has 80 and more."""
UPRIGHT = 80.0
"""Confidence from which no other view is tried."""
LINE_SCALE = 1.5
"""How much larger unsure lines are looked at again. Larger costs more and reads the same."""
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


@dataclass(frozen=True)
class Original:
    """A page's picture as it came, and its resolution; what is measured on it is measured once."""

    picture: Image.Image
    dpi: int | None
    _last: dict[tuple[int, float], Image.Image] = field(default_factory=dict)

    @cached_property
    def ink(self) -> geometry.Ink:
        """The dark pixels."""
        return geometry.ink_of(self.picture)

    @property
    def is_strip(self) -> bool:
        """Tell whether it is a cut-out line."""
        return self.picture.height < STRIP_HEIGHT

    def lean(self, view: View) -> float:
        """Return how much the lines lean in a view, 0.0 where that is not asked for."""
        return geometry.skew(self.ink.turned(view.turn)) if view.straighten else 0.0

    def upright(self, turn: int, lean: float) -> Image.Image:
        """Return the picture turned and straightened, a cut-out line with a margin; the last one is kept."""
        if (turn, lean) not in self._last:
            shown = geometry.turned(self.picture, turn)
            shown = geometry.straightened(shown, lean) if abs(lean) >= MIN_SKEW else shown
            shown = geometry.with_margin(shown, STRIP_MARGIN) if shown.height < STRIP_HEIGHT else shown
            self._last.clear()
            self._last[turn, lean] = shown
        return self._last[turn, lean]


@dataclass(frozen=True, slots=True)
class Reader:
    """Reads pages with one engine. `seconds` is the limit of one look, of which a page gets at most ten.

    `lang` (BCP-47) is what the source claims; without it the language is guessed from the page's own words.
    """

    engine: OcrEngine
    lang: str | None
    seconds: float

    def read(self, picture: Image.Image, dpi: int | None, guessed: str | None = None) -> Page:
        """Return the page's text; `guessed` is the language of the pages before. See `OcrEngine.words` for errors."""
        if geometry.is_blank(picture):
            return Page("")
        it = Original(picture, dpi)
        if not it.is_strip:
            it = Original(ground.cleared(picture), dpi)
        lang = self.lang or (guessed if guessed and self._reads(guessed) else languages.DEFAULT)
        page = self._in_language(it, lang)
        if lang not in {self.lang, languages.DEFAULT} and page.confidence < DOUBTFUL:
            page = better(page, self._in_language(it, languages.DEFAULT))  # the pages before are in another language
        words = rows.by_rows(page.words if it.is_strip else self._completed(it, page))
        return replace(page, words=words, text=text_of(words), mean_confidence=mean_confidence(words))

    def _in_language(self, it: Original, lang: str) -> Page:
        """Return the surest look at a page that is taken to be in `lang`; what is on it may show another."""
        page = self._upright(it, self._look(it, lang, self._first_view(it)))
        if it.is_strip:
            page = self._in_broken_letters(it, page)
        page = closer = self._closer(it, page)  # most doubts end here
        if page.lang != lang:
            return page
        for view, own in self._views(it, page, lang):
            page = better(page, self._look(it, own, view))
            if page.confidence >= UPRIGHT:
                break
        if not self.lang and page.lang == lang:
            page = self._in_own_language(it, page)
        return page if page is closer else self._closer(it, page)

    def _upright(self, it: Original, page: Page) -> Page:
        """Look at a page again that seems to lie on a side."""
        if not _lies_sideways(page.words):
            return page
        lang, side = page.lang or languages.DEFAULT, self._side(it, page.view.scale)
        other = self._look(it, lang, replace(page.view, turn=side or SIDEWAYS[0]))
        if not side and other.confidence < UPRIGHT:
            other = better(other, self._look(it, lang, replace(page.view, turn=SIDEWAYS[1])))
        return other if other.confidence >= DOUBTFUL else better(page, other)

    def _closer(self, it: Original, page: Page) -> Page:
        """Look at the unsure lines of a page at another scale, and take the words that are surer there."""
        weak = lines.unsure(page.words)
        if not weak:
            return page
        picture = it.upright(page.view.turn, page.skew_deg)
        grown = page.size[0] / picture.width
        shown, strips = lines.sheet(picture, weak, grown, LINE_SCALE)
        if not strips:
            return page
        found = self._words(shown, DEFAULT_DPI, page.lang or languages.DEFAULT, ONE_BLOCK)
        words = lines.surer(page.words, lines.put_back(found, strips, grown, LINE_SCALE))
        return replace(page, words=words, text=text_of(words), mean_confidence=mean_confidence(words))

    def _completed(self, it: Original, page: Page) -> Sequence[Word]:
        """Return the words of a page with those that the engine overlooked."""
        picture = it.upright(page.view.turn, page.skew_deg)
        grown = page.size[0] / picture.width
        left_out = overlooked.places(picture, page.words, grown) if page.confidence >= DOUBTFUL else []
        if not left_out:
            return page.words
        shown, strips = lines.sheet(picture, left_out, grown, LINE_SCALE)
        found = self._words(shown, DEFAULT_DPI, page.lang or languages.DEFAULT, ONE_BLOCK)
        return overlooked.put_in(page.words, lines.put_back(found, strips, grown, LINE_SCALE))

    def _reads(self, lang: str) -> bool:
        return languages.name_of(lang) in self.engine.languages()

    def glance(self, picture: Image.Image, dpi: int, guessed: str | None, text: str) -> Sequence[Word]:
        """Return the words of one plain look, in a language that `text` beside the picture tells, if it does."""
        if geometry.is_blank(picture):
            return ()
        it = Original(picture, dpi)
        lang = self.lang or guessed or languages.guess(text) or languages.DEFAULT
        view = View(straighten=False, layout=ONE_BLOCK if it.is_strip else COLUMNS)
        return self._look(it, lang if self._reads(lang) else languages.DEFAULT, view).words

    def _views(self, it: Original, page: Page, lang: str) -> Iterator[tuple[View, str]]:
        """Yield the views that may explain a doubtful page."""
        is_short = sum(len(word.text) for word in page.words) < lines.SHORT and not it.is_strip
        if page.confidence >= (UPRIGHT if is_short else DOUBTFUL):  # few letters upside down are read as others, surely
            return
        if abs(page.skew_deg) >= MIN_SKEW:
            yield replace(page.view, straighten=False), lang
        found = self._orientation(it, page.view.scale)
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
        elif is_short and (not found or found.confidence < TURN_SURE):
            yield from ((replace(page.view, turn=(page.view.turn + more) % 360), lang) for more in (180, 90, 270))

    def _first_view(self, it: Original) -> View:
        if it.is_strip:  # the lean of one line cannot be measured
            return View(
                straighten=False, scale=geometry.good_scale(it.picture, geometry.TINY_LETTERS), layout=ONE_BLOCK
            )
        is_small = it.picture.width * it.picture.height < SMALL_PICTURE
        limit = geometry.SMALL_LETTERS if is_small else geometry.TINY_LETTERS
        view = View(scale=geometry.good_scale(it.picture, limit))
        return replace(view, turn=self._side(it, view.scale)) if geometry.is_sideways(it.ink) else view

    def _side(self, it: Original, scale: float) -> int:
        """Return on which side a page lies whose lines run downwards, 0 when the engine does not see that they do."""
        found = self._orientation(it, scale)
        return found.turn if found and found.turn in SIDEWAYS else 0

    def _orientation(self, it: Original, scale: float) -> Orientation | None:
        larger = geometry.enlarged(it.picture, scale)
        return self.engine.orientation(larger, it.dpi if it.dpi and larger is it.picture else DEFAULT_DPI, self.seconds)

    def _look(self, it: Original, lang: str, view: View) -> Page:
        lean = it.lean(view)
        shown = geometry.enlarged(it.upright(view.turn, lean), view.scale)
        words = self._words(shown, it.dpi if it.dpi and view.scale == 1 else DEFAULT_DPI, lang, view.layout)
        return Page(text_of(words), view.turn, lean, mean_confidence(words), lang, words, view, shown.size)

    def _words(self, shown: Image.Image, dpi: int, lang: str, layout: int) -> list[Word]:
        model = languages.model_for(lang, self.engine.languages())
        return self.engine.words(shown, model, dpi, layout, self.seconds)

    def _in_broken_letters(self, it: Original, page: Page) -> Page:
        """Look at an uncertain line once more as Fraktur, if it may be: nothing else tells a line's script."""
        if page.confidence >= BROKEN_LETTERS or self.lang or not self._reads(FRAKTUR):
            return page
        return better(page, self._look(it, FRAKTUR, page.view))

    def _in_own_language(self, it: Original, page: Page) -> Page:
        own = languages.guess(page.text)
        if own is None or own == page.lang:
            return page
        if not self._reads(own):
            return replace(page, lang=own)
        return better(page, self._look(it, own, page.view))


SIDEWAYS = (270, 90)
"""Turns of a page that lies on a side. Tesseract often reads one that lies on its right side (270) as it is."""
SIDEWAYS_LETTERS = 4
"""Words this long are wider than high when they stand upright."""


def _lies_sideways(words: Sequence[Word]) -> bool:
    """Tell whether Tesseract saw a page that lies on a side: words higher than wide, one below the other in a line."""
    is_down = [word.height > word.width for word in words if len(word.text) >= SIDEWAYS_LETTERS]
    for word, after in pairwise(words):
        if word.line == after.line:
            is_down.append(abs(after.top - word.top) > abs(after.left - word.left))
    return sum(is_down) > len(is_down) / 2
