"""One page from picture to text: the plain look first, further looks only where the engine is in doubt.

A further look at the page is another view of it (turned, unstraightened, another language or script); the one that the
engine is surest of wins. The lines that are still in doubt, and print that it left out, are looked at once more. A
clean page costs one look.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import TYPE_CHECKING

from tasks.ocr import geometry, ground, languages, lines, overlooked, rows
from tasks.ocr.engine import OcrEngine, Orientation, Word, mean_confidence, runs_leftward, text_of
from tasks.ocr.languages import FRAKTUR
from tasks.ocr.page import COLUMNS, DOUBTFUL, MIN_SKEW, ONE_BLOCK, Original, Page, View, better

if TYPE_CHECKING:
    from PIL import Image

DEFAULT_DPI = 300
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
UNKNOWN_SHARE = 0.3
"""Share of a page's letters in unsure lines from which they may be in that script: less of it is dirt."""
MIN_WORDS = 10
"""Fewer words on a doubtful page are dust and grain, which take long to read in any script."""
MIN_SCRIPT_LETTERS, SCRIPT_SHARE = 40, 0.15
"""Letters of the lines that stay unsure from which their script is asked for, and their share of the page: Tesseract
tells no script of fewer than 50, and a tenth of a receipt is dirt."""


@dataclass(frozen=True, slots=True)
class Reader:
    """Reads pages with one engine. `seconds` is the limit of one look; who calls limits the page, which may get many.

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
        if not it.is_strip and not self.lang:
            page = self._in_two_scripts(it, page)
        words = rows.by_rows(page.words if it.is_strip else self._completed(it, page))
        text = text_of(words)
        lang = self.lang or languages.seen(page.lang or lang, text)
        return replace(page, words=words, text=text, mean_confidence=mean_confidence(words), lang=lang)

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

    def _in_two_scripts(self, it: Original, page: Page) -> Page:
        """Look at a page again in the script that its unsure lines are in, if they are: Arabic beside French."""
        weak = lines.misread(page.words)
        total, unsure = _letters([page.words]), _letters(weak)
        if page.lang in languages.SCRIPTS.values() or unsure < max(MIN_SCRIPT_LETTERS, SCRIPT_SHARE * total):
            return page
        picture = it.upright(page.view.turn, page.skew_deg)
        shown, _ = lines.sheet(picture, weak, page.size[0] / picture.width, LINE_SCALE)
        own = self._script(shown, may_be_unknown=unsure >= UNKNOWN_SHARE * total)
        if own is None or not _is_in(own, self._words(shown, DEFAULT_DPI, own, ONE_BLOCK)):
            return page
        other = self._closer(it, self._look(it, own, page.view))
        return better(page, replace(other, lang=own if languages.seen(own, other.text) == own else page.lang))

    def _script(self, shown: Image.Image, *, may_be_unknown: bool) -> str | None:
        """Return the language that stands for the script of a picture, None for Latin and for what can't be read."""
        found = self.engine.orientation(shown, DEFAULT_DPI, self.seconds)
        if found is None:
            return None
        if found.confidence >= UNKNOWN_SCRIPT:
            own = languages.SCRIPTS.get(found.script)
        else:
            own = ETHIOPIC if may_be_unknown else None
        return own if own and own != FRAKTUR and self._reads(own) else None

    def _completed(self, it: Original, page: Page) -> Sequence[Word]:
        """Return the words of a page with those that the engine overlooked."""
        picture = it.upright(page.view.turn, page.skew_deg)
        grown = page.size[0] / picture.width
        left_out = overlooked.places(picture, page.words, grown) if page.confidence >= DOUBTFUL else []
        if not left_out:
            return page.words
        if runs_leftward(page.words):  # of a sheet of Arabic lines Tesseract leaves out most, of a page few
            other = self._look(it, page.lang or languages.DEFAULT, replace(page.view, layout=ONE_BLOCK))
            return overlooked.put_in(page.words, overlooked.lying_in(other.words, left_out))
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


def _letters(read: Sequence[Sequence[Word]]) -> int:
    return sum(map(lines.letters, read))


def _is_in(lang: str, words: Sequence[Word]) -> bool:
    """Tell whether the words were read surely, and most of them in the script of a language that is not Latin."""
    sure = mean_confidence(words) or 0.0
    return sure >= lines.MISREAD_LINE and languages.seen(lang, text_of(words)) == lang


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
