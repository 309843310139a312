"""The demo from end to end: every count as its truth says, and a dataset that others load."""

import json
import os
from collections import Counter

import pandas as pd
import polars as pl
import pytest

pytestmark = pytest.mark.e2e


def test_every_input_is_accounted_for(demo):
    _, report, truth, _ = demo
    files = truth["mail_files"] + 1 + 2 + truth["scan_documents"] + 2 + len(truth["skipped"])  # mbox, exports, broken
    assert report["files"]["listed"] == files
    assert report["files"]["skipped"] == len(truth["skipped"])
    assert report["items"]["known_item"] == len(truth["duplicate_mails"])
    attachments = sum(truth["attachments"].values()) - 1  # one is an .amr that nobody reads
    read = truth["mails"] - len(truth["duplicate_mails"]) + truth["tickets"] + truth["ticket_comments"]
    assert report["records"]["in"] == read + truth["scan_documents"] + attachments
    fates = report["records"]["published"] + sum(report["dropped"].values()) + sum(report["quarantined"].values())
    assert fates == report["records"]["in"]


def test_what_is_unusable_waits_with_its_reason(demo):
    _, report, truth, _ = demo
    expected: dict[str, int] = {}
    for _, reason in truth["quarantined"]:
        expected[reason] = expected.get(reason, 0) + 1
    refused = Counter[str]()
    for kind in ("files", "items", "parts"):
        refused.update(report[f"refused_{kind}"])
    assert refused == expected
    assert report["quarantined"] == {}


def test_what_is_no_conversation_is_dropped(demo):
    _, report, truth, _ = demo
    assert report["dropped"] == truth["drops"] | {"duplicate_example": len(truth["duplicate_tickets"])}


def test_every_entity_type_that_was_planted_is_found(demo):
    _, report, truth, _ = demo
    planted = {spot["entity_type"] for spot in truth["planted"]}
    assert planted - set(report["entities"]) == set()


def test_the_languages_are_told_apart(demo):
    _, report, truth, _ = demo
    assert set(truth["languages"].values()) <= set(report["languages"])


def test_the_pulled_folder_loads_everywhere(demo, daytwo, tmp_path):
    _, report, _, _ = demo
    for form in ("chat", "text", "parquet"):
        done = daytwo("pull", "support@latest", "--format", form, "--to", tmp_path / form)
        assert done.returncode == 0, done.stderr
    manifest = json.loads((tmp_path / "chat" / "manifest.json").read_text())
    os.environ |= {"HF_HUB_OFFLINE": "1", "HF_HOME": str(tmp_path / "hf")}
    import datasets

    for form in ("chat", "text", "parquet"):
        loaded = datasets.load_dataset(str(tmp_path / form), cache_dir=str(tmp_path / "cache" / form))
        rows = sum(split.num_rows for split in loaded.values())
        assert rows == report["examples"]["added"] - (manifest["left_out"] if form == "chat" else 0)
        assert set(loaded) == {"train", "validation", "test"}
    chat = pd.read_json(tmp_path / "chat" / "train.jsonl", lines=True)
    assert chat["messages"].map(lambda turns: turns[0]["role"]).isin(["user", "assistant"]).all()
    assert pl.read_parquet(tmp_path / "parquet" / "train.parquet").height == len(chat) + _documents(tmp_path)


def _documents(folder):
    text = pl.read_ndjson(folder / "text" / "train.jsonl")
    return text.filter(pl.col("kind") == "document").height


def test_a_second_demo_finds_nothing_new(demo, daytwo):
    done = daytwo("demo", "--to", demo[0], "--json")
    assert done.returncode == 0, done.stderr
    again = json.loads(done.stdout)
    assert (again["status"], again["version"]) == ("unchanged", 1)
