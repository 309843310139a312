"""A page as it is looked at and as it was read, and which of two readings of it to believe."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

from tasks.ocr import geometry
from tasks.ocr.engine import Word

if TYPE_CHECKING:
    from PIL import Image

COLUMNS, ONE_BLOCK = 3, 6
"""Tesseract's page segmentation modes: find columns and blocks by itself; take the picture as one block."""
DOUBTFUL = 65.0
"""Mean confidence under which a page may lie on its side or be in another script: upright print has 80 and more."""
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
