"""One message on the table of strip-replies: its lines, and what else is known of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from tasks.replies.layouts import Layouts
from tasks.replies.lines import Lines

Judge = Callable[[int, int], bool]
"""Judges the lines from … up to."""


@dataclass(frozen=True, slots=True)
class Case:
    """What the rules of quotations look at.

    `known`: says whether lines stand in an earlier message of the thread. `says`: whether lines hold anything that
    their author says, more than a signature or a footer. `clues`: what phrases the text may hold (`Clues`).
    `forwards`: the content of forwards is kept. `forwarded`: the subject says that it is a forward. `careful`: `>`
    alone is no proof of a quotation.
    """

    text: str
    lines: Lines
    layouts: Layouts
    known: Judge
    says: Judge
    clues: frozenset[str]
    forwards: bool
    forwarded: bool
    careful: bool
