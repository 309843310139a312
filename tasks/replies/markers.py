"""Markers: the places in a text where a quoted or forwarded message begins."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from tasks.replies.attribution import DATE, ENDS, attribution, framed_attribution
from tasks.replies.header_block import header_block
from tasks.replies.layouts import Layouts
from tasks.replies.lines import Lines

GROUPWISE = re.compile(r"^>{2,3} ?[^>].{4,200} ?>{2,3}$")
""" ">>> "Thandi Dube" <thandi@example.com> 12/14/00 08:47AM >>>" stands above an unmarked quotation."""

SUPERCITE = re.compile(r"^>{3,6} ?\"[^\"]{1,40}\" == .{2,200}[:.]$")
""" `>>>>> "Bob" == Bob Nkosi <bob@example.com> writes:` stands above lines that begin with `Bob> `."""

COLUMN = re.compile(r"\s{2,}([^\s:]{2,12}:)(?=\s)")
COLUMN_LINES = 30
LONGEST_SEPARATOR = 60

Kind = Literal["attribution", "header", "forward", "above_line"]


@dataclass(frozen=True, slots=True)
class Marker:
    """Lines `first` … `last` announce a message that follows.

    `sure`: it stands on its own; otherwise it needs a witness (quoted lines below, or the message in the thread).
    """

    first: int
    last: int
    kind: Kind
    sure: bool


def markers(lines: Lines, layouts: Layouts, clues: frozenset[str]) -> Iterator[Marker]:
    """Yield the markers of a text from the top, none overlapping another; those inside quoted lines do not count."""
    floor, tried, separated = 0, [0], "separator" in clues
    for i in _candidates(lines, separated=separated):
        found = _marker(lines, i, layouts, floor, tried, separated=separated) if i >= floor else None
        if found is not None:
            yield found
            floor = found.last + 1


def _candidates(lines: Lines, *, separated: bool) -> list[int]:
    """Return the lines that may be a marker: with a colon, short or framed like a separator, or quoted.

    Whoever takes a marker may unquote the lines below it, so a quoted line may still become one.
    """
    if separated:
        return [i for i, bare in enumerate(lines.bare) if bare]
    return [
        i
        for i, (bare, depth) in enumerate(zip(lines.bare, lines.depth, strict=True))
        if depth or ":" in bare or (not bare.isascii() and ("：" in bare or bare.endswith(ENDS)))
    ]


def _marker(lines: Lines, i: int, layouts: Layouts, floor: int, tried: list[int], *, separated: bool) -> Marker | None:
    """Return the marker at line `i`. `tried[0]`: no header block begins before that line (keeps the search linear)."""
    bare = lines.bare[i]
    if lines.depth[i]:
        groupwise = bare.endswith(">") and GROUPWISE.match(bare) and (DATE.search(bare) or "@" in bare)
        if groupwise or SUPERCITE.match(bare):
            return Marker(i, i, "header", sure=True)
        return _attribution(lines, i, layouts, floor) if _broken_address(lines, i) else None
    # a lone ">" that the marker of a forwarded mail above it unquoted is empty
    framed = separated and bare and (len(bare) <= LONGEST_SEPARATOR or bare[0] in "-_*=#‐‑‒")
    kind = layouts.separator(bare) if framed else None
    if kind:
        return _separator(lines, i, kind, layouts)
    if ":" not in bare and "\uff1a" not in bare and not bare.endswith(ENDS):
        return None
    if i >= tried[0] and layouts.field(bare):
        block, tried[0] = header_block(lines, i, layouts, floor)
        if block:
            return Marker(block.first, block.last, "header", block.sure)
    return _columns(lines, i, layouts, floor) or _attribution(lines, i, layouts, floor)


def _columns(lines: Lines, i: int, layouts: Layouts, floor: int) -> Marker | None:
    """Return the header that Lotus Notes sets in two columns: sender and date left, To, cc and Subject right."""
    bare = lines.bare[i]
    if "  " not in bare and bare.isprintable():
        return None  # no two blanks in a row: all but the space itself are not printable
    column = COLUMN.search(bare)
    if not column or layouts.field(column[1]) != "to":
        return None
    end = min(i + COLUMN_LINES, len(lines))
    places = {kind: j for j in range(end - 1, i - 1, -1) if (kind := _right_field(lines.bare[j], layouts))}
    if places.get("to") != i or "subject" not in places:
        return None
    first = i
    while first - 1 >= floor and lines.bare[first - 1] and lines.indented[first - 1] and i - first < 3:
        first -= 1
    return Marker(first, places["subject"], "header", sure=True)


def _right_field(bare: str, layouts: Layouts) -> str | None:
    found = COLUMN.search(bare) or COLUMN.search("  " + bare)
    return layouts.field(found[1]) if found else None


def _broken_address(lines: Lines, i: int) -> bool:
    """Say whether the `>` of this line closes an address that the line above opened ("… <bob@example.com⏎> wrote:")."""
    return (
        i > 0
        and lines.depth[i] == 1
        and lines.depth[i - 1] == 0
        and lines.bare[i - 1].rfind("<") > lines.bare[i - 1].rfind(">")
    )


def _attribution(lines: Lines, i: int, layouts: Layouts, floor: int) -> Marker | None:
    found = framed_attribution(lines, i, layouts)
    if found is None and lines.bare[i].rstrip("*_ \u00a0").endswith(ENDS):
        found = attribution(lines, i, layouts, floor)
    return Marker(found.first, found.last, "attribution", found.sure) if found else None


def _separator(lines: Lines, i: int, kind: str, layouts: Layouts) -> Marker | None:
    if kind == "above_line":
        return Marker(i, i, "above_line", sure=True)
    framed = lines.bare[i][0] in "-_*=#~—–‐‑‒"
    last = i + (kind == "forwarded_by" and _wrapped(lines, i))
    block = _block_below(lines, last, layouts)
    if not framed and block is None:
        return None
    end = block.last if block else last
    return Marker(i, end, "forward" if kind == "forward" else "header", sure=framed or block is not None)


def _wrapped(lines: Lines, i: int) -> bool:
    """Say whether "--- Forwarded by X on⏎ 01/02/2001 04:46 PM ---" goes on below."""
    return not lines.bare[i].endswith("-") and i + 1 < len(lines) and lines.bare[i + 1].endswith("-")


def _block_below(lines: Lines, i: int, layouts: Layouts) -> Marker | None:
    below = i
    for _ in range(3):  # Lotus Notes puts the name and the date between the separator and the fields
        below = lines.after(below)
        if below >= len(lines):
            return None
        if layouts.field(lines.bare[below]):
            block, _ = header_block(lines, below, layouts, i + 1)
            return Marker(block.first, block.last, "header", block.sure) if block else None
    return None
