"""Run steps on batches that lie on disk: the seam between the orchestrator and the pool of workers.

Parent functions take a `Workers` pool and references; what they send to a worker are the module's own functions, names
and references, so that nothing with text crosses the boundary.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from expectations.schema import CLEAN, QUARANTINE, WORK
from tasks import batch as batches
from tasks.assemble.examples import Assembled, AssembleParams, assemble
from tasks.batch import BatchRef
from tasks.errors import RecordError
from tasks.registry import STEPS, find
from tasks.sandbox import WorkerDied, Workers
from tasks.step import Params, Quarantine, StepResult, apply

DROPPED = pa.schema([("record_id", pa.string()), ("reason", pa.string())])
"""Records that a step found not to be for training."""


@dataclass(frozen=True)
class StepOutput:
    """Where the outcome of one step on one partition lies, its counts, and the seconds it took in the worker."""

    batch: BatchRef
    quarantine: BatchRef
    edits: BatchRef
    dropped: BatchRef
    report: Mapping[str, int] = field(default_factory=dict)
    restricted: Mapping[str, BatchRef] = field(default_factory=dict)
    rows_in: int = 0
    seconds: float = 0.0

    @property
    def counts(self) -> str:
        """The counts as an operator reads them: `500 in, 498 out, 2 quarantined, 3.1 s`."""
        text = f"{self.rows_in} in, {self.batch.rows} out"
        for name, rows in (("quarantined", self.quarantine.rows), ("dropped", self.dropped.rows)):
            text += f", {rows} {name}" if rows else ""
        return f"{text}, {self.seconds:.1f} s"


def run_step(pool: Workers, name: str, params: Params, ref: BatchRef, stem: Path, timeout: float) -> StepOutput:
    """Run a step in a worker; `stem` is the path, without ending, under which its files are written.

    When the worker dies the batch is tried again, then halved, until the record that kills it is alone; that one is
    quarantined.
    """
    try:
        return pool.call(_step_in_worker, name, params, ref, stem, timeout=timeout)
    except WorkerDied as death:
        if ref.rows == 1 or death.reason != "timeout":
            try:
                return pool.call(_step_in_worker, name, params, ref, stem, timeout=timeout)
            except WorkerDied as second:
                death = second
        if ref.rows <= 1:
            return _write(_lost(name, params, batches.read(ref), death.reason), stem, ref.rows, timeout)
    table, half = batches.read(ref), ref.rows // 2
    parts = []
    for number, part in enumerate((table.slice(0, half), table.slice(half))):
        piece = stem.with_name(f"{stem.name}-{number}")
        part_ref = batches.write(part, piece.with_suffix(".in.parquet"))
        parts.append(run_step(pool, name, params, part_ref, piece, timeout))
    return _joined(parts[0], parts[1], stem)


def _step_in_worker(name: str, params: Params, ref: BatchRef, stem: Path) -> StepOutput:
    began = time.perf_counter()
    step = find(name, STEPS)
    table = batches.read(ref)
    result = apply(step, table, params)
    return _write(result, stem, table.num_rows, time.perf_counter() - began)


def _lost(name: str, params: Params, table: pa.Table, reason: str) -> StepResult:
    step = find(name, STEPS)
    held = Quarantine(step.name, step.fingerprint(params))
    for id_ in table.column("record_id").to_pylist():
        held.add(id_, RecordError(reason))
    return StepResult(batches.conform(table.slice(0, 0), WORK), held.table())


def _write(result: StepResult, stem: Path, rows_in: int, seconds: float) -> StepOutput:
    batch, dropped = _drop(result.batch)

    def put(table: pa.Table, ending: str) -> BatchRef:
        return batches.write(table, stem.with_name(f"{stem.name}.{ending}.parquet"))

    return StepOutput(
        put(batch, "batch"),
        put(result.quarantine, "quarantine"),
        put(result.edits, "edits"),
        put(dropped, "dropped"),
        dict(result.report),
        {name: put(table, name) for name, table in result.restricted.items()},
        rows_in,
        seconds,
    )


def _drop(table: pa.Table) -> tuple[pa.Table, pa.Table]:
    """Return the rows that go on, and those with a drop reason as DROPPED."""
    if "drop_reason" not in table.column_names:
        return table, DROPPED.empty_table()
    keep = pc.is_null(table.column("drop_reason"))
    gone = table.filter(pc.invert(keep))
    names = pa.Table.from_arrays([gone.column("record_id"), gone.column("drop_reason")], schema=DROPPED)
    return table.filter(keep), names


def _joined(first: StepOutput, second: StepOutput, stem: Path) -> StepOutput:
    def join(a: BatchRef | None, b: BatchRef | None, ending: str) -> BatchRef:
        tables = [batches.read(ref) for ref in (a, b) if ref]
        filled = [table for table in tables if table.num_rows] or tables[:1]
        whole = pa.concat_tables(filled, promote_options="default")
        return batches.write(whole, stem.with_name(f"{stem.name}.{ending}.parquet"))

    names = sorted({*first.restricted, *second.restricted})  # a half that was lost has none
    return StepOutput(
        join(first.batch, second.batch, "batch"),
        join(first.quarantine, second.quarantine, "quarantine"),
        join(first.edits, second.edits, "edits"),
        join(first.dropped, second.dropped, "dropped"),
        Counter(first.report) + Counter(second.report),
        {n: join(first.restricted.get(n), second.restricted.get(n), n) for n in names},
        first.rows_in + second.rows_in,
        first.seconds + second.seconds,
    )


def seal(pool: Workers, ref: BatchRef, lineage: str, path: Path) -> tuple[BatchRef, BatchRef]:
    """Write the scrubbed rows as CLEAN to `path` in the shared root, and return them with what was held back.

    A row without the stamp of scrub-pii, or without text, never leaves the restricted root.
    """
    return pool.call(_seal_in_worker, ref, lineage, path)


def _seal_in_worker(ref: BatchRef, lineage: str, path: Path) -> tuple[BatchRef, BatchRef]:
    table = batches.conform(batches.read(ref), WORK)
    held = Quarantine("seal", lineage)
    for id_, stamp, text in zip(
        *(table.column(n).to_pylist() for n in ("record_id", "scrubbed_by", "text")), strict=True
    ):
        if stamp is None or text is None:
            held.add(id_, RecordError("not_scrubbed"))
    table = held.drop_from(table)
    entities = [_count(spans) for spans in table.column("pii_spans").to_pylist()]
    table = batches.with_column(table, CLEAN.field("entities"), entities)
    table = batches.with_column(table, CLEAN.field("lineage"), [lineage] * table.num_rows)
    refused = batches.write(batches.conform(held.table(), QUARANTINE), Path(ref.uri).with_suffix(".sealed.parquet"))
    return batches.write(batches.conform(table, CLEAN), path), refused


def _count(spans: list[dict[str, str]] | None) -> list[dict[str, Any]]:
    found = Counter(span["entity_type"] for span in spans or ())
    return [{"entity_type": entity_type, "count": found[entity_type]} for entity_type in sorted(found)]


def assemble_partition(pool: Workers, ref: BatchRef, params: AssembleParams) -> Assembled:
    """Build the examples of a clean partition in a worker."""
    return pool.call(_assemble_in_worker, ref, params)


def _assemble_in_worker(ref: BatchRef, params: AssembleParams) -> Assembled:
    return assemble(batches.read(ref), params)
