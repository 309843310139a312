"""identify-language: the language of each text, or `und` when that would be a guess."""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Sequence
from functools import cache
from itertools import accumulate
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pyarrow as pa
from pydantic import Field

from expectations.schema import WORK
from tasks import batch as batches
from tasks.language.combine import Weights, likelihood, logits, posterior, probabilities, together
from tasks.language.combine import prior as group_prior
from tasks.language.detector import Evidence, Matrix
from tasks.language.detectors import DATA, Cld2Detector, LangidDetector, NgramDetector
from tasks.language.letters import letters
from tasks.language.scripts import main_scripts, masks, tells_language
from tasks.language.segments import segments
from tasks.language.tags import COLUMN, LANGUAGES, RESTS_ON, UND, column_of
from tasks.language.visible import visible
from tasks.step import Params, Step, StepResult

CHUNK = 64
"""Texts looked at together: enough to keep numpy busy, few enough for 300 MB of memory."""
LOOKED_AT = 1_000
"""Code points that CLD2 and py3langid see of a text."""
SEGMENT_SURE = 0.9
"""How sure the n-gram model must be of a piece of text before it counts as another language than the whole."""
DIALECTS = {"ary": "ar", "arq": "ar"}
DIALECT_SURE = 0.9
"""Share of a dialect among its language's probability from which it is named; the scorer folds the two."""


class LanguageParams(Params):
    """Params of identify-language.

    `threshold`: least probability of an answer; below it the language is `und`. Probabilities are calibrated over 190
    languages: at 0.2 single words still get an answer; at 0.5 answers are right nine times in ten.
    `least_letters`: texts with fewer letters are `und`, but in scripts that only one language uses.
    `hint`: logit that the source's claim, or the language of all other messages in the thread, adds: e^1.5 = 4.5 to 1.
    It decides between languages that the text itself leaves open and never overrides clear text.
    """

    threshold: float = Field(default=0.2, ge=0, le=1)
    least_letters: int = Field(default=3, ge=1)
    hint: float = Field(default=1.5, ge=0, le=2)


class Answer(NamedTuple):
    """What is said about one text."""

    lang: str
    confidence: float
    script: str | None
    langs: list[dict[str, str | float]]


NOTHING = Answer(UND, 0.0, None, [])


class Looked(NamedTuple):
    """What is known of a chunk of texts before priors: logits, scripts, letters of each text, pieces with languages."""

    logit: Matrix
    scripts: list[str | None]
    sizes: npt.NDArray[np.int64]
    pieces: list[list[tuple[str, int]]]


@cache
def _detectors() -> tuple[NgramDetector, Cld2Detector, LangidDetector]:
    langid = LangidDetector()  # first, because it needs most memory while it loads
    return NgramDetector(), Cld2Detector(), langid


@cache
def shipped_weights() -> Weights:
    """Return the weights of the combination (data/combination.json)."""
    loaded: dict[str, float] = json.loads((DATA / "combination.json").read_text(encoding="utf-8"))
    return loaded


def look(texts: Sequence[str]) -> Looked:
    """Return what the detectors make of some texts (already `visible`)."""
    ngrams, cld2, langid = _detectors()
    cut = [segments(text) for text in texts]
    ends = list(accumulate(map(len, cut), initial=0))
    flat = [piece for pieces in cut for piece in pieces]
    by_piece = ngrams.evidence(flat)
    terms = likelihood(by_piece, shipped_weights(), "ngrams")
    shown = [text[:LOOKED_AT] for text in texts]
    found = {"cld2": cld2.evidence(shown), "langid": langid.evidence(shown)}
    seen = letters(texts)
    scripts = main_scripts(seen, len(texts))
    logit = logits(together(terms, ends, by_piece.amount), found, shipped_weights(), masks(scripts))
    sizes = np.bincount(seen.owner[seen.code > 0], minlength=len(texts))
    return Looked(logit, scripts, sizes, _languages_of_pieces(flat, by_piece, ends, logit))


def _languages_of_pieces(
    flat: list[str], by_piece: Evidence, ends: list[int], logit: Matrix
) -> list[list[tuple[str, int]]]:
    """Return (language, letters) of the pieces of each text: the text's own unless another one is clear."""
    owner = np.repeat(np.arange(len(ends) - 1), np.diff(ends))
    best = logit.argmax(axis=1)[owner]
    rows = np.flatnonzero(np.diff(ends)[owner] > 1)
    if rows.size:
        mask = masks(main_scripts(letters([flat[row] for row in rows]), len(rows)))
        alone = posterior(Evidence(by_piece.score[rows], by_piece.amount[rows]), shipped_weights(), "ngrams")
        weight = np.nan_to_num(alone) * np.exp(mask + group_prior(shipped_weights()))
        best[rows] = _clear_or(best[rows], weight / np.maximum(weight.sum(axis=1, keepdims=True), 1e-300))
    found: list[list[tuple[str, int]]] = [[] for _ in range(len(ends) - 1)]
    for row, text in enumerate(owner):
        found[text].append((LANGUAGES[best[row]], sum(map(str.isalpha, flat[row]))))
    return found


def _clear_or(own: npt.NDArray[np.intp], probability: Matrix) -> npt.NDArray[np.intp]:
    """Return the language of each piece: what it clearly is, else the text's `own`.

    A language and those that rest on it (`tags.RESTS_ON`) are clear together, but never speak against each other so.
    """
    together, family = probability.copy(), np.arange(probability.shape[1])
    for tag, whole in RESTS_ON.items():
        family[COLUMN[tag]] = COLUMN[whole]
        together[:, COLUMN[whole]] += probability[:, COLUMN[tag]]
        together[:, COLUMN[tag]] = 0
    other = family[own] != together.argmax(axis=1)
    sure = np.where(other, together.max(axis=1), probability.max(axis=1))
    return np.where(sure >= SEGMENT_SURE, probability.argmax(axis=1), own)


def prior(hints: Sequence[str | None], threads: Sequence[str | None], looked: Looked, weight: float) -> Matrix:
    """Return what hints and threads add to the logits: at most `weight` for one language."""
    added = np.zeros_like(looked.logit)
    votes: dict[str, Counter[int]] = defaultdict(Counter)
    probability = probabilities(looked.logit)
    best, clear = probability.argmax(axis=1), (probability.max(axis=1) > SEGMENT_SURE) & (looked.sizes > 0)
    for row, thread in enumerate(threads):
        if thread and clear[row]:
            votes[thread][int(best[row])] += int(looked.sizes[row])
    for row, (hint, thread) in enumerate(zip(hints, threads, strict=True)):
        column = column_of(hint.split("-")[0]) if hint else None
        if column is not None:
            added[row, column] = weight
        heard = votes.get(thread or "", Counter[int]())
        for language, size in heard.items():
            others = size - (int(looked.sizes[row]) if clear[row] and best[row] == language else 0)
            total = heard.total() - (int(looked.sizes[row]) if clear[row] else 0)
            if total > 0:
                added[row, language] = max(added[row, language], weight * others / total)
    return added


def _answer(probability: npt.NDArray[np.float64], row: int, looked: Looked, params: LanguageParams) -> Answer:
    folded = probability.copy()
    for dialect, whole in DIALECTS.items():
        folded[COLUMN[whole]] += folded[COLUMN[dialect]]
        folded[COLUMN[dialect]] = 0
    best = int(folded.argmax())
    sure = float(min(folded[best], 1.0))
    enough = 1 if tells_language(looked.scripts[row]) else params.least_letters
    if looked.sizes[row] < enough or sure < params.threshold:
        return NOTHING._replace(script=looked.scripts[row], confidence=sure if looked.sizes[row] else 0.0)
    tag = LANGUAGES[best]
    for dialect, whole in DIALECTS.items():
        if tag == whole and probability[COLUMN[dialect]] >= DIALECT_SURE * folded[best]:
            tag = dialect
    return Answer(
        tag, sure, looked.scripts[row], _shares(tag, LANGUAGES[int(looked.logit[row].argmax())], looked.pieces[row])
    )


def _shares(tag: str, guess: str, pieces: list[tuple[str, int]]) -> list[dict[str, str | float]]:
    """Return languages with their shares of letters, largest first; pieces of the text's own language bear its tag."""
    same = {tag, guess, DIALECTS.get(tag, tag)}
    size: Counter[str] = Counter()
    for language, letters_ in pieces:
        size[tag if DIALECTS.get(language, language) in same or language in same else language] += letters_
    total = size.total() or 1
    return [{"lang": language, "share": round(count / total, 4)} for language, count in size.most_common()]


def identify_language(table: pa.Table, params: LanguageParams) -> StepResult:
    """Name the language of each text (BCP-47, `und` when unsure), its script, and the languages of its parts."""
    texts = [visible(text or "") for text in table.column("text").to_pylist()]
    rows = [row for row, text in enumerate(texts) if text.strip()]
    parts = [look([texts[row] for row in rows[at : at + CHUNK]]) for at in range(0, len(rows), CHUNK)]
    answers = [NOTHING] * len(texts)
    if parts:
        hints, threads = (table.column(name).to_pylist() for name in ("lang_hint", "thread_id"))
        looked = _joined(parts)
        added = prior([hints[row] for row in rows], [threads[row] for row in rows], looked, params.hint)
        probability = probabilities(looked.logit + added)
        for place, row in enumerate(rows):
            answers[row] = _answer(probability[place], place, looked, params)
    return StepResult(_written(table, answers), report=_report(answers))


def _joined(parts: list[Looked]) -> Looked:
    return Looked(
        np.concatenate([part.logit for part in parts]),
        [script for part in parts for script in part.scripts],
        np.concatenate([part.sizes for part in parts]),
        [pieces for part in parts for pieces in part.pieces],
    )


def _written(table: pa.Table, answers: list[Answer]) -> pa.Table:
    columns = {
        "lang": [answer.lang for answer in answers],
        "lang_confidence": [round(answer.confidence, 4) for answer in answers],
        "script": [answer.script for answer in answers],
        "langs": [answer.langs for answer in answers],
    }
    for name, values in columns.items():
        table = batches.with_column(table, WORK.field(name), values)
    return table


def _report(answers: list[Answer]) -> dict[str, int]:
    """Return counts: texts by language (`lang:zu`), and `mixed` ones: a second language has a tenth or more."""
    report = Counter(f"lang:{answer.lang}" for answer in answers)
    report["mixed"] = sum(len(answer.langs) > 1 and float(answer.langs[1]["share"]) >= 0.1 for answer in answers)
    return dict(report)


IDENTIFY_LANGUAGE = Step(
    "identify-language",
    4,
    identify_language,
    LanguageParams,
    reads=("text", "lang_hint", "thread_id"),
    writes=("lang", "lang_confidence", "script", "langs"),
)
