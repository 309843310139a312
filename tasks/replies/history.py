"""History: what a marker announces is an earlier message, and is cut; a forward is content, and stays."""

from __future__ import annotations

from tasks.replies.case import Case
from tasks.replies.lines import unquoted
from tasks.replies.markers import Marker, markers

WITNESSED = 40
"""So many lines below a doubtful marker are compared with the earlier messages of the thread."""


def cut_history(case: Case) -> None:
    """Cut what the markers announce. Where quoted lines follow, only the header is cut: they are cut on their own.

    A forward keeps its content, and so does a message that begins with a header block: it is all there is.
    """
    begin, after, own = 0, 0, False  # `own`: the author says something between `begin` and the marker
    for marker in markers(case.lines, case.layouts, case.clues):
        own = own or case.says(after, marker.first)
        after = marker.last + 1
        if marker.kind == "above_line":
            _cut_above_line(case, marker, own=own)
        elif case.lines.quoted_next(marker.last):
            content = _before_quoted(case, marker, begin)
            own, begin = own and content == begin, content
        elif marker.kind == "attribution" and not own:
            continue  # nothing above it and nothing quoted below: what follows may be the answer
        elif case.forwards and marker.sure and (not own or _goes_on(case, marker, begin)):
            case.lines.cut(marker.first, after, "forward_header")
            begin, own = after, False
        elif marker.sure or case.known(after, min(after + WITNESSED, len(case.lines))):
            case.lines.cut(marker.first, after, "reply_header")
            case.lines.cut(after, len(case.lines), "history")
            return


def _goes_on(case: Case, marker: Marker, begin: int) -> bool:
    """Say whether content follows below text of the author: each explicit forward, but only one plain header block."""
    return marker.kind == "forward" or (_is_forward(case, marker) and not begin)


def _is_forward(case: Case, marker: Marker) -> bool:
    return marker.kind == "forward" or (marker.kind == "header" and case.forwarded)


def _cut_above_line(case: Case, marker: Marker, *, own: bool) -> None:
    """Cut "please type your reply above this line", and what stands below it when a reply stands above."""
    case.lines.cut(marker.first, len(case.lines) if own else marker.last + 1, "reply_line")


def _is_header(case: Case, bare: str) -> bool:
    return not unquoted(bare) or case.layouts.field(unquoted(bare)) is not None


def _before_quoted(case: Case, marker: Marker, begin: int) -> int:
    """Cut a header with quoted lines below; take the quote marks off a forward's. Return where the content begins."""
    if not (case.forwards and _goes_on(case, marker, begin)):
        case.lines.cut(marker.first, marker.last + 1, "reply_header")
        return begin
    lines = case.lines
    end = lines.after(marker.last)
    while end < len(lines) and lines.depth[end] and _is_header(case, lines.bare[end]):
        end += 1
    lines.cut(marker.first, end, "forward_header")
    lines.unquote(end, case.text)
    return end
