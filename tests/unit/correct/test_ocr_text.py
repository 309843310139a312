"""correct-ocr: what is mended, what is left alone, and that every edit replays."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from expectations.schema import WORK, subset
from tasks.correct import channel
from tasks.correct.composition import composed
from tasks.correct.hyphens import joined, run_on
from tasks.correct.lexicon import lexicon
from tasks.correct.ocr_text import CORRECT_OCR, CorrectOcrParams, correct
from tasks.correct.spelling import is_reform, modern_forms
from tasks.correct.tokens import runs
from tasks.edits import Edit, replay

CORPORA = Path(__file__).resolve().parents[2] / "corpora"
PARAMS = CorrectOcrParams()


def corpus(name):
    return [json.loads(line) for line in (CORPORA / name).read_text(encoding="utf-8").splitlines()]


@pytest.mark.parametrize("case", corpus("ocr_corrected.jsonl"), ids=lambda case: case["text"][:30])
def test_mended(case):
    assert correct(case["text"], case["lang"], PARAMS).text == case["expected"]


@pytest.mark.parametrize("case", corpus("ocr_unchanged.jsonl"), ids=lambda case: case["text"][:30])
def test_left_alone(case):
    assert correct(case["text"], case["lang"], PARAMS).text == case["text"]


def rows(*given):
    full = [{"source_kind": "scans", "lang_hint": "en", "pages": None, **row} for row in given]
    names = ("record_id", "text", "source_kind", "lang_hint", "pages")
    columns = [pa.array([row.get(name) for row in full], type=WORK.field(name).type) for name in names]
    return pa.Table.from_arrays(columns, schema=subset(WORK, names))


LAYER, OCR = {"number": 1, "ocr": False, "text": ""}, {"number": 2, "ocr": True, "text": ""}


@pytest.mark.parametrize(
    ("row", "changed"),
    [
        ({}, True),
        ({"source_kind": "email"}, False),
        ({"source_kind": "tickets"}, False),
        ({"source_kind": None}, False),
        ({"pages": [LAYER]}, False),
        ({"pages": [LAYER, OCR]}, True),
        ({"pages": []}, True),
    ],
)
def test_only_what_ocr_read_is_corrected(row, changed):
    result = CORRECT_OCR(rows({"record_id": "r", "text": "before tbe court", **row}), PARAMS)
    assert (result.batch.column("text").to_pylist() == ["before the court"]) is changed
    assert result.edits.num_rows == int(changed)


def test_empty_and_missing_texts_pass():
    result = CORRECT_OCR(rows({"record_id": "a", "text": ""}, {"record_id": "b", "text": None}), PARAMS)
    assert result.batch.column("text").to_pylist() == ["", None]


def test_the_edits_name_their_rule_and_replay():
    text = "The com-\nmittee saw tbe ﬁrst bridge."
    result = CORRECT_OCR(rows({"record_id": "r", "text": text}), PARAMS)
    edits = [Edit(e["start"], e["end"], e["insert"], e["rule"]) for e in result.edits.to_pylist()]
    assert [edit.rule for edit in edits] == ["hyphen", "word", "ligature"]
    assert replay(text, edits) == result.batch.column("text")[0].as_py()
    assert result.report == {"hyphen": 1, "word": 1, "ligature": 1}


def test_a_long_s_is_a_habit_of_the_document():
    # `verscheyde` is on no list; once, `verfcheyde` may be a word too, but all over the page it is the press
    once = "Wij hebben een nieuw huis en verfcheyde gezien"
    many = "alfo wij gefproken hebben is het geweeft, en befte vrienden famen in de ftad en verfcheyde gezien"
    assert "verfcheyde" in correct(once, "nl", PARAMS).text
    assert "verscheyde" in correct(many, "nl", PARAMS).text


def test_params_switch_rules_off():
    off = CorrectOcrParams(join_hyphens=False, resolve_letterforms=False, correct_words=False)
    text = "com-\nmittee ﬁrst tbe"
    assert correct(text, "en", off).text == text


words = st.sampled_from(
    ["tbe", "court", "ﬁrst", "com-\nmittee", "0712", "R1,250.00", "a@b.org", "geweeft", "fhe", "1st", "wvith", "Aud"]
)


@settings(max_examples=30, deadline=None)
@given(st.lists(st.one_of(words, st.text(max_size=8)), max_size=14).map(" ".join), st.sampled_from(["en", "nl", None]))
def test_any_text_replays_and_keeps_its_digits(text, lang):
    done = correct(text, lang, PARAMS)
    assert replay(text, done.edits) == done.text
    assert re.findall(r"\d+", done.text) == re.findall(r"\d+", text)
    assert correct(text, lang, PARAMS) == done


def test_an_all_digit_or_address_chunk_holds_no_run():
    text = "a@b.org 1st x2y http://tbe.org end"
    assert [run.text for run in runs(text)] == ["end"]


@pytest.mark.parametrize(
    ("text", "name"), [("see Mombasa", True), ("end. Mombasa", False), ("Mombasa", False), ("see mombasa", False)]
)
def test_what_may_be_a_name(text, name):
    assert list(runs(text))[-1].may_be_name is name


@pytest.mark.parametrize(
    ("text", "after"),
    [
        ("prison-\ner", "prisoner"),
        ("prison¬\ner", "prisoner"),
        ("prison-  \n  er", "prisoner"),
        ("well-\nknown", "well-known"),
        ("Saint-\nDenis", "Saint-Denis"),
        ("-TAX INVOICE-\nTRAC DRY IRON", "-TAX INVOICE-\nTRAC DRY IRON"),
        ("- item of Saint-\nDenis", "- item of Saint-Denis"),
        ("12-\n13", "12-\n13"),
        ("a -\nb", "a -\nb"),
        ("xyzq-\nwvut", "xyzqwvut"),
    ],
)
def test_line_end_hyphens(text, after):
    known = {"prisoner": 1e-5, "well-known": 1e-5}
    assert replay(text, joined(text, lambda word: known.get(word, 0.0))) == after


@pytest.mark.parametrize(
    ("lang", "text", "after"),
    [
        ("en", "a well-\nknown and self-\nemployed man", "a well-known and self-employed man"),
        ("en", "my mother-in-\nlaw has a part-\ntime job", "my mother-in-law has a part-time job"),
        ("en", "the rights there-\nunder of the stock-\nyard", "the rights thereunder of the stockyard"),
        ("en", "ANNUAL MANAGE-\nMENT REPORT OF KWAZULU-\nNATAL", "ANNUAL MANAGEMENT REPORT OF KWAZULU-NATAL"),
        ("en", "first- class post", "first- class post"),
        ("en", "when Miss Au-\ndry spoke", "when Miss Audry spoke"),
        ("fr", "peut-\nêtre la com-\nmune dit-\nil", "peut-être la commune dit-il"),
        ("pt", "na segunda-\nfeira disse-\nlhe a co-\nmissão", "na segunda-feira disse-lhe a comissão"),
        ("de", "der Fahrkarten-\nautomat", "der Fahrkartenautomat"),
    ],
)
def test_compounds_keep_their_hyphen(lang, text, after):
    assert correct(text, lang, PARAMS).text == after


@pytest.mark.parametrize(
    "text", ["write to sipho-\nk@mail.co.za now", "see http://supply-\nchain.org now", "order INV-A-\nB12 and ref-\na1"]
)
def test_a_broken_address_or_identifier_stays(text):
    assert correct(text, "en", PARAMS).text == text


@pytest.mark.parametrize(
    ("text", "after"),
    [
        ("prison- er", "prisoner"),
        ("two- or more", "two- or more"),
        ("prison- Er", "prison- Er"),
        ("the x-prison- er", "the x-prison- er"),
        ("xyzq- wvut", "xyzq- wvut"),
    ],
)
def test_hyphens_before_a_blank(text, after):
    known = {"prisoner": 1e-5, "twoor": 1e-9}
    assert replay(text, run_on(text, lambda word: known.get(word, 0.0))) == after


@given(st.text("abc", max_size=12), st.data())
def test_two_layers_of_edits_are_one(text, data):
    first = data.draw(edits(text))
    middle = replay(text, first)
    second = data.draw(edits(middle))
    assert replay(text, composed(text, [first, second])) == replay(middle, second)


def edits(text):
    places = st.lists(st.integers(0, len(text)), max_size=6, unique=True).map(sorted)
    inserts = st.text("XY", max_size=2)
    return places.flatmap(
        lambda at: st.tuples(*[inserts] * (len(at) // 2)).map(
            lambda new: [Edit(at[2 * i], at[2 * i + 1], new[i], "r") for i in range(len(at) // 2)]
        )
    )


@pytest.mark.parametrize(
    ("old", "new"), [("himselfe", "himself"), ("souldier", "soldier"), ("gedaen", "gedaan"), ("iako", "jako")]
)
def test_old_spellings_are_known(old, new):
    assert new in modern_forms(old)


@pytest.mark.parametrize(
    ("confusion", "reform"), [(("i", "j"), True), (("ae", "aa"), True), (("f", "s"), False), (("b", "h"), False)]
)
def test_reforms_are_no_misreadings(confusion, reform):
    assert is_reform(confusion) is reform


def test_the_shipped_table_is_sound():
    table = channel.learned()
    assert ("f", "s") in table
    assert all(read != stood and log < 0 for (read, stood), log in table.items())


def test_a_document_lowers_what_it_does_not_have():
    table = {("f", "s"): -1.0}
    own = channel.adapted(table, channel.Counter(), lambda _: 600, frozenset())
    assert dict(own.by_read["f"])["s"] < -1.8


def test_languages_without_a_list_have_no_lexicon():
    assert lexicon("zu") is None
    assert lexicon("en-ZA") is not None
