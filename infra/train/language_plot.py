"""The reliability plot of docs/language.md: how often answers are right, beside how sure they said they were."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

BINS = 10
LENGTHS = (("up to 15", 0, 15), ("16 to 40", 16, 40), ("41 to 150", 41, 150), ("over 150", 151, 10**9))
"""Lengths of text in code points that are told apart."""
SIDE, MARGIN = 380, 48
INK, LINE = "#1f3a5f", "#b8c4d4"


class Bin(NamedTuple):
    """Answers of like confidence: mean confidence, share that is right, how many."""

    said: float
    true: float
    count: int


def bins(sure: npt.NDArray[np.float64], right: npt.NDArray[np.bool_]) -> list[Bin]:
    """Return the answers in tenths of confidence, empty ones left out."""
    place = np.minimum((sure * BINS).astype(int), BINS - 1)
    found = [place == number for number in range(BINS)]
    return [Bin(float(sure[b].mean()), float(right[b].mean()), int(b.sum())) for b in found if b.any()]


def error(found: Sequence[Bin]) -> float:
    """Return the expected calibration error: the mean gap, weighted by count (Guo et al. 2017)."""
    total = sum(one.count for one in found)
    return sum(one.count * abs(one.said - one.true) for one in found) / total if total else 0.0


def svg(found: Sequence[Bin], title: str) -> str:
    """Return the plot as SVG: dots by count, the diagonal of perfect calibration."""
    most = max(one.count for one in found)
    dots = [
        f'<circle cx="{_x(one.said):.1f}" cy="{_y(one.true):.1f}" r="{4 + 10 * (one.count / most) ** 0.5:.1f}" '
        f'fill="{INK}" fill-opacity="0.75"><title>said {one.said:.2f}, true {one.true:.2f}, {one.count} texts</title>'
        "</circle>"
        for one in found
    ]
    ticks = [_tick(tenth / 10) for tenth in range(0, 11, 2)]
    size = SIDE + 2 * MARGIN
    return "\n".join([
        (f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {size} {size}" width="{size}" height="{size}" '
        'font-family="sans-serif" font-size="12">'),
        f'<rect width="{size}" height="{size}" fill="#ffffff"/>',
        f'<text x="{size / 2}" y="{MARGIN / 2}" text-anchor="middle" font-size="14" fill="{INK}">{title}</text>',
        *ticks,
        f'<line x1="{_x(0)}" y1="{_y(0)}" x2="{_x(1)}" y2="{_y(1)}" stroke="{INK}" stroke-dasharray="4 4"/>',
        *dots,
        f'<text x="{size / 2}" y="{size - 8}" text-anchor="middle" fill="{INK}">said: probability of the answer</text>',
        (f'<text x="14" y="{size / 2}" text-anchor="middle" fill="{INK}" transform="rotate(-90 14 {size / 2})">'
        "true: share of answers that are right</text>"),
        "</svg>\n",
    ])  # fmt: skip


def _x(share: float) -> float:
    return MARGIN + SIDE * share


def _y(share: float) -> float:
    return MARGIN + SIDE * (1 - share)


def _tick(share: float) -> str:
    """Return the two grid lines at a share, with their labels."""
    return (
        f'<path d="M{_x(share):.0f} {_y(0):.0f}V{_y(1):.0f}M{_x(0):.0f} {_y(share):.0f}H{_x(1):.0f}" stroke="{LINE}"/>'
        f'<text x="{_x(share):.0f}" y="{_y(0) + 16:.0f}" text-anchor="middle" fill="{INK}">{share:.1f}</text>'
        f'<text x="{_x(0) - 6:.0f}" y="{_y(share) + 4:.0f}" text-anchor="end" fill="{INK}">{share:.1f}</text>'
    )
