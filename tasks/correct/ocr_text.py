"""correct-ocr: mends what OCR got wrong in scanned pages, and abstains where it is not sure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from functools import partial
from typing import Any

import pyarrow as pa
from pydantic import Field

from expectations.schema import EDITS, WORK
from tasks import batch as batches
from tasks.correct import context, decipher, hyphens, letterforms, noisy_channel
from tasks.correct.composition import composed
from tasks.correct.context import Model
from tasks.correct.doubt import Confidence
from tasks.correct.in_context import ContextSpeller
from tasks.correct.lexicon import Lexicon, lexicon
from tasks.correct.noisy_channel import Caution, Speller
from tasks.correct.pieces import Pieces
from tasks.edits import Edit, Edited, apply, replay
from tasks.step import Params, Step, StepResult, edit_rows

NAME = "correct-ocr"
READS = ("text", "source_kind", "lang_hint", "pages", "doubts")
UNKNOWN = Confidence()


class CorrectOcrParams(Params):
    """Which corrections are made, and how sure they must be."""

    join_hyphens: bool = True
    resolve_letterforms: bool = True
    correct_words: bool = True
    unlisted_margin: float = Field(default=1.2, description="Decades of probability to correct an unlisted string.")
    listed_margin: float = Field(default=1.2, description="Decades of probability to correct a listed word.")


def correct(text: str, lang: str | None, params: CorrectOcrParams, confidence: Confidence = UNKNOWN) -> Edited:
    """Return the text with OCR errors mended. `lang` (BCP-47) chooses the word list; without one no word is changed.

    `confidence` says which words OCR was sure of: these need a wider margin, the others a narrower one.
    """
    words = lexicon(lang) if lang and params.correct_words else None
    layers = [_forms(text, words, params)]
    if words:
        model = context.model(words.lang)
        if model:
            layers.append(list(Pieces(replay(text, layers[0]), words, model).edits()))
        before, confidence = _after(text, confidence, layers)
        caution = Caution(params.unlisted_margin, params.listed_margin)
        layers.append(noisy_channel.corrected(before, words, caution, _speller(model, confidence)))
    return apply(text, composed(text, layers))


def _after(text: str, confidence: Confidence, layers: Iterable[Iterable[Edit]]) -> tuple[str, Confidence]:
    """Return the text and its confidences after the layers of edits."""
    for layer in layers:
        edits = list(layer)
        text, confidence = replay(text, edits), confidence.moved(edits)
    return text, confidence


def _speller(model: Model | None, confidence: Confidence) -> Callable[..., Speller]:
    kind = partial(ContextSpeller, model=model) if model else Speller
    return partial(kind, margin=confidence.margin)


def _forms(text: str, words: Lexicon | None, params: CorrectOcrParams) -> list[Edit]:
    edits: list[Edit] = []
    if params.join_hyphens:
        frequency = partial(_share, words) if words else _unknown
        keeps = words is not None and words.lang in hyphens.HYPHENATING
        edits += [*hyphens.joined(text, frequency, keeps), *hyphens.dashed(text, frequency)]
        if words and words.lang in noisy_channel.CORRECTED | decipher.LANGUAGES:
            edits += hyphens.run_on(text, frequency, keeps)
    if params.resolve_letterforms:
        edits += letterforms.modern(text)
    return edits


def _share(words: Lexicon, word: str) -> float:
    """Return a word's share of running text; what the model knows (`stockyard`) counts as a word, however rare."""
    model = context.model(words.lang)
    return max(words.share(word), hyphens.RARE_WHOLE) if model and word in model else words.share(word)


def _unknown(_word: str) -> float:
    return 0.0


def is_ocr(row: Mapping[str, Any]) -> bool:
    """Tell whether OCR read the row's text: scans, but for documents whose pages all had a text layer of their own."""
    pages = row.get("pages")
    return row.get("source_kind") == "scans" and (not pages or any(page["ocr"] for page in pages))


def run(table: pa.Table, params: CorrectOcrParams) -> StepResult:
    """Correct OCR errors in scanned text; every other row stays as it is."""
    names = [name for name in ("record_id", *READS) if name in table.column_names]
    texts, edits, report = [], [], Counter[str]()
    for row in table.select(names).to_pylist():
        if not row["text"] or not is_ocr(row):
            texts.append(row["text"])
            continue
        done = correct(row["text"], row.get("lang_hint"), params, Confidence.of(row.get("doubts")))
        texts.append(done.text)
        edits += edit_rows(row["record_id"], NAME, done.edits)
        report.update(edit.rule for edit in done.edits)
    table = batches.with_column(table, WORK.field("text"), texts)
    table = batches.with_column(table, WORK.field("doubts"), pa.nulls(table.num_rows, WORK.field("doubts").type))
    return StepResult(table, edits=batches.from_rows(edits, EDITS), report=report)


CORRECT_OCR = Step(NAME, 4, run, CorrectOcrParams, reads=READS, writes=("text", "doubts"))
