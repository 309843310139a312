"""Scores against a user's own labelled texts, in the sample format of presidio-research or a simpler one.

    {"full_text": "…", "spans": [{"entity_type": "PERSON", "start_position": 3, "end_position": 9}], "lang": "en"}
    {"text": "…", "spans": [{"entity_type": "PERSON", "start": 3, "end": 9}], "lang": "en"}

What is scored is scrub-pii and audit-leaks as they run at night, each text a thread of its own.
"""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from expectations.schema import WORK
from tasks import batch as batches
from tasks.errors import ConfigError
from tasks.pii.audit import AUDIT_LEAKS
from tasks.pii.interval import wilson
from tasks.pii.scrub import SCRUB_PII, ScrubParams
from tasks.pii.spans import Span
from tasks.step import apply

COVERED = 0.9
"""Share of a labelled value's characters, spaces aside, that must be found for the value to count as found."""
BETA_SQUARED = 4
"""F2 weighs recall twice as much as precision: a leak is worse than a word too many."""
OFFSETS = ("start_position", "end_position"), ("start", "end")
"""How the two formats name where a value begins and ends."""
REMEDY = 'Write lines such as: {"text": "…", "spans": [{"start": 3, "end": 9, "entity_type": "PERSON"}], "lang": "en"}'


@dataclass(frozen=True)
class Sample:
    """A labelled text: its language (null when unknown) and the spans of personal data in it."""

    text: str
    lang: str | None
    spans: tuple[Span, ...]


@dataclass
class Score:
    """Counts of one entity type or language, or of all. Characters are those that are no space.

    `values` are labelled, `found` of them by at least COVERED. `predicted` characters were replaced (as this type),
    `right` of them lie in a labelled value of any type: what is found is gone, whatever it is called.
    """

    values: int = 0
    found: int = 0
    predicted: int = 0
    right: int = 0
    documents: int = 0
    leaking: int = 0

    @property
    def recall(self) -> float:
        """Share of labelled values found whole."""
        return self.found / self.values if self.values else 1.0

    @property
    def precision(self) -> float:
        """Share of predicted characters that lie in a labelled value."""
        return self.right / self.predicted if self.predicted else 1.0

    @property
    def f2(self) -> float:
        """F2 of precision and recall."""
        weighted = BETA_SQUARED * self.precision + self.recall
        return (1 + BETA_SQUARED) * self.precision * self.recall / weighted if weighted else 0.0

    def as_dict(self) -> dict[str, Any]:
        """Return counts and rates; a rate without anything to divide by is null."""
        low, high = wilson(self.leaking, self.documents)
        return {
            "values": self.values,
            "found": self.found,
            "recall": round(self.recall, 4) if self.values else None,
            "precision": round(self.precision, 4) if self.predicted else None,
            "f2": round(self.f2, 4) if self.values and self.predicted else None,
            "documents": self.documents,
            "documents_with_a_leak": self.leaking,
            "leak_interval_95": [round(low, 6), round(high, 6)],
        }


@dataclass
class Scores:
    """What a file says: scores by entity type, by language, and of all documents.

    `held`: documents that scrub-pii quarantines and that so leave nothing. `audited`: leaking documents that
    audit-leaks would hold back.
    """

    all: Score = field(default_factory=Score)
    types: dict[str, Score] = field(default_factory=lambda: defaultdict(Score))
    langs: dict[str, Score] = field(default_factory=lambda: defaultdict(Score))
    held: int = 0
    audited: int = 0

    def as_dict(self) -> dict[str, Any]:
        """Return the scores as JSON values, types and languages by their number of labelled values."""
        parts = {}
        for name, scores in (("types", self.types), ("langs", self.langs)):
            listed = sorted(scores.items(), key=lambda pair: (-pair[1].values, pair[0]))
            parts[name] = {key: score.as_dict() for key, score in listed}
        return {"all": self.all.as_dict(), **parts, "held": self.held, "leaking_but_audited": self.audited}


def read_gold(path: Path) -> list[Sample]:
    """Return the samples of a JSON Lines file, or of a JSON file that holds a list.

    Raises ConfigError that names the line (of a list: the sample) which is none; it never repeats its content.
    """
    try:
        text = path.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise ConfigError(f"cannot read {path}: {error.strerror}", remedy="Name the labelled file.") from None
    except UnicodeDecodeError:
        raise ConfigError(f"{path} is not UTF-8", remedy="Save it as UTF-8.") from None
    samples = list(_samples(text, path))
    if not samples:
        raise ConfigError(f"{path} holds no samples", remedy=REMEDY)
    return samples


def _samples(text: str, path: Path) -> Iterator[Sample]:
    if text.lstrip().startswith("["):
        for number, value in enumerate(_json(text, path), 1):
            yield _sample(value, f"{path}, sample {number}")
        return
    for number, line in enumerate(text.split("\n"), 1):
        if line.strip():
            where = f"{path}, line {number}"
            yield _sample(_json(line, where), where)


def _json(text: str, where: object) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        raise ConfigError(f"{where}: no JSON", remedy=REMEDY) from None


def _sample(value: Any, where: str) -> Sample:
    if not isinstance(value, dict):
        raise ConfigError(f"{where}: no JSON object", remedy=REMEDY)
    text = value.get("full_text", value.get("text"))
    if not isinstance(text, str):
        raise ConfigError(f"{where}: no full_text or text", remedy=REMEDY)
    spans = value.get("spans")
    if not isinstance(spans, list):
        raise ConfigError(f"{where}: spans is no list", remedy=REMEDY)
    lang = value.get("lang") or value.get("language")
    return Sample(text, str(lang) if lang else None, tuple(_span(s, text, where) for s in spans))


def _span(value: Any, text: str, where: str) -> Span:
    for first, last in OFFSETS:
        if isinstance(value, dict) and {first, last, "entity_type"} <= value.keys():
            start, end = value[first], value[last]
            if type(start) is int and type(end) is int and 0 <= start < end <= len(text):
                return Span(start, end, str(value["entity_type"]), 1.0)
            raise ConfigError(f"{where}: a span does not lie in its text", remedy="Offsets are code points from 0.")
    raise ConfigError(f"{where}: a span lacks its start, end or entity_type", remedy=REMEDY)


def score(samples: Sequence[Sample], params: ScrubParams, lang: str | None = None) -> Scores:
    """Return how well scrub-pii finds what is labelled; `lang` is that of samples which name none."""
    scores = Scores()
    rows = [{"record_id": f"{n:09d}", "text": s.text, "lang": s.lang or lang} for n, s in enumerate(samples)]
    scrubbed = apply(SCRUB_PII, batches.from_rows(rows, WORK), params)
    found = {r["record_id"]: r["pii_spans"] for r in scrubbed.batch.select(["record_id", "pii_spans"]).to_pylist()}
    audited = set(apply(AUDIT_LEAKS, scrubbed.batch, AUDIT_LEAKS.params()).quarantine.column("record_id").to_pylist())
    for row, sample in zip(rows, samples, strict=True):
        spans = [Span(s["start"], s["end"], s["entity_type"], s["score"]) for s in found.get(row["record_id"]) or ()]
        held = row["record_id"] not in found
        leaks = _add(scores, sample, row["lang"] or "und", spans, held=held)
        scores.held += held
        scores.audited += leaks and row["record_id"] in audited
    return scores


def merged(parts: Iterable[Scores]) -> Scores:
    """Return the scores of several parts of a file as one."""
    whole = Scores()
    for part in parts:
        whole.held += part.held
        whole.audited += part.audited
        _sum(whole.all, part.all)
        for mine, theirs in ((whole.types, part.types), (whole.langs, part.langs)):
            for key, counts in theirs.items():
                _sum(mine[key], counts)
    return whole


def _sum(into: Score, counts: Score) -> None:
    for name, count in vars(counts).items():
        setattr(into, name, getattr(into, name) + count)


def _add(scores: Scores, sample: Sample, lang: str, found: Sequence[Span], *, held: bool) -> bool:
    """Count one sample; return whether any of its values is left. Of a held document nothing is."""
    hidden, truth = mask(sample.text, found), mask(sample.text, sample.spans)
    whole = (scores.all, scores.langs[lang])
    for counts in whole:
        counts.predicted += sum(hidden)
        counts.right += sum(a and b for a, b in zip(hidden, truth, strict=True))
        counts.documents += 1
    for span in found:
        counts = scores.types[span.entity_type]
        places = [i for i in range(span.start, span.end) if hidden[i]]
        counts.predicted += len(places)
        counts.right += sum(truth[i] for i in places)
    left: Counter[str] = Counter()
    for span in sample.spans:
        hit = held or covered(sample.text, hidden, span)
        left[span.entity_type] += not hit
        for counts in (*whole, scores.types[span.entity_type]):
            counts.values += 1
            counts.found += hit
    for kind, misses in left.items():
        scores.types[kind].documents += 1
        scores.types[kind].leaking += misses > 0
    for counts in whole:
        counts.leaking += left.total() > 0
    return left.total() > 0


def covered(text: str, hidden: Sequence[bool], span: Span) -> bool:
    """Whether at least COVERED of the characters of a span, spaces aside, are hidden (see `mask`)."""
    places = [i for i in range(span.start, span.end) if not text[i].isspace()]
    return bool(places) and sum(hidden[i] for i in places) >= COVERED * len(places)


def mask(text: str, spans: Iterable[Span]) -> list[bool]:
    """Return for each character whether a span covers it; a space never counts."""
    hidden = [False] * len(text)
    for span in spans:
        for index in range(span.start, min(span.end, len(text))):
            hidden[index] = not text[index].isspace()
    return hidden
