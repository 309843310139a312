"""A text as lines with offsets and quote depth: what all the rules of strip-replies look at."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import accumulate

LONGEST = 400
"""Rules look at that many characters of a line, so that no line can make them slow."""

RULE = re.compile(r"^[\s_\-=*—─‐‑‒~#+.]{3,}$")
"""A line that only separates."""

DELIMITER = re.compile(r"^(?:--|—|–|__|-- ?)$")
"""The signature delimiter of RFC 3676 (`-- `; the blank is often lost), and what editors make of it."""

CITED = re.compile(r"([^\W\d_][\w.'-]{0,11})(>{1,4})(?: |$)")
LEAST_CITED = 2
"""A name before one single mark is more likely a prompt or an arrow."""
ONE_MARK = re.compile(r"[ \t\u00a0]*> ?")
MARKS = "> \t\u00a0"


@dataclass(slots=True)
class Lines:
    """The lines of a text.

    `starts[i]`: offset of line i (code points); one more entry at the end holds the text's length.
    `bare[i]`: the line without blanks around it, at most `LONGEST` characters. `depth[i]`: its `>` marks.
    `indented[i]`: it begins with a tab or a blank. `rules[i]`: the rule that cuts it, None while it stays.
    `marks[i]`: how many characters of quote marks are cut from the beginning of a line that stays. `cited[i]`: the
    name or initials before its mark (`Bob> `); such a line has a depth, but is quoted only where a header says so.
    `delimiters`: lines that are the signature delimiter of RFC 3676 to the letter, with its blank.
    """

    starts: list[int]
    bare: list[str]
    depth: list[int]
    indented: list[bool]
    rules: list[str | None]
    marks: dict[int, int] = field(default_factory=dict)
    cited: dict[int, str] = field(default_factory=dict)
    delimiters: frozenset[int] = frozenset()

    def __len__(self) -> int:
        return len(self.bare)

    def cut(self, first: int, end: int, rule: str) -> None:
        """Mark the lines from `first` up to, not including, `end`, where no other rule cuts them."""
        for i in range(first, end):
            self.rules[i] = self.rules[i] or rule

    def unquote(self, first: int, text: str) -> None:
        """Take one level of quote marks off the quoted lines from `first` on: they are content."""
        for i in range(first, len(self)):
            if not self.depth[i]:
                return
            mark = ONE_MARK.match(text, self.starts[i], self.starts[i + 1])
            self.marks[i] = mark.end() - mark.start() if mark else 0
            self.rules[i], self.depth[i] = None, 0
            self.bare[i] = self.bare[i][1:].lstrip()

    def content(self, first: int, end: int) -> Iterator[int]:
        """Yield the lines of a range that are neither blank nor cut."""
        bare, rules = self.bare, self.rules
        return (i for i in range(first, end) if bare[i] and rules[i] is None)

    def after(self, i: int, most: int = 3) -> int:
        """Return the next line after `i` that is not blank, at most `most` lines on, else the number of lines."""
        for j in range(i + 1, min(i + 1 + most, len(self))):
            if self.bare[j]:
                return j
        return len(self)

    def before(self, i: int, most: int = 3) -> int:
        """Return the line before `i` that is not blank, at most `most` lines up, else -1."""
        for j in range(i - 1, max(i - 1 - most, -1), -1):
            if self.bare[j]:
                return j
        return -1

    def quoted_next(self, i: int) -> bool:
        """Say whether the next line with text after `i` is quoted."""
        j = self.after(i)
        return j < len(self) and self.depth[j] > 0


def split(text: str) -> Lines:
    """Cut a text into lines (any line end that Unicode knows)."""
    whole = text.splitlines(keepends=True)
    bare = [line.strip()[:LONGEST] for line in whole]
    lines = Lines(
        starts=[0, *accumulate(map(len, whole))],
        bare=bare,
        depth=[_depth(b) if b[:1] == ">" else 0 for b in bare] if ">" in text else [0] * len(bare),
        indented=[line[0] in " \t" for line in whole],
        rules=[None] * len(bare),
        delimiters=_delimiters(whole) if "-- " in text else frozenset(),
    )
    if ">" in text:
        _cite(lines)
    return lines


def _delimiters(whole: list[str]) -> frozenset[int]:
    return frozenset(i for i, line in enumerate(whole) if line.rstrip("\r\n") == "-- ")


def _cite(lines: Lines) -> None:
    """Find lines that begin with the same name and a mark, as Supercite and The Bat! quote."""
    found = {i: match for i, bare in enumerate(lines.bare) if ">" in bare[1:16] and (match := CITED.match(bare))}
    counts = Counter(match[1] for match in found.values())
    for i, match in found.items():
        if counts[match[1]] >= LEAST_CITED:
            lines.cited[i], lines.depth[i] = match[1], len(match[2])


def _depth(bare: str) -> int:
    return bare[: len(bare) - len(bare.lstrip(MARKS))].count(">") if bare.strip(MARKS) else bare.count(">")


def unquoted(bare: str) -> str:
    """Return a line without its quote marks."""
    return bare.lstrip(MARKS)
