"""The words that OCR was unsure of: their offsets hold in the text of the record."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tasks.ocr import scans
from tasks.ocr.engine import DOUBTED, Word, doubts_of, text_of
from tasks.ocr.page import Page
from tasks.ocr.scans import PAGE_BREAK, Document, ReadScansParams
from tasks.source import Item

LETTERS = st.text("abcäſ𝔅é.-", min_size=1, max_size=6)
LINES = st.tuples(st.integers(0, 2), st.integers(0, 2), st.integers(0, 2))


@st.composite
def pages(draw):
    """Words in reading order, as an engine gives them."""
    lines = sorted(draw(st.lists(LINES, max_size=12)))
    return [Word(draw(LETTERS), draw(st.floats(0, 100)), 0, 0, 9, 9, line) for line in lines]


@given(pages())
def test_every_doubt_is_a_word_of_the_page(words):
    text = text_of(words)
    unsure = [word for word in words if word.confidence < DOUBTED]
    doubts = doubts_of(words)
    assert [(text[start:end], sure) for start, end, sure in doubts] == [(one.text, one.confidence) for one in unsure]
    assert all(one[1] < two[0] for one, two in pairwise(doubts))


def document(*read):
    """A document of pages given as (words, whether OCR read them)."""
    made = Document()
    for words, ocr in read:
        confidence = sum(word.confidence for word in words) / len(words) if words and ocr else None
        made.add(Page(text_of(words), mean_confidence=confidence, words=words if ocr else ()), ocr=ocr)
    return made


def row(made, tmp_path):
    params = ReadScansParams(min_confidence=0)
    return scans._row(Item("u", tmp_path / "x.png", 0, 1), made, params)


@given(st.lists(st.tuples(pages(), st.booleans()), min_size=1, max_size=4))
def test_every_doubt_is_a_word_of_the_record(tmp_path_factory, read):
    made = document(*read)
    if not any(words for words, _ in read):
        return
    got = row(made, tmp_path_factory.getbasetemp())
    expected = [word for words, ocr in read if ocr for word in words if word.confidence < DOUBTED]
    found = [got["text"][one["start"] : one["end"]] for one in got["doubts"] or []]
    assert found == [word.text for word in expected]


def word(text, confidence):
    return Word(text, confidence, 0, 0, 9, 9, (0, 0, 0))


def test_pages_that_were_left_out_shift_nothing(tmp_path):
    good, bad = [word("clearly", 95), word("undulled", 50)], [word("zx", 3)]
    made = document((good, True), (bad, True), ([], True), (good, True))
    got = scans._row(Item("u", tmp_path / "x.png", 0, 1), made, ReadScansParams(min_confidence=25))
    assert got["text"] == f"clearly undulled{PAGE_BREAK}clearly undulled"
    assert [got["text"][one["start"] : one["end"]] for one in got["doubts"]] == ["undulled", "undulled"]


@pytest.mark.parametrize(("ocr", "doubts"), [(False, None), (True, [])])
def test_text_layers_have_none_and_sure_pages_an_empty_list(tmp_path, ocr, doubts):
    assert row(document(([word("clear", 99)], ocr)), tmp_path)["doubts"] == doubts
