"""Tables are read row by row, articles column by column."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, ImageDraw, ImageFont

from tasks.ocr.engine import Word, text_of
from tasks.ocr.rows import by_rows

ITEMS = ("Maize flour", "Cooking oil", "Brown sugar", "Bar soap")
PRICES = ("296.00", "325.00", "465.00", "196.00")
PROSE = ("the committee met on Monday and", "agreed to repair the old bridge", "before the long rains in October")


def block(number, lines, left, top=100, step=40, letter=10):
    """Place lines of words under one another, as Tesseract returns a column."""
    words = []
    for row, line in enumerate(lines):
        across = left
        for text in line.split():
            width = letter * len(text)
            words.append(Word(text, 90.0, across, top + row * step, width, 24, (number, 1, row)))
            across += width + letter
    return words


def said(*blocks):
    return text_of(by_rows([word for words in blocks for word in words])).split("\n")


def test_prices_stand_behind_their_items():
    rows = [f"{item} {price}" for item, price in zip(ITEMS, PRICES, strict=True)]
    assert said(block(1, ITEMS, 0), block(2, PRICES, 600)) == rows
    assert said(block(1, ("RECEIPT",), 200, 0), block(2, ITEMS, 0), block(3, PRICES, 600))[-4:] == rows


def test_rows_of_arabic_begin_on_the_right():
    items, prices = ("سكر", "زيت", "صابون", "دقيق"), ("12.", "325.00", "465.00", "5")
    rows = [f"{item} {price}" for item, price in zip(items, prices, strict=True)]
    assert said(block(1, prices, 0), block(2, items, 600)) == rows
    assert said(block(1, items, 600), block(2, prices, 0)) == rows


def test_what_stands_below_the_table_stays_there():
    blocks = block(1, ITEMS, 0), block(2, ("Thank you",), 200, 300), block(3, PRICES, 600)
    assert said(*blocks)[-1] == "Thank you"


def test_numbers_that_a_column_cut_are_whole():
    heads, rests = [price[:4] for price in PRICES], [price[4:] for price in PRICES]
    rows = said(block(1, ITEMS, 0), block(2, heads, 600), block(3, rests, 646))
    assert rows == [f"{item} {price}" for item, price in zip(ITEMS, PRICES, strict=True)]


@pytest.mark.parametrize("step", [32, 40])
def test_articles_are_left(step):
    blocks = block(1, PROSE, 0, step=step), block(2, PROSE[::-1], 500, step=step)
    assert said(*blocks) == [*PROSE, "", *PROSE[::-1]]


def test_addresses_side_by_side_are_left():
    blocks = block(1, ("Savannah Freight", "Mombasa Road"), 0), block(2, ("Acacia School", "Kisumu Town"), 500)
    assert said(*blocks) == ["Savannah Freight", "Mombasa Road", "", "Acacia School", "Kisumu Town"]


def test_answers_stand_behind_their_questions():
    questions, answers = ("Full name", "Employer", "Branch"), ("Grace Achieng", "Savannah Freight", "Kisumu")
    rows = [f"{question} {answer}" for question, answer in zip(questions, answers, strict=True)]
    assert said(block(1, questions, 0, step=90), block(2, answers, 500, step=90)) == rows


def test_specks_beside_prose_stay_where_they_were():
    assert said(block(1, PROSE, 0), block(2, ("7",), 500)) == [*PROSE, "", "7"]


def test_two_receipts_are_not_mixed():
    rows = [f"{item} {price}" for item, price in zip(ITEMS, PRICES, strict=True)]
    blocks = (
        block(n, lines, left)
        for n, (lines, left) in enumerate(((ITEMS, 0), (PRICES, 300), (ITEMS, 600), (PRICES, 900)))
    )
    assert [row for row in said(*blocks) if row] == rows + rows


WORDS = st.builds(
    Word,
    st.sampled_from(["tea", "12.", "50", "flour", "7.00"]),
    st.floats(0, 100),
    st.integers(0, 900),
    st.integers(0, 900),
    st.integers(1, 200),
    st.integers(1, 40),
    st.tuples(st.integers(1, 4), st.integers(1, 2), st.integers(1, 4)),
)


@given(st.lists(WORDS, max_size=25))
def test_no_letter_is_lost_or_added(words):
    ordered = sorted(words, key=lambda word: word.line)
    assert sorted("".join(word.text for word in by_rows(ordered))) == sorted("".join(word.text for word in ordered))


def drawn(columns, width=1300, step=44):
    sheet = Image.new("L", (width, 160 + step * max(len(lines) for _, lines in columns)), 255)
    for left, lines in columns:
        for row, line in enumerate(lines):
            ImageDraw.Draw(sheet).text((left, 80 + row * step), line, font=ImageFont.load_default(28), fill=20)
    return sheet


def test_a_wide_receipt_is_read_line_by_line(read, tmp_path):
    drawn([(60, ITEMS * 2), (1050, PRICES * 2)]).save(tmp_path / "receipt.png")
    (row,) = read(tmp_path / "receipt.png")
    found = [line for line in row["text"].split("\n") if line]
    assert found == [f"{item} {price}" for item, price in zip(ITEMS, PRICES, strict=True)] * 2


def test_a_newspaper_is_read_column_by_column(read, tmp_path):
    drawn([(60, PROSE * 4), (700, PROSE[::-1] * 4)]).save(tmp_path / "paper.png")
    (row,) = read(tmp_path / "paper.png")
    assert [line for line in row["text"].split("\n") if line] == [*PROSE * 4, *PROSE[::-1] * 4]
