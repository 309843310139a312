"""What a document is like: how noisy it was read, and how old its spelling is."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass

from tasks.correct.context import Model
from tasks.correct.lexicon import NEVER, Lexicon
from tasks.correct.spelling import modern_forms
from tasks.correct.tokens import Run

SHORTEST = 3
"""Shorter strings tell nothing about a document."""
SPELLED = -5.5
"""What an old spelling stands for is at least this frequent."""


@dataclass(frozen=True, slots=True)
class Condition:
    """What a document is like. All in decades.

    `old`: log share of old spellings; `noise`: how much likelier misreadings are than the table says; `strangeness`:
    by how much more a correction must lead.
    """

    old: float
    noise: float
    strangeness: float


OLD_SEEN, WORDS_SEEN = 0.3, 150
"""Old spellings among so many words before a document's own share of them counts: one in 500."""
WORDS_UNKNOWN = 25
"""Words before a document's own share of unknown ones counts: half an unknown word in so many."""
UNKNOWN_SHARE = 0.02
"""Share of unknown small-letter words in sound text."""
OLD_UNKNOWN = 3.0
"""Unknown words that an old text has for every old spelling that the rules can tell."""
NOISIEST = 1.0
OLDISH = -2.2
"""Log share of old spellings from which on a document is strange, by `STRANGER` decades for each decade more."""
STRANGER = 2.0

USUAL = Condition(-2.7, 0.0, 0.0)
"""Of a sound text of today."""


def condition_of(found: Iterable[Run], lexicon: Lexicon, model: Model) -> Condition:
    """Tell what a document with these runs is like."""
    small = [run.text for run in found if len(run.text) >= SHORTEST and run.text.islower()]
    unknown = [word for word in small if word not in model]
    old = sum(bool(spellings(word, lexicon)) for word in unknown)
    log = math.log10((old + OLD_SEEN) / (len(small) + WORDS_SEEN))
    expected = UNKNOWN_SHARE + OLD_UNKNOWN * old / (len(small) + WORDS_UNKNOWN * 2)
    noise = math.log10((len(unknown) - old + 0.5) / (len(small) + WORDS_UNKNOWN) / expected)
    return Condition(log, max(0.0, min(NOISIEST, noise)), STRANGER * max(0.0, log - OLDISH))


def spellings(word: str, lexicon: Lexicon, least: float = SPELLED) -> list[tuple[str, float]]:
    """Return the much commoner words that a string may be an old spelling of, with the log of their frequencies.

    Those that are rarer than `least` are left out.
    """
    own = max((lexicon.log_frequency(word) or NEVER) + 1, least)
    forms = ((form, lexicon.log_frequency(form)) for form in modern_forms(word) if len(form) > 1)
    return [(form, log) for form, log in forms if log is not None and log > own]
