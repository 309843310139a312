"""The middle of a night: threads are resolved, then every clean step runs on every partition."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import pyarrow as pa
from prefect.futures import PrefectFuture

from flows.context import Context, results
from flows.intake import merge
from flows.plan import chain, thread_params
from tasks import batch as batches
from tasks.batch import BatchRef
from tasks.compute import StepOutput, run_step, seal
from tasks.lineage import lineage
from tasks.partitions import Selection, Sources, Threaded, thread_and_cut
from tasks.prefect_tasks import submit
from tasks.step import Params, Step


@dataclass
class Cleaned:
    """CLEAN partitions, whole threads each; `held`: QUARANTINE rows; `fates`: (record_id, fate, reason)."""

    partitions: list[BatchRef] = field(default_factory=list)
    held: list[pa.Table] = field(default_factory=list)
    fates: list[tuple[str, str, str]] = field(default_factory=list)
    lineage: str = ""


def resolve_threads(context: Context, selections: Sequence[Selection], known: pa.Table) -> Threaded:
    """Give every selected record its thread, fetch what grew, and cut clean partitions that split no thread.

    `known` tells where the rows of every record of the ledger lie (schema `tasks.partitions.KNOWN`).
    """
    folder = context.scratch
    sources = Sources(batches.write(known, folder / "known.parquet"), context.thread_index)
    args = (merge(selections), sources, thread_params(context.settings), folder, context.partition_size)
    done: Threaded = submit("resolve-threads", "resolve-threads", partial(thread_and_cut, context.pool, *args)).result()
    return done


def clean(context: Context, threaded: Threaded) -> Cleaned:
    """Run the chain on every partition and write what is clean to the shared root."""
    steps = chain(context.settings)
    cleaned = Cleaned(lineage=lineage(step.fingerprint(params) for step, params in steps))
    runs: list[list[PrefectFuture[Any]]] = [[] for _ in threaded.partitions]
    for step, params in steps:
        for number, ref in enumerate(threaded.partitions):
            runs[number].append(_submit_step(context, step, params, number, ref, runs[number]))
    sealed = [_submit_seal(context, number, futures[-1], cleaned.lineage) for number, futures in enumerate(runs)]
    results([future for futures in runs for future in futures])  # raises what failed, not what waited for it
    for futures, (ref, refused) in zip(runs, results(sealed), strict=True):
        for (step, _), output in zip(steps, results(futures), strict=True):
            _take(context, cleaned, step, output)
        cleaned.partitions.append(ref)
        _hold(cleaned, batches.read(refused))
    return cleaned


def _submit_step(
    context: Context, step: Step, params: Params, number: int, ref: BatchRef, before: Sequence[PrefectFuture[Any]]
) -> PrefectFuture[Any]:
    stem = context.scratch / f"{number:04d}-{step.name}"
    label = f"{step.name} · partition {number}"
    run = partial(_run_on, context, step.name, params, stem)
    return submit(step.name, label, run, before[-1]) if before else submit(step.name, label, partial(run, ref))


def _run_on(context: Context, name: str, params: Params, stem: Any, upstream: StepOutput | BatchRef) -> StepOutput:
    ref = upstream.batch if isinstance(upstream, StepOutput) else upstream
    return run_step(context.pool, name, params, ref, stem, context.settings.runtime.step_timeout_s)


def _submit_seal(context: Context, number: int, last: PrefectFuture[Any], made_by: str) -> PrefectFuture[Any]:
    path = context.lake.shared / "clean" / context.run_id / f"part-{number:04d}.parquet"
    return submit("seal", f"seal · partition {number}", partial(_seal_output, context, made_by, path), last)


def _seal_output(context: Context, made_by: str, path: Any, output: StepOutput) -> tuple[BatchRef, BatchRef]:
    return seal(context.pool, output.batch, made_by, path)


def _take(context: Context, cleaned: Cleaned, step: Step, output: StepOutput) -> None:
    """Note what a step held back, dropped and took, and keep its edits and side tables in the restricted root."""
    context.report.seconds[step.name] += output.seconds
    if step.scrubs:
        known = "known "
        context.report.entities.update({k: v for k, v in Counter(output.report).items() if k.isupper()})
        counts = {k.removeprefix(known): v for k, v in Counter(output.report).items() if k.startswith(known)}
        context.report.by_thread.update(counts)
    _hold(cleaned, batches.read(output.quarantine))
    gone = batches.read(output.dropped)
    cleaned.fates += [(i, "dropped", r) for i, r in zip(*(c.to_pylist() for c in gone.columns), strict=True)]
    room = context.lake.restricted
    kept = {"edits": output.edits, **output.restricted}
    for name, ref in kept.items():
        if ref.rows:
            target = room / name / context.run_id / f"{step.name}-{ref.sha256[:12]}.parquet"
            target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            batches.write(batches.read(ref), target)


def _hold(cleaned: Cleaned, table: pa.Table) -> None:
    cleaned.held.append(table)
    ids, why = (table.column(name).to_pylist() for name in ("record_id", "reason"))
    cleaned.fates += [(i, "quarantined", r) for i, r in zip(ids, why, strict=True)]
