"""Delimited tables, row by row, so that one broken row does not swallow the next.

The standard library reads the fields of one row; which lines make a row is found here, because an unclosed quote would
otherwise eat the rest of the file without an error. After a row whose quotes are wrong, reading goes on at its second
line.
"""

from __future__ import annotations

import csv
import io
import re
from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import TextIO

from tasks.ingest.ticket_columns import columns_for, guess, mapped_in

DELIMITERS = (",", ";", "\t", "|", "\x1f")
SNIFFED = 1 << 16
"""Characters from the start of the file that decide its delimiter."""
LEAST_COLUMNS = 3
"""Tables with fewer columns are not read on inside a row that has wrong quotes: prose would pass for rows."""


@dataclass(frozen=True, slots=True)
class Layout:
    """How a table is written. `escaped`: a quote inside a field is written with a backslash (MySQL), not doubled."""

    delimiter: str
    escaped: bool = False
    skipped: int = 0


@dataclass(frozen=True, slots=True)
class Broken:
    """A row that can't be read: a reason and a detail without values."""

    reason: str
    detail: str


class _Quotes(Enum):
    CLOSED = "closed"
    OPEN = "open"
    WRONG = "wrong"


class Table:
    """The rows of a delimited text. `width` (columns of the header) is set once the header is known."""

    def __init__(self, stream: TextIO, layout: Layout, *, row_chars: int, field_chars: int) -> None:
        self.width = 0
        self._stream = stream
        self._layout = layout
        self._row_chars = row_chars
        self._field_chars = field_chars
        self._again: deque[str] = deque()
        self._scan = _Scanner(layout)
        csv.field_size_limit(max(csv.field_size_limit(), row_chars + 1))
        for _ in range(layout.skipped):
            stream.readline()

    def rows(self) -> Iterator[list[str] | Broken]:
        """Yield the fields of each row, or why it is broken; lines without any field are left out."""
        while line := self._line():
            if len(line) > self._row_chars:
                self._discard_line(line)
                yield Broken("too_large", f"a row of more than {self._row_chars} characters")
            elif line.strip("﻿ \t\n\0") or self._layout.delimiter in line:
                yield self._row(line.removeprefix("﻿"))

    def _line(self) -> str:
        return self._again.popleft() if self._again else self._stream.readline(self._row_chars + 1)

    def _discard_line(self, line: str) -> None:
        while line and not line.endswith("\n"):
            line = self._stream.readline(1 << 20)

    def _row(self, line: str) -> list[str] | Broken:
        if '"' not in line:
            return self._fit(line.rstrip("\n").split(self._layout.delimiter))
        if self._scan(line, inside=False) is not _Quotes.OPEN:
            return self._fit(self._fields(line))
        return self._long_row(line)

    def _long_row(self, line: str) -> list[str] | Broken:
        """Gather the lines of a row whose quoted field holds line ends."""
        lines, size = [line], len(line)
        quotes = _Quotes.OPEN
        while quotes is _Quotes.OPEN:
            following = self._line()
            if not following or size + len(following) > self._row_chars:
                self._again.extendleft(reversed([*lines[1:], following] if following else lines[1:]))
                return Broken("malformed_row", "a quote that is never closed")
            lines.append(following)
            size += len(following)
            quotes = self._scan(following, inside=True)
        row = self._fit(self._fields("".join(lines)))
        if quotes is _Quotes.WRONG or (isinstance(row, Broken) and row.reason == "malformed_row"):
            if self.width >= LEAST_COLUMNS:
                self._again.extendleft(reversed(lines[1:]))
            return Broken("malformed_row", "quotes that do not fit")
        return row

    def _fields(self, row: str) -> list[str]:
        reader = csv.reader(
            [row],
            delimiter=self._layout.delimiter,
            doublequote=not self._layout.escaped,
            escapechar="\\" if self._layout.escaped else None,
        )
        return next(reader, [])

    def _fit(self, fields: list[str]) -> list[str] | Broken:
        if max(map(len, fields), default=0) > self._field_chars:
            return Broken("text_too_long", f"a field of more than {self._field_chars} characters")
        if not self.width or len(fields) == self.width:
            return fields
        if len(fields) > self.width and not any(field.strip() for field in fields[self.width :]):
            return fields[: self.width]
        return Broken("malformed_row", f"{len(fields)} fields where the header has {self.width}")


class _Scanner:
    """Tells whether a quoted field is still open at the end of a line."""

    def __init__(self, layout: Layout) -> None:
        self._delimiter = layout.delimiter
        inner = r'(?:[^"\\]++|\\.|"")*+"' if layout.escaped else r'(?:[^"]++|"")*+"'
        self._close = re.compile(inner, re.DOTALL)
        self._after = re.compile(rf" *+(?:({re.escape(layout.delimiter)})|\n|$)")

    def __call__(self, line: str, *, inside: bool) -> _Quotes:
        at = 0
        while True:
            if inside:
                if not (closed := self._close.match(line, at)):
                    return _Quotes.OPEN
                if not (after := self._after.match(line, closed.end())):
                    return _Quotes.WRONG
                if not after[1]:
                    return _Quotes.CLOSED
                at, inside = after.end(), False
            elif line.startswith('"', at):
                at, inside = at + 1, True
            elif (found := line.find(self._delimiter, at)) < 0:
                return _Quotes.CLOSED
            else:
                at = found + 1


def sniff(start: str, mapping: Mapping[str, str], delimiter: str | None = None) -> Layout:
    """Return the layout of a table from its first characters: `sep=;` of Excel, else the delimiter that fits best.

    Best is the one that makes the header name a known text column (under a mapping every mapped one, or else most of
    them), then the one that most rows agree on, then the one that gives the most columns.
    """
    told = re.match(r'﻿?"?sep=(.)"?\n', start)
    body = start[told.end() :] if told else start
    escaped = len(re.findall(r'[^,;\t|\n\\"]\\"[^,;\t|\n]', body)) > body.count('""')
    chosen = delimiter or (
        told[1] if told else max(DELIMITERS, key=lambda d: _fitness(body, Layout(d, escaped), mapping))
    )
    return Layout(chosen, escaped, 1 if told else 0)


def _fitness(body: str, layout: Layout, mapping: Mapping[str, str]) -> tuple[bool, int, bool, float, int]:
    table = Table(io.StringIO(body), layout, row_chars=len(body), field_chars=len(body))
    rows = [row for row in table.rows() if isinstance(row, list)][:100]
    rows = rows[:-1] if len(body) >= SNIFFED and len(rows) > 1 else rows
    if not rows:
        return False, 0, False, 0.0, 0
    width = len(rows[0])
    agreed = sum(len(row) == width for row in rows) / len(rows)
    partly = mapped_in(rows[0], mapping), bool(mapping) and "text" in guess(rows[0])
    return names_text(rows[0], mapping), *partly, agreed, width


def names_text(row: Sequence[str], mapping: Mapping[str, str]) -> bool:
    """Return whether a row is a header in which the text column is known (under a mapping: every mapped column)."""
    columns = columns_for(row, mapping)
    return "text" in columns and all(name in row for name in columns.values())
