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
MAX_POINTS = 80_000
MIN_CONTRAST = 40
"""Grey levels (of 256) between paper and ink; less is the paper's texture."""
BLANK_SHARE = 0.0002
"""Dark pixels of an empty page: dust. A single line of text on A4 has three times as many."""


def threshold(picture: Image.Image) -> int:
    """Return Otsu's threshold of a grey picture (Otsu 1979): pixels up to it are ink."""
    import numpy as np

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


def _steps(low: float, high: float, step: float) -> list[float]:
    return [low + step * index for index in range(round((high - low) / step) + 1)]


def _ink(picture: Image.Image) -> tuple[Any, Any]:
    import numpy as np

    small = picture.copy()
    small.thumbnail((WORK_SIDE, WORK_SIDE))
    cut_x, cut_y = round(small.width * MARGIN), round(small.height * MARGIN)
    small = small.crop((cut_x, cut_y, small.width - cut_x, small.height - cut_y))
    rows, columns = np.nonzero(np.asarray(small) <= threshold(small))
    step = max(1, len(rows) // MAX_POINTS)
    return rows[::step], columns[::step]


def _sharpness(rows: np.ndarray, columns: np.ndarray, angle: float) -> float:
    import numpy as np

    heights = rows - columns * np.tan(np.radians(angle))
    profile = np.bincount((heights - heights.min()).astype(int))
    return float(np.square(np.diff(profile.astype(float))).sum())


def straightened(picture: Image.Image, lean: float) -> Image.Image:
    """Return the picture turned so that lines leaning `lean` degrees clockwise lie straight, corners white."""
    from PIL import Image

    return picture.rotate(lean, resample=Image.Resampling.BICUBIC, expand=True, fillcolor=255)


def turned(picture: Image.Image, clockwise: int) -> Image.Image:
    """Return the picture turned clockwise by a multiple of 90 degrees, without loss."""
    from PIL import Image

    turns = {90: Image.Transpose.ROTATE_270, 180: Image.Transpose.ROTATE_180, 270: Image.Transpose.ROTATE_90}
    return picture.transpose(turns[clockwise]) if clockwise in turns else picture
