"""normalize-text: what changes, what must not, and the laws of its edits."""

import json
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from tasks.edits import replay
from tasks.normalize.characters import MAX_MARKS
from tasks.normalize.text import NORMALIZE_TEXT, NormalizeParams, normalize_text

CORPORA = Path(__file__).parents[2] / "corpora"
PARAMS = NormalizeParams()


def corpus(name):
    lines = (CORPORA / f"normalize_{name}.jsonl").read_text(encoding="utf-8").splitlines()
    return [pytest.param(case, id=case["name"]) for case in map(json.loads, lines)]


@pytest.mark.parametrize("case", corpus("unchanged"))
def test_leaves_alone(case):
    assert normalize_text(case["text"], PARAMS).text == case["text"]
    assert not normalize_text(case["text"], PARAMS).edits


@pytest.mark.parametrize("case", corpus("changed"))
def test_changes(case):
    done = normalize_text(case["text"], PARAMS)
    assert done.text == case["want"]
    assert list(done.flags) == case["flags"]
    assert case["rules"] is None or [edit.rule for edit in done.edits] == case["rules"]


ODD = (
    "\u0301\u0316\u200b\u200d\u200c\u00ad\u202e\u2066\ufe0f\ue000\ufdd0\x00\x1b\x85\x81\r\u2028"
    "&lt;gt#64;|<>[]INST/sim_tarÃ©â€™ﬁ😀\U000e0041\U000e007f\U0001f3f4 \n-"
)
texts = st.one_of(st.text(), st.text(alphabet=ODD, max_size=60))


@given(texts)
@example("&amp;lt;|im_start|&amp;gt;")
@example("&am\u200bp;lt;/s>")
@example("--  \n")
@example("a" + "\u0301" * 20 + "\u0301")
def test_replay_gives_the_output_and_a_second_run_changes_nothing(text):
    done = normalize_text(text, PARAMS)
    assert replay(text, done.edits) == done.text
    assert normalize_text(done.text, PARAMS).text == done.text


def test_zalgo_is_capped_before_it_is_normalized():
    done = normalize_text("a" + "\u0301\u0316" * 50_000, PARAMS)
    assert len(done.text) <= 1 + MAX_MARKS
    assert done.flags == ("zalgo",)


@pytest.mark.parametrize(
    "unit", ["\ufdfa", "<", "&lt;", "Ã©", " ", "\x00", "\u200b", "[", "<|", "\n", "é\u0301", "\ufe0f"]
)
def test_long_runs_stay_linear_and_do_not_grow(unit):
    text = unit * 100_000 + "end"
    assert len(normalize_text(text, PARAMS).text) <= len(text) + 100_000


def test_straight_quotes_only_on_demand():
    assert normalize_text("“a” ’b", NormalizeParams(straighten_quotes=True)).text == '"a" \'b'


def test_null_stays_null_and_flags_are_kept(work_table):
    table = work_table({"text": None, "flags": ["kept"]}, {"text": "x\u202ey", "flags": ["kept"]})
    result = NORMALIZE_TEXT(table)
    assert result.batch.column("text").to_pylist() == [None, "xy"]
    assert result.batch.column("flags").to_pylist() == [["kept"], ["kept", "bidi_control"]]
    assert result.edits.column("rule").to_pylist() == ["bidi-controls"]


def test_letters_of_african_news_and_tweets_survive():
    data = Path(__file__).parents[4] / "shared" / "data" / "lid"
    files = [data / "masakhanews/dev/articles.jsonl", data / "afrisenti_tweets/dev/tweets.jsonl"]
    if not all(file.exists() for file in files):
        pytest.skip("../shared/data/lid is not there: letters of real texts were NOT checked")
    for file in files:
        for line in file.read_text(encoding="utf-8").splitlines()[::7]:
            text = json.loads(line)["text"]
            kept = [c for c in normalize_text(text, PARAMS).text if c.isalpha()]
            assert sorted(kept) == sorted(c for c in text if c.isalpha())
