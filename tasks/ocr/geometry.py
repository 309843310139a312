"""How a page lies and how large its letters are, from its dark pixels. Angles are degrees, lengths pixels."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

if TYPE_CHECKING:
    import numpy as np
    from PIL import Image

WORK_SIDE = 1000
"""Longer side of the copy on which skew is measured: letters are still 10 pixels high."""
MARGIN = 0.04
"""Edge of the page that is left out: shadows and punched holes of a scanner are straight too."""
MAX_SKEW = 15.0
COARSE, FINE = 0.5, 0.1
GAIN = 1.15
"""How much sharper the best angle's line profile must be than the unturned page's to be believed."""
MAX_POINTS = 40_000
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


def skew(picture: Image.Image) -> float:
    """Return the angle by which the text lines lean clockwise, 0.0 when no angle stands out.

    Projection profile (Postl 1986): lines lie straight at the angle at which the rows' ink varies most.
    """
    rows, columns = _ink(picture)
    if len(rows) < 100:  # a few letters have no direction
        return 0.0
    best = max(_steps(-MAX_SKEW, MAX_SKEW, COARSE), key=lambda angle: _sharpness(rows, columns, angle))
    best = max(_steps(best - COARSE, best + COARSE, FINE), key=lambda angle: _sharpness(rows, columns, angle))
    if _sharpness(rows, columns, best) < GAIN * _sharpness(rows, columns, 0.0):
        return 0.0
    return round(best, 1)


SIDEWAYS_GAIN = 2.0
"""How much sharper the profile across the page must be than the one down it for its lines to run downwards."""

COARSE_PIXELS = 4
"""The stems of letters are thinner, lines and the space between them are not."""


def is_sideways(picture: Image.Image) -> bool:
    """Tell whether the lines of a page seem to run downwards: worth asking the engine before anything is read."""
    rows, columns = (places // COARSE_PIXELS for places in _ink(picture))
    return len(rows) >= 100 and _sharpness(columns, rows, 0.0) > SIDEWAYS_GAIN * _sharpness(rows, columns, 0.0)


def _steps(low: float, high: float, step: float) -> list[float]:
    return [low + step * index for index in range(round((high - low) / step) + 1)]


def _ink(picture: Image.Image) -> tuple[Any, Any]:
    import numpy as np  # noqa: PLC0415

    small = picture.copy()
    small.thumbnail((WORK_SIDE, WORK_SIDE))
    cut_x, cut_y = round(small.width * MARGIN), round(small.height * MARGIN)
    small = small.crop((cut_x, cut_y, small.width - cut_x, small.height - cut_y))
    rows, columns = np.nonzero(np.asarray(small) <= threshold(small))
    step = max(1, len(rows) // MAX_POINTS)
    return rows[::step], columns[::step]


def _sharpness(rows: np.ndarray, columns: np.ndarray, angle: float) -> float:
    import numpy as np  # noqa: PLC0415

    heights = rows - columns * np.tan(np.radians(angle))
    profile = np.bincount((heights - heights.min()).astype(int))
    return float(np.square(np.diff(profile.astype(float))).sum())


def straightened(picture: Image.Image, lean: float) -> Image.Image:
    """Return the picture turned so that lines leaning `lean` degrees clockwise lie straight, corners white."""
    from PIL import Image  # noqa: PLC0415

    return picture.rotate(lean, resample=Image.Resampling.BICUBIC, expand=True, fillcolor=255)


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
MAX_SCALE = 4.0
LETTER_RANGE = (5, 0.1, 0.25)
"""What may be a letter: more than 5 pixels high, lower than a tenth of the page, narrower than a quarter."""


def letter_height(picture: Image.Image) -> float | None:
    """Return the median height in pixels of the connected dark spots that may be letters, None when there is none."""
    import numpy as np  # noqa: PLC0415
    from scipy import ndimage  # noqa: PLC0415

    ink = np.asarray(picture) <= threshold(picture)
    labels, _ = ndimage.label(ink, np.ones((3, 3)))
    lowest, tallest, widest = LETTER_RANGE
    heights = [
        rows.stop - rows.start
        for rows, columns in ndimage.find_objects(labels)
        if lowest < rows.stop - rows.start < picture.height * tallest
        and columns.stop - columns.start < picture.width * widest
    ]
    return float(np.median(heights)) if heights else None


def good_scale(picture: Image.Image, limit: float) -> float:
    """Return the factor that brings letters lower than `limit` pixels to GOOD_LETTERS, 1.0 where none are."""
    height = letter_height(picture)
    return 1.0 if height is None or height >= limit else min(MAX_SCALE, GOOD_LETTERS / height)


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
    return picture.resize(size, Image.Resampling.BICUBIC)


LONGEST_SIDE = 32_000
"""Pixels; Tesseract and Leptonica refuse 32,768 and more, and call it a timeout."""
MAX_ENLARGED_PIXELS = 40_000_000
"""An enlarged page costs as much as a large one."""


def with_margin(picture: Image.Image, width: int) -> Image.Image:
    """Return the picture on a white sheet that is `width` pixels wider on each side."""
    from PIL import ImageOps  # noqa: PLC0415

    return ImageOps.expand(picture, width, fill=255)
