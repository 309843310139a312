"""Quotations between marks: `{quote}` of Jira, `[quote]` of forums and help desks."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator

from tasks.replies.lines import Lines

BEGIN = re.compile(r"^[ \t]*(?:(\{quote\})|\[quote(?:=[^\]\n]{0,100})?\])", re.IGNORECASE | re.MULTILINE)
MARKS = ("{quote}", "[quote")
"""What stands in every text with such a quotation, for `Clues`."""
CLOSE = {True: re.compile(r"\{quote\}[ \t]*", re.IGNORECASE), False: re.compile(r"\[/quote\][ \t]*", re.IGNORECASE)}
"""Whether it is Jira's mark -> what ends the quotation."""


def cut_quoted_blocks(text: str, lines: Lines) -> None:
    """Cut quotations that fill whole lines; a message that is nothing else stays, and so does one left open."""
    found = list(_blocks(text, lines))
    quoted = {i for first, end in found for i in range(first, end)}
    if any(i not in quoted for i in lines.content(0, len(lines))):
        for first, end in found:
            lines.cut(first, end, "quoted_block")


def _blocks(text: str, lines: Lines) -> Iterator[tuple[int, int]]:
    position = 0
    while begin := BEGIN.search(text, position):
        close = CLOSE[begin[1] is not None].search(text, begin.end())
        if close is None:
            return
        position = close.end()
        if text[position : position + 1] in ("", "\n"):  # the author may go on in the same line
            yield bisect_right(lines.starts, begin.start()) - 1, bisect_right(lines.starts, close.start())
