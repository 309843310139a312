"""C25 of the catalogue for digits: the text says 1000, the page shows 9000."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tasks.ocr import layercheck
from tasks.ocr.engine import Word

_spec = importlib.util.spec_from_file_location("_ocr_digits_pdf", Path(__file__).with_name("_pdf.py"))
pdfs = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(pdfs)

ORDER = ("Invoice for the repair of the bridge", "Stones and timber 9250", "Water and labour 1930", "Total 19480 rand")


def _order(tmp_path, shown: dict[str, str]):
    """Write a page whose font names digits (keys) otherwise than it shows them (values)."""
    names = b"".join(b"<%02x> <%04x> " % (ord(seen), ord(said)) for said, seen in shown.items())
    cmap = b"begincmap 1 begincodespacerange <00> <FF> endcodespacerange %d beginbfchar %s endbfchar endcmap"
    font = pdfs.HELVETICA.replace(b">>", b"/ToUnicode 6 0 R >>")
    lines = pdfs.lines(*((30, 160 - 12 * row, line) for row, line in enumerate(ORDER)), size=11)
    path = tmp_path / "a.pdf"
    path.write_bytes(pdfs.pdf([lines], font=font, more=(pdfs.stream(cmap % (len(shown), names)),)))
    return path


def test_digits_that_the_page_does_not_show_are_not_believed(tmp_path, read):
    (row,) = read(_order(tmp_path, {"1": "9"}))
    assert row["flags"] == ["wrong_text_layer"]
    assert "19480" in row["text"]
    (row,) = read(_order(tmp_path, {"1": "9"}), check_text_layer=False)
    assert "11480" in row["text"]


def test_digits_that_the_page_shows_are_believed(tmp_path, read):
    (row,) = read(_order(tmp_path, {"9": "9"}))
    assert row["flags"] == []
    assert row["text"].splitlines() == list(ORDER)


def _word(text, confidence=96.0):
    return Word(text, confidence, 0, 0, 9, 9, (0, 0, 0))


@pytest.mark.parametrize(
    ("said", "lies"),
    [
        ("total 1250 and 1130 for 2011", True),
        ("sum 1250 or 1130 in 2011", True),  # of other words, too
        ("total 9250 and 1930 for 2011", False),  # a digit was misread
        ("total 9250 and 9930 for 2019", False),
        ("total 1250", False),  # too little to tell
    ],
)
def test_one_digit_read_otherwise_each_time_is_a_lie(said, lies):
    shown = ["total", "9250", "and", "9930", "for", "2019"]
    assert layercheck.misnumbers([_word(word) for word in shown], said) is lies
    assert not layercheck.misnumbers([_word(word, 60.0) for word in shown], said)


@given(st.lists(st.from_regex(r"[0-9a-z]{1,8}", fullmatch=True), max_size=30))
def test_a_layer_that_says_what_is_read_never_lies(words):
    assert not layercheck.misnumbers([_word(word) for word in words], " ".join(words))
