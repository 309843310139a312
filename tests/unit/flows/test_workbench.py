"""The workbench: JSON Lines in and out, order and unknown fields kept, but not through scrub-pii."""

import json
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from expectations.schema import WORK
from flows import workbench
from flows.commands.console import parse_set, some_key
from flows.commands.workbench import open_output, read_mapping
from flows.workbench import from_json, mend, read_jsonl, run_step, to_json, write_line
from tasks.edits import Edit, replay
from tasks.errors import ConfigError
from tasks.registry import STEPS, find
from tasks.step import Params, Step, StepResult, text_step

ECHO = text_step("echo-text", 1, lambda text, _: text, Params)
JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**53), 2**53)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)
UNKNOWN = st.text(max_size=8).filter(lambda name: name not in {*WORK.names, "quarantine"})
ROW = st.builds(
    lambda more, id_, text: {**more, "record_id": id_, "text": text},
    st.dictionaries(UNKNOWN, JSON, max_size=3),
    st.text(max_size=5) | st.integers(),
    st.text(max_size=20) | st.none(),
)


def through(tmp_path, rows):
    """Write rows as JSON Lines, read them, run a step that changes nothing, write and read again."""
    path = tmp_path / "rows.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    with (tmp_path / "out.jsonl").open("w", encoding="utf-8") as file:
        for row in run_step(ECHO, Params(), read_jsonl(path)):
            write_line(file, row)
    return [json.loads(line) for line in (tmp_path / "out.jsonl").read_text("utf-8").splitlines()]


@given(st.lists(ROW, max_size=4))
@settings(max_examples=60, deadline=None)
def test_rows_come_out_as_they_went_in(tmp_path_factory, rows):
    folder = tmp_path_factory.getbasetemp()
    expected = []
    for row in rows:
        mended = mend(row)
        expected.append(mended if mended["text"] == row["text"] else {**mended, "flags": [workbench.INVALID]})
    assert through(folder, rows) == expected


def test_known_fields_come_out_as_they_went_in(tmp_path):
    row = {
        "record_id": "1",
        "text": "x",
        "role": "grandmother",
        "lang": "xx-unknown",
        "turn_index": 3,
        "created_at": "2026-05-04T10:00:00+02:00",
        "participants": [{"name": "A", "address": None, "role": "witness", "phone": "1"}],
        "headers": {"a": "b"},
        "flags": ["mine"],
    }
    assert through(tmp_path, [row]) == [row]


def test_ids_may_repeat(tmp_path):
    rows = [{"record_id": "1", "text": str(number)} for number in range(3)]
    assert through(tmp_path, rows) == rows


def test_more_rows_than_a_batch_keep_their_order(tmp_path, monkeypatch):
    monkeypatch.setattr(workbench, "ROWS_PER_BATCH", 7)
    rows = [{"record_id": number, "text": f"t{number}"} for number in range(40)]
    assert through(tmp_path, rows) == rows


def test_a_lone_surrogate_becomes_a_replacement_with_a_flag(tmp_path):
    assert through(tmp_path, [{"record_id": "1", "text": "a\ud800b", "x\udfff": "\ud83d"}]) == [
        {"x\ufffd": "\ufffd", "record_id": "1", "text": "a\ufffdb", "flags": ["invalid_unicode"]}
    ]


def test_no_line_separator_stands_in_a_line(tmp_path):
    rows = [{"record_id": "1", "text": "a\u2028b\u2029c\x85d\ne"}]
    assert through(tmp_path, rows) == rows


def test_only_what_was_cleaned_gets_through_scrub_pii():
    row = {
        "record_id": "1",
        "text": "Hello",
        "secret": "zebra",
        "source_uri": "zebra",
        "role": "customer",
        "lang": "en",
    }
    row |= {"known_values": [{"value": "zebra", "entity_type": "PERSON"}], "pages": [{"number": 1, "text": "zebra"}]}
    scrub = find("scrub-pii", STEPS)
    (done,) = run_step(scrub, scrub.params(names=False), [row])
    assert (done["record_id"], done["role"], done["lang"]) == ("1", "customer", "en")
    assert "zebra" not in json.dumps(done)


def test_a_held_row_has_its_reason_and_no_text():
    def refuse(_table, _params):
        raise ValueError("zebra")

    step = Step("refuse-all", 1, refuse, Params, ("text",), ("text",))
    assert list(run_step(step, Params(), [{"record_id": 7, "text": "zebra", "more": 1}])) == [
        {"record_id": 7, "text": None, "more": 1, "quarantine": "step_error"}
    ]


def test_duplicates_are_named_by_the_ids_of_the_input():
    step = find("mark-duplicates", STEPS)
    rows = [{"record_id": id_, "text": text} for id_, text in (("a", "same"), ("b", "other"), ("c", "same"))]
    done = {row["record_id"]: row for row in run_step(step, step.params(), rows)}
    named = {row["duplicate_of"] for row in done.values()} - {None}
    assert named in ({"a"}, {"c"})
    assert done["b"]["duplicate_of"] is None
    assert done["b"]["cluster_id"] is None
    assert done["a"]["cluster_id"] == done["c"]["cluster_id"] is not None


def test_duplicates_are_found_across_batches(monkeypatch):
    monkeypatch.setattr(workbench, "ROWS_PER_BATCH", 2)
    step = find("mark-duplicates", STEPS)
    rows = [
        {"record_id": str(number), "text": "same" if number in {0, 5} else f"other {number}"} for number in range(6)
    ]
    assert sum(row["duplicate_of"] is not None for row in run_step(step, step.params(), rows)) == 1


def test_a_step_that_sees_the_whole_file_sees_it_at_once(monkeypatch):
    monkeypatch.setattr(workbench, "ROWS_PER_BATCH", 2)
    seen = []

    def count(table, _params):
        seen.append(table.num_rows)
        return StepResult(table)

    step = Step("count-rows", 1, count, Params, ("text",), ("text",), whole=True)
    list(run_step(step, Params(), [{"record_id": n, "text": "x"} for n in range(5)]))
    assert seen == [5]


@pytest.mark.parametrize(
    "line", ["{", "[]", "7", "nonsense", '{"a": NaN}', '{"a": Infinity}', '{"a": 1e999}', "[" * 100_000]
)
def test_a_line_that_is_no_json_object_is_named_by_its_number(tmp_path, line):
    (tmp_path / "in.jsonl").write_text(f'{{"record_id": 1, "text": "x"}}\n\n{line}\n')
    with pytest.raises(ConfigError, match="line 3: no JSON"):
        list(read_jsonl(tmp_path / "in.jsonl"))


def test_a_byte_order_mark_and_bad_bytes_are_no_error(tmp_path):
    (tmp_path / "in.jsonl").write_bytes(b'\xef\xbb\xbf{"record_id": 1, "text": "caf\xe9"}\r\n')
    assert list(read_jsonl(tmp_path / "in.jsonl")) == [{"record_id": 1, "text": "caf\ufffd"}]


@pytest.mark.parametrize("row", [{"text": "x"}, {"record_id": 1}, {}])
def test_a_row_without_id_or_text_is_refused(row):
    with pytest.raises(ConfigError, match="needs record_id and text"):
        list(run_step(ECHO, Params(), [row]))


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("turn_index", "x"),
        ("turn_index", 2**40),
        ("participants", 7),
        ("headers", "abc"),
        ("headers", [1]),
        ("flags", 5),
    ],
)
def test_a_field_of_the_wrong_shape_is_named(field, value):
    with pytest.raises(ConfigError, match=f"field {field} must be") as caught:
        list(run_step(ECHO, Params(), [{"record_id": 1, "text": "\ud800", field: value}]))
    assert "data-contract" in caught.value.remedy


@pytest.mark.parametrize(
    ("name", "value", "shown"),
    [
        ("headers", {"a": "b"}, {"a": "b"}),
        ("headers", None, {}),
        ("flags", None, []),
        ("text", None, None),
        ("no_such", None, None),
        ("turn_index", 4, 4),
        ("doubts", None, None),
        ("doubts", [], []),
    ],
)
def test_values_cross_to_json(name, value, shown):
    if name in WORK.names:
        value = from_json(name, value)
    assert to_json(name, value) == shown


def test_a_time_that_is_none_is_missing():
    assert from_json("created_at", "yesterday") is None
    assert from_json("created_at", "2026-05-04T00:00:00Z") == datetime(2026, 5, 4, tzinfo=UTC)


# ---- the commands' small parts


@pytest.mark.parametrize(
    ("pair", "expected"),
    [("a=1", 1), ("a=x", "x"), ("a=", ""), ("a=b=c", "b=c"), ('a=["x"]', ["x"]), ("a=null", None), ("a=true", True)],
)
def test_a_pair_is_json_or_text(pair, expected):
    assert parse_set([pair]) == {"a": expected}


@pytest.mark.parametrize("pair", ["a", ""])
def test_a_pair_without_a_value_is_refused(pair):
    with pytest.raises(ConfigError, match="not key=value"):
        parse_set([pair])


def test_a_mapping_is_toml_or_json(tmp_path):
    (tmp_path / "m.toml").write_text('text = "body"')
    (tmp_path / "m.json").write_text('{"text": "body"}')
    assert read_mapping(tmp_path / "m.toml") == read_mapping(tmp_path / "m.json") == {"text": "body"}


@pytest.mark.parametrize(("name", "text"), [("m.json", "["), ("m.json", "[]"), ("m.toml", "= 1")])
def test_what_is_no_mapping(tmp_path, name, text):
    (tmp_path / name).write_text(text)
    with pytest.raises(ConfigError, match=name):
        read_mapping(tmp_path / name)
    with pytest.raises(ConfigError, match="cannot read"):
        read_mapping(tmp_path / "none")


def test_an_output_that_can_not_be_written(tmp_path):
    with pytest.raises(ConfigError, match="cannot write"), open_output(tmp_path):
        pass


def test_a_key_for_one_call_is_gone_afterwards(tmp_path, monkeypatch):
    import os
    from pathlib import Path

    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("DAYTWO_KEY_FILE")
    with some_key():
        path = Path(os.environ["DAYTWO_KEY_FILE"])
        assert path.exists()
    assert not path.exists()
    assert "DAYTWO_KEY_FILE" not in os.environ


@given(st.lists(st.text(max_size=30) | st.sampled_from(["caf\u00c3\u00a9", "a\u200bb", "write to thandi@example.org"])))
@settings(max_examples=40, deadline=None)
@pytest.mark.parametrize("name", ["normalize-text", "scrub-pii"])
def test_the_edits_that_a_step_tells_lead_from_its_input_to_its_output(name, texts):
    step = find(name, STEPS)
    told = []
    rows = [{"record_id": f"r{place}", "text": text} for place, text in enumerate(texts)]
    done = list(run_step(step, step.params(), rows, told.append))
    for row, out in zip(rows, done, strict=True):
        mine = [Edit(e["start"], e["end"], e["insert"], e["rule"]) for e in told if e["record_id"] == row["record_id"]]
        assert replay(row["text"], mine) == out["text"]
    assert {edit["step"] for edit in told} <= {name}
