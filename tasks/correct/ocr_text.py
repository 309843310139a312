"""correct-ocr: mends what OCR got wrong in scanned pages, and abstains where it is not sure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Any

import pyarrow as pa

from expectations.schema import EDITS, WORK
from tasks import batch as batches
from tasks.correct import hyphens, letterforms
from tasks.edits import Edit, Edited, apply
from tasks.step import Params, Step, StepResult, edit_rows

NAME = "correct-ocr"


class CorrectOcrParams(Params):
    """Which corrections are made."""

    join_hyphens: bool = True
    resolve_letterforms: bool = True


def correct(text: str, _lang: str | None, params: CorrectOcrParams) -> Edited:
    """Return the text with OCR errors mended. The language (BCP-47) chooses the word list; without one no word is changed."""
    edits: list[Edit] = []
    if params.join_hyphens:
        edits += hyphens.joined(text, _unknown)
    if params.resolve_letterforms:
        edits += letterforms.modern(text)
    return apply(text, edits)


def _unknown(_word: str) -> float:
    return 0.0


def is_ocr(row: Mapping[str, Any]) -> bool:
    """Tell whether OCR read the row's text: scans, but for documents whose pages all had a text layer of their own."""
    pages = row.get("pages")
    return row.get("source_kind") == "scans" and (not pages or any(page["ocr"] for page in pages))


def run(table: pa.Table, params: CorrectOcrParams) -> StepResult:
    """Correct OCR errors in scanned text; every other row stays as it is."""
    names = [name for name in ("record_id", "text", "source_kind", "lang_hint", "pages") if name in table.column_names]
    texts, edits, report = [], [], Counter[str]()
    for row in table.select(names).to_pylist():
        if not row["text"] or not is_ocr(row):
            texts.append(row["text"])
            continue
        done = correct(row["text"], row.get("lang_hint"), params)
        texts.append(done.text)
        edits += edit_rows(row["record_id"], NAME, done.edits)
        report.update(edit.rule for edit in done.edits)
    table = batches.with_column(table, WORK.field("text"), texts)
    return StepResult(table, edits=batches.from_rows(edits, EDITS), report=report)


CORRECT_OCR = Step(
    NAME, 1, run, CorrectOcrParams, reads=("text", "source_kind", "lang_hint", "pages"), writes=("text",)
)
