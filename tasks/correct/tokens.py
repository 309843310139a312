"""Which parts of a text may be corrected at all: runs of letters, none of an identifier, address or number."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

_CHUNK = re.compile(r"\S+")
_RUN = re.compile(r"[^\W\d_]+")
_GUARDED = re.compile(r"[\d@_\\#$%&=+<>{}|~^/]|://|www\.|\w\.\w|\w:\w")
"""What marks a chunk between blanks as no plain word: digits, addresses, paths, file names, code."""


@dataclass(frozen=True, slots=True)
class Run:
    """A run of letters: its place in the text, and whether it may be a name (a capital without a full stop before)."""

    start: int
    end: int
    text: str
    may_be_name: bool
    is_part: bool = False
    """Whether it is half a word: a hyphen before or behind it and then a blank."""
    elided: bool = False
    """Whether it follows an apostrophe: `'tis`, `l'homme`."""


_SENTENCE_END = '.!?:;"”»)'


_HYPHENS = "-­‐¬⸗"


def runs(text: str, string: re.Pattern[str] = _RUN, guarded: re.Pattern[str] = _GUARDED) -> Iterator[Run]:
    """Yield the runs of letters that may be corrected, in order; `guarded` marks the chunks that may not be."""
    previous = "."
    for chunk in _CHUNK.finditer(text):
        if not guarded.search(chunk[0]):
            for found in string.finditer(chunk[0]):
                before, behind = chunk[0][: found.start()], chunk[0][found.end() :]
                name = found[0][0].isupper() and previous not in _SENTENCE_END and not before[-1:].isalpha()
                part = (not before and previous in _HYPHENS) or (behind != "" and behind in _HYPHENS)
                start = chunk.start() + found.start()
                yield Run(start, start + len(found[0]), found[0], name, part, before[-1:] in ("'", "’"))
        previous = chunk[0][-1]
