"""How sure OCR was of a word, and what that says about correcting it."""

from __future__ import annotations

import math
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import Any

from tasks.edits import Edit

BOUNDS = (20.0, 40.0, 60.0, 70.0, 80.0, 85.0, 90.0, 93.0)
ERROR_SHARE = (0.81, 0.59, 0.50, 0.42, 0.32, 0.26, 0.21, 0.10, 0.011)
"""Share of wrong words under each confidence and from the last one on: 13,466 words of 2,400 lines in English, French
and Portuguese that `infra/train/ocr_confidence.py` drew, degraded and had read by Tesseract (seed 21)."""
USUAL_SHARE = 0.1
"""Share of wrong words that the margins without confidences were tuned for."""
WEIGHT = 0.9
"""How much a decade of odds counts: engine and word list doubt the same words."""

NARROWEST = -0.15
"""A margin is not narrowed further: what was read very unsurely is wrong, but so damaged that the nearest word is
seldom the right one (receipts: of ten corrections of words under 40, two were right)."""


@dataclass(frozen=True, slots=True)
class Confidence:
    """Words that OCR was unsure of, as (start, end, confidence 0 to 100), in code points of a text.

    Without the list (plain text) nothing is known; with it, all other words were read surely.
    """

    doubts: Sequence[tuple[int, int, float]] | None = None

    @classmethod
    def of(cls, listed: Iterable[Mapping[str, Any]] | None) -> Confidence:
        """Take what the column `doubts` holds; entries that lack a number say nothing."""
        if listed is None:
            return cls()
        rows = [(one["start"], one["end"], one["confidence"]) for one in listed if one]
        return cls(sorted(row for row in rows if None not in row))

    def moved(self, edits: Iterable[Edit]) -> Confidence:
        """Return the same for the text that `edits` (not overlapping) make of this one."""
        if not self.doubts:
            return self
        shifts = _Shifts(sorted(edits))
        return Confidence([(shifts.to(start), shifts.to(end), sure) for start, end, sure in self.doubts])

    def margin(self, start: int) -> float:
        """Return by how many decades more a correction of the string at an offset must lead; less where negative."""
        if self.doubts is None:
            return 0.0
        place = bisect_right(self.doubts, (start, math.inf, math.inf)) - 1
        is_doubted = place >= 0 and start < self.doubts[place][1]
        return _margin(self.doubts[place][2] if is_doubted else BOUNDS[-1])


def _margin(confidence: float) -> float:
    share = ERROR_SHARE[bisect_right(BOUNDS, confidence)]
    return max(NARROWEST, WEIGHT * (_odds(USUAL_SHARE) - _odds(share)))


def _odds(share: float) -> float:
    return math.log10(share / (1 - share))


class _Shifts:
    """Where offsets lie after edits; one inside of an edit moves to its start."""

    def __init__(self, edits: Sequence[Edit]) -> None:
        self._edits = edits
        self._starts = [edit.start for edit in edits]
        self._before = [0, *accumulate(len(edit.insert) - (edit.end - edit.start) for edit in edits)]

    def to(self, offset: int) -> int:
        place = bisect_left(self._starts, offset)  # edits that start before the offset
        if place and self._edits[place - 1].end > offset:
            return self._edits[place - 1].start + self._before[place - 1]
        return offset + self._before[place]
