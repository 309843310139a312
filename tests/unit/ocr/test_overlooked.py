"""Print on which no word lies is found, and what was read there comes into its line."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tasks.ocr import overlooked
from tasks.ocr.engine import Word

LINES = ("The committee met on Monday", "and agreed to repair the bridge", "before the rains in October")


def word(text, left, top, width=100, confidence=95.0, line=(1, 1, 1)):
    return Word(text, confidence, left, top, width, 24, line)


def words_of(lines, grown=1.0):
    """Return one word for each line of a page that `conftest.page` drew, and more for its start."""
    places = [(40 + part * 90, 44 + row * 42) for row in range(len(lines)) for part in range(6)]
    return [
        Word("x", 95.0, round(left * grown), round(top * grown), round(90 * grown), round(26 * grown), (1, 1, top))
        for left, top in places
    ]


@pytest.mark.parametrize("grown", [1.0, 1.5])
def test_a_line_without_words_is_found(page, grown):
    sheet = page(LINES)
    (found,) = overlooked.places(sheet, words_of(LINES[:2], grown), grown)
    top = found[0].top / grown
    assert 120 < top < 140
    assert found[0].width / grown > 250


def test_a_page_that_was_read_has_none(page):
    assert overlooked.places(page(LINES), words_of(LINES), 1.0) == []
    assert overlooked.places(page(LINES), words_of(LINES[:1])[:2], 1.0) == []


ROW = [word("Total", 0, 100), word("KES", 120, 100)]
NEXT = [word("Cash", 0, 150, line=(1, 1, 2))]


@pytest.mark.parametrize(
    ("found", "lines"),
    [
        (word("3034.00", 700, 102), ["Total KES 3034.00", "Cash"]),
        (word("500.00", 700, 148), ["Total KES", "Cash 500.00"]),
        (word("Grand", -150, 100), ["Grand Total KES", "Cash"]),
        (word("CHANGE", 0, 126), ["Total KES", "CHANGE", "Cash"]),
        (word("SHOP", 0, 10), ["SHOP", "Total KES", "Cash"]),
        (word("500.00", 700, 148, confidence=70), ["Total KES", "Cash"]),
        (word("|", 700, 148), ["Total KES", "Cash"]),
    ],
    ids=["amount", "in its own row", "first", "between", "above", "unsure", "stroke"],
)
def test_words_come_into_their_line(found, lines):
    said = {}
    for one in overlooked.put_in([*ROW, *NEXT], [found]):
        said.setdefault(one.line, []).append(one.text)
    assert [" ".join(line) for line in said.values()] == lines


@pytest.mark.parametrize(
    ("left", "line"),
    [(900, ["12.00", "المجموع", "درهم"]), (620, ["المجموع", "12.00", "درهم"]), (0, ["المجموع", "درهم", "12.00"])],
)
def test_a_line_of_arabic_runs_from_the_right(left, line):
    row = [word("المجموع", 750, 100), word("درهم", 500, 100)]
    assert [one.text for one in overlooked.put_in(row, [word("12.00", left, 102)])] == line


def test_an_arabic_item_stands_before_its_amount():
    item, amount = word("سكر", 750, 102), word("12.50", 40, 100)
    assert overlooked.put_in([amount], [item]) == [replace(item, line=amount.line), amount]


def test_words_that_lie_in_a_place_are_found():
    place, inside, beside = word("", 100, 100, width=200), word("سكر", 150, 101), word("زيت", 250, 100, width=200)
    assert overlooked.lying_in([inside, beside], [[place]]) == [inside]


def test_a_long_line_is_believed_as_a_whole():
    line = [word(text, left, 200, confidence=60.0, line=(2, 1, 1)) for left, text in ((0, "1210"), (150, "GARDENIA"))]
    assert [one.text for one in overlooked.put_in(ROW, line)] == ["Total", "KES", "1210", "GARDENIA"]
    assert overlooked.put_in(ROW, line[1:]) == ROW


@given(
    st.lists(st.builds(word, st.sampled_from(["12.00", "tea"]), st.integers(0, 900), st.integers(0, 900)), max_size=6)
)
def test_no_word_is_lost_and_lines_stay_together(found):
    got = overlooked.put_in([*ROW, *NEXT], found)
    assert len(got) == len(ROW) + len(NEXT) + len(found)
    seen = [one.line for place, one in enumerate(got) if not place or got[place - 1].line != one.line]
    assert len(seen) == len(set(seen))
