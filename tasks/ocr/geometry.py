"""How a page lies and how large its letters are, from its dark pixels. Angles are degrees, lengths pixels."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

if TYPE_CHECKING:
    import numpy as np
    from PIL import Image

WORK_SIDE = 1000
"""Longer side of the copy on which skew is measured: letters are still 10 pixels high."""
MARGIN = 0.04
"""Edge of the page that is left out: shadows and punched holes of a scanner are straight too."""
MAX_SKEW = 22.0
COARSE, FINE = 0.5, 0.1
GAIN = 1.15
"""How much sharper the best angle's line profile must be than the unturned page's to be believed."""
MAX_POINTS = 40_000
COARSE_SHARE = 4
"""One dark pixel in so many tells the angle to half a degree; all of them tell the rest."""
MIN_CONTRAST = 40
"""Grey levels (of 256) between paper and ink; less is the paper's texture."""
BLANK_SHARE = 0.0002
"""Dark pixels of an empty page: dust. A single line of text on A4 has three times as many."""


def threshold(picture: Image.Image) -> int:
    """Return Otsu's threshold of a grey picture (Otsu 1979): pixels up to it are ink."""
    import numpy as np  # noqa: PLC0415

    counts = np.asarray(picture.histogram()[:256], dtype=float)
    below = np.cumsum(counts)
    above = below[-1] - below
    sums = np.cumsum(counts * np.arange(256))
    with np.errstate(divide="ignore", invalid="ignore"):
        between = below * above * (sums / below - (sums[-1] - sums) / above) ** 2
    return int(np.nanargmax(np.nan_to_num(between)))


def is_blank(picture: Image.Image) -> bool:
    """Tell whether a page holds no ink worth reading: no contrast, or dust only."""
    low, high = cast("tuple[int, int]", picture.getextrema())
    if high - low < MIN_CONTRAST:
        return True
    dark = sum(picture.histogram()[: (low + high) // 2])
    return dark < BLANK_SHARE * picture.width * picture.height


@dataclass(frozen=True, slots=True)
class Ink:
    """The dark pixels of a page's smaller copy: their rows and columns."""

    rows: np.ndarray
    columns: np.ndarray

    def turned(self, clockwise: int) -> Ink:
        """Return the ink of the page turned clockwise by a multiple of 90 degrees."""
        turns = {90: (self.columns, -self.rows), 180: (-self.rows, -self.columns), 270: (-self.columns, self.rows)}
        return Ink(*turns[clockwise]) if clockwise in turns else self

    def thinned(self, share: int) -> Ink:
        """Return one pixel in `share`."""
        return Ink(self.rows[::share], self.columns[::share])


def skew(ink: Ink) -> float:
    """Return the angle by which the text lines lean clockwise, 0.0 when no angle stands out.

    Projection profile (Postl 1986): lines lie straight at the angle at which the rows' ink varies most.
    """
    if len(ink.rows) < MIN_POINTS:
        return 0.0
    best = _sharpest(ink.thinned(COARSE_SHARE), _steps(-MAX_SKEW, MAX_SKEW, COARSE))
    best = _sharpest(ink, _steps(best - COARSE, best + COARSE, FINE))
    if _sharpness(ink, best) < GAIN * _sharpness(ink, 0.0):
        return 0.0
    return round(best, 1)


MIN_POINTS = 100
"""A few letters have no direction."""


def _sharpest(ink: Ink, angles: list[float]) -> float:
    return max(angles, key=lambda angle: _sharpness(ink, angle))


SIDEWAYS_GAIN = 2.0
"""How much sharper the profile across the page must be than the one down it for its lines to run downwards."""

COARSE_PIXELS = 4
"""The stems of letters are thinner, lines and the space between them are not."""


def is_sideways(ink: Ink) -> bool:
    """Tell whether the lines of a page seem to run downwards: worth asking the engine before anything is read."""
    thick = Ink(ink.rows // COARSE_PIXELS, ink.columns // COARSE_PIXELS)
    return len(ink.rows) >= MIN_POINTS and _sharpness(thick.turned(90), 0.0) > SIDEWAYS_GAIN * _sharpness(thick, 0.0)


def _steps(low: float, high: float, step: float) -> list[float]:
    return [low + step * index for index in range(round((high - low) / step) + 1)]


def ink_of(picture: Image.Image) -> Ink:
    """Return the ink of a grey page, without its margins."""
    import numpy as np  # noqa: PLC0415
    from PIL import Image  # noqa: PLC0415

    shrink = min(1.0, WORK_SIDE / max(picture.size))
    size = (max(1, round(picture.width * shrink)), max(1, round(picture.height * shrink)))
    small = picture.resize(size, Image.Resampling.BOX)
    cut_x, cut_y = round(small.width * MARGIN), round(small.height * MARGIN)
    small = small.crop((cut_x, cut_y, small.width - cut_x, small.height - cut_y))
    rows, columns = np.nonzero(np.asarray(small) <= threshold(small))
    return Ink(rows, columns).thinned(max(1, len(rows) // MAX_POINTS))


def _sharpness(ink: Ink, angle: float) -> float:
    import numpy as np  # noqa: PLC0415

    heights = ink.rows - ink.columns * np.tan(np.radians(angle))
    profile = np.bincount((heights - heights.min()).astype(int))
    return float(np.square(np.diff(profile.astype(float))).sum())


def straightened(picture: Image.Image, lean: float) -> Image.Image:
    """Return the picture turned so that lines leaning `lean` degrees clockwise lie straight, corners white."""
    from PIL import Image  # noqa: PLC0415

    return picture.rotate(lean, resample=Image.Resampling.BILINEAR, expand=True, fillcolor=255)


def turned(picture: Image.Image, clockwise: int) -> Image.Image:
    """Return the picture turned clockwise by a multiple of 90 degrees, without loss."""
    from PIL import Image  # noqa: PLC0415

    turns = {90: Image.Transpose.ROTATE_270, 180: Image.Transpose.ROTATE_180, 270: Image.Transpose.ROTATE_90}
    return picture.transpose(turns[clockwise]) if clockwise in turns else picture


GOOD_LETTERS = 20
"""Height in pixels of the middle letter (mostly x-height) to which small ones are scaled. Capitals then have 28, within
the 20 to 30 pixels that Tesseract's manual asks for. 25 reads receipts 0.2 points better and takes a fifth more
time."""
TINY_LETTERS, SMALL_LETTERS = 13.5, 17.4
"""Tiny letters are scaled up at once, small ones only where the page is read badly: scaling blurs clean book pages
(15 to 24 pixels here, 0.1 points of CER) and costs time."""
DOUBLED = 7.5
"""Letters from this height on are at most doubled: they are read as well as at GOOD_LETTERS and cost less."""
MAX_SCALE = 4.0
LETTER_RANGE = (5, 0.1, 0.25)
"""What may be a letter: more than 5 pixels high, lower than a tenth of the page, narrower than a quarter."""


BAND = 1_000_000
"""Pixels of the band across the middle of a page in which letters are measured."""
ENOUGH_LETTERS = 100
"""With fewer of them in the band, the whole page is measured."""


def letter_height(picture: Image.Image) -> float | None:
    """Return the median height in pixels of the connected dark spots that may be letters, None when there is none."""
    import numpy as np  # noqa: PLC0415

    level, rows = threshold(picture), max(1, BAND // picture.width)
    heights: list[int] = []
    if rows < picture.height:
        top = (picture.height - rows) // 2
        heights = _letter_heights(picture.crop((0, top, picture.width, top + rows)), level, picture.size)
    if len(heights) < ENOUGH_LETTERS:
        heights = _letter_heights(picture, level, picture.size)
    return float(np.median(heights)) if heights else None


def _letter_heights(picture: Image.Image, level: int, page: tuple[int, int]) -> list[int]:
    import numpy as np  # noqa: PLC0415
    from scipy import ndimage  # noqa: PLC0415

    labels, _ = ndimage.label(np.asarray(picture) <= level, np.ones((3, 3)))
    lowest, tallest, widest = LETTER_RANGE
    return [
        rows.stop - rows.start
        for rows, columns in ndimage.find_objects(labels)
        if lowest < rows.stop - rows.start < page[1] * tallest and columns.stop - columns.start < page[0] * widest
    ]


def good_scale(picture: Image.Image, limit: float) -> float:
    """Return the factor that brings letters lower than `limit` pixels to GOOD_LETTERS, 1.0 where none are."""
    height = letter_height(picture)
    if height is None or height >= limit:
        return 1.0
    return min(2.0 if height >= DOUBLED else MAX_SCALE, GOOD_LETTERS / height)


EDGE_SHARE = 0.05
"""Dark spots at the edge of the picture that are longer than this share of a side are shadows, not letters."""
MAX_EDGE = 0.25
"""Share of the picture above which dark spots at its edge are its ground: white print on black."""


def without_edges(picture: Image.Image) -> Image.Image:
    """Return the picture without what a scanner adds around a page: dark bars and shadows that touch the edge.

    The table under a receipt, the other page of a book: their borders are taken for letters or columns.
    """
    import numpy as np  # noqa: PLC0415
    from PIL import Image  # noqa: PLC0415
    from scipy import ndimage  # noqa: PLC0415

    pixels = np.asarray(picture)
    ink = pixels <= threshold(picture)
    if not (ink[0].any() or ink[-1].any() or ink[:, 0].any() or ink[:, -1].any()):
        return picture
    labels, count = ndimage.label(ink, np.ones((3, 3)))
    places, is_bar = ndimage.find_objects(labels), np.zeros(count + 1, dtype=bool)
    for label in _labels_at_edge(labels):
        sides = zip(places[label - 1], pixels.shape, strict=True)
        is_bar[label] = any(place.stop - place.start > EDGE_SHARE * side for place, side in sides)
    dark = is_bar[labels] if is_bar.any() else None
    if dark is None or dark.mean() > MAX_EDGE:
        return picture
    return Image.fromarray(np.where(dark, np.uint8(255), pixels))


def _labels_at_edge(labels: np.ndarray) -> list[int]:
    import numpy as np  # noqa: PLC0415

    edges = np.unique(np.concatenate([labels[0], labels[-1], labels[:, 0], labels[:, -1]]))
    return [int(label) for label in edges if label]


def enlarged(picture: Image.Image, scale: float) -> Image.Image:
    """Return the picture scaled up by `scale`, less where it would grow past MAX_ENLARGED_PIXELS."""
    from PIL import Image  # noqa: PLC0415

    scale = min(
        scale, (MAX_ENLARGED_PIXELS / (picture.width * picture.height)) ** 0.5, LONGEST_SIDE / max(picture.size)
    )
    if scale <= 1:
        return picture
    size = (round(picture.width * scale), round(picture.height * scale))
    return picture.resize(size, Image.Resampling.BILINEAR)


LONGEST_SIDE = 32_000
"""Pixels; Tesseract and Leptonica refuse 32,768 and more, and call it a timeout."""
MAX_ENLARGED_PIXELS = 40_000_000
"""An enlarged page costs as much as a large one."""


def with_margin(picture: Image.Image, width: int) -> Image.Image:
    """Return the picture on a white sheet that is `width` pixels wider on each side."""
    from PIL import ImageOps  # noqa: PLC0415

    return ImageOps.expand(picture, width, fill=255)
