"""Words by likeness: those that few letters part from a string, found by RapidFuzz (MIT)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

MOST = 14
"""Words kept for one string: those with the best share of running text for their distance."""
PER_LETTER = 2.0
"""Decades of share that one letter of distance outweighs."""
AT_ONCE = 64
"""Strings compared in one go: with 60,000 words 4 MB of distances."""


def farthest(length: int) -> int:
    """Return how many letters may part a string of this length from a word."""
    return 1 if length <= 3 else 2 if length <= 6 else 3 if length <= 9 else 4


@dataclass(frozen=True)
class Vocabulary:
    """Words with the logs of their shares of running text."""

    logs: Mapping[str, float]
    by_length: Mapping[int, list[str]]

    @classmethod
    def of(cls, logs: Mapping[str, float]) -> Vocabulary:
        """Sort the words by length."""
        by_length = defaultdict[int, list[str]](list)
        for word in logs:
            by_length[len(word)].append(word)
        return cls(logs, dict(by_length))

    def near_all(self, queries: Mapping[str, Iterable[str]]) -> dict[str, list[str]]:
        """Return for each key the words that are near one of its strings, the likeliest first."""
        by_length = defaultdict[int, list[tuple[str, str]]](list)
        for key, texts in queries.items():
            for text in texts:
                by_length[len(text)].append((key, text))
        found = defaultdict[str, list[tuple[float, str]]](list)
        for length, asked in by_length.items():
            for start in range(0, len(asked), AT_ONCE):
                self._collect(asked[start : start + AT_ONCE], length, found)
        return {key: list(dict.fromkeys(word for _, word in sorted(found[key])))[:MOST] for key in queries}

    def _collect(self, asked: list[tuple[str, str]], length: int, found: dict[str, list[tuple[float, str]]]) -> None:
        import numpy as np  # noqa: PLC0415
        from rapidfuzz.distance import Levenshtein  # noqa: PLC0415
        from rapidfuzz.process import cdist  # noqa: PLC0415

        limit = farthest(length)
        for size in range(length - limit, length + limit + 1):
            words = self.by_length.get(size)
            if not words:
                continue
            texts = [text for _, text in asked]
            apart = cdist(texts, words, scorer=Levenshtein.distance, score_cutoff=limit, dtype=np.uint8)
            for row, column in zip(*(axis.tolist() for axis in (apart <= limit).nonzero()), strict=True):
                word = words[column]
                found[asked[row][0]].append((PER_LETTER * int(apart[row, column]) - self.logs[word], word))
