"""The barrier: threads over files and nights, whole in one partition each."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from expectations.schema import EXTRACTED, WORK
from tasks import batch as batches
from tasks.batch import BatchRef
from tasks.lake import append
from tasks.partitions import KNOWN, Selection, Sources, Threaded, thread_and_cut
from tasks.sandbox import Workers
from tasks.threads.resolve import ThreadParams

BEGIN = datetime(2026, 3, 2, 8, tzinfo=UTC)


def mail(number: int, thread: int, text: str = "") -> dict[str, Any]:
    """Return message `number` of a thread; all but the first answer the first."""
    first = number % 10 == 0
    return {
        "record_id": f"rec_{thread}_{number}",
        "source": "inbox",
        "source_uri": "file:///inbox",
        "source_kind": "email",
        "native_id": f"<{thread}.{number}@x.example>",
        "created_at": BEGIN + timedelta(minutes=number),
        "subject": f"case {thread}",
        "participants": [{"name": "Thandi Dlamini", "address": f"t{thread}@x.example", "role": "from"}],
        "headers": [] if first else [("references", f"<{thread}.0@x.example>")],
        "text": text or f"text {number} of thread {thread}",
    }


class Night:
    """A night's barrier in a folder."""

    def __init__(self, pool: Workers, folder: Path) -> None:
        self.pool, self.folder = pool, folder
        self.known: list[dict[str, Any]] = []

    def file(self, name: str, rows: Sequence[dict[str, Any]]) -> Selection:
        """Write an extracted file and select all of it."""
        ref = batches.write(batches.from_rows(rows, EXTRACTED), self.folder / f"{name}.parquet")
        return Selection(ref, tuple(row["record_id"] for row in rows))

    def run(self, *selections: Selection, most_bytes: int = 1 << 20, parts: int = 1) -> Threaded:
        """Run the barrier, and note what it did as a night does."""
        scratch = self.folder / f"night-{len(list(self.folder.glob('night-*')))}"
        known = batches.write(batches.from_rows(self.known, KNOWN), scratch / "known.parquet")
        sources = Sources(known, self.folder / "threads")
        done = thread_and_cut(self.pool, selections, sources, ThreadParams(), scratch, (most_bytes, parts))
        append(batches.read(done.index), self.folder / "threads")
        for selection in selections:
            place = {"path": selection.ref.uri, "batch_sha256": selection.ref.sha256, "rows": selection.ref.rows}
            self.known += [{"record_id": id_, **place} for id_ in selection.record_ids]
        return done


@pytest.fixture
def night(pool: Workers, tmp_path: Path) -> Night:
    """Nights in a fresh folder."""
    return Night(pool, tmp_path)


def rows(ref: BatchRef) -> list[dict[str, Any]]:
    """Return a partition's rows."""
    return batches.read(ref).to_pylist()


def test_threads_over_several_files_are_whole_sorted_and_complete(night: Night) -> None:
    """Messages of a thread lie in different files; each partition has whole threads in the order of their turns."""
    files = [night.file(f"f{n}", [mail(n, thread, "x" * 500) for thread in range(12)]) for n in (2, 0, 1)]
    done = night.run(*files, most_bytes=6000)
    assert len(done.partitions) > 1
    seen: dict[str, int] = {}
    for place, ref in enumerate(done.partitions):
        table = batches.read(ref)
        assert table.schema.equals(WORK)
        part = table.to_pylist()
        order = [(row["thread_id"], row["turn_index"]) for row in part]
        assert order == sorted(order)
        for row in part:
            assert seen.setdefault(row["thread_id"], place) == place
            assert row["record_id"].endswith(f"_{row['turn_index']}")
            assert row["text"] == "x" * 500
    assert len(seen) == done.threads == 12
    assert done.records == sum(ref.rows for ref in done.partitions) == 36
    assert not list(Path(done.partitions[0].uri).parent.glob("*.spool.*"))


def test_every_row_lists_the_values_of_its_whole_thread(night: Night) -> None:
    """What one message of a thread names is known to all of it, and to no other."""
    done = night.run(night.file("a", [mail(0, 1), mail(0, 2)]), night.file("b", [mail(1, 1)]))
    for ref in done.partitions:
        for row in rows(ref):
            thread = row["record_id"].split("_")[1]
            addresses = {v["value"] for v in row["known_values"] if "@" in v["value"]}
            assert addresses == {f"t{thread}@x.example"}


def test_a_later_night_fetches_the_thread_that_grew_and_no_other(night: Night) -> None:
    """Of the first night's two threads only the one that got an answer comes back, with its old text."""
    first = night.run(night.file("one", [mail(0, 1), mail(0, 2)]))
    second = night.run(night.file("two", [mail(3, 1)]))
    got = [row for ref in second.partitions for row in rows(ref)]
    assert [(row["record_id"], row["turn_index"]) for row in got] == [("rec_1_0", 0), ("rec_1_3", 1)]
    assert got[0]["text"] == "text 0 of thread 1"
    old = {row["thread_id"] for ref in first.partitions for row in rows(ref)}
    assert {row["thread_id"] for row in got} < old


def test_a_fresh_row_that_the_lake_has_already_is_a_duplicate(night: Night) -> None:
    """A record comes once: in the same night, and over nights."""
    done = night.run(night.file("one", [mail(0, 1)]), night.file("two", [mail(0, 1), mail(1, 1)]))
    assert done.duplicates == ("rec_1_0",)
    again = night.run(night.file("three", [mail(1, 1)]))
    assert again.duplicates == ("rec_1_1",)
    assert again.partitions == ()
    assert done.counts == "3 in, 2 out in 1 threads, 1 dropped"


def test_a_selection_may_leave_rows_out(night: Night) -> None:
    """Only the rows that were asked for take part."""
    whole = night.file("one", [mail(0, 1), mail(0, 2), mail(0, 3)])
    done = night.run(Selection(whole.ref, ("rec_2_0",)))
    assert [row["record_id"] for ref in done.partitions for row in rows(ref)] == ["rec_2_0"]


def test_a_row_without_text_takes_part(night: Night) -> None:
    """A mail may be empty."""
    row = mail(0, 1) | {"text": None}
    (ref,) = night.run(night.file("one", [row])).partitions
    assert [row["text"] for row in rows(ref)] == [None]


def test_nothing_gives_nothing(night: Night) -> None:
    """A night without anything new has no partitions."""
    done = night.run()
    assert (done.partitions, done.records, done.threads) == ((), 0, 0)
    assert batches.read(done.roster).num_rows == 0


def test_a_file_that_changed_is_refused(night: Night) -> None:
    """The hash of every file is looked at before its rows are believed."""
    selection = night.file("one", [mail(0, 1)])
    Path(selection.ref.uri).write_bytes(b"PAR1")
    with pytest.raises(Exception, match="has changed since it was written"):
        night.run(selection)


def test_the_same_rows_in_any_cut_give_the_same_threads(night: Night, tmp_path: Path) -> None:
    """One file or many, one partition or many: the same rows with the same threads, turns and values come out."""
    everything = [mail(n, thread) for thread in range(5) for n in range(4)]
    one = night.run(night.file("all", everything))
    other = Night(night.pool, tmp_path / "other")
    many = other.run(*(other.file(f"f{n}", everything[n::3]) for n in range(3)), most_bytes=900, parts=3)

    def table(done: Threaded) -> pa.Table:
        return pa.concat_tables([batches.read(ref) for ref in done.partitions]).sort_by("record_id")

    assert table(one).equals(table(many))
