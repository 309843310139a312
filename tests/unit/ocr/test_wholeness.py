"""Pictures of PDFs that end early, in every encoding: pdfium draws what is there, and the record would look whole."""

from __future__ import annotations

import importlib.util
import zlib
from io import BytesIO
from pathlib import Path

import pytest
from PIL import Image

from tasks.errors import RecordError
from tasks.ocr.pdfium import PdfFile

_spec = importlib.util.spec_from_file_location("_ocr_cut_pdf", Path(__file__).with_name("_pdf.py"))
pdfs = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(pdfs)

BRIDGE = "agreed to repair the old bridge"
GREY, BLACK_AND_WHITE = "/ColorSpace /DeviceGray /BitsPerComponent 8", "/ColorSpace /DeviceGray /BitsPerComponent 1"
FAX = BLACK_AND_WHITE + " /Filter /CCITTFaxDecode /DecodeParms << /K {k} /Columns {w} /Rows {h} /BlackIs1 true >>"


def _saved(picture, form, **options):
    out = BytesIO()
    picture.save(out, form, **options)
    return out.getvalue()


def _faxed(picture, compression):
    with Image.open(
        BytesIO(_saved(picture.convert("1"), "TIFF", compression=compression, strip_size=1 << 24))
    ) as image:
        (offset,), (count,) = image.tag_v2[273], image.tag_v2[279]
        return _saved(image, "TIFF", compression=compression, strip_size=1 << 24)[offset : offset + count]


def _predicted(picture):
    rows = (picture.crop((0, row, picture.width, row + 1)).tobytes() for row in range(picture.height))
    return zlib.compress(b"".join(b"\0" + row for row in rows))


ENCODINGS = {
    "JPEG": (lambda page: _saved(page, "JPEG"), GREY + " /Filter /DCTDecode"),
    "progressive JPEG": (lambda page: _saved(page, "JPEG", progressive=True), GREY + " /Filter /DCTDecode"),
    "JPEG 2000": (lambda page: _saved(page, "JPEG2000"), "/Filter /JPXDecode"),
    "fax, group 4": (lambda page: _faxed(page, "group4"), FAX.replace("{k}", "-1")),
    "fax, group 3": (lambda page: _faxed(page, "group3"), FAX.replace("{k}", "0")),
    "deflated": (lambda page: zlib.compress(page.tobytes()), GREY + " /Filter /FlateDecode"),
    "predicted": (
        _predicted,
        GREY + " /Filter /FlateDecode /DecodeParms << /Predictor 15 /Columns {w} >>",
    ),
    "plain": (lambda page: page.tobytes(), GREY),
}


def _pdf(data, entry, size, before=b""):
    entry = f"/Type /XObject /Subtype /Image /Width {{w}} /Height {{h}} {entry}"
    entry = entry.replace("{w}", str(size[0])).replace("{h}", str(size[1]))
    content = before + b"q 400 0 0 200 0 0 cm /Im Do Q"
    return pdfs.pdf([content], resources="/XObject << /Im 6 0 R >>", more=(pdfs.stream(data, entry.encode()),))


def _cut(path):
    with PdfFile(path, 9) as pdf:
        return [picture.cut for picture in pdf.layer(0).pictures]


@pytest.mark.parametrize("encoding", ENCODINGS)
@pytest.mark.parametrize("share", [0.5, 0.9])
def test_a_scan_that_ends_early_is_corrupt(tmp_path, page, read, encoding, share):
    encode, entry = ENCODINGS[encoding]
    data = encode(page())
    (tmp_path / "whole.pdf").write_bytes(_pdf(data, entry, page().size))
    assert _cut(tmp_path / "whole.pdf") == [False]
    (tmp_path / "cut.pdf").write_bytes(_pdf(data[: int(len(data) * share)], entry, page().size))
    assert _cut(tmp_path / "cut.pdf") == [True]
    with pytest.raises(RecordError, match="corrupt_image"):
        read(tmp_path / "cut.pdf")


@pytest.mark.parametrize(("encoding", "mark"), [("JPEG", 2), ("fax, group 4", 3), ("fax, group 3", 9)])
def test_a_whole_scan_without_its_end_mark_is_read(tmp_path, page, read, encoding, mark):
    encode, entry = ENCODINGS[encoding]
    (tmp_path / "a.pdf").write_bytes(_pdf(encode(page())[:-mark], entry, page().size))
    (row,) = read(tmp_path / "a.pdf")
    assert BRIDGE in row["text"]
    assert row["flags"] == []


SEGMENT = bytes.fromhex("00000000 30 00 01 00000013 0000027c 000000c0 00000000 00000000 00 0000")
"""The page information of a JBIG2 picture."""


def test_a_jbig2_scan_ends_with_its_last_segment(tmp_path):
    entry = BLACK_AND_WHITE + " /Filter /JBIG2Decode"
    region = bytes.fromhex("00000001 26 00 01 00000040") + bytes(0x40)
    for name, data in (("whole", SEGMENT + region), ("cut", (SEGMENT + region)[:-9]), ("head", SEGMENT[:-3])):
        (tmp_path / f"{name}.pdf").write_bytes(_pdf(data, entry, (636, 192)))
    assert [_cut(tmp_path / f"{name}.pdf") for name in ("whole", "cut", "head")] == [[False], [True], [True]]


def test_other_pages_of_the_document_are_read(tmp_path, page, read):
    data = _saved(page(), "JPEG")
    size = f"/Width {page().width} /Height {page().height}"
    entry = f"/Type /XObject /Subtype /Image {size} {GREY} /Filter /DCTDecode".encode()
    pages = [b"q 400 0 0 200 0 0 cm /Cut Do Q", pdfs.text_page("Invoice 4711 of the water works")]
    (tmp_path / "a.pdf").write_bytes(
        pdfs.pdf(pages, resources="/XObject << /Cut 8 0 R >>", more=(pdfs.stream(data[: len(data) // 2], entry),))
    )
    (row,) = read(tmp_path / "a.pdf")
    assert row["text"] == "Invoice 4711 of the water works"
    assert row["flags"] == ["unread_page"]
    assert [one["text"] for one in row["pages"]] == ["", row["text"]]


def test_a_cut_picture_beside_text_is_flagged(tmp_path, page, read):
    encode, entry = ENCODINGS["deflated"]
    data = encode(page())
    before = pdfs.lines((20, 170, "Invoice 4711 of the water works")) + b" q 0.3 0 0 0.3 200 10 cm "
    (tmp_path / "a.pdf").write_bytes(_pdf(data[: len(data) // 2], entry, page().size, before))
    (row,) = read(tmp_path / "a.pdf")
    assert row["text"].startswith("Invoice 4711 of the water works")
    assert "cut_picture" in row["flags"]


def test_a_scan_that_shows_nothing_is_no_blank_page(tmp_path, read):
    (tmp_path / "a.pdf").write_bytes(_pdf(b"\xff" * 4000, GREY + " /Filter /RunLengthDecode", (640, 226)))
    with pytest.raises(RecordError, match="corrupt_image"):
        read(tmp_path / "a.pdf")
