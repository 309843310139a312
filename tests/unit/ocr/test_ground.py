"""Shadows, tables and dark bands: what print stands on, and that it can be read afterwards."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image, ImageChops, ImageDraw, ImageFont

from tasks.ocr import geometry, ground

LINES = tuple(f"{line} of the committee in Nakuru" for line in ("Report", "Minutes", "Answer", "Letter") * 6)


@pytest.fixture(name="sheet")
def _sheet(page):
    return page(LINES, size=28, width=900)


def shaded(picture, dark):
    """Let the light fall from the left: the right edge has `dark` of it."""
    light = np.linspace(1, dark, picture.width) ** 2
    return Image.fromarray((np.asarray(picture) * light).astype(np.uint8))


def on_a_table(picture, grey=70):
    table = np.random.default_rng(1).normal(grey, 8, (picture.height + 300, picture.width + 300))
    photo = Image.fromarray(table.clip(0, 255).astype(np.uint8))
    photo.paste(picture, (150, 150))
    return photo


def band(picture, box, words, shade=20):
    copy = picture.copy()
    pen = ImageDraw.Draw(copy)
    pen.rectangle(box, fill=shade)
    pen.text((box[0] + 40, (box[1] + box[3]) // 2 - 20), words, font=ImageFont.load_default(36), fill=255)
    return copy


def differs(one, other):
    """Return the share of pixels on which one has ink and the other has none."""
    inks = [np.asarray(picture) <= geometry.threshold(picture) for picture in (one, other)]
    return float((inks[0] != inks[1]).mean())


def test_an_even_page_is_the_same_picture(sheet):
    assert ground.cleared(sheet) is sheet


def test_a_picture_within_the_page_stays(sheet):
    sheet.paste(90, (200, 500, 700, 900))
    assert ground.cleared(sheet) is sheet


@pytest.mark.parametrize("dark", [0.7, 0.5])
def test_a_shadow_is_taken_off(sheet, dark):
    shadow = shaded(sheet, dark)
    assert differs(shadow, sheet) > 0.05
    assert differs(ground.cleared(shadow), sheet) < 0.01


def test_the_table_under_a_page_is_taken_off(sheet):
    photo = on_a_table(sheet)
    whole = Image.new("L", photo.size, 255)
    whole.paste(sheet, (150, 150))
    assert differs(photo, whole) > 0.2
    assert differs(ground.cleared(photo), whole) < 0.01


@pytest.mark.parametrize("shade", [0, 25, 90], ids=["black", "dark blue", "grey"])
def test_a_dark_band_with_print_becomes_dark_print(sheet, shade):
    box = (0, 0, sheet.width, 110)
    sheet.paste(255, box)
    headed = band(sheet, box, "Savannah Freight Limited", shade)
    cleared = ground.cleared(headed)
    negative = ImageChops.invert(headed.crop(box))
    assert differs(cleared.crop(box), negative) < 0.01


def test_a_dark_band_in_the_shade_becomes_dark_print_and_the_rest_stays(sheet):
    box = (0, 0, sheet.width, 110)
    sheet.paste(255, box)
    dark = shaded(band(sheet, box, "Savannah Freight Limited"), 0.6)
    plain = sheet.copy()
    plain.paste(ImageChops.invert(band(sheet, box, "Savannah Freight Limited").crop(box)), box)
    assert differs(ground.cleared(dark), plain) < 0.01


def test_a_dark_edge_without_print_goes(sheet):
    edged = sheet.copy()
    ImageDraw.Draw(edged).rectangle((0, 0, 38, sheet.height), fill=10)
    assert differs(ground.cleared(edged), sheet) < 0.002


def test_light_print_on_a_dark_page_becomes_dark_print(sheet):
    assert differs(ground.cleared(ImageChops.invert(sheet)), sheet) < 0.01


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (lambda sheet: band(sheet, (0, 0, sheet.width, 110), "Savannah Freight"), "Savannah Freight"),
        (lambda sheet: band(sheet, (0, sheet.height - 110, sheet.width, sheet.height), "Reg. No. 20417"), "20417"),
        (lambda sheet: shaded(sheet, 0.5), "Minutes of the committee in Nakuru"),
        (lambda sheet: on_a_table(sheet).rotate(4, fillcolor=70), "Minutes of the committee in Nakuru"),
    ],
    ids=["letterhead", "footer", "shadow", "photograph"],
)
def test_what_a_phone_sees_is_read(sheet, make, said, read, tmp_path):
    path = tmp_path / "scan.png"
    make(sheet).save(path)
    (row,) = read(path)
    assert said in row["text"]
    assert row["text"].count("committee in Nakuru") >= len(LINES) - 3
