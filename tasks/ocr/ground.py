"""What print stands on: light on dark is turned into dark on light, shadows and the table under a page are taken off.

A phone's photograph has them, a scanner's picture seldom. All is measured on a small copy in which letters are specks.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from tasks.ocr.geometry import LETTER_RANGE, without_edges

if TYPE_CHECKING:
    import numpy as np
    from PIL import Image

SMALL_SIDE = 400
"""Longer side in pixels of the small copy: letters of a page are 3 to 5 high there."""
SPECK = 9
"""Pixels of the small copy: what is narrower is print, what is wider is ground."""
SHADED, SHADED_SHARE = 0.85, 0.1
DARK, DARK_SHARE = 0.7, 0.025
"""Ground under that share of the lightest, and the share of the page it must cover to be worth a change: scanned pages
have none (dark: 0 to 0.9 %), shadows and tables cover 10 % and more."""
LIGHTEST = 95
"""Percentile of the ground's greys that is paper in full light."""
LIGHT_PRINT = 99.5
"""The same, where light print covers little of a dark page."""
BLACK = 24
"""Grey under which the ground is not stretched: noise of the camera."""
DARKEST_FIRST = (0.25, 0.5)
"""Shares of the lightest grey under which ground may bear light print: first what is darker than any shadow on paper,
since a letterhead in the shade is connected with it, then coloured bands."""
FEWEST_LETTERS = 6
"""Light spots of the size of letters from which a dark ground bears print."""
SAME_HEIGHT = 0.5
"""How much the height of half of them may differ from the middle one's: capitals and small letters, not grain."""


def cleared(picture: Image.Image) -> Image.Image:
    """Return a grey page as dark print on light, even paper, without what a scanner or camera saw around it.

    The picture itself when there is nothing to do.
    """
    ground = _ground(picture)
    if not _is_uneven(ground):
        return without_edges(picture)
    lit = with_dark_print(picture)
    return without_edges(evened(lit, _ground(lit)))


def _step(picture: Image.Image) -> int:
    return max(1, round(max(picture.size) / SMALL_SIDE))


def _small(picture: Image.Image) -> Image.Image:
    return picture.reduce(_step(picture))


def _ground(picture: Image.Image) -> np.ndarray:
    """Return the grey of what lies behind dark print: a closing keeps the outlines of all that is wider."""
    import numpy as np  # noqa: PLC0415
    from scipy import ndimage  # noqa: PLC0415

    ground: np.ndarray = ndimage.grey_closing(np.asarray(_small(picture)), (SPECK, SPECK))
    return ground


def _is_uneven(ground: np.ndarray) -> bool:
    """Tell whether darker ground comes in from the edges: what lies within the page alone is a picture."""
    import numpy as np  # noqa: PLC0415

    lightest = np.percentile(ground, LIGHTEST)
    return any(
        _from_edges(ground < share * lightest) > least for share, least in ((SHADED, SHADED_SHARE), (DARK, DARK_SHARE))
    )


def _from_edges(mask: np.ndarray) -> float:
    """Return the share of all pixels that are connected with the edge through the mask's."""
    import numpy as np  # noqa: PLC0415
    from scipy import ndimage  # noqa: PLC0415

    if not (mask[0].any() or mask[-1].any() or mask[:, 0].any() or mask[:, -1].any()):
        return 0.0
    labels, _ = ndimage.label(mask)
    edges = np.concatenate([labels[0], labels[-1], labels[:, 0], labels[:, -1]])
    return float(np.isin(labels, edges[edges > 0]).mean())


def evened(picture: Image.Image, ground: np.ndarray) -> Image.Image:
    """Return the picture as it would be if its ground were white: grey over the ground's grey."""
    import numpy as np  # noqa: PLC0415
    from PIL import Image  # noqa: PLC0415
    from scipy import ndimage  # noqa: PLC0415

    # the darker neighbour counts: else the outline of the paper on the table stays as a line
    smooth = Image.fromarray(np.maximum(ndimage.uniform_filter(ndimage.minimum_filter(ground, 3), 3), BLACK))
    light = np.asarray(smooth.resize(picture.size, Image.Resampling.BILINEAR))
    even = np.asarray(picture).astype(np.uint16) * 255 // light
    return Image.fromarray(np.minimum(even, 255).astype(np.uint8))


def with_dark_print(picture: Image.Image) -> Image.Image:
    """Return the picture with every dark part that bears light letters inverted: letterheads, whole negative pages."""
    import numpy as np  # noqa: PLC0415

    lightest = float(np.percentile(np.asarray(picture)[:: _step(picture)], LIGHT_PRINT))
    for share in DARKEST_FIRST:
        picture = _with_inverted(picture, share * lightest, lightest)
    return picture


def _with_inverted(picture: Image.Image, darkness: float, lightest: float) -> Image.Image:
    import numpy as np  # noqa: PLC0415
    from PIL import Image, ImageFilter  # noqa: PLC0415
    from scipy import ndimage  # noqa: PLC0415

    pixels = np.asarray(picture)
    # the middle of a neighbourhood is ground, not print: print covers less than half of it
    dark = np.asarray(_small(picture).filter(ImageFilter.MedianFilter(SPECK))) < darkness
    labels, count = ndimage.label(dark | ndimage.binary_closing(dark, np.ones((SPECK, SPECK))))
    if not count:
        return picture
    labels = _enlarged(labels, picture)
    inverted = pixels.copy()
    for label, place in enumerate(ndimage.find_objects(labels), start=1):
        part = labels[place] == label
        if _bears_letters(pixels[place], part, lightest, pixels.shape):
            inverted[place][part] = 255 - pixels[place][part]
    return Image.fromarray(inverted)


def _enlarged(labels: np.ndarray, picture: Image.Image) -> np.ndarray:
    """Return the labels of the small copy's pixels for those of the picture."""
    step = _step(picture)
    return labels.repeat(step, 0).repeat(step, 1)[: picture.height, : picture.width]


def _bears_letters(pixels: np.ndarray, part: np.ndarray, lightest: float, page: tuple[int, ...]) -> bool:
    """Tell whether a dark part has light spots that are as high as one another and no higher than letters."""
    import numpy as np  # noqa: PLC0415
    from scipy import ndimage  # noqa: PLC0415

    level = (float(np.median(pixels[part])) + lightest) / 2
    labels, count = ndimage.label(pixels > level, np.ones((3, 3)))
    is_within = np.ones(count + 1, dtype=bool)
    is_within[labels[~part]] = False  # paper beside the part
    lowest, tallest, _ = LETTER_RANGE
    spots = zip(is_within[1:], (place[0].stop - place[0].start for place in ndimage.find_objects(labels)), strict=True)
    heights = np.array([height for inside, height in spots if inside and lowest < height < tallest * page[0]])
    if len(heights) < FEWEST_LETTERS:
        return False
    return bool((np.abs(heights / np.median(heights) - 1) < SAME_HEIGHT).mean() > 1 / 2)
