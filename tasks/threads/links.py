"""Which messages belong together: a union of everything that shares a key, and of what the fallbacks' rules accept."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from typing import NamedTuple

DAY = 86_400_000_000
"""Microseconds of a day."""


class Sets:
    """Disjoint sets of names (union–find, by size, with path halving): near-linear."""

    def __init__(self) -> None:
        self._parent: dict[str, str] = {}
        self._size: dict[str, int] = {}

    def find(self, name: str) -> str:
        """Return the name that stands for the set of `name`, a new set if it was unknown."""
        parent = self._parent
        if name not in parent:
            parent[name] = name
            self._size[name] = 1
            return name
        while parent[name] != name:
            parent[name] = name = parent[parent[name]]
        return name

    def union(self, one: str, two: str) -> None:
        """Make one set of the sets of two names."""
        a, b = self.find(one), self.find(two)
        if a == b:
            return
        if self._size[a] < self._size[b]:
            a, b = b, a
        self._parent[b] = a
        self._size[a] += self._size[b]

    def union_all(self, names: Iterable[str]) -> None:
        """Make one set of the sets of all names."""
        first, *others = names
        for other in others:
            self.union(first, other)


class Seat(NamedTuple):
    """A message in a bucket: when it was written, the name it has in `Sets`, and what the rules ask."""

    moment: int | None
    node: str
    is_reply: bool
    dangling: bool
    is_ticket: bool


class Buckets:
    """Messages by bucket."""

    def __init__(self) -> None:
        self._seats: defaultdict[str, list[Seat]] = defaultdict(list)

    def add(self, bucket: str, seat: Seat) -> None:
        """Put a message into a bucket."""
        self._seats[bucket].append(seat)

    def names(self) -> list[str]:
        """Return the buckets that hold anything."""
        return list(self._seats)

    def link(self, sets: Sets, window: int) -> None:
        """Join what the rules accept; `window` in microseconds."""
        for bucket, seats in self._seats.items():
            if len(seats) > 1:
                for one, two in _RULES[bucket[0]](seats, window):
                    sets.union(one, two)


def _ticket(seats: list[Seat], _window: int) -> Iterator[tuple[str, str]]:
    """A mail that names a ticket's number and its requester belongs to it; two such mails, or two tickets, do not."""
    tickets = [seat.node for seat in seats if seat.is_ticket]
    mails = [seat.node for seat in seats if not seat.is_ticket]
    if tickets and mails:
        yield from ((tickets[0], node) for node in [*mails, *tickets[1:]])


def _subject(seats: list[Seat], window: int) -> Iterator[tuple[str, str]]:
    """Between two people, a reply that does not say to what looks for company."""
    return _near((seat for seat in seats if seat.moment is not None), window, lambda seat: seat.dangling)


def _list(seats: list[Seat], window: int) -> Iterator[tuple[str, str]]:
    """On a mailing list every reply does: there the messages that references name are often not at hand."""
    return _near((seat for seat in seats if seat.moment is not None), window, lambda seat: seat.is_reply)


def _near(seats: Iterable[Seat], window: int, looking: Callable[[Seat], bool]) -> Iterator[tuple[str, str]]:
    """Join what looks for company with what is up to `window` older, and with replies up to `window` younger.

    Each seat is looked at once or twice.
    """
    ordered = sorted(seats, key=lambda seat: (seat.moment, seat.is_reply, seat.node))
    moments = [seat.moment or 0 for seat in ordered]
    previous, start = -1, 0
    for place, seat in enumerate(ordered):
        near = previous >= 0 and moments[place] - moments[previous] <= window
        if near and seat.is_reply:
            yield ordered[previous].node, seat.node
        if not looking(seat):
            continue
        start = max(start, previous)
        while moments[start] < moments[place] - window:
            start += 1
        yield from ((ordered[other].node, seat.node) for other in range(start, place))
        previous = place


_RULES = {"s": _subject, "l": _list, "t": _ticket}
"""What joins the messages of a bucket, by the first letter of its name."""
