"""What a document is like: how noisy it was read, and how old its spelling is."""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable
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
    by how much more a correction must lead; `jargon`: the same, where neighbours do not speak for it.
    """

    old: float
    noise: float
    strangeness: float
    jargon: float = 0.0


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
MENDED, MENDED_WORDS = 0.35, 4.0
"""Share of a misread document's unknown words that the first pass can mend, and how many of them it takes to doubt it.
Of clean texts full of names, slang, terms or words of other languages it is 0 to 0.2."""
JARGON = 2.5
"""By how many decades more a correction must lead for each decade of odds that the share lacks."""
JARGON_NOISE = 1.0
"""And how much of that is noise that there is not."""

USUAL = Condition(-2.7, 0.0, 0.0)
"""Of a sound text of today."""


def condition_of(
    found: Iterable[Run], lexicon: Lexicon, model: Model, mended: Collection[str] | None = None
) -> Condition:
    """Tell what a document with these runs is like.

    `mended`: the strings that a first pass corrected. Where these are few among the unknown ones, the document has
    words of its own rather than misreadings.
    """
    small = [run.text for run in found if len(run.text) >= SHORTEST and run.text.islower()]
    unknown = [word for word in small if word not in model]
    new = [word for word in unknown if not spellings(word, lexicon)]
    old = len(unknown) - len(new)
    log = math.log10((old + OLD_SEEN) / (len(small) + WORDS_SEEN))
    expected = UNKNOWN_SHARE + OLD_UNKNOWN * old / (len(small) + WORDS_UNKNOWN * 2)
    noise = math.log10((len(new) + 0.5) / (len(small) + WORDS_UNKNOWN) / expected)
    jargon = 0.0 if mended is None else _jargon(len(new), sum(word in mended for word in new))
    noise = max(0.0, min(NOISIEST, noise) - JARGON_NOISE * jargon)
    return Condition(log, noise, STRANGER * max(0.0, log - OLDISH), jargon)


def _jargon(unknown: int, mended: int) -> float:
    share = (mended + MENDED_WORDS * MENDED) / (unknown + MENDED_WORDS)
    return JARGON * max(0.0, _odds(MENDED) - _odds(min(0.95, share)))


def _odds(share: float) -> float:
    return math.log10(share / (1 - share))


def spellings(word: str, lexicon: Lexicon, least: float = SPELLED) -> list[tuple[str, float]]:
    """Return the much commoner words that a string may be an old spelling of, with the log of their frequencies.

    Those that are rarer than `least` are left out.
    """
    own = max((lexicon.log_frequency(word) or NEVER) + 1, least)
    forms = ((form, lexicon.log_frequency(form)) for form in modern_forms(word) if len(form) > 1)
    return [(form, log) for form, log in forms if log is not None and log > own]
