"""Confidences: what OCR was sure of needs a wider margin, and offsets follow the edits."""

from __future__ import annotations

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from expectations.schema import WORK
from tasks.batch import from_rows
from tasks.correct import doubt
from tasks.correct.doubt import Confidence
from tasks.correct.ocr_text import CORRECT_OCR, CorrectOcrParams, correct
from tasks.edits import Edit, replay

TEXT = "He was taken before the rnagistrate and the prisonor was sent to gaol."
AT = TEXT.index("prisonor")


def test_sure_words_need_more_and_unsure_ones_less():
    known = Confidence([(4, 9, 10.0), (12, 15, 92.0)])
    unsure, middling, sure = known.margin(5), known.margin(12), known.margin(10)
    assert unsure < middling < sure
    assert unsure < 0 < sure
    assert Confidence().margin(5) == 0
    assert Confidence([]).margin(5) == sure


def test_shares_fall_with_confidence():
    assert list(doubt.ERROR_SHARE) == sorted(doubt.ERROR_SHARE, reverse=True)
    assert len(doubt.ERROR_SHARE) == len(doubt.BOUNDS) + 1


@pytest.mark.parametrize("listed", [None, [None, {"start": None, "end": 3, "confidence": 5.0}]])
def test_what_says_nothing_is_no_error(listed):
    assert correct(TEXT, "en", CorrectOcrParams(), Confidence.of(listed)).text


def test_a_word_read_surely_is_left_where_an_unsure_one_is_corrected():
    params = CorrectOcrParams(unlisted_margin=4.2)
    unsure = Confidence([(AT, AT + len("prisonor"), 40.0)])
    assert "prisoner" in correct(TEXT, "en", params, unsure).text
    assert "prisonor" in correct(TEXT, "en", params, Confidence([])).text


@st.composite
def edited(draw):
    """A text, edits of it, and a word that no edit touches."""
    parts = draw(st.lists(st.tuples(st.text("ab", min_size=1, max_size=4), st.text("c", max_size=3)), max_size=5))
    word = draw(st.text("xyz", min_size=1, max_size=5))
    place = draw(st.integers(0, len(parts)))
    text, edits, start = "", [], 0
    for index, (old, new) in enumerate([*parts, ("", "")]):
        if index == place:
            start = len(text) + 1
            text += f" {word} "
        if old:
            edits.append(Edit(len(text), len(text) + len(old), new, "r"))
            text += old
    return text, edits, start, word


@given(edited())
def test_offsets_follow_the_edits(case):
    text, edits, start, word = case
    ((new_start, new_end, _),) = Confidence([(start, start + len(word), 1.0)]).moved(edits).doubts
    assert replay(text, edits)[new_start:new_end] == word


def test_the_step_uses_the_doubts_up_and_old_rows_lack_them():
    row = {"record_id": "a", "text": TEXT, "source_kind": "scans", "lang_hint": "en"}
    doubts = [{"start": AT, "end": AT + 8, "confidence": 30.0}]
    table = from_rows([row | {"doubts": doubts}, row], WORK)
    done = CORRECT_OCR.run(table, CorrectOcrParams()).batch
    assert done.column("doubts").null_count == 2
    assert "magistrate" in done.column("text")[0].as_py()
    without = CORRECT_OCR.run(table.drop_columns(["doubts"]), CorrectOcrParams()).batch
    assert without.column("doubts").type == WORK.field("doubts").type
    assert isinstance(without, pa.Table)
