"""What a night tells of its scans: counts for the report, rows and worst pages in the restricted root."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path

from flows.context import Context
from flows.intake import Intake, merge
from tasks.batch import BatchRef
from tasks.ocr.review import ROWS, Review, Spot, review
from tasks.prefect_tasks import submit
from tasks.sandbox import WorkerDied

_CONFIDENCE = re.compile(r"confidence (\d+)")
SECONDS = 900.0
"""Wall clock for the review of a night: twenty pages are drawn again."""
Ids = Sequence[tuple[BatchRef, Sequence[str]]]


def tell(context: Context, intake: Intake) -> None:
    """Review the scans that were read tonight, and note the counts and where the rest lies.

    A page that kills the worker, now that it is drawn again, costs the sheet and not the night.
    """
    refs = [(selection.ref, selection.record_ids) for selection in merge(intake.selections) if selection.fresh]
    held = held_back(intake)
    call = partial(_review, context, refs, {item["item_id"]: item["sha256"] for item in intake.items}, held)
    try:
        done = submit("review-scans", "review-scans", call).result() if refs or held else Review({})
    except WorkerDied:
        context.report.notes.append("The scans could not be reviewed: a worker died while it drew the worst pages.")
        return
    context.report.scans.update(done.documents)
    if done.documents:
        folder = context.lake.restricted / "scans" / context.run_id
        context.report.notes.append(f"Scans: a row per document in {folder / ROWS}" + _sheet(done.sheet))


def held_back(intake: Intake) -> list[Spot]:
    """Return the first pages of the documents that the confidence gate holds back tonight."""
    held = [row for table in intake.quarantine for row in table.to_pylist() if row["reason"] == "low_confidence"]
    told = [(row["record_id"], _CONFIDENCE.search(row["detail"] or "")) for row in held]
    return [Spot(float(found[1]) if found else 0.0, item, 1, 0) for item, found in told]


def _sheet(sheet: Path | None) -> str:
    return f", the worst pages in {sheet}." if sheet else "; no page was read badly."


def _review(context: Context, refs: Ids, items: Mapping[str, str], held: Sequence[Spot]) -> Review:
    lake = context.lake
    edits = sorted((lake.restricted / "edits" / context.run_id).glob("correct-ocr-*.parquet"))
    ids = {record_id for _, found in refs for record_id in found}
    origins = {spot.record_id: items[spot.record_id] for spot in held if spot.record_id in items} | {
        record_id: row["sha256"]
        for row in context.ledger.extracts().to_pylist()
        for record_id in row["record_ids"]
        if record_id in ids
    }
    folder = lake.restricted / "scans" / context.run_id
    return context.pool.call(review, refs, edits, lake.restricted / "raw", origins, held, folder, timeout=SECONDS)
