"""score-quality: good short tickets score high, machine noise low, nothing is dropped unless asked."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tasks.quality.score import SCORE_QUALITY, QualityParams, signals
from tasks.quality.signals import SIGNALS, ramp

GOOD = [
    "Where is my order?",
    "Ngicela usizo, imali yami ayikafiki.",
    "Imali ayingenanga ku-akhawunti yami ngoLwesihlanu ngiyacela ningisize",
    "ሰላም፣ ገንዘቤ አልደረሰም። እባክዎ ይርዱኝ።",
    "السلام عليكم، لم يصلني المبلغ بعد",
    "我的钱还没有到账，请帮忙查一下。",
    "Refund <PERSON_k7f3a9m2q4xz> please, invoice 4471 of 12 May.",
    "Thanks!",
]
BAD = [
    ("letters", "|||| ---- 0000 ==== 1234 5678 |||| ****"),
    ("symbols", "wow ... # # # ... # really # ... # # ok"),
    ("repetition", "buy it now " * 40),
    ("duplicate_lines", "same line here\n" * 9 + "another"),
    ("variety", "spam " * 200),
    ("placeholders", "<PERSON_k7f3a9m2q4xz> <PERSON_k7f3a9m2q4xz> <PHONE_NUMBER_abcdefgh2345> ok"),
    ("readable", "d\ufffdj\ufffd v\ufffd l\ufffd r\ufffdponse"),
    ("word_length", "a b c d e f g h i j k l"),
]


@pytest.mark.parametrize("text", GOOD)
def test_short_tickets_are_not_punished(text):
    assert all(value >= 0.9 for value in signals(text).values()), signals(text)


@pytest.mark.parametrize(("signal", "text"), BAD)
def test_each_signal_sees_its_fault(signal, text):
    assert SIGNALS[signal](text) < 0.5


@given(st.text(max_size=400))
def test_signals_stay_between_0_and_1(text):
    assert all(0 <= value <= 1 for value in signals(text).values())


def test_ramp_runs_both_ways():
    assert [ramp(x, 0, 1) for x in (-1, 0.25, 2)] == [0, 0.25, 1]
    assert [ramp(x, 1, 0) for x in (-1, 0.25, 2)] == [1, 0.75, 0]


def test_nothing_is_dropped_by_default_and_no_text_scores_nothing(work_table):
    table = work_table({"text": "|||| 1234 ----"}, {"text": None}, {"text": "fine text", "drop_reason": "spam"})
    batch = SCORE_QUALITY(table).batch
    assert batch["drop_reason"].to_pylist() == [None, None, "spam"]
    assert batch["quality_score"].to_pylist()[1] == 0


def test_threshold_drops_and_keeps_an_earlier_reason(work_table):
    table = work_table(
        {"text": "|||| ... # 1234 ----"}, {"text": "Where is my order?"}, {"text": "||||", "drop_reason": "spam"}
    )
    result = SCORE_QUALITY(table, QualityParams(threshold=0.8))
    assert result.batch["drop_reason"].to_pylist() == ["low_quality", None, "spam"]
    assert result.report["poor:letters"] == 2
