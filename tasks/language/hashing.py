"""Hashes of character n-grams, the same in training and at run time, over whole arrays."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

EDGE = 1
"""Stands for whatever separates words: n-grams see where words begin and end."""
SHORTEST = 3
"""Letters of the shortest n-grams: shorter ones would cost half the time and gain nothing measurable."""
WORD = 7
"""The order of whole words, after that of the longest n-grams."""
SHORTEST_WORD, LONGEST_WORD = 5, 20
"""Letters of whole words: shorter ones are n-grams with both edges already."""
_MULTIPLIER = np.uint64(0x9E3779B97F4A7C15)
_SHIFT = np.uint64(29)

Hashes = npt.NDArray[np.uint64]
Codes = npt.NDArray[np.uint32]


class Grams(NamedTuple):
    """All n-grams of one order: index of the last letter, hash."""

    order: int
    last: npt.NDArray[np.intp]
    hashed: Hashes


def extend(prefix: Hashes, code: Codes) -> Hashes:
    """Return the hashes of n-grams from the hashes of their first n-1 letters and their last letter."""
    mixed = (prefix * _MULTIPLIER) ^ (code.astype(np.uint64) + np.uint64(0x1000))
    return np.asarray(mixed ^ (mixed >> _SHIFT), dtype=np.uint64)


def with_edges(code: Codes) -> npt.NDArray[np.intp]:
    """Return which characters to keep so that every run of separators is one, the first character among them."""
    kept = code != 0
    kept[1:] |= code[:-1] != 0
    kept[:1] = True
    return np.flatnonzero(kept)


def ngrams(code: Codes, longest: int) -> Iterator[Grams]:
    """Yield the n-grams within words, order by order.

    `code` holds letters and EDGE, which may begin or end an n-gram but not stand inside.
    """
    last = np.arange(len(code))
    hashed = np.zeros(len(last), dtype=np.uint64)
    for order in range(1, longest + 1):
        hashed = extend(hashed, code[last])
        yield Grams(order, last, hashed)
        goes_on = (last + 1 < len(code)) & ((code[last] != EDGE) | (order == 1))
        last, hashed = last[goes_on] + 1, hashed[goes_on]


def words(code: Codes) -> Grams:
    """Return whole words of SHORTEST_WORD to LONGEST_WORD letters, without their edges, as one more order."""
    edge = np.flatnonzero(code == EDGE)
    size = np.diff(edge) - 1
    fits = (size >= SHORTEST_WORD) & (size <= LONGEST_WORD)
    at, last = edge[:-1][fits] + 1, edge[1:][fits]
    hashed = np.full(len(at), WORD, dtype=np.uint64)
    active = np.arange(len(at))
    while active.size:
        hashed[active] = extend(hashed[active], code[at[active]])
        at[active] += 1
        active = active[at[active] < last[active]]
    return Grams(WORD, last, hashed)


def features(code: Codes, longest: int) -> Iterator[Grams]:
    """Yield what the model looks at: n-grams of SHORTEST to `longest` letters, and whole words."""
    yield from (gram for gram in ngrams(code, longest) if gram.order >= SHORTEST)
    yield words(code)


def keys(order: int, hashed: Hashes) -> npt.NDArray[np.uint32]:
    """Return the 32-bit keys of n-grams of one order, as the model file has them."""
    return (((hashed ^ np.uint64(order)) * _MULTIPLIER) >> np.uint64(32)).astype(np.uint32)
