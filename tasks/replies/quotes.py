"""Quoted text: which lines of a message are history, and which its author wrote above, between or below it."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from tasks.replies.layouts import Layouts
from tasks.replies.lines import RULE, Lines, unquoted
from tasks.replies.markers import Marker

Witness = Callable[[int, int], bool]
"""Says whether the lines from … up to are known from an earlier message of the thread."""

WRAP = 66
"""Mail clients wrap at 72 to 78 columns: a quoted line that would have been longer has left its rest on the next."""

Says = Callable[[int, int], bool]
"""Says whether the lines from … up to hold anything that their author says, more than a signature or a footer."""

LONGEST_REST = 32
PROMPT_DEPTH = 3
"""`>>> ` without lesser depths around it is a Python prompt, not a quotation of a quotation of a quotation."""


def cut_history(
    lines: Lines, found: Iterable[Marker], witness: Witness, says: Says, *, forwards: bool, forwarded: bool
) -> None:
    """Cut what the markers announce. Where quoted lines follow, only the header is cut: they are cut on their own.

    With `forwards`, a forward keeps its content, and so does a message that begins with a header block: it is all
    there is. `forwarded`: the subject says that a plain header block is a forward's.
    """
    begin = 0
    for marker in found:
        own = says(begin, marker.first)
        is_forward = marker.kind == "forward" or (marker.kind == "header" and forwarded)
        if marker.kind == "above_line":
            _cut_above_line(lines, marker, own=own)
        elif lines.quoted_next(marker.last):
            lines.cut(marker.first, marker.last + 1, "reply_header")
        elif marker.kind == "attribution" and not own:
            continue  # nothing above it and nothing quoted below: what follows may be the answer
        elif forwards and marker.sure and (not own or (is_forward and not begin)):
            lines.cut(marker.first, marker.last + 1, "forward_header")
            begin = marker.last + 1
        elif marker.sure or witness(marker.last + 1, len(lines)):
            lines.cut(marker.first, marker.last + 1, "reply_header")
            lines.cut(marker.last + 1, len(lines), "history")
            return


def _cut_above_line(lines: Lines, marker: Marker, *, own: bool) -> None:
    """Cut "please type your reply above this line", and what stands below it when a reply stands above."""
    lines.cut(marker.first, len(lines) if own else marker.last + 1, "reply_line")


def cut_quoted_lines(lines: Lines, witness: Witness, *, careful: bool) -> None:
    """Cut lines that begin with `>`, and the rests of lines that a client broke while quoting.

    `careful`: without a reply header above, a block of one line stays unless the thread knows it (tickets use `>` in
    other ways).
    """
    i = 0
    while i < len(lines):
        if not lines.depth[i] or lines.rules[i]:
            i += 1
            continue
        end = _block_end(lines, i)
        if _is_quotation(lines, i, end, careful=careful) or witness(i, end):
            lines.cut(i, end, "quoted_line")
        i = end
    _cut_wraps(lines)


def keep_bare_forward(lines: Lines, layouts: Layouts, *, forwarded: bool) -> None:
    """Keep quoted lines that no header announces when nothing else is there: it is a forward in an old client's way.

    What a rule sets apart below them is a footer, not an answer. A header that is quoted with the text means a reply
    (Hotmail), unless the subject says that the message is `forwarded`.
    """
    first = next(lines.content(0, len(lines)), None)
    if set(lines.rules) <= {None, "quoted_line", "quoted_wrap"} and (first is None or RULE.match(lines.bare[first])):
        top = [unquoted(bare) for bare in lines.bare[:10]]
        if not forwarded and len({kind for text in top if (kind := layouts.field(text))}) >= 3:
            return
        lines.rules = [None] * len(lines)


def _block_end(lines: Lines, i: int) -> int:
    while i < len(lines) and lines.depth[i]:
        i += 1
    return i


def _is_quotation(lines: Lines, first: int, end: int, *, careful: bool) -> bool:
    if lines.rules[first - 1] if first else False:
        return True  # right below a reply header or another quotation
    texts = [lines.bare[i] for i in range(first, end)]
    if all(text.startswith(">From ") for text in texts):
        return False  # an mbox writer's escape
    if all(text == ">>>" or text.startswith((">>> ", "... ")) for text in texts):
        return False
    headed = any(rule for rule in lines.rules[:first])
    if not any(unquoted(text) for text in texts):
        return True
    if end - first == 1 and not headed:
        return not careful and not unquoted(texts[0])[:1].isdigit()
    return headed or not careful or end - first > 2


def _cut_wraps(lines: Lines) -> None:
    for i in range(1, len(lines) - 1):
        if lines.rules[i] is None and lines.bare[i] and not lines.depth[i]:
            if lines.rules[i - 1] == lines.rules[i + 1] == "quoted_line" and _is_rest(lines, i):
                lines.cut(i, i + 1, "quoted_wrap")


def _is_rest(lines: Lines, i: int) -> bool:
    rest, above = lines.bare[i], lines.bare[i - 1]
    first_word = rest.split(maxsplit=1)[0]
    if len(rest) > LONGEST_REST or len(above) + 1 + len(first_word) < WRAP:
        return False
    return not (rest[0].isupper() and rest.endswith((".", "!", "?")))
