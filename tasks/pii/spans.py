"""Spans of personal data, and what happens when they overlap."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Span:
    """`text[start:end]` is of `entity_type`, with a score from 0 to 1. Offsets are code points."""

    start: int
    end: int
    entity_type: str
    score: float

    @property
    def length(self) -> int:
        """Code points covered."""
        return self.end - self.start


def without_overlaps(spans: Iterable[Span]) -> list[Span]:
    """Return spans in order of their start; of two that overlap the surer, then the longer one stays."""
    kept: list[Span] = []
    for span in sorted(spans, key=lambda s: (-s.score, -s.length, s.start, s.entity_type)):
        if all(span.end <= other.start or other.end <= span.start for other in kept):
            kept.append(span)
    return sorted(kept, key=lambda s: s.start)
