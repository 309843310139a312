"""Tune the weights of the n-gram model so that it tells languages apart, not only knows each one: logistic regression.

It starts from the naive Bayes weights and changes only entries that the table has, so the model stays as small and as
fast as it was. The snippets that it learns from are cut from the same text as the n-grams were counted in; each is
judged by the weights that its own language would have had without it (leave-one-out), as a text not seen would be.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from tasks.language.hashing import SHORTEST, WORD, features, keys
from tasks.language.letters import letters
from tasks.language.ngram_model import STEPS, NgramModel, prepared
from tasks.language.tags import AFRICAN, WORLD

DAMPING = 0.6
"""As the pool divides evidence by its amount (`ngrams.damping`)."""
RATE = 0.3
WINDOWS = (1, 1, 2, 2, 3, 3, 4, 6, 10)
WORDS = (1, 1, 1, 2, 2, 3)
"""Words of a snippet: cut from running text, or drawn from a list of words."""
ROUNDS, CHUNK = 2, 30_000
NEVER_ALL = 0.97
"""A snippet is never taken for more than this share of what is known of an n-gram."""
Array = npt.NDArray[np.float64]


class Source(NamedTuple):
    """Text of one source in one language. `share`: its part of the language's mixture; `words`: lines are words."""

    lines: list[str]
    share: float
    words: bool


class Snippet(NamedTuple):
    """A short text, its language (its place in the model's), and what one n-gram of it adds to p, by order."""

    text: str
    language: int
    weight: Array


@dataclass
class Batch:
    """Places in the table that snippets have (`place`, `owner`), `scale` and `less` by snippet, its language."""

    place: npt.NDArray[np.int64]
    owner: npt.NDArray[np.int64]
    scale: Array
    less: Array
    language: npt.NDArray[np.int64]


def tune(model: NgramModel, texts: Mapping[str, Sequence[Source]], emphasis: Mapping[int, float]) -> NgramModel:
    """Return the model with tuned weights. `texts` by language; `emphasis` as the weights were made with."""
    weight = model.weight.astype(np.float64) * (-model.floor / STEPS)
    before, seen = weight.copy(), np.full(len(weight), 1e-3)
    for number in range(ROUNDS):
        snippets = list(_snippets(model, texts, random.Random(10 + number)))
        random.Random(number).shuffle(snippets)
        right = [
            _step(model, weight, seen, _batch(model, before, snippets[at : at + CHUNK], emphasis))
            for at in range(0, len(snippets), CHUNK)
        ]
        print(f"round {number}: {len(snippets)} snippets, {100 * float(np.mean(right)):.1f} % right")
    return replace(model, weight=np.round(np.clip(weight, 0, -model.floor) * (STEPS / -model.floor)).astype(np.uint8))


def _snippets(model: NgramModel, texts: Mapping[str, Sequence[Source]], rng: random.Random) -> Iterator[Snippet]:
    for language, tag in enumerate(model.languages):
        found = [source for source in texts.get(tag, ()) if source.lines]
        weights = [_weight_of_one(source, rng) for source in found]
        chances = [source.share * min(1.0, len(source.lines) / 300) for source in found]
        for at in rng.choices(range(len(found)), chances, k=snippets_of(tag)) if found else ():
            if text := _cut(found[at], rng):
                yield Snippet(text, language, weights[at])


def snippets_of(tag: str) -> int:
    """Return how many snippets of a language a round has: more where its neighbours are near, and where it matters."""
    if tag in SOUTH_AFRICAN:
        return 8_000
    return 4_000 if tag in (*AFRICAN, *WORLD) else 900


SOUTH_AFRICAN = frozenset({"af", "en", "nr", "nso", "ss", "st", "tn", "ts", "ve", "xh", "zu"})


def _cut(source: Source, rng: random.Random) -> str:
    if source.words:
        return " ".join(rng.choice(source.lines) for _ in range(rng.choice(WORDS)))
    found = rng.choice(source.lines).split()
    size = rng.choice(WINDOWS)
    at = rng.randrange(max(1, len(found) - size + 1))
    return " ".join(found[at : at + size])


def _weight_of_one(source: Source, rng: random.Random) -> Array:
    """Return what one n-gram adds to the probability of itself in the mixture, by order."""
    some = rng.sample(source.lines, min(len(source.lines), 1_500))
    sizes = np.array([len(word) for line in some for word in line.split()] or [1])
    more = sum(map(len, source.lines)) / max(1, sum(map(len, some)))
    counts = [np.maximum(0, sizes + SHORTEST - order).sum() for order in range(WORD)]
    counts.append((sizes > SHORTEST).sum())
    return source.share / np.maximum(1.0, more * np.array(counts))


def _batch(model: NgramModel, before: Array, snippets: Sequence[Snippet], emphasis: Mapping[int, float]) -> Batch:
    code, owner = prepared(letters([snippet.text for snippet in snippets]))
    amount, parts = np.zeros(len(snippets)), []
    for gram in features(code, model.longest):
        text = owner[gram.last]
        amount += np.bincount(text, minlength=len(snippets))
        place = model._find(keys(gram.order, gram.hashed))  # noqa: SLF001 - training is its other half
        parts.append((place[place >= 0], text[place >= 0], np.full((place >= 0).sum(), gram.order)))
    place, text, order = (np.concatenate(column) for column in zip(*parts, strict=True))
    language = np.array([snippet.language for snippet in snippets])
    less = _without_itself(model, before, snippets, (place, text, order), emphasis)
    return Batch(place, text.astype(np.int64), np.maximum(amount, 1.0) ** -DAMPING, less, language)


def _entries(model: NgramModel, place: npt.NDArray[np.int64]) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """Return the entries of n-grams, and for each entry which of the n-grams it is of."""
    first = model.start[place].astype(np.int64)
    count = model.start[place + 1] - first
    entry = np.arange(count.sum()) + np.repeat(first - (np.cumsum(count) - count), count)
    return entry, np.repeat(np.arange(len(place)), count)


def _without_itself(
    model: NgramModel,
    before: Array,
    snippets: Sequence[Snippet],
    grams: tuple[npt.NDArray[np.int64], npt.NDArray[np.int32], npt.NDArray[np.int64]],
    emphasis: Mapping[int, float],
) -> Array:
    """Return what each snippet's evidence for its own language loses when its own n-grams are not counted."""
    place, text, order = grams
    entry, gram = _entries(model, place)
    own = model.language[entry] == np.array([snippet.language for snippet in snippets])[text[gram]]
    entry, gram = entry[own], gram[own]
    factor = np.array([emphasis.get(o, 1.0) for o in range(WORD + 1)])[order[gram]]
    added = np.array([snippet.weight for snippet in snippets])[text[gram], order[gram]]
    share = added / np.exp(before[entry] / factor + model.floor)
    loss = np.where(share < NEVER_ALL, np.log1p(-np.minimum(share, NEVER_ALL)) * factor, -before[entry])
    return np.bincount(text[gram], weights=np.maximum(loss, -before[entry]), minlength=len(snippets))


def _step(model: NgramModel, weight: Array, seen: Array, batch: Batch) -> float:
    """Take one step of Adagrad down the cross-entropy, in place; return the share of snippets told right before it."""
    size, languages = len(batch.language), len(model.languages)
    entry, gram = _entries(model, batch.place)
    cell = batch.owner[gram] * languages + model.language[entry]
    logit = np.bincount(cell, weights=weight[entry], minlength=size * languages).reshape(size, languages)
    rows = np.arange(size)
    logit[rows, batch.language] += batch.less
    logit *= batch.scale[:, None]
    chance = np.exp(logit - logit.max(axis=1, keepdims=True))
    chance /= chance.sum(axis=1, keepdims=True)
    right = float((chance.argmax(axis=1) == batch.language).mean())
    chance[rows, batch.language] -= 1
    slope = np.bincount(entry, weights=(chance * batch.scale[:, None]).ravel()[cell], minlength=len(weight))
    touched = np.flatnonzero(slope)
    seen[touched] += slope[touched] ** 2
    moved = weight[touched] - RATE * slope[touched] / np.sqrt(seen[touched])
    weight[touched] = np.clip(moved, 0, -model.floor)
    return right
