"""A PDF of a few pages, as small as the format allows, and with nothing in it that changes from day to day."""

from __future__ import annotations

from collections.abc import Sequence

Page = tuple[bytes, bytes, tuple[int, int]]
"""Resources dictionary, content stream, size in points."""


def picture_page(jpeg: bytes, width: int, height: int, dpi: int, number: int) -> tuple[Page, bytes]:
    """Return the page that shows a grey JPEG of `width` x `height` pixels, and the JPEG as a PDF object."""
    size = (width * 72 // dpi, height * 72 // dpi)
    content = f"q {size[0]} 0 0 {size[1]} 0 0 cm /P{number} Do Q".encode()
    header = (
        f"<< /Type /XObject /Subtype /Image /Width {width} /Height {height} /ColorSpace /DeviceGray "
        f"/BitsPerComponent 8 /Filter /DCTDecode /Length {len(jpeg)} >>"
    )
    return (b"<< /XObject << /P%d %%d 0 R >> >>" % number, content, size), _stream(header.encode(), jpeg)


def text_page(lines: Sequence[str], size: tuple[int, int]) -> Page:
    """Return a page with a text layer: lines in Helvetica 14 pt, which knows Latin-1 only."""
    font = b"<< /Font << /F1 << /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >> >> >>"
    shown = b"".join(b"(" + _escaped(line) + b") Tj T*\n" for line in lines)
    return font, b"BT /F1 14 Tf 24 TL 60 %d Td\n%sET" % (size[1] - 70, shown), size


def _escaped(line: str) -> bytes:
    return line.encode("cp1252").replace(b"\\", rb"\\").replace(b"(", rb"\(").replace(b")", rb"\)")


def _stream(header: bytes, data: bytes) -> bytes:
    return header + b"\nstream\n" + data + b"\nendstream"


def document(pages: Sequence[Page], pictures: Sequence[bytes] = ()) -> bytes:
    """Return the PDF; `pictures` holds one object for each page that shows one.

    The catalogue comes last, so that a truncated file is beyond repair.
    """
    objects: dict[int, bytes] = {}
    kids = []
    for place, (template, content, size) in enumerate(pages):
        first = 3 + place * 3
        resources = template % first if pictures else template
        if pictures:
            objects[first] = pictures[place]
        objects[first + 1] = _stream(b"<< /Length %d >>" % len(content), content)
        objects[first + 2] = b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 %d %d] /Resources %s /Contents %d 0 R >>" % (
            *size,
            resources,
            first + 1,
        )
        kids.append(b"%d 0 R" % (first + 2))
    objects[2] = b"<< /Type /Pages /Kids [%s] /Count %d >>" % (b" ".join(kids), len(kids))
    objects[1] = b"<< /Type /Catalog /Pages 2 0 R >>"
    return _file(objects)


def _file(objects: dict[int, bytes]) -> bytes:
    body, offsets = b"%PDF-1.4\n", {}
    for number, data in objects.items():
        offsets[number] = len(body)
        body += b"%d 0 obj\n%s\nendobj\n" % (number, data)
    highest = max(objects)
    rows = [b"%010d 00000 n \n" % offsets[n] if n in offsets else b"0000000000 65535 f \n" for n in range(highest + 1)]
    table = b"xref\n0 %d\n%s" % (highest + 1, b"".join(rows))
    return body + table + b"trailer\n<< /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n" % (highest + 1, len(body))
