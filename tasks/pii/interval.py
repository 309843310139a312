"""Confidence intervals of counts: how sure a share is that was seen in a sample."""

from __future__ import annotations

import math

Z = 1.959964
"""Standard deviations of a 95 % interval."""


def wilson(hits: int, total: int) -> tuple[float, float]:
    """Return the 95 % interval of a share after `hits` of `total` (Wilson, JASA 22, 1927); (0, 1) without any.

    It stays within 0 and 1 and is honest where nothing was missed: 0 misses of 40 are 0 to 8.8 %.
    """
    if not total:
        return 0.0, 1.0
    share, square = hits / total, Z * Z / total
    middle = (share + square / 2) / (1 + square)
    half = Z * math.sqrt(share * (1 - share) / total + square / (4 * total)) / (1 + square)
    return (max(0.0, middle - half) if hits else 0.0), (min(1.0, middle + half) if hits < total else 1.0)
