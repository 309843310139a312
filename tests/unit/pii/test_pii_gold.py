"""Scores against labelled texts: the two formats, what counts as found, what a wrong file is told, the command."""

import json

import pytest
from typer.testing import CliRunner

from flows.cli import app
from tasks.errors import ConfigError
from tasks.pii.gold import merged, read_gold, score
from tasks.pii.interval import wilson
from tasks.pii.scrub import ScrubParams

QUICK = ScrubParams(names=False)
VALUE = "alice@example.org"


def written(tmp_path, *samples):
    path = tmp_path / "gold.jsonl"
    path.write_text("".join(json.dumps(s) + "\n" for s in samples), encoding="utf-8")
    return path


def sample(text, *values, lang="en"):
    spans = [
        {
            "entity_type": kind,
            "entity_value": value,
            "start_position": text.index(value),
            "end_position": text.index(value) + len(value),
        }
        for value, kind in values
    ]
    return {"full_text": text, "spans": spans, "lang": lang}


def simple(text, value, kind):
    start = text.index(value)
    return {"text": text, "spans": [{"start": start, "end": start + len(value), "entity_type": kind}]}


@pytest.fixture
def gold(tmp_path):
    return written(
        tmp_path,
        sample(f"mail {VALUE}", (VALUE, "EMAIL_ADDRESS")),
        sample("the blue house", ("blue house", "PLACE"), lang="fr"),
        sample("card 4111111111111111"),
    )


def test_recall_precision_and_leaking_documents(gold):
    scores = score(read_gold(gold), QUICK)
    assert (scores.all.documents, scores.all.leaking) == (3, 1)
    assert scores.all.recall == 0.5
    assert scores.types["EMAIL_ADDRESS"].recall == 1.0
    assert (scores.types["PLACE"].documents, scores.types["PLACE"].leaking) == (1, 1)
    assert scores.types["CREDIT_CARD"].precision == 0.0
    assert scores.langs["fr"].recall == 0.0
    assert scores.all.precision == pytest.approx(17 / 33)
    assert 0 < scores.all.f2 < 1


def test_parts_of_a_file_score_like_the_whole(gold):
    samples = read_gold(gold)
    parts = merged(score([one], QUICK) for one in samples)
    assert parts.as_dict() == score(samples, QUICK).as_dict()


def test_the_simple_format_says_the_same(tmp_path):
    text = f"mail {VALUE}"
    both = written(tmp_path, sample(text, (VALUE, "EMAIL_ADDRESS")), simple(text, VALUE, "EMAIL_ADDRESS"))
    first, second = read_gold(both)
    assert first.spans == second.spans
    assert (first.lang, second.lang) == ("en", None)
    assert set(score([second], QUICK, "sw").langs) == {"sw"}


def test_a_list_in_one_json_file_is_read_too(tmp_path):
    path = tmp_path / "gold.json"
    path.write_text(json.dumps([sample("a"), sample("b")]), encoding="utf-8")
    assert [s.text for s in read_gold(path)] == ["a", "b"]


def test_a_quarantined_document_leaves_nothing(tmp_path):
    path = written(tmp_path, sample("the blue house of many rooms", ("blue house", "PLACE")))
    scores = score(read_gold(path), ScrubParams(names=False, max_chars=10))
    assert (scores.held, scores.all.leaking, scores.all.recall) == (1, 0, 1.0)


def test_a_leak_that_the_audit_would_hold_back_is_told(tmp_path):
    path = written(tmp_path, sample(f"mail {VALUE}", (VALUE, "EMAIL_ADDRESS")))
    scores = score(read_gold(path), ScrubParams(names=False, keep=("EMAIL_ADDRESS",)))
    assert (scores.all.leaking, scores.audited) == (1, 1)


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ({"text": VALUE}, "line 2: spans is no list"),
        ({"body": VALUE, "spans": []}, "line 2: no full_text or text"),
        ({"text": VALUE, "spans": [VALUE]}, "line 2: a span lacks its start, end or entity_type"),
        ({"text": VALUE, "spans": [{"start": 3, "end": 99, "entity_type": "X"}]}, "line 2: a span does not lie in its"),
        ({"text": VALUE, "spans": [{"start": 3, "end": 3, "entity_type": "X"}]}, "line 2: a span does not lie in its"),
        ({"text": VALUE, "spans": [{"start": "0", "end": 3, "entity_type": "X"}]}, "line 2: a span does not lie in"),
        ([VALUE], "line 2: no JSON object"),
    ],
)
def test_a_line_that_is_no_sample_is_named_without_its_content(tmp_path, line, told):
    with pytest.raises(ConfigError, match=told) as caught:
        read_gold(written(tmp_path, sample("ok"), line))
    assert "alice" not in str(caught.value) + caught.value.remedy


@pytest.mark.parametrize(
    ("data", "told"),
    [
        (b"", "no samples"),
        (b"\xff\xfe", "not UTF-8"),
        (b"{alice@example.org", "line 1: no JSON"),
        (b"[{]", "no JSON"),
        (b"[" * 20_000, "no JSON"),
    ],
)
def test_a_file_that_is_no_gold_is_refused(tmp_path, data, told):
    path = tmp_path / "gold.jsonl"
    path.write_bytes(data)
    with pytest.raises(ConfigError, match=told):
        read_gold(path)


def test_a_missing_file_is_refused(tmp_path):
    with pytest.raises(ConfigError, match="cannot read"):
        read_gold(tmp_path / "none.jsonl")


@pytest.mark.parametrize(
    ("hits", "total", "low", "high"),
    [(0, 40, 0.0, 0.0876), (40, 40, 0.9124, 1.0), (5, 100, 0.0215, 0.1118), (0, 0, 0.0, 1.0)],
)  # values of Newcombe's table and of statsmodels' proportion_confint(method="wilson")
def test_wilson_interval(hits, total, low, high):
    assert wilson(hits, total) == pytest.approx((low, high), abs=1e-4)


def test_the_command_prints_rates_and_no_value(gold):
    shown = CliRunner().invoke(app, ["eval", "pii", "--gold", str(gold), "--set", "names=false"])
    assert shown.exit_code == 0
    assert "EMAIL_ADDRESS" in shown.output
    assert "6.1–79.2" in shown.output
    assert "alice" not in shown.output
    assert "4111" not in shown.output


def test_the_command_prints_json_for_scripts(gold):
    shown = CliRunner().invoke(app, ["eval", "pii", "--gold", str(gold), "--set", "names=false", "--json"])
    found = json.loads(shown.stdout[shown.stdout.index("{") :])
    assert found["all"]["documents_with_a_leak"] == 1
    assert list(found["langs"]) == ["en", "fr"]
