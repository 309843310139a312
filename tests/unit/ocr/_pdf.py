"""Tiny PDFs written by hand, so that every trap in them can be seen."""

from __future__ import annotations

import zlib
from io import BytesIO


def pdf(pages: list[bytes], *, box="0 0 400 200", image=None, extra: bytes = b"") -> bytes:
    """Return a PDF with one content stream a page; `image` is a grey Pillow picture that pages can draw as /Im."""
    kids = " ".join(f"{4 + 2 * i} 0 R" for i in range(len(pages)))
    objects = [b"<< /Type /Catalog /Pages 2 0 R >>", f"<< /Type /Pages /Kids [{kids}] /Count {len(pages)} >>".encode()]
    objects.append(b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>")
    number = 4 + 2 * len(pages)
    xobject = f"/XObject << /Im {number} 0 R >>" if image else ""
    for index, content in enumerate(pages):
        objects.append(
            f"<< /Type /Page /Parent 2 0 R /MediaBox [{box}] /Contents {5 + 2 * index} 0 R "
            f"/Resources << /Font << /F 3 0 R >> {xobject} >> >>".encode()
        )
        objects.append(b"<< /Length %d >> stream\n%s\nendstream" % (len(content), content))
    if image:
        data = zlib.compress(image.tobytes())
        head = f"/Width {image.width} /Height {image.height} /ColorSpace /DeviceGray /BitsPerComponent 8"
        objects.append(
            f"<< /Type /XObject /Subtype /Image {head} /Filter /FlateDecode /Length {len(data)} >> stream\n".encode()
            + data
            + b"\nendstream"
        )
    return _file(objects, extra)


def _file(objects: list[bytes], extra: bytes) -> bytes:
    out, offsets = BytesIO(), []
    out.write(b"%PDF-1.4\n")
    for number, body in enumerate(objects, 1):
        offsets.append(out.tell())
        out.write(b"%d 0 obj\n%s\nendobj\n" % (number, body))
    start = out.tell()
    out.write(b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1))
    out.writelines(b"%010d 00000 n \n" % offset for offset in offsets)
    out.write(b"trailer << /Size %d /Root 1 0 R %s >>\nstartxref\n%d\n%%%%EOF\n" % (len(objects) + 1, extra, start))
    return out.getvalue()


def text_page(line: str) -> bytes:
    """Return the content of a page with one line of text."""
    return f"BT /F 18 Tf 20 100 Td ({line}) Tj ET".encode("latin-1")


IMAGE_PAGE = b"q 400 0 0 200 0 0 cm /Im Do Q"
