"""Header blocks above quoted text: Outlook's From/Sent/To/Subject, Lotus Notes' name and date above To/cc/Subject."""

from __future__ import annotations

import re
from dataclasses import dataclass

from tasks.lexica import fold
from tasks.replies.attribution import DATE, TIME
from tasks.replies.layouts import FRAME, Layouts
from tasks.replies.lines import Lines, unquoted

MOST_CONTINUED = 80
"""A list of recipients may run over that many lines."""

RECIPIENTS = re.compile(r"[@,;<>/]|=20$")
NAME_AND_DATE = re.compile(r"^\S.{0,80}? (?:on )?\d{1,2}/\d{1,2}/\d{2,4},? \d{1,2}:\d{2}(?::\d{2})?(?: ?[AP]M)?$")
TIME_ONLY = re.compile(r"^\d{1,2}:\d{2}(?::\d{2})?(?: ?[AP]M)?$")
DATE_ONLY = re.compile(r"^(?:=09)?\d{1,2}[/.-]\d{1,2}[/.-]\d{2,4},? \d{1,2}:\d{2}(?::\d{2})?(?: ?[AP]M)?$")
SENTENCE = re.compile(r"[.!?]$|[.!?] ")
OUTLOOK_RULE = re.compile(r"^[_\-=*—─]{3,}$")


@dataclass(frozen=True, slots=True)
class Block:
    """A header block on the lines `first` … `last`. `sure`: an address or a time shows that a client wrote it."""

    first: int
    last: int
    sure: bool


def header_block(lines: Lines, start: int, layouts: Layouts, floor: int) -> tuple[Block | None, int]:
    """Return the header block whose first field is on line `start`, or None, and the line where the next may begin.

    The block begins at line `floor` or later. Where the fields are not enough, fewer of them are not either.
    """
    kinds, last, evidence = _fields(lines, start, layouts)
    if not _enough(kinds):
        return None, last + 1
    first, notes = _upwards(lines, start, layouts, floor)
    return Block(first, last, evidence or notes), last + 1


def _enough(kinds: set[str]) -> bool:
    people = kinds & {"from", "to"}
    return (
        ("subject" in kinds and bool(people) and len(kinds) >= 3)
        or {"from", "date"} <= kinds
        or kinds >= {"from", "to", "cc"}
    )


def _fields(lines: Lines, start: int, layouts: Layouts) -> tuple[set[str], int, bool]:
    """Return the kinds of the fields from `start` on, the last line of the block, and whether a client wrote it."""
    kinds, kind, last, evidence, continued = set[str](), "", start, False, 0
    for i in range(start, min(start + MOST_CONTINUED, len(lines))):
        bare = lines.bare[i]
        if not unquoted(bare):
            if not _goes_on(lines, i, layouts, kinds):
                break
            continue
        found = None if lines.depth[i] != lines.depth[start] else layouts.field(bare)
        if found is None and not _continued(bare, kind, continued):
            break
        continued = 0 if found else continued + 1
        kind = found or kind
        kinds.add(kind)
        last = i
        evidence = evidence or _written_by_client(bare, kind)
    return kinds - {"other"}, last, evidence


def _goes_on(lines: Lines, blank: int, layouts: Layouts, kinds: set[str]) -> bool:
    """Say whether another field, not seen yet, follows a blank line (Lotus Notes leaves some between From and To)."""
    following = lines.after(blank, 3)
    if following >= len(lines) or "subject" in kinds:
        return False
    found = layouts.field(lines.bare[following])
    return found is not None and found not in kinds


def _continued(bare: str, kind: str, lines_so_far: int) -> bool:
    if kind in ("to", "cc", "from"):
        return RECIPIENTS.search(bare) is not None and SENTENCE.search(bare.split("@", maxsplit=1)[0][-4:]) is None
    return kind == "subject" and lines_so_far == 0 and not bare.endswith((",", ":", ".", "!", "?", "-"))


def _written_by_client(bare: str, kind: str) -> bool:
    if kind == "date":
        return TIME.search(bare) is not None and DATE.search(bare) is not None
    return kind in ("from", "to", "cc") and ("@" in bare or "mailto:" in bare or TIME.search(bare) is not None)


def _upwards(lines: Lines, start: int, layouts: Layouts, floor: int) -> tuple[int, bool]:
    """Return where the block really begins: rules, and the name and date that Lotus Notes writes above it."""
    first, notes = start, False
    while (above := lines.before(first, 3)) >= floor:
        bare = lines.bare[above]
        if OUTLOOK_RULE.match(bare) or fold(bare).startswith(layouts.reply_to):
            first = above
        elif NAME_AND_DATE.match(bare) or DATE_ONLY.match(bare.strip(FRAME)):
            first, notes = above, True
        elif TIME_ONLY.match(bare) and above and NAME_AND_DATE.match(f"{lines.bare[above - 1]} {bare}"):
            first, notes = above - 1, True
        elif notes and first - above == 1 and _is_name(bare) and DATE_ONLY.match(lines.bare[first].strip(FRAME)):
            return above, True
        elif (bare.startswith(('"', "<")) and first - above == 1 and bare.endswith(">") and len(bare) < 120) or (
            not notes and _letterhead(lines, above, first)
        ):
            first = above
        else:
            break
    return first, notes


def _letterhead(lines: Lines, above: int, first: int) -> bool:
    """Say whether Lotus Notes wrote the firm's name above an indented From: line."""
    indented = lines.indented[above] and lines.indented[first] and first - above > 1
    return indented and len(lines.bare[above]) <= 50 and not lines.bare[above].endswith((",", ":", "!", "?"))


def _is_name(bare: str) -> bool:
    return len(bare) <= 90 and (SENTENCE.search(bare) is None or "@" in bare or len(bare.split()) <= 3)
