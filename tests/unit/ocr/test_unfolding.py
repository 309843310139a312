"""Streams folded by LZW, and what unfolds without end by other ways than streams: the memory of the worker ends it."""

from __future__ import annotations

import importlib.util
import zlib
from io import BytesIO
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from tasks.discover import Piece
from tasks.errors import RecordError
from tasks.extract import Reading, extract
from tasks.ocr import streams
from tasks.ocr.scans import ReadScansParams
from tasks.sandbox import Lost, Workers
from tasks.source import Item

_spec = importlib.util.spec_from_file_location("_ocr_unfolding_pdf", Path(__file__).with_name("_pdf.py"))
pdfs = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(pdfs)


def _lzw(data):
    """Return data folded by libtiff, whose LZW is that of PDF."""
    out = BytesIO()
    Image.frombytes("L", (len(data), 1), data).save(out, "TIFF", compression="tiff_lzw")
    with Image.open(out) as image:
        (offset,), (count,) = image.tag_v2[273], image.tag_v2[279]
    return out.getvalue()[offset : offset + count]


@settings(deadline=None)
@given(st.binary(min_size=1, max_size=3000).flatmap(lambda data: st.just(data) | st.just(data * 40)))
def test_lzw_is_measured_to_the_byte(data):
    folded = _lzw(data)
    list(streams._measured(iter([folded]), b"LZW", len(data)))
    with pytest.raises(RecordError, match="too_large"):
        list(streams._measured(iter([folded]), b"LZW", len(data) - 1))


@pytest.mark.parametrize("entry", [b"/Filter /LZWDecode", b"/Filter [/FlateDecode /LZW]"])
def test_c17_a_stream_folded_by_lzw_is_refused(tmp_path, entry):
    folded = _lzw(bytes(2_000_000))
    data = zlib.compress(folded) if b"Flate" in entry else folded
    (tmp_path / "a.pdf").write_bytes(pdfs.pdf([b""], more=(pdfs.stream(data, entry),)))
    streams.check(tmp_path / "a.pdf", 2_500_000)
    with pytest.raises(RecordError, match="too_large"):
        streams.check(tmp_path / "a.pdf", 1_500_000)


FORM = b"/Type /XObject /Subtype /Form /BBox [0 0 9 9] /Resources << /XObject << /Fm %d 0 R >> >>"
FOLDED = pdfs.stream(zlib.compress(b"q " * 4_000_000), b"/Filter /FlateDecode")
ENDLESS = {
    "forms in forms": pdfs.pdf(
        [b"/Fm Do"],
        resources="/XObject << /Fm 6 0 R >>",
        more=tuple(pdfs.stream(b"/Fm Do " * 30, FORM % (7 + level)) for level in range(6)),
    ),
    "one stream many times": pdfs.pdf([b""], more=(FOLDED, b"[%s]" % (b"6 0 R " * 300))).replace(
        b"/Contents 5 0 R", b"/Contents 7 0 R"
    ),
}


@pytest.fixture(scope="module")
def pool():
    with Workers(1) as workers:
        yield workers


@pytest.mark.parametrize("way", ENDLESS)
def test_what_unfolds_without_end_is_ended_with_its_reason(tmp_path, pool, way):
    path = tmp_path / "a.pdf"
    path.write_bytes(ENDLESS[way])
    piece = Piece(Item(path.as_uri(), path, 0, path.stat().st_size), "ab" * 32)
    (got,) = pool.each(extract, [piece], Reading("scans", "scans", ReadScansParams(max_memory_bytes=300_000_000)))
    assert isinstance(got, Lost)
    assert got.reason == "too_much_memory"


@pytest.mark.parametrize("size", [(1, 2_000_000), (2_000_000, 1)])
def test_c8_a_line_without_end_is_refused(tmp_path, read, size):
    Image.new("1", size).save(tmp_path / "a.tif", compression="tiff_deflate")
    with pytest.raises(RecordError, match="too_many_pixels"):
        read(tmp_path / "a.tif")


def test_a_picture_that_is_decoded_without_end_has_the_time_of_a_page(tmp_path, pool):
    out = BytesIO()
    Image.effect_noise((3000, 3000), 50).save(out, "JPEG", progressive=True)
    scan = out.getvalue()[out.getvalue().rindex(b"\xff\xda") : -2][:14]
    path = tmp_path / "a.jpg"
    path.write_bytes(out.getvalue()[:-2] + scan * 100_000 + b"\xff\xd9")
    piece = Piece(Item(path.as_uri(), path, 0, path.stat().st_size), "ab" * 32)
    (got,) = pool.each(extract, [piece], Reading("scans", "scans", ReadScansParams(page_seconds=2)))
    assert isinstance(got, Lost)
    assert got.reason == "timeout"
