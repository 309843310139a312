"""The phrases of `relevance_phrases.toml`, compiled."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from tasks.lexica import AnyOf, Clues, extended, fold

CODE = r"(?<!\d)\d(?:[ -]?\d){3,7}(?!\d)"
"""A one-time code: four to eight digits, often set in groups."""


@dataclass(frozen=True, slots=True)
class Phrases:
    """The phrases of one reason: `subjects` are beginnings, `anywhere` stand in the text."""

    subjects: Mapping[str, tuple[str, ...]]
    anywhere: Mapping[str, AnyOf | re.Pattern[str]]

    def begins(self, subject: str, name: str = "subject") -> bool:
        """Say whether a folded subject begins like one of the reason's."""
        return subject.startswith(self.subjects[name])

    def finds(self, said: str, name: str) -> bool:
        """Say whether one of the phrases stands in a folded text."""
        found = self.anywhere[name]
        return found.within(said) if isinstance(found, AnyOf) else found.search(said) is not None

    def after(self, said: str, name: str) -> str | None:
        """Return what stands in a folded text behind the first of the phrases, None where there is none."""
        found = self.anywhere[name]
        if isinstance(found, AnyOf):
            ends = [said.index(phrase) + len(phrase) for phrase in found.found(said)]
            return said[min(ends) :] if ends else None
        first = found.search(said)
        return said[first.end() :] if first else None

    def count(self, said: str, name: str) -> int:
        """Return how many different phrases, all without gaps, stand in a folded text."""
        found = self.anywhere[name]
        return found.count(said) if isinstance(found, AnyOf) else 0


@cache
def phrases(extra: str) -> Mapping[str, Phrases]:
    """Return the phrases by reason, with a user's file (or "")."""
    return {reason: _compiled(table) for reason, table in extended("relevance_phrases", extra).items()}


@cache
def clues(extra: str) -> Clues:
    """Return what tells which reasons' phrases a text may hold: without a clue the rules need not look for them."""
    lists = extended("relevance_phrases", extra)
    return Clues({reason: [phrase for name in CLUES[reason] for phrase in lists[reason][name]] for reason in CLUES})


CLUES = {"bounce": ("opening",), "auto_reply": ("machine", "absence", "acknowledged", "unavailable"), "bulk": ("text",)}


def _compiled(table: Mapping[str, Any]) -> Phrases:
    beginnings = {name: tuple(fold(phrase) for phrase in table[name]) for name in table if name in BEGINNINGS}
    return Phrases(beginnings, {name: _anywhere(table[name]) for name in table if name not in BEGINNINGS})


BEGINNINGS = ("subject", "subject_absent", "subject_received", "opening", "opening_received", "senders", "postmaster")


def _anywhere(listed: Iterable[str]) -> AnyOf | re.Pattern[str]:
    listed = list(listed)
    if not any("{" in phrase for phrase in listed):
        return AnyOf(listed)
    return re.compile("|".join(_with_gaps(fold(phrase)) for phrase in listed))


def _with_gaps(phrase: str) -> str:
    return re.escape(phrase).replace(re.escape("{code}"), CODE).replace(re.escape("{…}"), ".{0,40}?")
