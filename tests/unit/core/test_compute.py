"""Steps on batches on disk, in killable workers; with steps that kill theirs."""

import os
import re

import pyarrow as pa
import pytest

from expectations.schema import CLEAN, QUARANTINE, WORK
from tasks import batch as batches
from tasks import compute
from tasks.compute import run_step, seal
from tasks.errors import RecordError
from tasks.registry import STEPS, find
from tasks.step import Params, Step, StepResult, text_step

SUBJECTS = pa.schema([("subject", pa.string()), ("record_id", pa.string())])
ORIGINAL = compute._step_in_worker


def fault(text, _params):
    """Do what the text says."""
    if text == "kill":
        os._exit(9)
    if text == "loop":
        re.match(r"(a+)+$", "a" * 60 + "b")
    if text == "crash":
        raise ZeroDivisionError(text)
    if text == "refuse":
        raise RecordError("text_too_long")
    return text.upper()


def with_subjects(table, params):
    """Change texts, and write a side table as scrub-pii does."""
    result = text_step("fault", 1, fault, Params).run(table, params)
    ids = result.batch.column("record_id").to_pylist()
    side = pa.Table.from_pylist([{"subject": "s", "record_id": id_} for id_ in ids], schema=SUBJECTS)
    return StepResult(result.batch, result.quarantine, result.edits, result.report, {"subjects": side})


def step_with_faults(name, params, ref, stem):
    """Run in a worker: the registry holds the step of this module only."""
    from tasks import compute as module

    registered, module.STEPS = module.STEPS, (Step("fault", 1, with_subjects, Params, ("text",), ("text", "flags")),)
    try:
        return ORIGINAL(name, params, ref, stem)
    finally:
        module.STEPS = registered


@pytest.fixture
def run(pool, ship, monkeypatch, tmp_path):
    """Return a function that runs the faulty step over texts and reads back what came out."""
    monkeypatch.setattr(compute, "_step_in_worker", ship(step_with_faults))
    monkeypatch.setattr(compute, "STEPS", (Step("fault", 1, with_subjects, Params, ("text",), ("text", "flags")),))

    def run_(*texts, timeout=60.0):
        table = batches.from_rows([{"record_id": f"r{i}", "text": text} for i, text in enumerate(texts)], WORK)
        ref = batches.write(table, tmp_path / "in.parquet")
        return run_step(pool, "fault", Params(), ref, tmp_path / "out", timeout)

    return run_


def texts(output):
    return dict(zip(*(batches.read(output.batch).column(n).to_pylist() for n in ("record_id", "text")), strict=True))


def held(output):
    return {row["record_id"]: row["reason"] for row in batches.read(output.quarantine).to_pylist()}


def test_a_step_runs_in_a_worker_and_leaves_references(run):
    output = run("a", "b", "refuse")
    assert texts(output) == {"r0": "A", "r1": "B"}
    assert held(output) == {"r2": "text_too_long"}
    assert batches.read(output.edits).column("insert").to_pylist() == ["A", "B"]
    assert output.report == {"fault": 2}
    assert re.fullmatch(r"3 in, 2 out, 1 quarantined, \d+\.\d s", output.counts)


def test_a_record_that_kills_its_worker_costs_itself_only(run):
    """Its neighbours' side tables are kept: who is not in the subject index is not found when they ask to be erased."""
    output = run("kill", "a")
    assert held(output) == {"r0": "parser_crash"}
    assert texts(output) == {"r1": "A"}
    assert batches.read(output.restricted["subjects"]).column("record_id").to_pylist() == ["r1"]
    assert output.rows_in == 2


def test_an_endless_loop_is_a_timeout(run):
    assert held(run("loop", timeout=0.5)) == {"r0": "timeout"}


def test_a_record_on_which_the_step_fails_costs_itself_only(run):
    output = run("a", "crash", "refuse", "b")
    assert held(output) == {"r1": "step_error", "r2": "text_too_long"}
    assert texts(output) == {"r0": "A", "r3": "B"}


def test_halves_of_a_batch_join_whatever_one_of_them_lacks(tmp_path):
    """The half that was lost has neither side tables nor the columns that the step adds."""
    table = batches.from_rows([row("a"), row("b")], WORK)
    side = pa.table({"subject": ["s"]})
    lost = StepResult(table.slice(0, 0), batches.from_rows([{"record_id": "a"}], QUARANTINE), report={"n": 1})
    done = StepResult(table.slice(1), report={"n": 2}, restricted={"subjects": side})
    parts = [compute._write(r, tmp_path / str(n), 1, 0.5) for n, r in enumerate((lost, done))]
    for first, second in (parts, parts[::-1]):
        joined = compute._joined(first, second, tmp_path / "joined")
        assert batches.read(joined.batch).column("record_id").to_pylist() == ["b"]
        assert batches.read(joined.quarantine).num_rows == 1
        assert batches.read(joined.restricted["subjects"]).equals(side)
        assert (joined.report, joined.rows_in, joined.seconds) == ({"n": 3}, 2, 1.0)


def test_an_empty_batch(run):
    output = run()
    assert (texts(output), held(output), output.rows_in) == ({}, {}, 0)


def test_a_registered_step_runs_in_a_worker(pool, tmp_path):
    table = batches.from_rows([{"record_id": "r", "text": "Hello there"}], WORK)
    ref = batches.write(table, tmp_path / "in.parquet")
    params = find("normalize-text", STEPS).params()
    assert texts(run_step(pool, "normalize-text", params, ref, tmp_path / "out", 60)) == {"r": "Hello there"}


# ---- dropping and sealing


def row(id_, **more):
    filled = {"record_id": id_, "source_kind": "email", "thread_id": "thr", "text": "clean", "scrubbed_by": "stamp"}
    return {**filled, **more}


def sealed(pool, tmp_path, *rows, name="part.parquet"):
    ref = batches.write(batches.from_rows(rows, WORK), tmp_path / "in.parquet")
    out, refused = seal(pool, ref, "lineage", tmp_path / "shared" / name)
    return batches.read(out), batches.read(refused)


def test_only_scrubbed_rows_leave_the_restricted_root(pool, tmp_path):
    clean, refused = sealed(pool, tmp_path, row("a"), row("b", scrubbed_by=None), row("c", text=None))
    assert clean.column("record_id").to_pylist() == ["a"]
    assert {r["record_id"]: r["reason"] for r in refused.to_pylist()} == {"b": "not_scrubbed", "c": "not_scrubbed"}


def test_a_sealed_row_has_the_columns_of_clean_and_no_other(pool, tmp_path):
    known = [{"value": "Thandi", "entity_type": "PERSON"}]
    spans = [{"start": 0, "end": 1, "entity_type": t, "score": 1.0} for t in ("PERSON", "PERSON", "IBAN_CODE")]
    clean, _ = sealed(pool, tmp_path, row("a", known_values=known, native_id="<1@x>", pii_spans=spans, subject="s"))
    assert clean.schema.names == CLEAN.names
    (only,) = clean.to_pylist()
    assert only["lineage"] == "lineage"
    assert "Thandi" not in str(only)
    assert only["entities"] == [{"entity_type": "IBAN_CODE", "count": 1}, {"entity_type": "PERSON", "count": 2}]


def test_dropped_rows_are_named_with_their_reason():
    table = batches.from_rows([row("a"), row("b", drop_reason="bulk")], WORK)
    kept, gone = compute._drop(table)
    assert kept.column("record_id").to_pylist() == ["a"]
    assert gone.to_pylist() == [{"record_id": "b", "reason": "bulk"}]
    assert compute._drop(table.drop_columns(["drop_reason"]))[1].num_rows == 0


def test_a_lost_batch_holds_every_record(monkeypatch):
    monkeypatch.setattr(compute, "STEPS", (text_step("fault", 1, fault, Params),))
    lost = compute._lost("fault", Params(), batches.from_rows([row("a")], WORK), "timeout")
    assert lost.batch.num_rows == 0
    assert [(r["record_id"], r["reason"]) for r in lost.quarantine.to_pylist()] == [("a", "timeout")]
