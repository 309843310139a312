"""Whether the pictures of a PDF are whole: pdfium draws one that was cut short without a word, the rest of it plain.

An end mark, or as many bytes as the picture has pixels, settles nearly every picture at the cost of a look at its tail.
Only what lacks its mark is decoded: some scanners leave it out.
"""

from __future__ import annotations

import struct
from io import BytesIO
from typing import TYPE_CHECKING, Any

from tasks.errors import RecordError
from tasks.ocr.pictures import FORMATS, guarded

if TYPE_CHECKING:
    import numpy as np

MISSING = 0.02
"""Share of a picture's rows that may be missing: less is its margin, and encoders drop a last row now and then."""
END_OF_FAX = ((24, 0x001001), (26, 0x6003))
"""Bits and value at the end of a fax: two end-of-line codes in a row (ITU-T T.6, 2.4.1.1; T.4, with tag bits)."""
MOST_PIXELS = 100_000_000
"""Larger pictures are not decoded for this: they count as whole."""
FAX_TAIL = 512
"""Bytes at the end of a fax in which its last rows must show."""
LONGEST_ROW_CODE = 64
"""Bits that a blank row of a fax has at most: one in T.6, some forty in T.4."""
END_OF_JPEG, START_OF_SCAN = b"\xff\xd9", b"\xff\xda"
SLACK = bytes(32)
"""What a decoder may read ahead: a JPEG of which nothing but the end mark is missing is whole with it."""
END_OF_CODESTREAM = b"\xff\xd9"
"""The same bytes as in JPEG (ISO/IEC 15444-1, A.4.4)."""
UNKNOWN_LENGTH = 0xFFFFFFFF
PADDING = b"\0\r\n "


def is_cut(image: Any) -> bool:
    """Tell whether the bytes of a picture end before its pixels do; `image` is a PdfImage of pypdfium2."""
    import pypdfium2  # noqa: PLC0415

    try:
        return _is_cut(image)
    except pypdfium2.PdfiumError:
        return True  # nothing of it can be decoded


def _is_cut(image: Any) -> bool:
    last = next(iter(image.get_filters(skip_simple=True)), "")
    if last in {"DCTDecode", "DCT"}:
        return _is_cut_jpeg(_bytes(image))
    if last == "JPXDecode":
        data = _bytes(image)
        return not data.rstrip(PADDING).endswith(END_OF_CODESTREAM) and not _is_decoded(data, "image/jp2")
    if last in {"CCITTFaxDecode", "CCF"}:
        return _is_cut_fax(image)
    return _is_cut_jbig2(_bytes(image)) if last == "JBIG2Decode" else _lacks_pixels(image)


def is_broken(image: Any) -> bool:
    """Tell whether pdfium can't decode a picture at all, and so shows nothing in its place."""
    import pypdfium2  # noqa: PLC0415

    width, height = image.get_px_size()
    try:
        if width * height <= MOST_PIXELS:
            image.get_bitmap()
    except pypdfium2.PdfiumError:
        return True
    return False


def _bytes(image: Any) -> bytes:
    return bytes(image.get_data(decode_simple=True))


def _lacks_pixels(image: Any) -> bool:
    """Tell whether plain pixels are fewer than width, height and depth ask for; they are not copied."""
    import pypdfium2.raw as pdfium  # noqa: PLC0415

    told = image.get_metadata()
    row = (told.width * told.bits_per_pixel + 7) // 8
    there = pdfium.FPDFImageObj_GetImageDataDecoded(image.raw, None, 0)
    return bool(there < (1 - MISSING) * row * told.height)


def _is_cut_jpeg(data: bytes) -> bool:
    """Tell whether no end mark follows the last scan (a thumbnail has its own), and rows are missing."""
    return data.rfind(END_OF_JPEG) < data.rfind(START_OF_SCAN) and not _is_decoded(data + SLACK, "image/jpeg")


def _is_decoded(data: bytes, media_type: str) -> bool:
    """Tell whether Pillow decodes a picture; one that is too large to try counts as whole."""
    from PIL import Image  # noqa: PLC0415

    try:
        with guarded(), Image.open(BytesIO(data), formats=(FORMATS[media_type],)) as picture:
            picture.load()
    except RecordError as error:
        return error.reason != "corrupt_image"
    return True


def _is_cut_jbig2(data: bytes) -> bool:
    """Tell whether a segment is longer than what is left (ISO/IEC 14492, 7.2; in PDF without a file header)."""
    at = 0
    while at + 11 <= len(data):
        number, kind, referred = struct.unpack_from(">IBB", data, at)
        count = referred >> 5
        at += 6
        if count == 7:  # the long form: 29 bits of a count, then a bit for each and one more
            count = struct.unpack_from(">I", data, at - 1)[0] & 0x1FFFFFFF
            at += 3 + (count + 8) // 8
        at += count * (1 if number <= 256 else 2 if number <= 65536 else 4) + (4 if kind & 0x40 else 1)
        if at + 4 > len(data):
            return True
        (length,) = struct.unpack_from(">I", data, at)
        if length == UNKNOWN_LENGTH:
            return False
        at += 4 + length
    return at > len(data)


def _is_cut_fax(image: Any) -> bool:
    data = _bytes(image)
    tail = int.from_bytes(data[-FAX_TAIL:].rstrip(b"\0"))
    if not tail:
        return True
    tail //= tail & -tail  # without the padding
    if any(tail & ((1 << bits) - 1) == mark for bits, mark in END_OF_FAX):
        return False
    width, height = image.get_px_size()
    if width * height > MOST_PIXELS:
        return False
    bitmap = image.get_bitmap()  # named, because it takes its pixels with it
    return _is_cut_before(bitmap.to_numpy(), tail)


def _is_cut_before(pixels: np.ndarray, tail: int) -> bool:
    """Tell whether the last rows of a fax are plain in the picture, while its last bits are not those of plain rows.

    Such rows repeat one code. `tail` holds the last bits, down to the last one that is set.
    """
    import numpy as np  # noqa: PLC0415

    rows = pixels.reshape(len(pixels), -1)
    drawn = np.flatnonzero((rows != rows[-1, :1]).any(axis=1))
    plain = len(rows) - 1 - int(drawn[-1]) if drawn.size else len(rows)
    if plain <= MISSING * len(rows):
        return False
    return not any(_repeats(tail, period, min(plain, LONGEST_ROW_CODE)) for period in range(1, LONGEST_ROW_CODE + 1))


def _repeats(bits: int, period: int, times: int) -> bool:
    """Tell whether the lowest `period` bits of a number stand in it so many times in a row."""
    span = (1 << (period * (times - 1))) - 1
    return (bits ^ (bits >> period)) & span == 0
