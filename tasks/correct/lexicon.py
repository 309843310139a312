"""What a language's words look like: how frequent each is, and how likely an unknown string is to be one.

Word counts come from the package wordfreq 3.1 (code Apache-2.0; counts CC BY-SA 4.0, from Wikipedia, subtitles, news,
books and the web). All probabilities are base-10 logarithms.
"""

from __future__ import annotations

import math
from bisect import bisect_left
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache

NEVER = -99.0
"""Log probability of what does not occur."""
REACHED = -7.4
"""Beginnings of rarer words only are not followed: nothing rare is frequent enough to be what was meant."""
KNOWN_PREFIX = 5
"""Letters of a beginning for which the commonest word is known."""
EDGE = "\x02"
MODEL_WORDS = 40_000
"""Words that the letter model is made from: the commonest, each counted once, so that it knows what is usual."""
SMOOTHING = 0.05
LONG_S = str.maketrans({"ſ": "s", "ß": "ss"})
"""Letters that the lists do not have: they fold the German sharp s too."""


@dataclass(frozen=True)
class Letters:
    """A letter model: the probability of each letter after the two before it, over distinct words."""

    pairs: Mapping[str, int]
    triples: Mapping[str, int]
    alphabet: int

    @classmethod
    def of(cls, words: Iterable[str]) -> Letters:
        """Count the letters of `words`."""
        pairs, triples = Counter[str](), Counter[str]()
        for word in words:
            framed = f"{EDGE}{EDGE}{word}{EDGE}"
            for end in range(3, len(framed) + 1):
                triples[framed[end - 3 : end]] += 1
                pairs[framed[end - 3 : end - 1]] += 1
        return cls(pairs, triples, len({triple[2] for triple in triples}) + 1)

    def log_probability(self, word: str) -> float:
        """Return the log probability of the string as a word of this language."""
        framed = f"{EDGE}{EDGE}{word}{EDGE}"
        total = 0.0
        for end in range(3, len(framed) + 1):
            seen = self.triples.get(framed[end - 3 : end], 0) + SMOOTHING
            total += math.log10(seen / (self.pairs.get(framed[end - 3 : end - 1], 0) + SMOOTHING * self.alphabet))
        return total


class Lexicon:
    """The words of one language."""

    def __init__(self, lang: str, frequencies: Mapping[str, float]) -> None:
        self.lang = lang
        usable = {word: value for word, value in frequencies.items() if word.isalpha()}
        self._logs = {word: math.log10(value) for word, value in usable.items()}
        self._sorted = sorted(usable)
        ranked = sorted(usable, key=usable.__getitem__, reverse=True)  # stable, and the package's order is fixed
        self.best_start: dict[str, float] = {}
        """Log of the commonest word by its first letters, KNOWN_PREFIX at most."""
        for word in ranked:
            log = self._logs[word]
            if log < REACHED:
                break
            for length in range(min(len(word), KNOWN_PREFIX) + 1):
                self.best_start.setdefault(word[:length], log)
        self._letters = Letters.of(ranked[:MODEL_WORDS])
        self.alphabet = tuple(sorted({letter for word in ranked[:MODEL_WORDS] for letter in word}))

    def __contains__(self, word: str) -> bool:
        return word in self._logs or word.lower().translate(LONG_S) in self._logs

    def log_frequency(self, word: str) -> float | None:
        """Return the log of the word's share of running text, None when it is not listed."""
        return self._logs.get(word.lower().translate(LONG_S))

    def above(self, log: float) -> dict[str, float]:
        """Return the words more frequent than this, with the logs of their shares of running text."""
        return {word: own for word, own in self._logs.items() if own > log}

    def share(self, word: str) -> float:
        """Return the word's share of running text, 0 when it is not listed."""
        log = self.log_frequency(word)
        return 0.0 if log is None else 10**log

    def log_unknown(self, word: str) -> float:
        """Return the log probability of the string as a word that no list holds."""
        return self._letters.log_probability(word.lower().translate(LONG_S))

    def best_log(self, prefix: str) -> float:
        """Return at least the log of the commonest word with this beginning in small letters, NEVER without one."""
        best = self.best_start.get(prefix[:KNOWN_PREFIX], NEVER)
        if len(prefix) <= KNOWN_PREFIX or best == NEVER:
            return best
        index = bisect_left(self._sorted, prefix)
        return best if index < len(self._sorted) and self._sorted[index].startswith(prefix) else NEVER


@cache
def lexicon(lang: str) -> Lexicon | None:
    """Return the lexicon of a language (BCP-47), None when there is no list for it."""
    import wordfreq  # noqa: PLC0415

    primary = lang.partition("-")[0].lower()
    for size in ("large", "small"):
        if primary in wordfreq.available_languages(size):
            return Lexicon(primary, wordfreq.get_frequency_dict(primary, size))
    return None
