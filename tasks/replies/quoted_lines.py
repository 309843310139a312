"""Quoted lines: those that begin with `>`, and the rests of lines that a client broke while quoting."""

from __future__ import annotations

import re

from tasks.replies.case import Case
from tasks.replies.lines import RULE, Lines, unquoted

WRAP = 66
"""Mail clients wrap at 66 to 78 columns: a quoted line that would have been longer has left its rest on the next."""

LONGEST_REST = 32
COMPARED = re.compile(r"[^\W\d_]{0,3}[$€£¥₦₹]? ?\d[\d.,']*(?:(?<![.)])\s|[^\s\d.)]|$)")
""" "> 500 KES": more than a number, unless a header says that it is quoted; a numbered list ("> 1. ") is."""
NOT_QUOTED = (">>> ", "... ", ">From ")
"""A Python session, which is no quotation of a quotation of a quotation; and an mbox writer's escape."""


def cut_quoted_lines(case: Case) -> None:
    """Cut the quoted lines of a message, wherever they stand."""
    if any(case.lines.depth):
        _cut_blocks(case)
        _cut_wraps(case.lines)
    _keep_bare_forward(case)


def _cut_blocks(case: Case) -> None:
    lines, i = case.lines, 0
    headed = next((i for i, rule in enumerate(lines.rules) if rule), len(lines))
    while i < len(lines):
        if not lines.depth[i] or lines.rules[i]:
            i += 1
            continue
        end = i
        while end < len(lines) and lines.depth[end]:
            end += 1
        if _is_quotation(case, i, end, headed=headed < i) or case.known(i, end):
            lines.cut(i, end, "quoted_line")
            headed = min(headed, i)
        i = end


def _is_quotation(case: Case, first: int, end: int, *, headed: bool) -> bool:
    """Say whether a block of lines with `>` is quoted text.

    `headed`: a header or another quotation stands above. A careful case wants that, or a block of three lines. Where
    all lines go on with a number, `>` says "more than".
    """
    if first in case.lines.cited:
        return _is_cited(case.lines, first)
    texts = case.lines.bare[first:end]
    if (first and case.lines.rules[first - 1]) or not any(unquoted(text) for text in texts):
        return True
    if all(text == ">>>" or text.startswith(NOT_QUOTED) for text in texts):
        return False
    return headed or (end - first > 2 if case.careful else not all(COMPARED.match(unquoted(text)) for text in texts))


def _is_cited(lines: Lines, first: int) -> bool:
    """Say whether lines with a name before their mark are quoted: below a header, or below others of that name."""
    above = lines.before(first)
    if above >= 0 and lines.rules[above]:
        return True
    return any(lines.rules[i] and lines.cited[i] == lines.cited[first] for i in lines.cited if i < first)


def _cut_wraps(lines: Lines) -> None:
    for i in range(1, len(lines) - 1):
        between = lines.rules[i - 1] == lines.rules[i + 1] == "quoted_line"
        if between and lines.bare[i] and lines.rules[i] is None and not lines.depth[i] and _is_rest(lines, i):
            lines.cut(i, i + 1, "quoted_wrap")


def _is_rest(lines: Lines, i: int) -> bool:
    """Say whether a line between quoted ones is the rest of the one above: short, and there was no room for it."""
    rest, above = lines.bare[i], lines.bare[i - 1]
    first_word = rest.split(maxsplit=1)[0]
    if len(rest) > LONGEST_REST or len(above) + 1 + len(first_word) < WRAP:
        return False
    return not (rest[0].isupper() and rest.endswith((".", "!", "?")))


def _keep_bare_forward(case: Case) -> None:
    """Keep quoted lines that no header announces when nothing else is there: it is a forward in an old client's way.

    What a rule sets apart below them is a footer, not an answer. A header that is quoted with the text means a reply
    (Hotmail), unless the subject says that the message is a forward.
    """
    lines = case.lines
    said = next(lines.content(0, len(lines)), None)
    if said is not None and not RULE.match(lines.bare[said]):
        return
    if set(lines.rules) - {None, "quoted_line", "quoted_wrap"}:
        return
    top = [unquoted(bare) for bare in lines.bare[:10]]
    quoted_header = len({kind for text in top if (kind := case.layouts.field(text))}) >= 3
    if case.forwards and (case.forwarded or not quoted_header):
        lines.rules = [None] * len(lines)
