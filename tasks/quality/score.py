"""score-quality: the mean of cheap, documented signals."""

from __future__ import annotations

from collections import Counter

import pyarrow as pa
from pydantic import Field

from expectations.schema import WORK
from tasks import batch as batches
from tasks.quality.signals import SIGNALS
from tasks.step import Params, Step, StepResult

POOR = 0.5
"""A signal below this is counted in the step's report."""


class QualityParams(Params):
    """Params of score-quality. `threshold`: records that score less are dropped as `low_quality`; 0 drops none."""

    threshold: float = Field(default=0.0, ge=0, le=1)


def signals(text: str) -> dict[str, float]:
    """Return every signal of a text, 0 to 1."""
    return {name: signal(text) for name, signal in SIGNALS.items()}


def score_quality(table: pa.Table, params: QualityParams) -> StepResult:
    """Score how much each text reads like language: the mean of its signals, 0 to 1; 0 without text."""
    scores: list[float] = []
    report = Counter[str]()
    for text in table.column("text").to_pylist():
        found = signals(text) if text and text.strip() else {}
        scores.append(round(sum(found.values()) / len(found), 4) if found else 0.0)
        report.update(f"poor:{name}" for name, value in found.items() if value < POOR)
    dropped = [
        old or ("low_quality" if score < params.threshold else None)
        for old, score in zip(table.column("drop_reason").to_pylist(), scores, strict=True)
    ]
    table = batches.with_column(table, WORK.field("quality_score"), scores)
    return StepResult(batches.with_column(table, WORK.field("drop_reason"), dropped), report=dict(report))


SCORE_QUALITY = Step(
    "score-quality",
    2,
    score_quality,
    QualityParams,
    reads=("text", "drop_reason"),
    writes=("quality_score", "drop_reason"),
)
