"""read-scans: what comes out of good, odd and hostile documents (catalogue section C)."""

from __future__ import annotations

import importlib.util
import struct
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageOps, TiffImagePlugin

from tasks.errors import DependencyMissing, RecordError
from tasks.ocr import languages
from tasks.ocr.scans import PAGE_BREAK, READ_SCANS, ReadScansParams, engine
from tasks.source import Item, Skip

_spec = importlib.util.spec_from_file_location("_ocr_test_pdf", Path(__file__).with_name("_pdf.py"))
pdfs = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(pdfs)

BRIDGE = "agreed to repair the old bridge"


def test_a_picture_becomes_one_record(tmp_path, page, read):
    page().save(tmp_path / "minutes.png")
    (row,) = read(tmp_path / "minutes.png")
    assert row["text"].split("\n")[1] == f"and {BRIDGE}"
    assert (row["native_id"], row["role"], row["source_kind"], row["part"]) == ("minutes.png", "document", "scans", "0")
    assert row["lang_hint"] == "en"
    (read_page,) = row["pages"]
    assert (read_page["number"], read_page["rotation"], read_page["ocr"]) == (1, 0, True)
    assert 80 < read_page["mean_confidence"] <= 100
    assert row["flags"] == []


@pytest.mark.parametrize("name", ["a.jpg", "a.tiff", "a.webp", "a.gif", "a.jp2"])
def test_formats(tmp_path, page, read, name):
    page().save(tmp_path / name)
    assert BRIDGE in read(tmp_path / name)[0]["text"]


@pytest.mark.parametrize("compression", ["group3", "group4", "jpeg", "tiff_lzw", "tiff_adobe_deflate", "packbits"])
def test_every_page_of_a_tiff_in_every_compression(tmp_path, page, read, compression):
    pages = [page(), page(["Every household was asked", "to bring stones"])]
    if compression.startswith("group"):
        pages = [one.convert("1", dither=Image.Dither.NONE) for one in pages]
    pages[0].save(tmp_path / "a.tif", save_all=True, append_images=pages[1:], compression=compression)
    (row,) = read(tmp_path / "a.tif")
    assert BRIDGE in row["pages"][0]["text"]
    assert "Every household" in row["pages"][1]["text"]


def test_heic_is_read(read):
    (row,) = read(Path(__file__).with_name("bridge.heic"))
    assert row["text"] == "repair the old bridge"


@pytest.mark.parametrize("mode", ["1", "P", "RGBA", "LA", "CMYK", "I;16"])
def test_colour_modes(tmp_path, page, read, mode):
    picture = page()
    if mode == "I;16":
        picture = Image.frombytes("I;16", picture.size, b"".join(struct.pack("<H", v * 257) for v in picture.tobytes()))
    else:
        picture = picture.convert(mode)
    picture.save(tmp_path / "a.tif")
    assert BRIDGE in read(tmp_path / "a.tif")[0]["text"]


def test_letters_on_transparent_ground_are_read(tmp_path, page, read):
    ink = page().point(lambda value: 255 - value)
    picture = Image.new("RGBA", ink.size, (0, 0, 0, 0))
    picture.putalpha(ink)
    picture.save(tmp_path / "a.png")
    assert BRIDGE in read(tmp_path / "a.png")[0]["text"]


@pytest.mark.parametrize("most", [1.0, 1023, 4095, 65535])
def test_pictures_deeper_than_8_bits_keep_their_contrast(tmp_path, page, read, most):
    values = np.asarray(page()) * (most / 255)
    Image.fromarray(values.astype(np.float32 if most == 1.0 else np.uint16)).save(tmp_path / "a.tif")
    assert BRIDGE in read(tmp_path / "a.tif")[0]["text"]


def test_white_ink_without_a_ground_is_read(tmp_path, page, read):
    ink = ImageOps.invert(page())
    Image.merge("LA", [Image.new("L", ink.size, 255), ink]).save(tmp_path / "a.png")
    assert BRIDGE in read(tmp_path / "a.png")[0]["text"]


@pytest.mark.parametrize("kind", [1, 4], ids=["small copy", "mask"])
def test_the_small_copy_of_a_page_is_no_page(tmp_path, page, read, kind):
    with TiffImagePlugin.AppendingTiffWriter(str(tmp_path / "a.tif"), new=True) as file:
        page().save(file, format="TIFF")
        file.newFrame()
        page(["Another page"]).save(file, format="TIFF", tiffinfo={254: kind})
    (row,) = read(tmp_path / "a.tif")
    assert len(row["pages"]) == 1
    assert "Another" not in row["text"]


def test_a_picture_too_long_for_the_engine_is_made_smaller(tmp_path, page, read):
    long = Image.new("L", (40_000, 160), 255)
    long.paste(page(["The committee met on Monday morning"], size=60, width=1400), (1000, 20))
    long.save(tmp_path / "a.png")
    assert "committee met on Monday" in read(tmp_path / "a.png")[0]["text"]


def test_a_name_that_is_no_utf_8_can_be_told(tmp_path, page):
    path = tmp_path / "caf\udce9.png"
    page().save(path)
    (row,) = READ_SCANS.read(Item(path.as_uri(), path, 0, path.stat().st_size), ReadScansParams())
    assert row["native_id"] == "caf\ufffd.png"
    assert row["native_id"].encode()


def test_the_pages_of_a_tiff(tmp_path, page, read):
    pages = [page([f"This is the page with the number {word}"]) for word in ("one", "two", "three")]
    pages[0].save(tmp_path / "a.tif", save_all=True, append_images=pages[1:])
    (row,) = read(tmp_path / "a.tif")
    assert [one["number"] for one in row["pages"]] == [1, 2, 3]
    assert row["text"] == PAGE_BREAK.join(one["text"] for one in row["pages"])
    assert [one["text"].split()[-1] for one in row["pages"]] == ["one", "two", "three"]


def test_a_film_is_cut_to_its_first_frame(tmp_path, page, read):
    page().save(tmp_path / "a.gif", save_all=True, append_images=[page(["Another frame of the film"])])
    (row,) = read(tmp_path / "a.gif")
    assert len(row["pages"]) == 1
    assert row["flags"] == ["first_frame_only"]


@pytest.mark.parametrize(("turned", "rotation"), [(90, 90), (180, 180), (270, 270)])
def test_turned_pages_are_set_upright(tmp_path, page, read, turned, rotation):
    lines = [*("The committee met on Monday morning and agreed", "to repair the old bridge before the rains begin")] * 4
    page(lines, width=800).rotate(turned, expand=True).save(tmp_path / "a.png")  # counter-clockwise
    (row,) = read(tmp_path / "a.png")
    assert "repair the old bridge" in row["text"]
    assert row["pages"][0]["rotation"] == rotation


@pytest.mark.parametrize("lean", [-8, 5])
def test_skew_is_measured_and_undone(tmp_path, page, read, lean):
    page(width=760).rotate(-lean, expand=True, fillcolor=255, resample=3).save(tmp_path / "a.png")
    (row,) = read(tmp_path / "a.png")
    assert BRIDGE in row["text"]
    assert row["pages"][0]["skew_deg"] == pytest.approx(lean, abs=0.5)


def test_a_cut_out_word_is_read(tmp_path, page, read):
    page(["Nairobi"], width=200).crop((36, 36, 150, 80)).save(tmp_path / "a.png")
    assert read(tmp_path / "a.png")[0]["text"] == "Nairobi"


def test_french_is_found_out(tmp_path, page, read):
    if "fra" not in engine("tesserocr").languages():
        pytest.skip("no French model")
    # Pillow's font has no accents
    lines = [
        "Le maire a dit que le pont sera ouvert avant",
        "les pluies qui tombent sur la ville et dans",
        "les champs.",
    ]
    page(lines, width=760).save(tmp_path / "a.png")
    (row,) = read(tmp_path / "a.png")
    assert row["lang_hint"] == "fr"
    assert "les pluies qui tombent" in row["text"]


def test_a_language_without_an_installed_model_does_not_stop_the_next_page(tmp_path, page, read):
    if "nld" in engine("tesserocr").languages():
        pytest.skip("the Dutch model is installed")
    first = page(
        ["De commissie heeft besloten dat de brug", "voor de regen wordt hersteld en dat het", "dorp er nog een krijgt"]
    )
    first.save(tmp_path / "a.tif", save_all=True, append_images=[page()])
    (row,) = read(tmp_path / "a.tif")
    assert row["lang_hint"] == "nl"
    assert BRIDGE in row["pages"][1]["text"]


def test_the_hint_is_believed(tmp_path, page, read):
    page().save(tmp_path / "a.png")
    assert read(tmp_path / "a.png", lang_hint="sw")[0]["lang_hint"] == "sw"


def test_same_bytes_same_row(tmp_path, page, read):
    page().save(tmp_path / "a.png")
    assert read(tmp_path / "a.png") == read(tmp_path / "a.png")


def test_both_engines_read_the_same(tmp_path, page, read):
    page().save(tmp_path / "a.png")
    (fast,), (reference,) = read(tmp_path / "a.png"), read(tmp_path / "a.png", engine="pytesseract")
    assert fast["text"] == reference["text"]


def test_a_digital_page_keeps_its_text_layer(tmp_path, read):
    (tmp_path / "a.pdf").write_bytes(pdfs.pdf([pdfs.text_page("Invoice 4711 of the water works")]))
    (row,) = read(tmp_path / "a.pdf")
    assert row["text"] == "Invoice 4711 of the water works"
    assert row["pages"][0] | {} == {
        "number": 1, "rotation": 0, "skew_deg": 0.0, "mean_confidence": None, "ocr": False, "text": row["text"]
    }  # fmt: skip


def test_a_mixed_pdf_is_read_page_by_page(tmp_path, page, read):
    data = pdfs.pdf([pdfs.text_page("This page was born digital"), pdfs.IMAGE_PAGE], image=page(), box="0 0 400 200")
    (tmp_path / "a.pdf").write_bytes(data)
    (row,) = read(tmp_path / "a.pdf")
    assert [one["ocr"] for one in row["pages"]] == [False, True]
    assert "born digital" in row["pages"][0]["text"]
    assert BRIDGE in row["pages"][1]["text"]


def test_a_text_layer_of_unmapped_letters_is_not_believed(tmp_path, page, read):
    shifted = "7KH FRPPLWWHH PHW RQ 0RQGDB PRUQLQJ WR UHSDLU WKH EULGJH DQG WKH VFKRRO"  # every letter moved by 29
    garbage = pdfs.text_page(shifted).replace(b"BT", b"BT 3 Tr")
    (tmp_path / "a.pdf").write_bytes(pdfs.pdf([pdfs.IMAGE_PAGE + b"\n" + garbage], image=page()))
    (row,) = read(tmp_path / "a.pdf")
    assert BRIDGE in row["text"]
    assert row["flags"] == ["unmapped_text_layer"]


@pytest.mark.parametrize(
    ("name", "data", "reason"),
    [
        ("a.png", b"", "empty_file"),
        ("a.pdf", b"", "empty_file"),
        ("a.png", b"From: a@example.org\n\nHello", "type_mismatch"),
        ("a.pdf", b"no pdf at all", "type_mismatch"),
        ("a.png", b"\x89PNG\r\n\x1a\n" + b"\x00" * 40, "corrupt_image"),
        ("a.jpg", b"\xff\xd8\xff\xe0" + b"\x00" * 40, "corrupt_image"),
        ("a.tif", b"II*\x00\xff\xff\xff\x7f" + b"\x00" * 40, "corrupt_image"),
        ("a.jp2", b"\x00\x00\x00\x0cjP  \r\n\x87\n" + b"\xff" * 40, "corrupt_image"),
        ("a.pdf", b"%PDF-1.7\ngarbage", "malformed"),
        ("a.pdf", pdfs.pdf([]), "malformed"),
    ],
)
def test_unusable_files_have_a_reason(tmp_path, read, name, data, reason):
    (tmp_path / name).write_bytes(data)
    with pytest.raises(RecordError) as caught:
        read(tmp_path / name)
    assert caught.value.reason == reason


@pytest.mark.parametrize("name", ["a.eml", "a.txt", "a.csv", "a"])
def test_other_types_are_skipped(tmp_path, name):
    (tmp_path / name).write_bytes(b"From: a@example.org\n\nHello")
    with pytest.raises(Skip):
        list(READ_SCANS.split(tmp_path / name, ReadScansParams()))


def test_a_picture_under_another_name_is_read_and_flagged(tmp_path, page, read):
    page().save(tmp_path / "a.jpg", format="PNG")
    (row,) = read(tmp_path / "a.jpg")
    assert BRIDGE in row["text"]
    assert row["flags"] == ["type_mismatch"]


def test_a_missing_file_is_unreadable(tmp_path):
    with pytest.raises(RecordError, match="unreadable"):
        list(READ_SCANS.split(tmp_path / "gone.png", ReadScansParams()))


def test_pages_are_capped(tmp_path, page, read):
    page().save(tmp_path / "a.tif", save_all=True, append_images=[page()] * 3)
    (tmp_path / "a.pdf").write_bytes(pdfs.pdf([pdfs.text_page("one")] * 4))
    for name in ("a.tif", "a.pdf"):
        with pytest.raises(RecordError) as caught:
            read(tmp_path / name, max_pages=3)
        assert caught.value.reason == "too_many_pages"


@pytest.mark.parametrize(
    ("box", "reason"),
    [("0 0 14400 14400", None), ("0 0 1000000 1000000", "too_many_pixels"), ("0 0 0 0", None), ("0 0 -100 50", None)],
)
def test_hostile_page_boxes(tmp_path, read, box, reason):
    (tmp_path / "a.pdf").write_bytes(pdfs.pdf([b"0 0 m 10 10 l S"], box=box))
    with pytest.raises(RecordError) as caught:
        read(tmp_path / "a.pdf", max_page_pixels=20_000_000)
    assert caught.value.reason == (reason or "no_text")


@pytest.mark.parametrize("shade", [0, 255, 128])
def test_pages_without_letters_have_no_text(tmp_path, read, shade):
    Image.new("L", (400, 300), shade).save(tmp_path / "a.png")
    with pytest.raises(RecordError) as caught:
        read(tmp_path / "a.png")
    assert caught.value.reason == "no_text"


def test_the_confidence_gate(tmp_path, page, read):
    page().save(tmp_path / "a.png")
    with pytest.raises(RecordError) as caught:
        read(tmp_path / "a.png", min_confidence=99.9)
    assert caught.value.reason == "low_confidence"
    assert "bridge" not in str(caught.value)


def test_a_missing_model_names_the_command_that_installs_it():
    with pytest.raises(DependencyMissing) as caught:
        languages.model_for("fr", {"eng"})
    assert caught.value.remedy == "apt-get install tesseract-ocr-fra"


@pytest.mark.parametrize(
    ("lang", "model"), [("en", "eng"), ("zu", "eng"), ("ary", "ara+eng"), ("am", "amh"), ("pt-BR", "por")]
)
def test_models(lang, model):
    assert languages.model_for(lang, {"eng", "ara", "por"} if lang != "am" else {"amh"}) == model


def test_french_goes_with_arabic_where_both_are_installed():
    assert languages.model_for("ar", {"eng", "fra", "ara"}) == "ara+fra"


@pytest.mark.parametrize(
    ("lang", "text", "expected"),
    [("ar", "المبلغ 12.50 DH", "ar"), ("ar", "Invoice number 12", "en"), ("am", "12.50", "am"), ("fr", "Reçu", "fr")],
)
def test_the_language_that_is_seen_is_not_that_of_the_model_beside_it(lang, text, expected):
    assert languages.seen(lang, text) == expected


@pytest.mark.parametrize(
    ("text", "lang"),
    [
        ("Le président de la république est venu dans la ville pour les élections et pour une visite", "fr"),
        ("Die raad het besluit dat die brug nie meer gebruik word nie en dat dit herstel moet word", "af"),
        ("Kamati ya mji ilikutana katika ofisi za serikali na kuamua kwa pamoja kama daraja la zamani ni zuri", "sw"),
        ("Lorem ipsum dolor sit amet consectetur adipiscing elit sed eiusmod tempor incididunt labore", None),
        ("Invoice total", None),
    ],
)
def test_the_provisional_language(text, lang):
    assert languages.guess(text) == lang
