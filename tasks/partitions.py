"""The barrier between reading and cleaning: tonight's records meet their threads and are cut so that none is split.

Memory holds what threads are resolved by, never the texts: those pass through, one extracted file at a time.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from expectations.schema import EXTRACTED, WORK
from tasks import batch as batches
from tasks.batch import BatchRef
from tasks.discover import cut
from tasks.lake import scan
from tasks.sandbox import Workers
from tasks.threads.index import THREAD_INDEX
from tasks.threads.message import READ
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
class _Pick:
    """The rows of an extracted file that take part: a mask, their ids and the bytes of their texts."""

    ref: BatchRef
    mask: pa.Array
    record_ids: list[str]
    weights: list[int]

    def rows(self) -> pa.Table:
        """Read the rows, texts and all: schema EXTRACTED."""
        return batches.conform(batches.read(self.ref), EXTRACTED).filter(self.mask)


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
    heads, picks, duplicates = _tonight(selections, set(known))
    resolved = resolve(heads, scan(sources.index, THREAD_INDEX), params)
    earlier, earlier_picks = _earlier(resolved, known)
    whole, picks = pa.concat_tables([resolved.records, earlier]), [*picks, *earlier_picks]
    refs = tuple(_write_partitions(whole, picks, folder, size))
    places = {id_: pick.ref.uri for pick in picks for id_ in pick.record_ids}
    ids, threads = (whole.column(name).to_pylist() for name in ("record_id", "thread_id"))
    rows = [{"record_id": i, "thread_id": t, "extracted": places[i]} for i, t in zip(ids, threads, strict=True)]
    roster = batches.write(batches.from_rows(rows, ROSTER), folder / "roster.parquet")
    index = batches.write(pa.concat_tables([resolved.earlier, resolved.index]), folder / "thread-index.parquet")
    return Threaded(refs, tuple(duplicates), roster, index, tuple(sorted(resolved.merged)), len(set(threads)), len(ids))


def _tonight(selections: Sequence[Selection], seen: set[str]) -> tuple[pa.Table, list[_Pick], list[str]]:
    """Return the heads of the selected rows, where these lie, and the ids of fresh rows that the lake has already."""
    tables: list[pa.Table] = []
    picks: list[_Pick] = []
    duplicates: list[str] = []
    for selection in selections:
        table, pick, doubles = _pick(selection, seen)
        tables.append(table)
        picks.append(pick)
        duplicates += doubles
    return pa.concat_tables(tables) if tables else EXTRACTED.empty_table(), picks, duplicates


def _pick(selection: Selection, seen: set[str]) -> tuple[pa.Table, _Pick, list[str]]:
    """Choose the selected rows that are not in `seen`, which grows by them; return the ids of those that are, too."""
    table = batches.conform(batches.read(selection.ref), EXTRACTED)
    wanted, keep, doubles = Counter(selection.record_ids), [], []
    for id_ in table.column("record_id").to_pylist():
        chosen = wanted[id_] > 0
        wanted[id_] -= chosen
        double = chosen and selection.fresh and id_ in seen
        doubles += [id_] if double else []
        seen.update([id_] if chosen else [])
        keep.append(chosen and not double)
    mask = pa.array(keep, pa.bool_())
    chosen_rows = table.filter(mask)
    weights = pc.fill_null(pc.binary_length(chosen_rows.column("text")), 0).to_pylist()
    pick = _Pick(selection.ref, mask, chosen_rows.column("record_id").to_pylist(), weights)
    return head(chosen_rows), pick, doubles


def _earlier(resolved: Resolved, known: Mapping[str, Mapping[str, Any]]) -> tuple[pa.Table, list[_Pick]]:
    """Return the heads of the earlier messages of threads that grew, brought up to date, and where they lie.

    A message that the ledger does not know was never published: its night died between index and ledger.
    """
    by_file: dict[BatchRef, list[str]] = {}
    for id_ in resolved.earlier.column("record_id").to_pylist():
        if row := known.get(id_):
            by_file.setdefault(BatchRef(row["path"], row["batch_sha256"], row["rows"]), []).append(id_)
    chosen = [Selection(ref, tuple(ids), fresh=False) for ref, ids in by_file.items()]
    heads, picks, _ = _tonight(chosen, set())
    return rejoin(heads, resolved.earlier.to_pylist(), resolved.known_values), picks


def _write_partitions(
    heads: pa.Table, picks: Sequence[_Pick], folder: Path, size: tuple[int, int]
) -> Iterator[BatchRef]:
    """Write the rows, joined with their resolved heads (WORK), so that no thread is split: sorted by thread and turn.

    As in an external sort each file is dealt out over the partitions first, then each partition is sorted.
    """
    number = _numbers(heads, picks, size)
    spools = {place: folder / f"clean-{place:04d}.spool.parquet" for place in sorted(set(number.values()))}
    with ExitStack() as stack:
        writers = {
            place: stack.enter_context(pq.ParquetWriter(path, WORK, compression="zstd", write_statistics=False))
            for place, path in spools.items()
        }
        for pick in picks:
            rows = joined(pick.rows(), heads)
            places = pa.array([number[thread] for thread in rows.column("thread_id").to_pylist()], pa.int32())
            for place in pc.unique(places).to_pylist():
                writers[place].write_table(rows.filter(pc.equal(places, place)))
    for place, spool in spools.items():
        order = [("thread_id", "ascending"), ("turn_index", "ascending"), ("record_id", "ascending")]
        yield batches.write(pq.read_table(spool).sort_by(order), folder / f"clean-{place:04d}.in.parquet")
        spool.unlink()


def _numbers(heads: pa.Table, picks: Sequence[_Pick], size: tuple[int, int]) -> dict[str, int]:
    """Return the partition of every thread."""
    thread_of = dict(zip(*(heads.column(name).to_pylist() for name in ("record_id", "thread_id")), strict=True))
    weight: Counter[str] = Counter()
    for pick in picks:
        for id_, text in zip(pick.record_ids, pick.weights, strict=True):
            weight[thread_of[id_]] += text + OVERHEAD_BYTES
    threads = sorted(weight)
    parts = cut(threads, [weight[thread] for thread in threads], *size)
    return {thread: place for place, part in enumerate(parts) for thread in part}


def head(rows: pa.Table) -> pa.Table:
    """Return EXTRACTED rows with only what threads are resolved by, all else null."""
    return batches.conform(rows.select(list(READ)), EXTRACTED)


def joined(rows: pa.Table, heads: pa.Table) -> pa.Table:
    """Return EXTRACTED rows as WORK rows with the thread, turn, role and known values of their resolved heads."""
    table = batches.conform(rows, WORK)
    places = pc.index_in(table.column("record_id"), value_set=heads.column("record_id"))
    for name in ("thread_id", "turn_index", "role", "known_values"):
        table = batches.with_column(table, WORK.field(name), heads.column(name).take(places))
    return table
