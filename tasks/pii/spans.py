"""Spans of personal data, and what happens when they overlap."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Span:
    """`text[start:end]` is of `entity_type`, with a score from 0 to 1. Offsets are code points.

    `canonical` is the canonical value where the finder knows better than the text: `Sipho` is `sipho dlamini` in a
    thread of Sipho Dlamini.
    """

    start: int
    end: int
    entity_type: str
    score: float
    canonical: str = ""

    @property
    def length(self) -> int:
        """Code points covered."""
        return self.end - self.start


def joined(spans: Iterable[Span]) -> list[Span]:
    """Return spans in order, those that overlap joined into one: of the two, nothing may stay.

    The joined span has the type of the part that is surest, then longest.
    """
    done: list[Span] = []
    best: list[Span] = []
    for span in sorted(spans, key=lambda s: (s.start, -s.end, s.entity_type)):
        if span.length <= 0:
            continue
        if done and span.start < done[-1].end:
            best[-1] = max(best[-1], span, key=lambda s: (s.score, s.length, s.entity_type))
            end = max(done[-1].end, span.end)
            done[-1] = Span(done[-1].start, end, best[-1].entity_type, best[-1].score, best[-1].canonical)
        else:
            done.append(span)
            best.append(span)
    return done
