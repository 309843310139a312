"""What OCR makes of letters: how often one string of letters is read as another.

The tables `confusions.tsv` and `blackletter.tsv` were learned by `infra/train/ocr_confusions.py` from pages that it
renders, degrades and has read by Tesseract; no third-party text or ground truth is in them. `classic.tsv` adds by hand
what other engines are known for (`shaU`, `clamage`). All probabilities are base-10 logarithms.
"""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

Confusion = tuple[str, str]
"""What was read, and what stood there."""

ANY = -5.2
"""Log probability of a confusion that the table does not list."""


@dataclass(frozen=True)
class Channel:
    """Confusions by what was read: the strings that may have stood there, with their log probabilities."""

    by_read: Mapping[str, tuple[tuple[str, float], ...]]
    longest: int
    habits: frozenset[Confusion] = frozenset()
    """What this document was seen to have more than once or twice."""

    @classmethod
    def of(cls, confusions: Mapping[Confusion, float], habits: frozenset[Confusion] = frozenset()) -> Channel:
        """Build the channel from log probabilities."""
        by_read = defaultdict(list)
        for (read, stood), log in sorted(confusions.items()):
            by_read[read].append((stood, log))
        frozen = {read: tuple(options) for read, options in by_read.items()}
        return cls(frozen, max(map(len, frozen), default=1), habits)

    def options(self, text: str, at: int) -> Iterable[tuple[int, str, float]]:
        """Yield (length read, what may have stood there, log probability) of confusions at a place of `text`."""
        for length in range(1, min(self.longest, len(text) - at) + 1):
            for stood, log in self.by_read.get(text[at : at + length], ()):
                yield length, stood, log

    def habitual(self, text: str, at: int) -> Iterable[tuple[int, str, float]]:
        """Yield what `options` yields, but only the document's habits."""
        for length, stood, log in self.options(text, at):
            if (text[at : at + length], stood) in self.habits and log >= HABIT:
                yield length, stood, log


HABIT = -1.5
"""Log share of places from which on a confusion is the document's habit: one in thirty."""


BLACKLETTER = math.log10(0.2)
"""Log share of pages set in blackletter among those that were misread throughout."""


@cache
def learned(name: str = "confusions.tsv") -> Mapping[Confusion, float]:
    """Return a shipped table."""
    table: dict[Confusion, float] = {}
    for line in files(__package__).joinpath(name).read_text(encoding="utf-8").splitlines():
        if line and not line.startswith("#"):
            read, stood, share = line.split("\t")
            if read.lower() != stood.lower():
                # words are compared in small letters, but a capital is misread in its own ways
                log = math.log10(float(share))
                table[read, stood.lower()] = max(log, table.get((read, stood.lower()), log))
    return table


@cache
def roman() -> Mapping[Confusion, float]:
    """Return the table for a page of Roman type: what our pages show, and what other engines are known for."""
    return {**learned("classic.tsv"), **learned()}


@cache
def with_blackletter() -> Mapping[Confusion, float]:
    """Return the table for a page that may be blackletter read by a model of Roman type."""
    table = dict(roman())
    for confusion, log in learned("blackletter.tsv").items():
        table[confusion] = max(log + BLACKLETTER, table.get(confusion, log + BLACKLETTER))
    return table


PRIOR_WEIGHT = 60
"""Places seen before a document's own share of a confusion weighs as much as the table's."""
MIN_SEEN = 3
"""Corrections of one kind before a document's own share counts at all."""


def adapted(
    base: Mapping[Confusion, float],
    seen: Counter[Confusion],
    places: Callable[[str], int],
    believed: frozenset[Confusion],
) -> Channel:
    """Return the channel of one document.

    A press's long s or a blackletter's d is misread the same way on every page: `seen` counts the corrections of a
    first pass, `places` how often what was put there stands in the text; the habits are those of the `believed` that
    are frequent enough.
    """
    own = {}
    for confusion in {*base, *seen}:
        count = seen[confusion] if seen[confusion] >= MIN_SEEN or confusion in base else 0
        if count or confusion in base:
            prior = 10 ** base.get(confusion, ANY)
            share = (count + prior * PRIOR_WEIGHT) / (places(confusion[1]) + count + PRIOR_WEIGHT)
            own[confusion] = math.log10(min(0.9, share))
    habits = frozenset(one for one in believed if seen[one] >= MIN_SEEN and own[one] >= HABIT)
    return Channel.of(own, habits)
