"""Section C of the catalogue of nasty inputs, by number; C22, C23 and C25 stand in test_text_layers.py."""

from __future__ import annotations

import importlib.util
import json
import struct
import threading
import zlib
from base64 import a85encode
from io import BytesIO
from pathlib import Path

import pytest
from PIL import Image

from tasks.discover import Piece
from tasks.errors import RecordError
from tasks.extract import Reading, extract
from tasks.ocr import streams
from tasks.ocr.scans import ReadScansParams
from tasks.sandbox import Lost, Workers
from tasks.source import Item

_spec = importlib.util.spec_from_file_location("_ocr_nasty_pdf", Path(__file__).with_name("_pdf.py"))
pdfs = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(pdfs)

BRIDGE = "agreed to repair the old bridge"
A4 = "0 0 595 842"


def reason_of(read, path, **params):
    with pytest.raises(RecordError) as caught:
        read(path, **params)
    return caught.value.reason


def _chunk(kind, data):
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def _png(width, height, extra=b"", depth=1):
    """Return a valid PNG of any size in a few bytes, with more chunks before the pixels."""
    rows = zlib.compressobj(9)
    line = b"\x00" * (1 + (width * depth + 7) // 8)
    data = b"".join(rows.compress(line) for _ in range(height)) + rows.flush()
    head = struct.pack(">IIBBBBB", width, height, depth, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + _chunk(b"IHDR", head) + extra + _chunk(b"IDAT", data) + _chunk(b"IEND", b"")


@pytest.mark.parametrize("side", [9_000, 13_000, 20_000], ids=["C1", "C2", "C3"])
def test_c1_c2_c3_pixels_are_counted_before_they_are_decoded(tmp_path, read, side):
    (tmp_path / "bomb.png").write_bytes(_png(side, side))
    assert reason_of(read, tmp_path / "bomb.png") == "too_many_pixels"


def test_c4_a_text_chunk_does_not_unfold(tmp_path, read):
    fold = zlib.compressobj(9)
    folded = b"".join(fold.compress(bytes(1 << 20)) for _ in range(64)) + fold.flush()
    (tmp_path / "bomb.png").write_bytes(_png(40, 40, _chunk(b"zTXt", b"Comment\x00\x00" + folded)))
    assert reason_of(read, tmp_path / "bomb.png") == "corrupt_image"


def test_c5_pages_and_their_pixels_are_capped(tmp_path, read):
    sheet = Image.new("1", (1000, 1000), 1)
    sheet.save(tmp_path / "a.tif", save_all=True, append_images=[sheet] * 40, compression="group4")
    assert reason_of(read, tmp_path / "a.tif", max_pages=40) == "too_many_pages"
    assert reason_of(read, tmp_path / "a.tif", max_total_pixels=40_000_000) == "too_many_pixels"


def _tiff(entries, after=0, data=b""):
    """Return a little-endian TIFF with one directory; `after` is where it says the next one lies."""
    body = b"".join(struct.pack("<HHII", *entry) for entry in entries)
    return b"II*\x00" + struct.pack("<IH", 8, len(entries)) + body + struct.pack("<I", after) + data


SMALL = [(256, 3, 1, 8), (257, 3, 1, 8), (258, 3, 1, 8), (259, 3, 1, 1), (262, 3, 1, 1), (273, 4, 1, 200)]
SMALL += [(277, 3, 1, 1), (278, 3, 1, 8), (279, 4, 1, 64)]


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (_tiff(SMALL, after=8, data=bytes(400)), "no_text"),
        (_tiff([e if e[0] != 277 else (277, 3, 1, 60_000) for e in SMALL], data=bytes(400)), "corrupt_image"),
        (_tiff([e if e[0] != 273 else (273, 4, 1, 2**31) for e in SMALL], data=bytes(400)), "corrupt_image"),
        (_tiff(SMALL, after=2**31, data=bytes(400)), "corrupt_image"),
    ],
    ids=["loop of directories", "60,000 samples a pixel", "data past the end", "directory past the end"],
)
def test_c6_odd_tiff_directories(tmp_path, read, data, reason):
    (tmp_path / "a.tif").write_bytes(data)
    assert reason_of(read, tmp_path / "a.tif") == reason


def test_c7_a_short_tiff_is_not_read_as_half_blank(tmp_path, page, read):
    page().save(tmp_path / "a.tif")
    whole = (tmp_path / "a.tif").read_bytes()
    with Image.open(tmp_path / "a.tif") as image:
        (offset,), (count,) = image.tag_v2[273], image.tag_v2[279]
    # as a broken transfer leaves it: the data ends early
    (tmp_path / "a.tif").write_bytes(
        whole.replace(struct.pack("<I", offset), struct.pack("<I", len(whole) - count // 2))
    )
    with pytest.raises(RecordError, match="truncated") as caught:
        read(tmp_path / "a.tif")
    assert caught.value.reason == "corrupt_image"


def _saved(picture, form, **options):
    out = BytesIO()
    picture.save(out, form, **options)
    return out.getvalue()


@pytest.mark.parametrize("form", ["JPEG", "PNG", "JPEG2000", "WEBP"])
def test_c8_truncated_pictures_are_corrupt(tmp_path, page, read, form):
    data = _saved(page(), form)
    (tmp_path / "a").write_bytes(data[: len(data) // 2])
    assert reason_of(read, tmp_path / "a") == "corrupt_image"


def test_c8_fuzzed_jpeg_2000_is_corrupt_or_read(tmp_path, page, read):
    data = bytearray(_saved(page(), "JPEG2000"))
    for place in range(80, len(data), 97):
        data[place] ^= 0x5A
    (tmp_path / "a.jp2").write_bytes(data)
    try:
        assert read(tmp_path / "a.jp2")[0]["text"]
    except RecordError as error:
        assert error.reason in {"corrupt_image", "no_text", "low_confidence"}  # noqa: PT017 - reading may succeed


def test_c8_a_page_of_one_pixel_width_has_no_text(tmp_path, read):
    (tmp_path / "a.png").write_bytes(_png(1, 65_535))
    assert reason_of(read, tmp_path / "a.png") == "no_text"


def test_c8_an_empty_file_is_empty(tmp_path, read):
    (tmp_path / "a.tif").write_bytes(b"")
    assert reason_of(read, tmp_path / "a.tif") == "empty_file"


@pytest.mark.parametrize("form", ["GIF", "WEBP", "PNG"])
def test_c9_of_a_film_the_first_frame_is_read(tmp_path, page, read, form):
    others = [Image.new("L", page().size, shade % 250) for shade in range(200)]
    (tmp_path / "a").write_bytes(_saved(page(), form, save_all=True, append_images=others))
    (row,) = read(tmp_path / "a")
    assert BRIDGE in row["text"]
    assert len(row["pages"]) == 1
    assert row["flags"] == ["first_frame_only"]


def test_c10_what_a_camera_knows_stays_in_the_file(tmp_path, page, read):
    exif = Image.Exif()
    exif[315] = "CANARY-OWNER"
    exif.get_ifd(0x8825)[1] = "CANARY-NORTH"
    page().save(tmp_path / "a.jpg", exif=exif, comment=b"CANARY-COMMENT")
    assert b"CANARY" in (tmp_path / "a.jpg").read_bytes()
    assert "CANARY" not in json.dumps(read(tmp_path / "a.jpg"))


TURNS = {
    1: None, 2: Image.Transpose.FLIP_LEFT_RIGHT, 3: Image.Transpose.ROTATE_180, 4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE, 6: Image.Transpose.ROTATE_90, 7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_270,
}  # fmt: skip
"""EXIF orientation, and how a picture must be stored so that it sets it upright."""


@pytest.mark.parametrize("orientation", TURNS)
@pytest.mark.parametrize("name", ["a.jpg", "a.tif", "a.png", "a.webp"])
def test_c11_exif_orientation(tmp_path, page, read, orientation, name):
    stored = page() if TURNS[orientation] is None else page().transpose(TURNS[orientation])
    exif = Image.Exif()
    exif[274] = orientation
    stored.save(tmp_path / name, exif=exif)
    (row,) = read(tmp_path / name)
    assert BRIDGE in row["text"]
    assert row["flags"] == (["exif_orientation"] if orientation > 1 else [])
    assert row["pages"][0]["rotation"] == 0


def test_c11_two_columns_are_read_one_after_the_other(tmp_path, page, read):
    left = page(["The committee met on Monday", "and agreed to repair", "the old bridge before", "the rains begin"] * 4)
    right = page(
        ["Every household was asked", "to bring stones, timber", "and water from the river", "every evening"] * 4
    )
    sheet = Image.new("L", (1300, left.height), 255)
    sheet.paste(left, (0, 0))
    sheet.paste(right, (650, 0))
    sheet.save(tmp_path / "a.png")
    text = read(tmp_path / "a.png")[0]["text"]
    assert text.rindex("the rains begin") < text.index("Every household")


@pytest.mark.parametrize("shade", [0, 255])
def test_c11_blank_and_black_pages_have_no_text(tmp_path, read, shade):
    Image.new("L", (400, 300), shade).save(tmp_path / "a.png")
    assert reason_of(read, tmp_path / "a.png") == "no_text"


def test_c11_what_is_not_read_surely_is_held_back(tmp_path, page, read):
    coarse = page(width=640).resize((90, 32))  # letters of 4 pixels
    coarse.resize((640, 226)).save(tmp_path / "a.png", dpi=(5, 5))
    assert reason_of(read, tmp_path / "a.png", min_confidence=60.0) in {"low_confidence", "no_text"}


@pytest.mark.parametrize(
    "data", [b"SIMPLE  =                    T" + bytes(99), b"8BPS\x00\x01" + bytes(60), b"%!PS-Adobe-3.0 EPSF-3.0\n"],
    ids=["FITS", "PSD", "EPS"],
)  # fmt: skip
def test_c12_other_formats_meet_no_decoder(tmp_path, read, monkeypatch, data):
    monkeypatch.setattr(Image, "open", lambda *_, **__: pytest.fail("a decoder was asked"))
    (tmp_path / "a.png").write_bytes(data)
    assert reason_of(read, tmp_path / "a.png") == "type_mismatch"


def test_c13_a_page_of_200_inches_is_drawn_smaller(tmp_path, page, read):
    shown = b"q 14400 0 0 7200 0 0 cm /Im Do Q"
    (tmp_path / "a.pdf").write_bytes(pdfs.pdf([shown], image=page(), box="0 0 14400 14400"))
    (row,) = read(tmp_path / "a.pdf", max_page_pixels=17_000_000)
    assert BRIDGE in row["text"]
    assert reason_of(read, tmp_path / "a.pdf", max_page_pixels=1_000_000) == "too_many_pixels"


@pytest.mark.parametrize("side", ["1000000", "1000000000"])
def test_c14_a_huge_box_is_refused_before_it_is_drawn(tmp_path, read, side):
    (tmp_path / "a.pdf").write_bytes(pdfs.pdf([b"0 0 m 10 10 l S"], box=f"0 0 {side} {side}"))
    assert reason_of(read, tmp_path / "a.pdf") == "too_many_pixels"


@pytest.mark.parametrize("box", ["0 0 0 0", "100 0 0 50", "0 0 -100 50"])
def test_c15_empty_and_turned_boxes_are_read(tmp_path, read, box):
    (tmp_path / "a.pdf").write_bytes(pdfs.pdf([pdfs.lines((2, 20, "Harbour"), size=12)], box=box))
    assert reason_of(read, tmp_path / "a.pdf") == "no_text" if box.startswith("0 0 -") else read(tmp_path / "a.pdf")


def test_c16_pages_are_counted_first(tmp_path, read):
    (tmp_path / "a.pdf").write_bytes(pdfs.pdf([pdfs.text_page("one")] * 600))
    assert reason_of(read, tmp_path / "a.pdf") == "too_many_pages"


def _folded(megabytes, times=1):
    data = b"0 0 m 1 1 l S " * (megabytes * 1_000_000 // 14)
    for _ in range(times):
        data = zlib.compress(data, 9)
    return pdfs.stream(data, b"/Filter [" + b"/FlateDecode " * times + b"]")


@pytest.mark.parametrize("times", [1, 2])
def test_c17_a_stream_that_unfolds_past_the_cap_is_refused(tmp_path, read, times):
    whole = pdfs.pdf([b""], more=(_folded(9, times),), entry="")
    (tmp_path / "a.pdf").write_bytes(whole.replace(b"/Contents 5 0 R", b"/Contents 6 0 R"))
    assert reason_of(read, tmp_path / "a.pdf", max_stream_bytes=8_000_000) == "too_large"
    assert reason_of(read, tmp_path / "a.pdf", max_stream_bytes=10_000_000) == "no_text"


DISGUISES = {
    "letters": (b"/Filter [/ASCII85Decode /FlateDecode]", lambda data: a85encode(data) + b"~>"),
    "letters, then none": (b"/Filter [/ASCII85Decode /FlateDecode]", lambda data: a85encode(data) + b"\x80\xff~>"),
    "digits": (b"/Filter [/AHx /Fl]", lambda data: data.hex().encode() + b">"),
    "escaped name": (b"/Filter /Fl#61teDecode", lambda data: data),
}


@pytest.mark.parametrize("disguise", DISGUISES)
@pytest.mark.parametrize("begin", [b"stream\n", b"stream\r", b"stream  \r\n"], ids=["LF", "CR", "blanks"])
def test_c17_a_disguised_stream_is_refused(tmp_path, disguise, begin):
    entry, encode = DISGUISES[disguise]
    folded = pdfs.stream(encode(zlib.compress(bytes(9_000_000), 9)), entry).replace(b"stream\n", begin, 1)
    (tmp_path / "a.pdf").write_bytes(pdfs.pdf([b""], more=(folded,)))
    streams.check(tmp_path / "a.pdf", 10_000_000)
    with pytest.raises(RecordError, match="too_large"):
        streams.check(tmp_path / "a.pdf", 8_000_000)


def test_c17_a_scan_may_unfold_further(tmp_path, page, read):
    big = page(width=800).resize((3200, 904))
    (tmp_path / "a.pdf").write_bytes(pdfs.pdf([pdfs.IMAGE_PAGE], image=big))
    assert BRIDGE in read(tmp_path / "a.pdf", max_stream_bytes=1_000_000)[0]["text"]


def test_c18_a_user_password_keeps_us_out(tmp_path, read):
    (tmp_path / "a.pdf").write_bytes(pdfs.encrypted(pdfs.text_page("Invoice 4711"), b"secret", b"owner"))
    assert reason_of(read, tmp_path / "a.pdf") == "encrypted"
    (tmp_path / "b.pdf").write_bytes(pdfs.pdf([]))  # pdfium's last error is still that of the file before
    assert reason_of(read, tmp_path / "b.pdf") == "malformed"


def test_c19_an_owner_password_is_read_and_flagged(tmp_path, read):
    (tmp_path / "a.pdf").write_bytes(pdfs.encrypted(pdfs.text_page("Invoice 4711 of the works"), b"", b"owner"))
    (row,) = read(tmp_path / "a.pdf")
    assert row["text"] == "Invoice 4711 of the works"
    assert row["flags"] == ["owner_password"]


ACTIONS = {
    "script": b"/OpenAction << /S /JavaScript /JS (app.alert\\('CANARY'\\)) >>",
    "launch": b"/OpenAction << /S /Launch /F (CANARY.exe) >>",
    "address": b"/OpenAction << /S /URI /URI (http://127.0.0.1:9/CANARY) >>",
    "form": b"/AcroForm << /XFA [(template) (CANARY)] /Fields [] >>",
}


@pytest.mark.parametrize("action", ACTIONS)
def test_c20_actions_are_neither_run_nor_kept(tmp_path, read, action):
    (tmp_path / "a.pdf").write_bytes(pdfs.pdf([pdfs.text_page("Invoice 4711")], catalog=ACTIONS[action]))
    (row,) = read(tmp_path / "a.pdf")
    assert row["text"] == "Invoice 4711"
    assert "CANARY" not in json.dumps(row)


def test_c20_embedded_files_are_listed_and_not_read(tmp_path, read):
    names = b"/Names << /EmbeddedFiles << /Names [(a) 6 0 R] >> >>"
    more = (b"<< /Type /Filespec /F (../../etc/order.xml) /EF << /F 7 0 R >> >>", pdfs.stream(b"<order>CANARY</order>"))
    (tmp_path / "a.pdf").write_bytes(pdfs.pdf([pdfs.text_page("Invoice 4711")], catalog=names, more=more))
    (row,) = read(tmp_path / "a.pdf")
    (inside,) = row["attachments"]
    assert (inside["name"], inside["media_type"], inside["size"]) == ("order.xml", "application/xml", 21)
    assert row["flags"] == ["embedded_files"]
    assert "CANARY" not in json.dumps(row)


FORM = b"/Type /XObject /Subtype /Form /BBox [0 0 9 9] /Resources << /XObject << /Fm 6 0 R >> >>"
LOOPS = {
    "pages": lambda: pdfs.pdf([pdfs.text_page("Harbour")]).replace(b"/Kids [4 0 R]", b"/Kids [2 0 R]"),
    "page is its own parent": lambda: pdfs.pdf([b""]).replace(b"/Parent 2 0 R", b"/Parent 4 0 R"),
    "length": lambda: pdfs.pdf([b""], more=(b"<< /Length 6 0 R >> stream\nq Q\nendstream",)),
    "form draws itself": lambda: pdfs.pdf(
        [b"/Fm Do"],
        resources="/XObject << /Fm 6 0 R >>",
        more=(pdfs.stream(b"/Fm Do " * 2, FORM),),
    ),
    "a million places": lambda: pdfs.pdf([b""]).replace(b"0 6\n", b"0 1000000\n"),
    "broken font": lambda: pdfs.pdf(
        [pdfs.text_page("Harbour")],
        font=b"<< /Type /Font /Subtype /TrueType /BaseFont /X /FontDescriptor 6 0 R >>",
        more=(b"<< /Type /FontDescriptor /FontName /X /FontFile2 7 0 R >>", pdfs.stream(b"\0\1\0\0\xff\xff" * 50)),
    ),
}


@pytest.fixture(scope="module")
def pool():
    with Workers(2) as workers:
        yield workers


def _extracted(pool, path, **params):
    piece = Piece(Item(path.as_uri(), path, 0, path.stat().st_size), "ab" * 32)
    (got,) = pool.each(extract, [piece], Reading("scans", "scans", ReadScansParams(**params)))
    return got


@pytest.mark.parametrize("loop", sorted(set(LOOPS) - {"form draws itself"}))
def test_c21_loops_end_by_themselves(tmp_path, pool, loop):
    path = tmp_path / "a.pdf"
    path.write_bytes(LOOPS[loop]())
    got = _extracted(pool, path)
    assert got.records.num_rows + got.quarantine.num_rows == 1
    assert set(got.quarantine.column("reason").to_pylist()) <= {"no_text", "malformed"}


def test_c21_what_does_not_end_is_ended(tmp_path, pool):
    path = tmp_path / "a.pdf"
    path.write_bytes(LOOPS["form draws itself"]())
    got = _extracted(pool, path, page_seconds=4, max_memory_bytes=1 << 40)
    assert isinstance(got, Lost)
    assert got.reason == "timeout"


def test_c24_pdfium_is_asked_from_processes(tmp_path, pool):
    paths = [tmp_path / f"{number}.pdf" for number in range(6)]
    for number, path in enumerate(paths):
        path.write_bytes(pdfs.pdf([pdfs.text_page(f"Invoice {number} of the water works")] * 5))
    texts: dict[int, str] = {}

    def one(number):
        texts[number] = _extracted(pool, paths[number]).records.column("text").to_pylist()[0]

    threads = [threading.Thread(target=one, args=(number,)) for number in range(len(paths))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert {number: text.count(f"Invoice {number} ") for number, text in texts.items()} == dict.fromkeys(range(6), 5)
