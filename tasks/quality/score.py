"""score-quality: mean of cheap signals."""

from __future__ import annotations

import pyarrow as pa

from expectations.schema import WORK
from tasks import batch as batches
from tasks.step import Params, Step, StepResult


class QualityParams(Params):
    """Params of score-quality."""

    threshold: float = 0.0


def _score(text: str) -> float:
    letters = sum(character.isalpha() for character in text)
    visible = sum(not character.isspace() for character in text)
    return letters / visible if visible else 0.0


def score_quality(table: pa.Table, params: QualityParams) -> StepResult:
    """Score how much each text reads like language, 0 to 1."""
    scores = [_score(text or "") for text in table.column("text").to_pylist()]
    reasons = [
        old or ("low_quality" if score < params.threshold else None)
        for old, score in zip(table.column("drop_reason").to_pylist(), scores, strict=True)
    ]
    table = batches.with_column(table, WORK.field("quality_score"), scores)
    return StepResult(batches.with_column(table, WORK.field("drop_reason"), reasons))


SCORE_QUALITY = Step(
    "score-quality",
    1,
    score_quality,
    QualityParams,
    reads=("text", "drop_reason"),
    writes=("quality_score", "drop_reason"),
)
