"""Tiny PDFs written by hand, so that every trap in them can be seen."""

from __future__ import annotations

import zlib
from hashlib import md5
from io import BytesIO

HELVETICA = b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>"


def pdf(
    pages: list[bytes],
    *,
    box="0 0 400 200",
    image=None,
    extra: bytes = b"",
    catalog: bytes = b"",
    font: bytes = HELVETICA,
    more: tuple[bytes, ...] = (),
    entry: str = "",
    resources: str = "",
) -> bytes:
    """Return a PDF with one content stream a page; `image` is a grey Pillow picture that pages can draw as /Im.

    `extra` goes into the trailer, `catalog` into the catalog, `entry` into every page, `more` are further objects: the
    first has the number 4 + 2 * pages, one more with an image.
    """
    kids = " ".join(f"{4 + 2 * i} 0 R" for i in range(len(pages)))
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R %s >>" % catalog,
        f"<< /Type /Pages /Kids [{kids}] /Count {len(pages)} >>".encode(),
    ]
    objects.append(font)
    number = 4 + 2 * len(pages)
    xobject = f"/XObject << /Im {number} 0 R >>" if image else ""
    for index, content in enumerate(pages):
        objects.append(
            f"<< /Type /Page /Parent 2 0 R /MediaBox [{box}] /Contents {5 + 2 * index} 0 R "
            f"/Resources << /Font << /F 3 0 R >> {xobject} {resources} >> {entry} >>".encode()
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
    return _file([*objects, *more], extra)


def stream(data: bytes, entries: bytes = b"") -> bytes:
    """Return a stream object."""
    return b"<< /Length %d %s >> stream\n%s\nendstream" % (len(data), entries, data)


def lines(*placed: tuple[int, int, str], size: int = 14, before: bytes = b"") -> bytes:
    """Return the content of a page with texts at (x, y); `before` are operators such as `3 Tr` or a colour."""
    shown = b" ".join(b"1 0 0 1 %d %d Tm (%s) Tj" % (x, y, text.encode("latin-1")) for x, y, text in placed)
    return b"q BT %s /F %d Tf %s ET Q" % (before, size, shown)


_PAD = bytes.fromhex("28bf4e5e4e758a4164004e56fffa01082e2e00b6d0683e802f0ca9fe6453697a")


def encrypted(content: bytes, user: bytes, owner: bytes) -> bytes:
    """Return a PDF of one page under the standard security handler, revision 2 (PDF 1.7, 7.6.3)."""
    owners = _rc4(md5((owner + _PAD)[:32]).digest()[:5], (user + _PAD)[:32])
    identity, rights = b"0123456789abcdef", -4
    start = (user + _PAD)[:32] + owners + rights.to_bytes(4, "little", signed=True) + identity
    key = md5(start).digest()[:5]
    users = _rc4(key, _PAD)
    page_key = md5(key + (5).to_bytes(3, "little") + b"\0\0").digest()[:10]  # the content stream is object 5
    lock = b"/Encrypt << /Filter /Standard /V 1 /R 2 /O <%s> /U <%s> /P %d >> /ID [<%s> <%s>]" % (
        owners.hex().encode(), users.hex().encode(), rights, identity.hex().encode(), identity.hex().encode()
    )  # fmt: skip
    return pdf([_rc4(page_key, content)], extra=lock)


def _rc4(key: bytes, data: bytes) -> bytes:
    box, j, out = list(range(256)), 0, bytearray()
    for i in range(256):
        j = (j + box[i] + key[i % len(key)]) % 256
        box[i], box[j] = box[j], box[i]
    i = j = 0
    for byte in data:
        i = (i + 1) % 256
        j = (j + box[i]) % 256
        box[i], box[j] = box[j], box[i]
        out.append(byte ^ box[(box[i] + box[j]) % 256])
    return bytes(out)


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
