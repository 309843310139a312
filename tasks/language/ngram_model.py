"""The model of our own: weights of character n-grams, one sparse table for all its languages.

A weight is a log-probability above a floor, in steps, so that an n-gram which a language lacks needs no entry.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from tasks.language.hashing import EDGE, SHORTEST, features, keys, with_edges
from tasks.language.letters import Letters

STEPS = 255
LONG = 80
"""Letters of a text after which trigrams are not looked up: half of the time, and nothing that the rest won't say."""
BUCKET_BITS = 20
"""Keys are found by their upper bits first: a bucket then holds one or two."""


@dataclass(frozen=True)
class NgramModel:
    """`key` is sorted; the entries of key i are `start[i]` to `start[i + 1]` of `language` and `weight` (1–255).

    `floor`: log-probability of an n-gram without entry.
    Its n-grams are those of `hashing.features`, whole words among them.
    """

    languages: tuple[str, ...]
    floor: float
    longest: int
    key: npt.NDArray[np.uint32]
    start: npt.NDArray[np.int32]
    language: npt.NDArray[np.uint8]
    weight: npt.NDArray[np.uint8]
    bucket: npt.NDArray[np.uint32]

    @classmethod
    def load(cls, path: Path) -> NgramModel:
        """Read a model that `infra/train/language.py` wrote."""
        with np.load(path, allow_pickle=False) as data:
            key = np.cumsum(data["key_step"], dtype=np.uint32)
            head = tuple(data["languages"].tolist()), float(data["floor"]), int(data["longest"])
            return cls.of(*head, key, data["count"], data["language"], data["weight"])

    @classmethod
    def of(
        cls,
        languages: tuple[str, ...],
        floor: float,
        longest: int,
        key: npt.NDArray[np.uint32],
        count: npt.NDArray[np.integer],
        language: npt.NDArray[np.uint8],
        weight: npt.NDArray[np.uint8],
    ) -> NgramModel:
        """Return the model with these entries; `count` tells how many each key has."""
        start = np.zeros(len(key) + 1, dtype=np.int32)
        np.cumsum(count, out=start[1:])
        edges = np.arange((1 << BUCKET_BITS) + 1, dtype=np.uint64) << np.uint64(32 - BUCKET_BITS)
        bucket = np.searchsorted(key, edges).astype(np.uint32)
        return cls(languages, floor, longest, key, start, language, weight, bucket)

    def score(self, letters: Letters, rows: int) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
        """Return (evidence, amount): for each text and language the sum of log p - floor; how many n-grams it had."""
        code, owner = prepared(letters)
        evidence = np.zeros(rows * len(self.languages))
        amount = np.zeros(rows)
        is_short = np.bincount(owner, minlength=rows) <= LONG
        for gram in features(code, self.longest):
            text, hashed = owner[gram.last], gram.hashed
            amount += np.bincount(text, minlength=rows)
            if gram.order == SHORTEST:
                text, hashed = text[is_short[text]], hashed[is_short[text]]
            place = self._find(keys(gram.order, hashed))
            evidence += self._sum(place[place >= 0], text[place >= 0], len(evidence))
        return evidence.reshape(rows, -1) * (-self.floor / STEPS), amount

    def _find(self, wanted: npt.NDArray[np.uint32]) -> npt.NDArray[np.int64]:
        """Return the place of each key, or -1."""
        slot = (wanted >> np.uint32(32 - BUCKET_BITS)).astype(np.int64)
        low, high = self.bucket[slot].astype(np.int64), self.bucket[slot + 1].astype(np.int64)
        found = np.full(len(wanted), -1, dtype=np.int64)
        active = np.flatnonzero(low < high)
        while active.size:
            place = low[active]
            hit = self.key[place] == wanted[active]
            found[active[hit]] = place[hit]
            low[active] += 1
            active = active[~hit & (low[active] < high[active])]
        return found

    def _sum(self, place: npt.NDArray[np.int64], owner: npt.NDArray[np.int32], size: int) -> npt.NDArray[np.float64]:
        """Return the summed weights by text and language, as one flat array of `size` cells."""
        first = self.start[place]
        count = self.start[place + 1] - first
        ends = np.cumsum(count)
        entry = np.arange(count.sum()) + np.repeat(first - (ends - count), count)
        cell = np.repeat(owner.astype(np.int64) * len(self.languages), count) + self.language[entry]
        return np.asarray(np.bincount(cell, weights=self.weight[entry], minlength=size), dtype=np.float64)


def prepared(letters: Letters) -> tuple[npt.NDArray[np.uint32], npt.NDArray[np.int32]]:
    """Return the codes and owners that n-grams are taken from: each run of separators is one EDGE."""
    kept = with_edges(letters.code)
    code = letters.code[kept]
    return np.where(code == 0, np.uint32(EDGE), code), letters.owner[kept]
