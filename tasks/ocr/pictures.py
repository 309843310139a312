"""Pictures through Pillow: only the format that was recognized, caps before decoding, grey pages out."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from io import BytesIO
from typing import TYPE_CHECKING, cast

from tasks.errors import RecordError
from tasks.ocr.geometry import LONGEST_SIDE

if TYPE_CHECKING:
    from PIL import Image

FORMATS = {
    "image/png": "PNG",
    "image/jpeg": "JPEG",
    "image/tiff": "TIFF",
    "image/webp": "WEBP",
    "image/gif": "GIF",
    "image/jp2": "JPEG2000",
    "image/heic": "HEIF",
}
"""Media type to the one Pillow decoder that may touch the bytes: the others (EPS, PSD, FITS …) have a history."""

PAGED = {"image/tiff"}
"""Formats whose frames are pages. The frames of others are films: the first one is read."""

LONGEST_LINE = 1_000_000
"""Pixels of a side. To make a picture of 1 x 49,000,000 smaller takes Pillow 2.4 GB."""

DPI_RANGE = (100, 1200)
"""Resolutions outside are wrong tags: 72 and 96 are a screen's, which cameras and programs write into any file."""

DEPTHS = (1.0, 255.0, 1023.0, 4095.0, 65535.0)
"""The highest value of pictures deeper than 8 bits, by how they are stored: the first that holds all values counts."""
OPAQUE, LIGHT = 128, 224
"""Alpha that counts as ink, and grey that is as good as white (both of 255)."""


@dataclass(frozen=True, slots=True)
class Limits:
    """What a document may cost: pixels of one page and of all pages together, and pages."""

    page_pixels: int
    total_pixels: int
    pages: int


@dataclass(frozen=True, slots=True)
class Sheet:
    """One picture of a page, grey, and its resolution in dpi (None when the file does not tell)."""

    picture: Image.Image
    dpi: int | None
    flags: tuple[str, ...] = ()


@contextmanager
def guarded() -> Iterator[list[warnings.WarningMessage]]:
    """Turn Pillow's size warnings into errors, collect the others, and hide the text of every exception.

    Raises RecordError `too_many_pixels` or `corrupt_image`.
    """
    from PIL import Image  # noqa: PLC0415

    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        warnings.simplefilter("error", Image.DecompressionBombWarning)
        try:
            yield caught
        except (Image.DecompressionBombError, Image.DecompressionBombWarning):
            raise RecordError("too_many_pixels") from None
        except (RecordError, MemoryError):
            raise
        except Exception as error:  # noqa: BLE001 - decoders on hostile bytes raise anything, from struct.error to KeyError
            raise RecordError("corrupt_image", type(error).__name__) from None


def sheets(data: bytes, media_type: str, limits: Limits) -> Iterator[Sheet]:
    """Yield the pages of a picture file as a viewer shows them (EXIF orientation applied, transparency on white).

    Raises RecordError `too_many_pixels`, `too_many_pages` or `corrupt_image`, the first two before any decoding.
    """
    from PIL import Image  # noqa: PLC0415

    if media_type == "image/heic":
        _register_heif()
    Image.MAX_IMAGE_PIXELS = limits.page_pixels
    with guarded() as caught, Image.open(BytesIO(data), formats=(FORMATS[media_type],)) as image:
        frames = getattr(image, "n_frames", 1)
        pages = frames if media_type in PAGED else 1
        _check_size(image, pages, limits, len(data))
    flags = ("first_frame_only",) if frames > pages else ()
    for number in range(pages):
        with guarded() as caught, Image.open(BytesIO(data), formats=(FORMATS[media_type],)) as image:
            image.seek(number)
            if pages > 1 and _is_aid(image):
                continue
            sheet = _sheet(image)
        odd = ("image_warning",) if caught else ()
        yield Sheet(sheet.picture, sheet.dpi, (*flags, *odd, *sheet.flags))


SUBFILE_TYPE, THUMBNAIL, MASK = 254, 1, 4
"""The TIFF tag that tells what a picture is for, and its bits of those that are no pages."""


def _is_aid(image: Image.Image) -> bool:
    """Tell whether a picture of a TIFF is a small copy or the mask of another."""
    kind = getattr(image, "tag_v2", {}).get(SUBFILE_TYPE, 0)
    return isinstance(kind, int) and bool(kind & (THUMBNAIL | MASK))


def _check_size(image: Image.Image, pages: int, limits: Limits, size: int) -> None:
    """Look at every page's header before the first is decoded."""
    if pages > limits.pages:
        raise RecordError("too_many_pages", f"{pages} pages")
    total = 0
    for number in range(pages):
        image.seek(number)
        pixels = image.width * image.height
        total += pixels
        if pixels > limits.page_pixels or total > limits.total_pixels or max(image.size) > LONGEST_LINE:
            raise RecordError("too_many_pixels", f"page {number + 1}")
        if image.format == "TIFF" and _is_short(image, size):
            raise RecordError("corrupt_image", "truncated: strips lie past the end of the file")


STRIPS = ((273, 279), (324, 325))
"""TIFF tags: offsets and byte counts of strips, and of tiles."""


def _is_short(image: Image.Image, size: int) -> bool:
    """Tell whether a TIFF's data ends early: its decoder returns such pages half blank, without an error."""
    tags = getattr(image, "tag_v2", {})
    for offsets, counts in STRIPS:
        pairs = zip(_numbers(tags.get(offsets)), _numbers(tags.get(counts)), strict=False)
        if any(offset + count > size for offset, count in pairs):
            return True
    return False


def _numbers(value: object) -> tuple[int, ...]:
    return tuple(value) if isinstance(value, tuple) else (value,) if isinstance(value, int) else ()


def _sheet(image: Image.Image) -> Sheet:
    from PIL import ImageOps  # noqa: PLC0415

    dpi = _dpi(image)
    turned = image.getexif().get(274, 1) not in {0, 1}
    shown = ImageOps.exif_transpose(image) if turned else image
    return Sheet(_drawable(grey(shown)), dpi, ("exif_orientation",) if turned else ())


def _drawable(picture: Image.Image) -> Image.Image:
    """Return a picture that Tesseract takes: made smaller where a side is too long for it."""
    longest = max(picture.size)
    if longest <= LONGEST_SIDE:
        return picture
    width, height = (max(1, side * LONGEST_SIDE // longest) for side in picture.size)
    return picture.resize((width, height))


def grey(image: Image.Image) -> Image.Image:
    """Return the picture in 8-bit grey: deeper values scaled down, transparency on the paper that shows the ink."""
    if image.mode.startswith("I") or image.mode == "F":
        return _shallow(image)
    if image.mode in {"LA", "PA", "RGBA", "RGBa", "La"} or "transparency" in image.info:
        return _on_paper(image.convert("RGBA"))
    return image.convert("L")


def _shallow(image: Image.Image) -> Image.Image:
    """Return 16-bit, 32-bit and fractional values as 8 bits; scanners store 10 or 12 bits in 16, unscaled."""
    wide = image.convert("F")
    most = _extremes(wide)[1]
    scale = next((255 / depth for depth in DEPTHS if most <= depth), 255 / max(most, 1.0))
    return wide.point(lambda value: value * scale).convert("L")


def _on_paper(layer: Image.Image) -> Image.Image:
    """Return a picture with transparency on white, or on black where its ink is as white as that."""
    from PIL import Image  # noqa: PLC0415

    grey, opaque = layer.convert("L"), layer.getchannel("A")
    ink = grey.histogram(opaque.point(lambda alpha: 255 * (alpha >= OPAQUE)))
    is_bare = sum(ink) < layer.width * layer.height / 2  # letters without their ground
    is_white = is_bare and sum(ink[LIGHT:]) > sum(ink) / 2
    paper = Image.new("L", layer.size, 0 if is_white else 255)
    paper.paste(grey, mask=opaque)
    return paper


def _extremes(image: Image.Image) -> tuple[float, float]:
    low, high = cast("tuple[float, float]", image.getextrema())
    return low, high


def _dpi(image: Image.Image) -> int | None:
    try:
        value = float(image.info["dpi"][1])
    except (KeyError, TypeError, ValueError, IndexError, ZeroDivisionError):
        return None
    low, high = DPI_RANGE
    return round(value) if low <= value <= high else None


def _register_heif() -> None:
    import pi_heif  # noqa: PLC0415

    pi_heif.register_heif_opener()
