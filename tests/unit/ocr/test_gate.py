"""The confidence gate: which pages stand in a document's text, and which documents wait in quarantine."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import pytest
from PIL import Image

from tasks.errors import RecordError
from tasks.ocr import gate

_spec = importlib.util.spec_from_file_location("_ocr_gate_pdf", Path(__file__).with_name("_pdf.py"))
pdfs = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(pdfs)


def _page(confidence, text="one two three"):
    return {"mean_confidence": confidence, "text": text}


LAYER, SURE, UNSURE, BLANK = _page(None), _page(90.0), _page(30.0, "e = ~"), _page(None, "")


@pytest.mark.parametrize(
    ("pages", "kept"),
    [
        ([SURE], 1),
        ([SURE, UNSURE], 1),
        ([LAYER, UNSURE, BLANK], 1),
        ([LAYER, SURE, UNSURE, UNSURE], 2),
        ([_page(50.0)], 1),
    ],
)
def test_pages_under_the_gate_are_left_out(pages, kept):
    texts = gate.readable(pages, 50.0)
    assert len(texts) == kept
    assert UNSURE["text"] not in texts


@pytest.mark.parametrize("pages", [[UNSURE], [UNSURE, BLANK], [SURE, UNSURE, UNSURE], [LAYER, UNSURE, UNSURE]])
def test_a_document_of_which_little_was_read_is_held_back_with_its_confidence(pages):
    with pytest.raises(RecordError) as caught:
        gate.readable(pages, 50.0)
    assert caught.value.reason == "low_confidence"
    assert caught.value.detail.startswith("mean confidence ")
    unread = sum(page is UNSURE for page in pages)
    assert f"; {unread} of " in caught.value.detail
    assert caught.value.detail.endswith("under 50")


def test_stray_letters_say_that_they_were_left_out_in_spite_of_their_confidence():
    with pytest.raises(RecordError, match="mean confidence 60; 1 of 1 page stray letters"):
        gate.readable([_page(60.0, "ee)")], 50.0)


@pytest.mark.parametrize("pages", [[], [BLANK], [_page(20.0, " \n")]])
def test_pages_without_text_are_no_document(pages):
    with pytest.raises(RecordError) as caught:
        gate.readable(pages, 50.0)
    assert caught.value.reason == "no_text"


@pytest.mark.parametrize("text", ["- . e + \n . 1 , . ' º", "....... ------- ~~~~~~ ab", "a b c d e f g"])
def test_dust_that_was_read_surely_is_no_text(text):
    assert gate.readable([SURE, _page(80.0, text)], 50.0) == [SURE["text"]]
    assert gate.readable([_page(None, text)], 50.0) == [text]


def test_a_few_letters_must_be_read_surely():
    assert gate.is_unread(_page(60.0, "ee)"), 50.0)
    assert not gate.is_unread(_page(90.0, "17"), 50.0)


def test_a_gate_of_0_lets_everything_pass():
    assert not any(gate.is_unread(page, 0.0) for page in (UNSURE, _page(1.0, "- . +"), _page(1.0, "e")))


@pytest.mark.parametrize("text", ["TOTAL 430.00 -5.50", "1. (a) 12,00 * 3 = 36,00", "17", "ኮሚቴው ሰኞ", "የ 5 ብር ነው።"])
def test_figures_and_short_words_are_text(text):
    assert gate.readable([_page(80.0, text)], 50.0) == [text]


def test_pages_with_a_text_layer_do_not_lift_the_confidence():
    assert gate.confidence_of([_page(None, "x" * 1000)]) is None
    assert gate.confidence_of([_page(None, "x" * 1000), _page(30.0, "abc")]) == 30.0


def test_a_photograph_costs_a_digital_document_nothing(tmp_path, read):
    photo = Image.effect_mandelbrot((800, 400), (-2.2, -1.5, 1, 1.5), 60)
    (tmp_path / "a.pdf").write_bytes(pdfs.pdf([pdfs.text_page("Invoice of the works"), pdfs.IMAGE_PAGE], image=photo))
    (row,) = read(tmp_path / "a.pdf")
    assert row["text"] == "Invoice of the works"
    assert len(row["pages"]) == 2


def test_the_gate_is_a_setting(tmp_path, page, read):
    data = pdfs.pdf([pdfs.text_page("Invoice of the works"), pdfs.IMAGE_PAGE], image=page())
    (tmp_path / "a.pdf").write_bytes(data)
    (row,) = read(tmp_path / "a.pdf", min_confidence=99.9)
    assert (row["text"], row["flags"]) == ("Invoice of the works", ["unread_page"])
    assert "bridge" in row["pages"][1]["text"]


@pytest.mark.parametrize(
    "text",
    [
        "Contents\nI. The sea " + "." * 60 + " 5\nII. The land " + ". " * 40 + "17",
        "12.50\n" + "-" * 30 + "\nTOTAL 12.50",
    ],
)
def test_lines_of_dots_and_dashes_are_no_dust(text):
    assert not gate.is_dust(text)
    assert not gate.is_unread(_page(80.0, text), 50.0)
