"""identify-language: the language of each text, or `und`."""

from __future__ import annotations

import pyarrow as pa

from expectations.schema import WORK
from tasks import batch as batches
from tasks.step import Params, Step, StepResult


class LanguageParams(Params):
    """Params of identify-language."""

    threshold: float = 0.5


def _detect(text: str, threshold: float) -> tuple[str, float]:
    from langdetect import DetectorFactory, detect_langs
    from langdetect.lang_detect_exception import LangDetectException

    DetectorFactory.seed = 0
    try:
        best = detect_langs(text)[0]
    except LangDetectException:
        return "und", 0.0
    return (best.lang if best.prob >= threshold else "und"), float(best.prob)


def identify_language(table: pa.Table, params: LanguageParams) -> StepResult:
    """Name the language of each text (BCP-47), `und` when unsure."""
    found = [_detect(text or "", params.threshold) for text in table.column("text").to_pylist()]
    table = batches.with_column(table, WORK.field("lang"), [lang for lang, _ in found])
    table = batches.with_column(table, WORK.field("lang_confidence"), [sure for _, sure in found])
    table = batches.with_column(table, WORK.field("script"), [None] * len(found))
    langs = [[{"lang": lang, "share": 1.0}] if lang != "und" else [] for lang, _ in found]
    return StepResult(batches.with_column(table, WORK.field("langs"), langs))


IDENTIFY_LANGUAGE = Step(
    "identify-language",
    1,
    identify_language,
    LanguageParams,
    reads=("text", "lang_hint", "thread_id"),
    writes=("lang", "lang_confidence", "script", "langs"),
)
