"""The curated table by intervals, as a state machine: what was published reads the same for ever."""

import tempfile
from pathlib import Path

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from expectations.schema import CURATED
from tasks.batch import from_rows
from tasks.publish.intervals import IntervalTable, content_hash

IDS = ["exa_a", "exa_b", "exa_c"]


def examples(contents, month="2026-05"):
    """Return examples of {id: content}."""
    return from_rows(
        [{"example_id": i, "content_hash": c, "text": c, "month": month} for i, c in contents.items()], CURATED
    )


def version(table, number):
    rows = table.rows(number, ["example_id", "content_hash"]).to_pylist()
    assert len({row["example_id"] for row in rows}) == len(rows)
    return {row["example_id"]: row["content_hash"] for row in rows}


class Nights(RuleBasedStateMachine):
    """Stage, publish, crash, take rows out; a dict per version says what must be read."""

    def __init__(self):
        super().__init__()
        self.folder = tempfile.TemporaryDirectory()
        self.table = IntervalTable(Path(self.folder.name) / "t")
        self.published = [{}]
        self.staged = None

    def teardown(self):
        self.folder.cleanup()

    @property
    def next(self):
        return len(self.published)

    @precondition(lambda self: self.staged is None)
    @rule(
        contents=st.dictionaries(st.sampled_from(IDS), st.sampled_from(["1", "2"]), max_size=3),
        retired=st.lists(st.sampled_from(IDS), max_size=2),
    )
    def stage(self, contents, retired):
        before = self.published[-1]
        retired = [id_ for id_ in retired if id_ not in contents]
        done = self.table.stage(examples(contents), retired, self.next)
        changed = {i: c for i, c in contents.items() if before.get(i) != c}
        gone = {id_ for id_ in retired if id_ in before}
        self.staged = {i: c for i, c in {**before, **contents}.items() if i not in gone}
        self.changed = changed
        assert (done.version, done.added) == (self.next, len(changed))
        assert done.closed == self.table.closed(self.next) == len(gone) + len(changed.keys() & before.keys())

    @precondition(lambda self: self.staged is not None)
    @rule(ids=st.lists(st.sampled_from(IDS), unique=True, max_size=3))
    def remove_staged(self, ids):
        failing = [id_ for id_ in ids if id_ in self.changed]
        self.table.remove_staged(failing, self.next)
        for id_ in failing:
            del self.changed[id_], self.staged[id_]
            if id_ in self.published[-1]:
                self.staged[id_] = self.published[-1][id_]

    @precondition(lambda self: self.staged is not None)
    @rule()
    def publish(self):
        self.published.append(self.staged)
        self.staged = None

    @rule()
    def crash_and_heal(self):
        self.table.heal(len(self.published) - 1)
        self.staged = None

    @invariant()
    def every_published_version_reads_as_it_was_published(self):
        for number, expected in enumerate(self.published):
            assert version(self.table, number) == expected

    @invariant()
    def the_candidate_reads_as_it_was_staged(self):
        if self.staged is not None:
            assert version(self.table, self.next) == self.staged


TestNights = Nights.TestCase
TestNights.settings = settings(max_examples=25, stateful_step_count=7, deadline=None)


@pytest.fixture
def table(tmp_path):
    return IntervalTable(tmp_path / "t")


def test_a_table_that_was_never_staged_is_empty(table):
    assert not table.exists
    assert table.rows(1).num_rows == 0
    assert table.closed(1) == 0
    table.heal(0)
    assert not table.exists


def test_an_example_stays_in_the_partition_of_its_first_month(table):
    table.stage(examples({"exa_a": "1"}, "2026-05"), [], 1)
    table.stage(examples({"exa_a": "2", "exa_b": "1"}, "2026-06"), [], 2)
    assert table.rows(2).column("month").to_pylist() == ["2026-05", "2026-06"]


def test_who_retires_twice_is_closed_once(table):
    table.stage(examples({"exa_a": "1"}), [], 1)
    assert table.stage(examples({}), ["exa_a", "exa_a", "exa_none"], 2).closed == 1


def test_the_same_examples_again_change_nothing(table):
    table.stage(examples({"exa_a": "1"}), [], 1)
    done = table.stage(examples({"exa_a": "1"}), [], 2)
    assert (done.added, done.closed) == (0, 0)


def test_rows_come_sorted_and_only_with_the_columns_that_are_asked_for(table):
    table.stage(examples({"exa_b": "1", "exa_a": "2"}), [], 1)
    assert table.rows(1, ["example_id"]).to_pylist() == [{"example_id": "exa_a"}, {"example_id": "exa_b"}]
    assert table.rows(1).schema.names == CURATED.names


def test_the_log_of_the_table_repeats_no_text(table, tmp_path):
    table.stage(examples({"exa_a": "zebra-crossing-41"}), [], 1)
    table.stage(examples({"exa_a": "2"}), [], 2)
    log = "".join(path.read_text() for path in (tmp_path / "t" / "_delta_log").glob("*.json"))
    assert "zebra" not in log


def test_the_content_hash_does_not_depend_on_order():
    rows = examples({"exa_a": "1", "exa_b": "2"})
    assert content_hash(rows) == content_hash(rows.take([1, 0]))
    assert content_hash(rows) != content_hash(examples({"exa_a": "2", "exa_b": "1"}))
