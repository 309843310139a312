"""What every registered step keeps to. A new step is held to it by its line in tasks/registry.py."""

import pickle
import re
from collections import Counter

import pytest
from pydantic import ValidationError

from expectations.schema import EDITS, QUARANTINE, WORK
from flows.settings import step_params
from tasks.edits import Edit, replay
from tasks.errors import ConfigError
from tasks.reasons import DROP
from tasks.reasons import QUARANTINE as HOLD
from tasks.registry import CLEAN_STEPS, STEPS, find
from tasks.step import Params, apply

TABLES = ("full_table", "bare_table", "lone_table")
VERB_NOUN = re.compile(r"[a-z]+(-[a-z]+)+")


@pytest.fixture(scope="module", params=STEPS, ids=lambda step: step.name)
def step(request):
    return request.param


@pytest.fixture(scope="module", params=TABLES)
def table(request):
    return request.getfixturevalue(request.param)


@pytest.fixture(scope="module")
def done(step, table):
    """The step's result on the table, once for all tests of the pair. Not through `apply`: nothing may be raised."""
    return step(table)


def ids(table):
    return table.column("record_id").to_pylist()


def test_two_runs_give_the_same(step, table, done):
    again = step(table)
    assert again.batch.equals(done.batch)
    assert again.edits.equals(done.edits)
    assert again.quarantine.equals(done.quarantine)
    assert dict(again.report) == dict(done.report)
    assert {n: t.to_pylist() for n, t in again.restricted.items()} == {
        n: t.to_pylist() for n, t in done.restricted.items()
    }


def test_the_input_is_left_as_it_was(step, table):
    before = table.to_pylist()
    step(table)
    assert table.to_pylist() == before


def test_every_row_comes_out_or_is_held_once(table, done):
    held = ids(done.quarantine)
    assert not [id_ for id_, count in Counter(held).items() if count > 1]
    assert ids(done.batch) == [id_ for id_ in ids(table) if id_ not in held]


def test_only_what_the_step_writes_is_changed(step, table, done):
    left = [name for name in table.column_names if name not in step.writes]
    held = set(ids(done.quarantine))
    kept = [row for row in table.select(left).to_pylist() if row["record_id"] not in held]
    assert done.batch.select(left).to_pylist() == kept


def test_columns_have_the_types_of_the_schema(done):
    for field in done.batch.schema:
        assert field.name in WORK.names
        assert field.type == WORK.field(field.name).type
    assert done.quarantine.schema.equals(QUARANTINE)
    assert done.edits.schema.equals(EDITS)


def test_edits_lead_from_the_text_that_came_in_to_the_one_that_goes_out(step, table, done):
    """Edits of a step that writes the text explain all of it; those of other steps do not exist."""
    before = dict(zip(ids(table), table.column("text").to_pylist(), strict=True))
    after = dict(zip(ids(done.batch), done.batch.column("text").to_pylist(), strict=True))
    edits = {id_: [] for id_ in before}
    for row in done.edits.to_pylist():
        assert row["step"] == step.name
        assert row["rule"]
        edits[row["record_id"]].append(Edit(row["start"], row["end"], row["insert"], row["rule"]))
    for id_, text in after.items():
        assert replay(before[id_] or "", edits[id_]) == (text or "")


def test_every_reason_is_known(done):
    assert set(done.quarantine.column("reason").to_pylist()) <= set(HOLD)
    if "drop_reason" in done.batch.column_names:
        assert set(done.batch.column("drop_reason").to_pylist()) <= {*DROP, None}


def test_what_is_held_says_by_whom(step, done):
    for row in done.quarantine.to_pylist():
        assert row["step"] == step.name
        assert row["fingerprint"] == step.fingerprint(step.params())


def test_no_weird_text_is_an_error_of_the_step(table, done):
    """A step may refuse a text with a reason of its own, but must not break on it."""
    assert "step_error" not in done.quarantine.column("reason").to_pylist()
    assert "pii_engine_failed" not in done.quarantine.column("reason").to_pylist()
    assert done.batch.num_rows + done.quarantine.num_rows == table.num_rows


def test_the_report_counts(done):
    for name, count in done.report.items():
        assert isinstance(name, str)
        assert isinstance(count, int)
        assert count >= 0


@pytest.mark.parametrize("columns", ["all", "read"])
def test_an_empty_batch_comes_out_empty_with_the_same_columns(step, work, columns):
    empty = work([])
    table = (
        empty if columns == "all" else empty.select(list(dict.fromkeys(["record_id", "text", "flags", *step.reads])))
    )
    result = step(table)
    assert result.batch.num_rows == result.quarantine.num_rows == result.edits.num_rows == 0
    assert set(step.writes) <= set(result.batch.column_names)


def test_the_columns_that_a_step_names_are_all_it_needs(step, full_table):
    names = list(dict.fromkeys(["record_id", *step.reads]))
    result = step(full_table.select(names))
    whole = step(full_table)
    assert result.batch.select(list(step.writes)).equals(whole.batch.select(list(step.writes)))


def test_columns_are_those_of_the_schema(step):
    assert set(step.reads) <= set(WORK.names)
    assert set(step.writes) <= set(WORK.names)
    assert step.writes


def test_the_rows_do_not_depend_on_how_they_are_cut(step, full_table):
    """A batch that is halved because a worker died on it gives the same rows (but where rows are compared)."""
    if step.whole or step.name == "mark-duplicates":
        return
    threads = [full_table.filter(mask(full_table, thread)) for thread in ("thr_0", "thr_1")]
    parts = {row["record_id"]: row for part in threads for row in step(part).batch.to_pylist()}
    assert parts == {row["record_id"]: row for row in step(full_table).batch.to_pylist()}


def mask(table, thread):
    import pyarrow.compute as pc

    return pc.equal(table.column("thread_id"), thread)


def test_a_step_documents_itself(step):
    assert VERB_NOUN.fullmatch(step.name)
    assert step.summary.endswith(".")
    assert step.version >= 1
    assert (step.params.__doc__ or "").strip()
    assert step.params.__doc__ != Params.__doc__


def test_every_param_has_a_default_that_can_be_written_down(step):
    params = step.params()
    assert step.params.model_validate_json(params.model_dump_json()) == params
    assert step.fingerprint(params) == step.fingerprint(step.params())


def test_an_unknown_param_is_refused_and_the_known_ones_are_named(step):
    with pytest.raises(ConfigError, match="no_such_param: unknown param") as caught:
        step_params(step.params, {"no_such_param": 1}, step.name)
    for name in step.params.model_fields:
        assert name in caught.value.remedy


def test_params_are_frozen(step):
    params = step.params()
    for name in step.params.model_fields:
        with pytest.raises(ValidationError):
            setattr(params, name, None)


def test_params_and_results_cross_a_process_boundary(step, full_table):
    params = step.params()
    assert pickle.loads(pickle.dumps(params)) == params
    again = pickle.loads(pickle.dumps(apply(step, full_table, params)))
    assert again.batch.equals(apply(step, full_table, params).batch)


def test_names_are_unique_and_found():
    assert len({step.name for step in STEPS}) == len(STEPS)
    for step in STEPS:
        assert find(step.name, STEPS) is step


def test_an_unknown_step_is_refused_and_the_known_ones_are_named():
    with pytest.raises(ConfigError) as caught:
        find("no-such-step", STEPS)
    for step in STEPS:
        assert step.name in caught.value.remedy


def test_nothing_is_read_from_the_text_after_it_was_audited():
    """Only scrub-pii lets rows leave; what changes the text after it would leave unsearched."""
    names = [step.name for step in CLEAN_STEPS]
    scrub = [step.scrubs for step in CLEAN_STEPS].index(True)
    assert names.index("audit-leaks") > scrub
    for step in CLEAN_STEPS[scrub + 1 :]:
        assert not {"text", "subject"} & set(step.writes)
