"""Whose name a single word is, among the people of a thread."""

from __future__ import annotations

from collections.abc import Sequence

from tasks.pii.canonical import canonical


def owner(name: str, people: Sequence[str]) -> str:
    """Return the fullest of the names that a name of one word is part of, or the word where it is two people's.

    Names are canonical ones of PERSON: `molefe` is `lerato molefe` unless `sipho molefe` takes part too.
    """
    if " " in name:
        return name
    holders = sorted(
        {p for p in people if name in p.split() and p != name}, key=lambda p: (-len(p.split()), -len(p), p)
    )
    if not holders or not all(_same(holder, holders[0]) for holder in holders[1:]):
        return name
    return holders[0]


def owned(whole: str, word: str, people: Sequence[str]) -> str:
    """Return the canonical name that one word of a name stands for; a handle (sdlamini) stays its person's."""
    alone = canonical("PERSON", word)
    return owner(alone, people) if alone in whole.split() else whole


def _same(shorter: str, longer: str) -> bool:
    """Whether two names can be one person's: every word or initial of the one is in the other."""
    words = longer.split()
    return all(w in words or (len(w) == 1 and any(x.startswith(w) for x in words)) for w in shorter.split())
