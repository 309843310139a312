"""The barrier between reading and cleaning: tonight's records meet their threads and are cut so that none is split."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from expectations.schema import EXTRACTED
from tasks import batch as batches
from tasks.batch import BatchRef
from tasks.discover import cut
from tasks.lake import scan
from tasks.sandbox import Workers
from tasks.threads.index import THREAD_INDEX
from tasks.threads.resolve import Resolved, ThreadParams, rejoin, resolve

ROSTER = pa.schema([("record_id", pa.string()), ("thread_id", pa.string()), ("extracted", pa.string())])

KNOWN = pa.schema(
    [("record_id", pa.string()), ("path", pa.string()), ("batch_sha256", pa.string()), ("rows", pa.int64())]
)

OVERHEAD_BYTES = 256
"""What a record weighs beside its text when partitions are balanced."""


@dataclass(frozen=True)
class Selection:
    """Rows of a kept extracted file. `fresh` rows were not in the ledger when the night began."""

    ref: BatchRef
    record_ids: tuple[str, ...]
    fresh: bool = True


@dataclass(frozen=True)
class Threaded:
    """Clean partitions (schema WORK), cut by thread.

    `duplicates`: ids of fresh rows that are in the lake already, one per row. `roster`: every record with its thread
    and the extracted file that holds it (schema ROSTER). `index`: rows that the thread index gets or that replace its
    own. `merged`: ids of threads that became part of another.
    """

    partitions: tuple[BatchRef, ...]
    duplicates: tuple[str, ...]
    roster: BatchRef
    index: BatchRef
    merged: tuple[str, ...]
    threads: int
    records: int

    @property
    def counts(self) -> str:
        """The counts as an operator reads them."""
        text = f"{self.records + len(self.duplicates)} in, {self.records} out in {self.threads} threads"
        return f"{text}, {len(self.duplicates)} dropped" if self.duplicates else text


@dataclass(frozen=True)
class Sources:
    """What the barrier reads beside tonight's rows.

    `known`: schema KNOWN, where the rows of every record of the ledger lie. `index`: the Delta table of the threads.
    """

    known: BatchRef
    index: Path


def thread_and_cut(
    pool: Workers,
    selections: Sequence[Selection],
    sources: Sources,
    params: ThreadParams,
    folder: Path,
    size: tuple[int, int],
) -> Threaded:
    """Resolve threads over the selected rows and write clean partitions to `folder`.

    Threads of earlier nights that grow tonight are fetched whole. `size` is (most bytes of a partition, least number
    of partitions).
    """
    return pool.call(_thread_and_cut, list(selections), sources, params, folder, size)


def _thread_and_cut(
    selections: Sequence[Selection], sources: Sources, params: ThreadParams, folder: Path, size: tuple[int, int]
) -> Threaded:
    known = {row["record_id"]: row for row in batches.read(sources.known).to_pylist()}
    records, places, duplicates = _tonight(selections, set(known))
    resolved = resolve(records, scan(sources.index, THREAD_INDEX), params)
    earlier, earlier_places = _earlier(resolved, known)
    whole = pa.concat_tables([resolved.records, earlier])
    refs = tuple(_write_partitions(whole, folder, size))
    ids, threads = (whole.column(name).to_pylist() for name in ("record_id", "thread_id"))
    places |= earlier_places
    rows = [{"record_id": i, "thread_id": t, "extracted": places[i]} for i, t in zip(ids, threads, strict=True)]
    roster = batches.write(batches.from_rows(rows, ROSTER), folder / "roster.parquet")
    index = batches.write(pa.concat_tables([resolved.earlier, resolved.index]), folder / "thread-index.parquet")
    return Threaded(refs, tuple(duplicates), roster, index, tuple(sorted(resolved.merged)), len(set(threads)), len(ids))


def _tonight(selections: Sequence[Selection], seen: set[str]) -> tuple[pa.Table, dict[str, str], list[str]]:
    """Return the selected rows, the file of each, and the ids of fresh rows that are in the lake already."""
    tables: list[pa.Table] = []
    duplicates: list[str] = []
    places: dict[str, str] = {}
    for selection in selections:
        table, doubles = _rows(selection, seen)
        duplicates += doubles
        places |= dict.fromkeys(table.column("record_id").to_pylist(), selection.ref.uri)
        tables.append(table)
    return pa.concat_tables(tables) if tables else EXTRACTED.empty_table(), places, duplicates


def _earlier(resolved: Resolved, known: dict[str, dict[str, Any]]) -> tuple[pa.Table, dict[str, str]]:
    """Return the earlier messages of threads that grew, brought up to date, and the file of each.

    A message that the ledger does not know was never published: its night died between index and ledger.
    """
    ids = [id_ for id_ in resolved.earlier.column("record_id").to_pylist() if id_ in known]
    by_file: dict[BatchRef, list[str]] = {}
    for id_ in ids:
        row = known[id_]
        by_file.setdefault(BatchRef(row["path"], row["batch_sha256"], row["rows"]), []).append(id_)
    tables = [_rows(Selection(ref, tuple(chosen), fresh=False), set())[0] for ref, chosen in by_file.items()]
    fetched = pa.concat_tables(tables) if tables else EXTRACTED.empty_table()
    joined = rejoin(fetched, resolved.earlier.to_pylist(), resolved.known_values)
    return joined, {id_: known[id_]["path"] for id_ in ids}


def _rows(selection: Selection, seen: set[str]) -> tuple[pa.Table, list[str]]:
    """Return the selected rows that are not in `seen`, which grows by them, and the ids of those that are."""
    table = batches.conform(batches.read(selection.ref), EXTRACTED)
    wanted, keep, doubles = Counter(selection.record_ids), [], []
    for id_ in table.column("record_id").to_pylist():
        chosen = wanted[id_] > 0
        wanted[id_] -= chosen
        double = chosen and selection.fresh and id_ in seen
        doubles += [id_] if double else []
        seen.update([id_] if chosen else [])
        keep.append(chosen and not double)
    return table.filter(pa.array(keep, pa.bool_())), doubles


def _write_partitions(records: pa.Table, folder: Path, size: tuple[int, int]) -> list[BatchRef]:
    texts = records.column("text").to_pylist()
    weight: Counter[str] = Counter()
    for thread_id, text in zip(records.column("thread_id").to_pylist(), texts, strict=True):
        weight[thread_id] += len(text or "") + OVERHEAD_BYTES
    threads = sorted(weight)
    number = {}
    for index, group in enumerate(cut(threads, [weight[thread] for thread in threads], *size)):
        number.update(dict.fromkeys(group, index))
    ordered = records.sort_by([("thread_id", "ascending"), ("turn_index", "ascending"), ("record_id", "ascending")])
    place = pa.array([number[thread] for thread in ordered.column("thread_id").to_pylist()], pa.int32())
    refs = []
    for index in range(len(set(number.values()))):
        part = ordered.filter(pc.equal(place, index))
        refs.append(batches.write(part, folder / f"clean-{index:04d}.in.parquet"))
    return refs
