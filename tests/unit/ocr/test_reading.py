"""How often a page is looked at, and what is taken from each look: a fake engine tells."""

from __future__ import annotations

import random

import pytest
from PIL import Image

from tasks.ocr import languages
from tasks.ocr.engine import Orientation, Word, mean_confidence, text_of
from tasks.ocr.page import Page, better
from tasks.ocr.reading import Reader

SENTENCE = ["the", "committee", "met", "on", "monday", "and", "agreed", "to", "repair", "the", "old", "bridge"]


def word(text, confidence, left=0, top=0, width=100, height=20):
    return Word(text, confidence, left, top, width, height, (1, 1, top))


class Fake:
    """An engine that reads with the confidence that a function of the call says, and notes the calls."""

    def __init__(self, confidence, models=("eng",), orientation=None, weak=()):
        self.confidence, self.models, self.found, self.weak = confidence, frozenset(models), orientation, weak
        self.calls, self.asked = [], 0

    def languages(self):
        """Return the models it was given."""
        return self.models

    def words(self, picture, model, _dpi, _layout, _seconds):
        """Return the sentence, one word a line; together they cover the picture, so that none seems overlooked."""
        self.calls.append((picture.size, model))
        sure = self.confidence(picture, model)
        step = picture.height // len(SENTENCE)
        return [
            word(
                "ሰላም" if model.startswith("amh") else text,
                30.0 if text in self.weak else sure,
                0,
                index * step,
                picture.width,
                step,
            )
            for index, text in enumerate(SENTENCE)
        ]

    def orientation(self, _picture, _dpi, _seconds):
        """Return what it was given."""
        self.asked += 1
        return self.found


@pytest.fixture(name="sheet")
def _sheet(page):
    return page([" ".join(SENTENCE)] * 18, width=1400, size=28)


def read(engine, picture, lang=None):
    return Reader(engine, lang, 1.0).read(picture, 300)


def test_a_clean_page_costs_one_look(sheet):
    engine = Fake(lambda *_: 95.0)
    assert read(engine, sheet).text.startswith("the")
    assert (len(engine.calls), engine.asked) == (1, 0)


def test_unsure_lines_alone_are_looked_at_once_more(sheet):
    engine = Fake(lambda *_: 95.0, weak=("bridge",))
    page = read(engine, sheet)
    (first, _), (second, _) = engine.calls
    assert second[1] < first[1] / 4
    assert (len(page.words), engine.asked) == (len(SENTENCE), 0)


def test_orientation_is_asked_for_only_in_doubt(sheet):
    engine = Fake(
        lambda picture, _: 90.0 if picture.size == sheet.size[::-1] else 40.0, orientation=Orientation(90, 5, "Latin")
    )
    page = read(engine, sheet)
    assert (page.rotation, page.mean_confidence, engine.asked) == (90, 90.0, 1)


def test_a_doubtful_page_of_few_words_is_tried_on_every_side(sheet):
    """Too few words for the engine to tell how they lie."""
    engine = Fake(lambda picture, _: 90.0 if picture.size == sheet.size[::-1] else 40.0)
    page = read(engine, sheet)
    assert (page.rotation, page.mean_confidence) == (90, 90.0)
    assert len(engine.calls) <= 5


def test_a_page_whose_lines_run_downwards_is_turned_before_it_is_read(page):
    lines = [" ".join(chance.choices(SENTENCE, k=9)) for chance in map(random.Random, range(24))]
    engine = Fake(lambda *_: 95.0, orientation=Orientation(270, 5, "Latin"))
    found = read(engine, page(lines, width=800).rotate(90, expand=True))
    assert (found.rotation, len(engine.calls), engine.asked) == (270, 1, 1)


def test_the_script_of_a_page_chooses_its_model(sheet):
    engine = Fake(lambda _, model: 88.0 if model == "frk" else 40.0, ("eng", "frk"), Orientation(0, 5, "Fraktur"))
    assert read(engine, sheet).lang == languages.FRAKTUR
    assert engine.calls[-1][1] == "frk"


@pytest.mark.parametrize(
    ("models", "lang", "tried"), [(("eng", "frk"), None, True), (("eng",), None, False), (("eng", "frk"), "en", False)]
)
def test_a_single_line_is_tried_in_broken_letters(page, models, lang, tried):
    line = page(["agreed to repair"], width=500).crop((0, 20, 500, 100))
    engine = Fake(lambda _, model: 90.0 if model == "frk" else 80.0, models)
    found = read(engine, line, lang)
    assert ("frk" in {model for _, model in engine.calls}) is tried
    assert found.lang == (languages.FRAKTUR if tried else "en")


def test_an_empty_page_is_not_looked_at():
    engine = Fake(lambda *_: 95.0)
    assert read(engine, Image.new("L", (800, 600), 255)).text == ""
    assert engine.calls == []


def page_of(*words, size=(1000, 1000)):
    return Page(text_of(words), mean_confidence=mean_confidence(words), words=words, size=size)


def test_leaving_words_out_does_not_win():
    whole = page_of(*[word(f"word{i}", 80, 0, i * 30) for i in range(8)])
    assert better(whole, page_of(word("word1", 99))) is whole


def test_amharic_is_tried_where_the_engine_knows_no_script(sheet):
    engine = Fake(lambda _, model: 94.0 if model == "amh+eng" else 30.0, ("eng", "amh"), Orientation(0, 0.4, "Latin"))
    assert read(engine, sheet).lang == "am"
    sure = Fake(lambda *_: 30.0, ("eng", "amh"), Orientation(0, 5, "Latin"))
    read(sure, sheet)
    assert {model for _, model in sure.calls} == {"eng"}


def test_a_page_in_another_language_than_the_pages_before_is_read_in_its_own(sheet):
    engine = Fake(lambda _, model: 95.0 if model == "eng" else 30.0, ("eng", "ara"), Orientation(0, 9, "Latin"))
    page = Reader(engine, None, 1.0).read(sheet, 300, "ar")
    assert (page.lang, page.mean_confidence) == ("en", 95.0)


@pytest.mark.parametrize("turn", [90, 180, 270])
def test_short_words_on_a_turned_page_come_in_order(page, read, tmp_path, turn):
    lines = ("12 of the VAT", "304 to us 95", "tea 1.5 no KES", "in 12 KES 95", "the 7 of us")
    page(lines, size=36, width=500).rotate(turn, expand=True).save(tmp_path / "turned.png")
    (row,) = read(tmp_path / "turned.png")
    assert [line for line in row["text"].split("\n") if line] == list(lines)
