"""How many values may be left, with an interval, from what became of the canaries."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from tasks.pii.canaries import Planted

DRAWS = 4000
"""Draws of the simulation: the ends of the interval move by about one in a hundred from seed to seed."""


@dataclass(frozen=True)
class Residual:
    """`low` to `high` of `values` found values are the 95 % interval of how many more were missed and published.

    `unknown` of the values are of types that have no canaries: nothing is said of them.
    """

    values: int
    low: int
    high: int
    unknown: int


def residual(values: Mapping[str, int], planted: Sequence[Planted]) -> Residual:
    """Return how many values may be left beside those that were replaced.

    A type's miss rate after `left` of `planted` canaries is drawn from the Beta distribution with Jeffreys' prior
    (Brown, Cai, DasGupta 2001); a rate p means p / (1 - p) missed values for each that was found. What audit-leaks
    would hold back is not published and counts neither way.
    """
    import numpy as np  # noqa: PLC0415  heavy

    generator = np.random.default_rng(0)
    known = {p.entity_type: p for p in planted}
    missed = np.zeros(DRAWS)
    for label in sorted(values.keys() & known.keys()):
        one = known[label]
        rates = generator.beta(one.left + 0.5, one.planted - one.missed + 0.5, DRAWS)
        missed += values[label] * rates / (1 - rates)
    low, high = np.quantile(missed, [0.025, 0.975])
    counted = sum(count for label, count in values.items() if label in known)
    return Residual(counted, math.floor(low), math.ceil(high), sum(values.values()) - counted)
