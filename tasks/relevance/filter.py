"""The step filter-irrelevant: say which records are no conversation, and why."""

from __future__ import annotations

import pyarrow as pa

from expectations.schema import WORK
from tasks import batch as batches
from tasks.step import Params, Step, StepResult


class FilterIrrelevantParams(Params):
    """Nothing to set yet."""


def filter_irrelevant(table: pa.Table, params: FilterIrrelevantParams) -> StepResult:
    """Set `drop_reason` on records that are no conversation: auto-replies, bounces, bulk mail, notices, empty ones."""
    del params
    reasons = [
        old or (None if (text or "").strip() else "empty")
        for old, text in zip(table.column("drop_reason").to_pylist(), table.column("text").to_pylist(), strict=True)
    ]
    return StepResult(batches.with_column(table, WORK.field("drop_reason"), reasons))


FILTER_IRRELEVANT: Step = Step(
    "filter-irrelevant",
    1,
    filter_irrelevant,
    FilterIrrelevantParams,
    ("text", "headers", "drop_reason"),
    ("drop_reason",),
)
