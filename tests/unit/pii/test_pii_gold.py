"""Scores against labelled texts."""

import json

import pytest

from tasks.errors import ConfigError
from tasks.pii.gold import read_gold, score
from tasks.pii.scrub import ScrubParams


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


def test_recall_precision_and_leaking_documents(tmp_path):
    gold = read_gold(
        written(
            tmp_path,
            sample("mail alice@example.org", ("alice@example.org", "EMAIL_ADDRESS")),
            sample("the blue house", ("blue house", "PLACE"), lang="fr"),
            sample("card 4111111111111111"),
        )
    )
    scores = score(gold, ScrubParams(names=False))
    assert (scores.documents, scores.leaking) == (3, 1)
    assert scores.by["all"].recall == 0.5
    assert scores.by["type:EMAIL_ADDRESS"].recall == 1.0
    assert scores.by["lang:fr"].recall == 0.0
    assert scores.by["all"].precision == pytest.approx(17 / 33)
    assert 0 < scores.by["all"].f2 < 1


def test_a_line_that_is_no_sample_is_named_without_its_content(tmp_path):
    with pytest.raises(ConfigError) as caught:
        read_gold(written(tmp_path, sample("ok"), {"text": "alice@example.org"}))
    assert "sample 2" in str(caught.value)
    assert "alice" not in str(caught.value)
