"""Latin letters and digits beside Arabic: amounts stay what they are, and each line is read in its own script."""

from __future__ import annotations

from pathlib import Path

import pytest
from PIL import Image, ImageDraw, ImageFont, features

from tasks.ocr import lines
from tasks.ocr.engine import Orientation, Word, parse_tsv
from tasks.ocr.page import ONE_BLOCK
from tasks.ocr.reading import Reader

FONT = Path("/usr/share/fonts/truetype/dejavu/DejaVuSans.ttf")
needs_arabic = pytest.mark.skipif(
    not (FONT.exists() and features.check("raqm")), reason="NOT TESTED: apt-get install fonts-dejavu-core libfribidi0"
)
INVOICE = (
    ("فاتورة رقم 2024/118 بتاريخ 15/03/2024", ""),
    ("", "Société Marocaine d'Électricité - Reçu de paiement"),
    ("رقم الهاتف 0612345678 والرمز AB123456", ""),
    ("المبلغ المستحق 1 250,75 درهم قبل يوم 30 أبريل", ""),
    ("", "Merci de régler votre facture avant l'échéance"),
    ("يرجى تسديد الفاتورة في الآجال المحددة شكرا لكم", ""),
)
RECEIPT = (
    ("متجر الرباط للمواد الغذائية", ""),
    ("سكر أبيض", "12.50"),
    ("زيت الزيتون", "325.00"),
    ("صابون يدوي", "46.00"),
    ("المجموع الإجمالي", "618.45"),
)


def drawn(rows, path, width=1200):
    """Draw each row: what stands on the right, in Arabic, and what stands on the left."""
    picture = Image.new("L", (width, 120 + 60 * len(rows)), 255)
    draw, font = ImageDraw.Draw(picture), ImageFont.truetype(str(FONT), 34)
    for number, (right, left) in enumerate(rows):
        draw.text((width - 60, 60 + 60 * number), right, font=font, fill=0, anchor="ra", direction="rtl", language="ar")
        draw.text((60, 60 + 60 * number), left, font=font, fill=0)
    picture.save(path, dpi=(200, 200))
    return path


@needs_arabic
def test_amounts_of_an_arabic_receipt_are_read(read, tmp_path):
    (row,) = read(drawn(RECEIPT, tmp_path / "a.png"))
    assert row["lang_hint"] == "ar"
    said = [line for line in row["text"].split("\n") if line]
    assert said == [f"{item} {amount}".strip() for item, amount in RECEIPT]


@needs_arabic
def test_each_line_of_an_invoice_is_read_in_its_script(read, tmp_path):
    (row,) = read(drawn(INVOICE, tmp_path / "a.png"))
    for line in (INVOICE[0][0], INVOICE[2][0], INVOICE[3][0], INVOICE[5][0], "Merci de régler votre facture avant"):
        assert line in row["text"]


class Bilingual:
    """An engine that reads Latin letters with one model, and all with the other; the lines are 40 pixels high."""

    def __init__(self, script):
        self.script = script

    def languages(self):
        """Return the models."""
        return frozenset({"eng", "ara"})

    def words(self, picture, model, _dpi, layout, _seconds):
        """Return a line of French, and below one that only the other model reads."""
        arabic, sure = ("السلام عليكم", 90.0) if model == "ara+eng" else ("pdwl" * 12, 30.0)
        if layout == ONE_BLOCK:
            return [Word(arabic, sure, 20, 20, picture.width - 40, picture.height - 40, (1, 1, 1))]
        french = Word("facture" * 30, 95.0, 0, 100, picture.width, 40, (1, 1, 1))
        return [french, Word(arabic, sure, 0, 200, picture.width, 40, (1, 1, 2))]

    def orientation(self, *_):
        """Return the script it was given."""
        return Orientation(0, 5.0, self.script)


@pytest.mark.parametrize(("script", "expected"), [("Arabic", "السلام عليكم"), ("Latin", "pdwl")])
def test_a_page_is_read_in_the_script_of_its_unsure_lines_beside_latin(page, script, expected):
    engine = Bilingual(script)
    got = Reader(engine, None, 1.0).read(page(["facture"] * 20, width=1400), 300)
    assert got.words[0].text.startswith("facture")
    assert got.words[1].text.startswith(expected)
    assert got.lang == "en"


def test_words_of_letters_tell_whether_a_line_was_misread():
    row = [Word("2024/118", 96.0, 0, 0, 9, 9, (1, 1, 1)), Word("dygild", 30.0, 9, 0, 9, 9, (1, 1, 1))]
    assert lines.misread(row) == [row]
    assert lines.misread(row[:1]) == []


def test_marks_of_direction_are_no_part_of_a_word():
    assert [w.text for w in parse_tsv("5\t1\t1\t1\t1\t1\t0\t0\t9\t9\t96\t\u200eAB12\u200f")] == ["AB12"]
