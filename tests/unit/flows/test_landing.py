"""A version is published once: what a run that died has published is not published again under the next number."""

from datetime import UTC, datetime
from types import SimpleNamespace

import pytest

from expectations.schema import CURATED
from flows.landing import Landing, publish
from tasks.batch import from_rows
from tasks.lake import Lake
from tasks.publish.versions import VersionRecord, Versions


def examples(content):
    row = {"example_id": "exa_a", "content_hash": content, "text": content, "month": "2026-03"}
    return from_rows([row | {"split": "train", "lang": "en", "kind": "document"}], CURATED)


@pytest.fixture
def context(tmp_path):
    """A night's context on a lake whose version 1 was published with the key `same`."""
    lake = Lake(tmp_path / "restricted", tmp_path / "shared")
    lake.prepare()
    settings = SimpleNamespace(dataset=SimpleNamespace(name="support"))
    made = SimpleNamespace(lake=lake, settings=settings, report=SimpleNamespace(notes=[]), run_id="run-2")
    Landing(made, 1, "same", examples("x")).table.stage(examples("x"), [], 1)
    facts = {"created_at": datetime(2026, 3, 1, tzinfo=UTC), "run_id": "run-1", "content_hash": "h", "counts": {}}
    facts |= {"settings_digest": "d", "code_version": "1", "key_epoch": 1, "steps": {}, "validation": {}}
    Versions(lake.records, "support").publish(VersionRecord(dataset="support", version=1, publish_key="same", **facts))
    return made


def staged(context, key, content):
    landing = Landing(context, 2, key, examples(content))
    landing.table.stage(landing.examples, [], 2)
    return landing


def test_the_same_input_that_gives_other_rows_makes_no_second_version(context):
    landing = staged(context, "same", "y")
    assert publish(landing) is None
    assert landing.versions.numbers() == [1]
    (note,) = context.report.notes
    assert "not deterministic" in note
    assert landing.table.rows(2, ["content_hash"]).to_pylist() == [{"content_hash": "x"}], "what was staged is gone"


def test_the_same_input_that_gives_the_same_rows_makes_no_version_and_no_noise(context):
    assert publish(staged(context, "same", "x")) is None
    assert context.report.notes == []


def test_other_input_goes_on_to_a_version(context):
    with pytest.raises(AttributeError):  # the rest of the context, which only a version needs
        publish(staged(context, "other", "y"))
    assert context.report.notes == []
