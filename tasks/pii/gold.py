"""Scores against a user's own labelled texts, in the sample format of presidio-research."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from tasks.errors import ConfigError
from tasks.pii import engine
from tasks.pii.known import known_values
from tasks.pii.scrub import ScrubParams, settings_of
from tasks.pii.spans import Span

COVERED = 0.9
"""Share of a labelled value's characters, spaces aside, that must be found for the value to count as found."""
BETA_SQUARED = 4
"""F2 weighs recall twice as much as precision: a leak is worse than a word too many."""


@dataclass(frozen=True)
class Sample:
    """A labelled text: its language (null when unknown) and the spans of personal data in it."""

    text: str
    lang: str | None
    spans: tuple[Span, ...]


@dataclass
class Score:
    """Counts of one entity type or language, or of all. Characters are those that are no space."""

    values: int = 0
    found: int = 0
    predicted: int = 0
    right: int = 0

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


@dataclass(frozen=True)
class Scores:
    """What a file says: scores by `type:X`, `lang:X` and `all`, documents, and those with any labelled value left."""

    by: dict[str, Score]
    documents: int
    leaking: int


def read_gold(path: Path) -> list[Sample]:
    """Return the samples of a JSON or JSON Lines file.

    Raises ConfigError that names the line which is no sample; it never repeats its content.
    """
    text = path.read_text(encoding="utf-8")
    lines = (
        json.loads(text) if text.lstrip().startswith("[") else [json.loads(s) for s in text.splitlines() if s.strip()]
    )
    return [_sample(line, number) for number, line in enumerate(lines, 1)]


def _sample(line: dict[str, object], number: int) -> Sample:
    try:
        spans = tuple(
            Span(int(s["start_position"]), int(s["end_position"]), str(s["entity_type"]), 1.0)
            for s in line["spans"]  # type: ignore[attr-defined]
        )
        lang = line.get("lang") or line.get("language")
        return Sample(str(line["full_text"]), str(lang) if lang else None, spans)
    except (KeyError, TypeError, ValueError, AttributeError):
        raise ConfigError(
            f"sample {number} has no full_text or spans", remedy="Use the sample format of presidio-research."
        ) from None


def score(samples: Iterable[Sample], params: ScrubParams) -> Scores:
    """Return how well scrub-pii finds what is labelled. Types are not compared: what is found is gone."""
    settings, nothing = settings_of(params), known_values(())
    by: dict[str, Score] = defaultdict(Score)
    documents = leaking = 0
    for sample in samples:
        found = engine.find([sample.text], sample.lang, nothing, settings)[0]
        documents += 1
        leaking += not all(list(_add(by, sample, found)))
    return Scores(dict(by), documents, leaking)


def _add(by: dict[str, Score], sample: Sample, found: Sequence[Span]) -> Iterator[bool]:
    """Count one sample; yield for each labelled value whether it was found."""
    mask, truth = _mask(sample.text, found), _mask(sample.text, sample.spans)
    groups = ["all", f"lang:{sample.lang or 'und'}"]
    for key in groups:
        by[key].predicted += sum(mask)
        by[key].right += sum(a and b for a, b in zip(mask, truth, strict=True))
    for span in sample.spans:
        places = [i for i in range(span.start, span.end) if not sample.text[i].isspace()]
        hit = bool(places) and sum(mask[i] for i in places) >= COVERED * len(places)
        for key in (*groups, f"type:{span.entity_type}"):
            by[key].values += 1
            by[key].found += hit
        yield hit


def _mask(text: str, spans: Iterable[Span]) -> list[bool]:
    mask = [False] * len(text)
    for span in spans:
        for index in range(span.start, min(span.end, len(text))):
            mask[index] = not text[index].isspace()
    return mask
