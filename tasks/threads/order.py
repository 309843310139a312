"""The order of the messages in a thread, and who speaks in each."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise

from tasks.threads.message import Domains, Message

NEVER = -(1 << 62)
"""The moment of what has no date and no dated ancestor: it comes first."""


def in_order(thread: Sequence[Message]) -> list[Message]:
    """Return the messages by date, but never an answer before what it answers, whatever the clocks said.

    Ties: depth in the tree, place in the ticket, then the key and the id: independent of the order they were given in.
    """
    messages = sorted(thread, key=lambda m: (m.moment is None, m.moment or 0, m.own, m.record_id))
    places = _places(messages, _parents(messages))
    return [message for _, message in sorted(zip(places, messages, strict=True), key=lambda pair: _rank(*pair))]


def _rank(place: tuple[int, int], message: Message) -> tuple[int, int, int, tuple[str, ...], str]:
    turn = -1 if message.turn is None else message.turn
    return (*place, turn, message.own, message.record_id)


def _parents(messages: Sequence[Message]) -> list[int | None]:
    """Return for each message the place of the nearest ancestor that is here; for an undated turn, the turn before."""
    by_key: dict[str, int] = {}
    for place, message in enumerate(messages):
        for key in message.own:
            by_key.setdefault(key, place)
    parents = [
        next((by_key[key] for key in reversed(message.references) if by_key.get(key, place) != place), None)
        for place, message in enumerate(messages)
    ]
    for before, after in _turn_pairs(messages):
        if messages[after].moment is None and parents[after] is None:
            parents[after] = before
    return _without_circles(parents)


def _turn_pairs(messages: Sequence[Message]) -> Iterator[tuple[int, int]]:
    turns = sorted((m.own, m.turn, place) for place, m in enumerate(messages) if m.turn is not None)
    for before, after in pairwise(turns):
        if before[0] == after[0]:
            yield before[2], after[2]


def _without_circles(parents: list[int | None]) -> list[int | None]:
    """Cut each circle of references above its earliest message."""
    done: set[int] = set()
    for start in range(len(parents)):
        path: dict[int, None] = {}
        at: int | None = start
        while at is not None and at not in done and at not in path:
            path[at] = None
            at = parents[at]
        if at in path:
            walked = list(path)
            parents[min(walked[walked.index(at) :])] = None
        done.update(path)
    return parents


def _places(messages: Sequence[Message], parents: Sequence[int | None]) -> list[tuple[int, int]]:
    """Return (moment no earlier than the parent's, depth) for each message."""
    places: list[tuple[int, int] | None] = [None] * len(messages)
    for start in range(len(messages)):
        path: list[int] = []
        at: int | None = start
        while at is not None and places[at] is None:
            path.append(at)
            at = parents[at]
        above = places[at] if at is not None else None
        for place in reversed(path):
            moment = messages[place].moment
            own = NEVER if moment is None else moment
            above = (max(own, above[0]), above[1] + 1) if above else (own, 0)
            places[place] = above
    return [place for place in places if place is not None]


def roles(thread: Sequence[Message], domains: Domains) -> list[str | None]:
    """Return who speaks in each message of an ordered thread: customer, agent, system, document, None if unknown.

    What the source knows stands. With own domains, their addresses are the agent's and all others the customer's.
    Without, the customer is whom a ticket names as requester, else who began the thread.
    """
    customers = {address for message in thread for address in message.customers}
    if not customers:
        customers = {next((m.sender for m in thread if m.sender and m.given_role in (None, "customer")), "")}
    return [
        message.given_role or _role(message, customers, domains, first=place == 0)
        for place, message in enumerate(thread)
    ]


def _role(message: Message, customers: set[str], domains: Domains, *, first: bool) -> str | None:
    if not message.sender:
        return "customer" if first else None
    if domains.names:
        return "agent" if domains.own(message.sender) else "customer"
    return "customer" if message.sender in customers else "agent"
