"""What ails a document, from its words alone: nothing, bad reading, or a language and spelling that no list knows.

All three have unlisted words, but misreadings make strings that cannot be pronounced: their letters follow each other
in ways that the language's words do not. Old, dialect and foreign words are as regular as the listed ones. The bounds
come from the texts of the OCR sets, by language.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum

from tasks.correct.lexicon import NEVER, Lexicon
from tasks.correct.spelling import modern_forms

SHORTEST = 3
"""Shorter strings tell nothing."""
ENOUGH = 25
"""Small-letter words (running) without which a document is taken for sound."""
UNLISTED = 0.2
"""Share of small-letter words on no list from which on a document is not sound. Today's texts and nineteenth-century
English have 1 to 9 %."""
IRREGULAR = 0.22
"""Decades per letter by which unlisted words must be less likely than listed ones for bad reading: Latin texts have up
to 0.16, sixteenth-century ones 0.23, misread pages 0.23 to 0.8."""
SPELLED = 0.2
"""Share of the unlisted words that are old spellings of common ones from which on the spelling is to blame: old texts
have 0.26 and more, misread pages up to 0.12, misread old ones 0.19."""


class Ailment(Enum):
    """What ails a document."""

    NONE = "none"
    MISREAD = "misread"
    UNFAMILIAR = "unfamiliar"


def ailment(counts: Mapping[str, int], lexicon: Lexicon) -> Ailment:
    """Tell what ails a document with these words (how often each)."""
    small = {word: count for word, count in counts.items() if len(word) >= SHORTEST and word.islower()}
    unlisted = {word: count for word, count in small.items() if word not in lexicon}
    if sum(small.values()) < ENOUGH or sum(unlisted.values()) < UNLISTED * sum(small.values()):
        return Ailment.NONE
    if sum(count for word, count in unlisted.items() if is_spelling(word, lexicon)) > SPELLED * sum(unlisted.values()):
        return Ailment.UNFAMILIAR
    irregular = _mean([word for word in small if word in lexicon], lexicon) - _mean(list(unlisted), lexicon)
    return Ailment.MISREAD if irregular > IRREGULAR else Ailment.UNFAMILIAR


COMMON = -5.7
"""What an old spelling stands for is a word at least this frequent: rare ones resemble everything."""


def is_spelling(word: str, lexicon: Lexicon) -> bool:
    """Tell whether a string is an old or regional spelling of a listed word."""
    forms = [form for form in modern_forms(word.lower()) if len(form) >= SHORTEST]
    return any((lexicon.log_frequency(form) or NEVER) > COMMON for form in forms)


def _mean(words: list[str], lexicon: Lexicon) -> float:
    """Return the mean log probability of a letter over distinct words."""
    return sum(lexicon.log_unknown(word) / (len(word) + 1) for word in words) / max(1, len(words))
