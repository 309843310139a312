"""Edits: every change to a text as (rule, start, end, insert), so that it can be explained and replayed.

Offsets are Unicode code points of the step's *input* text. Edits of one step are sorted and do not overlap.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from os.path import commonprefix  # by character is what is wanted here


@dataclass(frozen=True, slots=True, order=True)
class Edit:
    """Replace `text[start:end]` by `insert`, because of `rule`.

    Raises ValueError when `start` and `end` are not in order.
    """

    start: int
    end: int
    insert: str
    rule: str

    def __post_init__(self) -> None:
        if not 0 <= self.start <= self.end:
            raise ValueError(f"edit out of order: {self.start}..{self.end}")


@dataclass(frozen=True, slots=True)
class Edited:
    """What a text step returns: the new text, the edits that lead to it, and flags to add to the record."""

    text: str
    edits: tuple[Edit, ...] = ()
    flags: tuple[str, ...] = field(default=())


def replay(text: str, edits: Iterable[Edit]) -> str:
    """Return `text` with `edits` applied.

    Raises ValueError when two edits overlap or one lies outside the text.
    """
    return "".join(_pieces(text, sorted(edits)))


def _pieces(text: str, edits: Sequence[Edit]) -> Iterator[str]:
    position = 0
    for edit in edits:
        if edit.start < position or edit.end > len(text):
            raise ValueError(f"edit {edit.rule} at {edit.start}..{edit.end} overlaps another or leaves the text")
        yield text[position : edit.start]
        yield edit.insert
        position = edit.end
    yield text[position:]


def apply(text: str, edits: Iterable[Edit], flags: Iterable[str] = ()) -> Edited:
    """Return the `Edited` that these edits make of `text`."""
    ordered = tuple(sorted(edits))
    return Edited(replay(text, ordered), ordered, tuple(flags))


def cut(start: int, end: int, rule: str) -> Edit:
    """Return the edit that removes `text[start:end]`."""
    return Edit(start, end, "", rule)


def difference(before: str, after: str, rule: str) -> tuple[Edit, ...]:
    """Return the one edit between the common prefix and the common suffix of two texts, or none when they are equal."""
    if before == after:
        return ()
    head = len(commonprefix([before, after]))  # noqa: RUF071
    tail = len(commonprefix([before[head:][::-1], after[head:][::-1]]))  # noqa: RUF071
    return (Edit(head, len(before) - tail, after[head : len(after) - tail], rule),)
