import hashlib
import json

import pyarrow.parquet as pq
import pytest

from expectations.schema import CURATED
from tasks.batch import from_rows
from tasks.errors import ConfigError, ContractError, TransientError
from tasks.lake import Lake
from tasks.publish.intervals import IntervalTable, content_hash
from tasks.publish.pull import FORMATS, MANIFEST, pull
from tasks.publish.versions import VersionRecord, Versions

ODD = "line\u2028one\x85two\nthree \U0001f600"


def example(number, **more):
    turns = [{"role": "user", "content": ODD}, {"role": "assistant", "content": "Yes."}]
    facts = {"example_id": f"exa_{number}", "split": "train", "kind": "conversation", "messages": turns, "lang": "en"}
    return {**facts, "text": ODD, "content_hash": f"h{number}", "month": "2026-05", "record_ids": ["r"], **more}


@pytest.fixture
def lake(tmp_path):
    """A lake with one version: two conversations in two splits, and a document."""
    made = Lake(tmp_path / "restricted", tmp_path / "shared")
    made.prepare()
    table = IntervalTable(made.curated("support"))
    rows = [example(1), example(2, split="test"), example(3, kind="document")]
    table.stage(from_rows(rows, CURATED), [], 1)
    record = {
        "dataset": "support",
        "version": 1,
        "created_at": "2026-05-04T00:00:00Z",
        "run_id": "r",
        "publish_key": "k",
    }
    record |= {"content_hash": content_hash(table.rows(1)), "counts": {"examples": 3}, "settings_digest": "d"}
    record |= {
        "publish_key": "k",
        "code_version": "0",
        "key_epoch": 1,
        "steps": {"s": "scrub-pii@1:x"},
        "validation": {},
    }
    Versions(made.records, "support").publish(VersionRecord(**record))
    table.stage(from_rows([example(4)], CURATED), [], 2)  # staged, not published
    return made


def lines(path):
    return [json.loads(line) for line in path.read_text("utf-8").split("\n")[:-1]]


def test_text_holds_every_example(lake, tmp_path):
    manifest = pull(lake, "support", "latest", "text", tmp_path / "out")
    rows = lines(tmp_path / "out" / "train.jsonl") + lines(tmp_path / "out" / "test.jsonl")
    assert sorted(row["id"] for row in rows) == ["exa_1", "exa_2", "exa_3"]
    assert {row["text"] for row in rows} == {ODD}
    assert manifest["left_out"] == 0


def test_chat_leaves_documents_out_and_says_so(lake, tmp_path):
    manifest = pull(lake, "support", "1", "chat", tmp_path / "out")
    (row,) = lines(tmp_path / "out" / "train.jsonl")
    assert [turn["role"] for turn in row["messages"]] == ["user", "assistant"]
    assert manifest["left_out"] == 1
    assert "1 documents are not in the chat form" in (tmp_path / "out" / "README.md").read_text()


def test_parquet_has_no_intervals_and_no_documentation_of_ours(lake, tmp_path):
    pull(lake, "support", "1", "parquet", tmp_path / "out")
    table = pq.read_table(tmp_path / "out" / "train.parquet")
    assert not {"valid_from", "valid_to"} & set(table.column_names)
    assert table.num_rows == 2


@pytest.mark.parametrize("form", FORMATS)
def test_the_manifest_names_every_file_with_its_checksum(lake, tmp_path, form):
    manifest = pull(lake, "support", "1", form, tmp_path / "out")
    assert json.loads((tmp_path / "out" / MANIFEST).read_text()) == manifest
    for file in manifest["files"]:
        assert hashlib.sha256((tmp_path / "out" / file["name"]).read_bytes()).hexdigest() == file["sha256"]
    there = {path.name for path in (tmp_path / "out").iterdir()}
    assert there == {file["name"] for file in manifest["files"]} | {MANIFEST, "README.md"}
    assert {file["split"] for file in manifest["files"]} == {"train", "test"}


@pytest.mark.parametrize("form", FORMATS)
def test_pulling_twice_gives_the_same_bytes(lake, tmp_path, form):
    one, other = (pull(lake, "support", "1", form, tmp_path / name) for name in ("a", "b"))
    assert one == other


def test_a_line_is_a_line_for_every_reader(lake, tmp_path):
    pull(lake, "support", "1", "text", tmp_path / "out")
    raw = (tmp_path / "out" / "train.jsonl").read_text("utf-8")
    assert len(raw.splitlines()) == 2


def test_a_pull_takes_the_place_of_an_earlier_one(lake, tmp_path):
    pull(lake, "support", "1", "text", tmp_path / "out")
    manifest = pull(lake, "support", "1", "parquet", tmp_path / "out")
    assert {p.suffix for p in (tmp_path / "out").iterdir()} == {".parquet", ".json", ".md"}
    assert manifest["format"] == "parquet"


@pytest.mark.parametrize("form", ["text", "parquet"])
def test_a_full_disk_leaves_an_earlier_pull_as_it_was(lake, tmp_path, small_disk, form):
    to = tmp_path / "out"
    with small_disk(100), pytest.raises(TransientError, match="File too large") as caught:
        pull(lake, "support", "1", form, to)
    assert "Make room" in caught.value.remedy
    assert not to.exists(), "a folder that the pull made goes with it"
    pull(lake, "support", "1", "text", to)
    before = {path.name: path.read_bytes() for path in to.iterdir()}
    with small_disk(100), pytest.raises(TransientError):
        pull(lake, "support", "1", form, to)
    assert {path.name: path.read_bytes() for path in to.iterdir()} == before


def test_what_a_killed_pull_left_goes_with_the_next(lake, tmp_path):
    left = tmp_path / "out" / ".daytwo-pull-7"
    left.mkdir(parents=True)
    (left / "train.jsonl").write_text("half")
    pull(lake, "support", "1", "text", tmp_path / "out")
    assert not left.exists()


@pytest.mark.parametrize(
    "content", [None, "", "no json", "[]", "{}", '{"dataset": "support"}', '{"dataset": "other", "files": []}', "7"]
)
def test_a_folder_that_holds_other_things_is_left_alone(lake, tmp_path, content):
    to = tmp_path / "out"
    to.mkdir()
    (to / "thesis.txt").write_text("precious")
    if content is not None:
        (to / MANIFEST).write_text(content)
    with pytest.raises(ConfigError) as caught:
        pull(lake, "support", "1", "text", to)
    assert caught.value.remedy == "Pull into an empty folder."
    assert (to / "thesis.txt").read_text() == "precious"


def test_a_file_in_the_place_of_the_folder(lake, tmp_path):
    (tmp_path / "out").write_text("precious")
    with pytest.raises(ConfigError, match="cannot use"):
        pull(lake, "support", "1", "text", tmp_path / "out")


def test_an_unknown_format_names_the_known_ones(lake, tmp_path):
    with pytest.raises(ConfigError) as caught:
        pull(lake, "support", "1", "csv", tmp_path / "out")
    assert caught.value.remedy == "Known: chat, text, parquet."
    assert not (tmp_path / "out").exists()


def test_rows_that_are_not_those_that_were_published_are_not_given_out(lake, tmp_path):
    IntervalTable(lake.curated("support")).remove_staged(["exa_1"], 1)
    with pytest.raises(ContractError, match="not what was published"):
        pull(lake, "support", "1", "text", tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_the_card_says_what_it_is_and_repeats_no_text(lake, tmp_path):
    pull(lake, "support", "1", "text", tmp_path / "out")
    card = (tmp_path / "out" / "README.md").read_text()
    assert card.startswith(
        "---\nconfigs:\n- config_name: default\n  data_files:\n  - split: train\n    path: train.jsonl\n"
    )
    for told in ("# support, version 1", "2026-05-04 00:00 UTC", "scrub-pii@1:x", "| examples | 3 |"):
        assert told in card
    assert "Yes." not in card
