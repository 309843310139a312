"""Which lines are read again, how they lie on their sheet, and which words are taken from it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from tasks.ocr import lines
from tasks.ocr.engine import Word, mean_confidence


def word(text="bridge", confidence=90.0, left=0, top=0, width=100, height=20, line=None):
    return Word(text, confidence, left, top, width, height, (1, 1, top if line is None else line))


@pytest.mark.parametrize(
    ("other", "text"),
    [
        (word("bridge", 90, 200, 100, 100), "bridge"),
        (word("bridge", 50, 200, 100, 100), "bndge"),
        (word("bridge", 90, 210, 104, 95), "bridge"),
        (word("bridge", 90, 340, 100, 100), "bndge"),
        (word("bridge", 90, 200, 140, 100), "bndge"),
        (word("oldbridge", 90, 120, 100, 180), "bndge"),
    ],
    ids=["surer", "less sure", "nearly there", "beside", "below", "two words in one"],
)
def test_words_are_taken_from_the_same_place(other, text):
    assert [one.text for one in lines.surer([word("bndge", 60, 200, 100, 100)], [other])] == [text]


def test_an_overlooked_space_is_put_in():
    page = [word("aWebP", 79, 200, 100, 100, line=7)]
    parts = [word("WebP", 86, 225, 100, 75), word("a", 86, 200, 100, 12)]
    assert [(one.text, one.line) for one in lines.surer(page, parts)] == [("a", (1, 1, 7)), ("WebP", (1, 1, 7))]
    assert lines.surer(page, [word("WebB", 86, 225, 100, 75), parts[1]]) == page
    assert lines.surer([word("aWebP", 95, 200, 100, 100)], parts)[0].text == "aWebP"


def test_two_words_in_one_place_are_no_choice():
    others = [word("a", 90, 200, 100, 100), word("b", 95, 205, 100, 100)]
    assert lines.surer([word("bndge", 60, 200, 100, 100)], others)[0].text == "bndge"


WORDS = st.builds(
    word,
    st.sampled_from(["a", "bb", "ccc"]),
    st.floats(0, 100),
    st.integers(0, 900),
    st.integers(0, 900),
    st.integers(1, 100),
    st.integers(1, 40),
)


@given(WORDS, st.lists(WORDS, max_size=12))
def test_no_word_gets_less_sure(first, others):
    merged = lines.surer([first], others)
    assert mean_confidence(merged) >= mean_confidence([first])
    assert len(merged) == 1 or "".join(one.text for one in merged) == first.text


def rows(*texts):
    return [word(text, sure, left, 40 * row) for row, line in enumerate(texts) for text, sure, left in line]


def test_lines_are_unsure_by_their_mean():
    sure, unsure = [("committee" * 12, 90, 0), ("met", 20, 200)], [("agreed" * 20, 40, 0), ("to", 80, 200)]
    page = rows(sure, unsure)
    assert lines.unsure(page) == [page[2:]]


def test_on_a_short_page_one_unsure_word_is_enough():
    page = rows([("committee", 96, 0), ("met", 84, 200)], [("agreed", 90, 0)])
    assert lines.unsure(page) == [page[:2]]


def test_next_to_nothing_is_not_read_again():
    page = [word("committee", 95, 0, top) for top in range(0, 1000, 25)]
    assert lines.unsure([*page, word("~", 5, 0, 1000)]) == []


@given(st.lists(WORDS, min_size=1, max_size=8), st.sampled_from([1.0, 1.3, 2.0]), st.sampled_from([1.0, 1.5, 2.0]))
def test_what_is_read_on_the_sheet_lies_in_its_line(words, grown, scale):
    rows = [[one] for one in words]
    paper, strips = lines.sheet(Image.new("L", (1000, 1000), 200), rows, grown, scale)
    assert paper.height >= strips[-1].bottom + lines.GAP
    for row, strip in zip(rows, strips, strict=True):
        box = strip.box
        size = (round((box[2] - box[0]) * scale), strip.bottom - strip.top)
        read = Word("bridge", 99.0, lines.GAP, strip.top, *size, (1, 1, 1))
        (found,) = lines.put_back([read], strips, grown, scale)
        assert found.left <= row[0].left + grown
        assert found.top <= row[0].top + grown
        assert found.left + found.width >= row[0].left + row[0].width - 2 * grown
        assert found.top + found.height >= row[0].top + row[0].height - 2 * grown


def test_a_sheet_stays_small():
    tall = [[word(top=0, height=1000, line=line)] for line in range(100)]
    paper, strips = lines.sheet(Image.new("L", (1000, 1000), 255), tall, 1.0, 1.5)
    assert paper.height <= lines.MAX_HEIGHT
    assert 0 < len(strips) < len(tall)


def test_a_line_too_high_for_a_sheet_is_left_out():
    tall = [word(height=9000)]
    assert lines.sheet(Image.new("L", (10, 9000), 255), [tall], 1.0, 1.5)[1] == []
