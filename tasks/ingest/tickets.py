"""The ticket reader: exports of ticket systems as JSON, JSON Lines, CSV or workbooks, plain or in gzip.

What a file is decides its content, not its name. Objects come one at a time; the dialect that recognizes one makes
messages of it, and each message becomes a row. A broken object is rejected alone.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import chain, islice
from pathlib import Path
from typing import Literal

from pydantic import Field, field_validator

from tasks.errors import RecordError
from tasks.ingest.dialects import dialect_of, is_ticket, table
from tasks.ingest.ticket_columns import MAPPED_FIELDS, columns_for, missing
from tasks.ingest.ticket_files import Opened, inspect, suffix
from tasks.ingest.ticket_message import Fields, Message, People
from tasks.ingest.ticket_objects import Found, Limits, from_document, from_lines, helper_table, neighbours, wrapped
from tasks.ingest.ticket_rows import row
from tasks.ingest.ticket_siblings import join_sibling
from tasks.ingest.ticket_tables import TableParams, from_csv, from_workbook
from tasks.ingest.ticket_values import UNKNOWN_ROLE, role_word, short_text
from tasks.source import Item, Rejected, Row, Skip, Source
from tasks.step import Params

TRIED = 20
"""When none of so many first objects holds a text, the file is refused whole, with the remedy, not row by row."""
MOST_TICKETS = 200_000
"""Tickets whose rows are counted at a time (20 MB); rows of one ticket stand together in exports, or nearly so."""
MISMATCHED = "type_mismatch"


class TicketParams(Params):
    """Params of read-tickets."""

    mapping: dict[str, str] = Field(
        default={},
        description="Our field to the export's column, such as text = 'body'; '#2' is a column by position, 'a.b' one"
        f" in an object. Fields: {', '.join(MAPPED_FIELDS)}.",
    )
    roles: dict[str, Literal["customer", "agent", "system"]] = Field(
        default={}, description="The export's word for who speaks to customer, agent or system: wakala = 'agent'."
    )
    delimiter: str | None = Field(default=None, description="Of delimited tables; found by itself when left out.")
    encoding: str | None = Field(default=None, description="Of text files; detected when left out.")
    day_first: bool = Field(default=True, description="What 03/04/2024 means: 3 April, or else 4 March.")
    max_text_chars: int = Field(default=131_072, description="Longest text or table field, in characters.")
    max_object_chars: int = Field(default=8 << 20, description="Longest row of a table or JSON object, in characters.")
    max_depth: int = Field(default=100, description="Deepest nesting of a JSON object.")
    max_unpacked_bytes: int = Field(default=16 << 30, description="Largest content of a gzip or workbook, in bytes.")

    @field_validator("mapping")
    @classmethod
    def _known_fields(cls, mapping: dict[str, str]) -> dict[str, str]:
        unknown = sorted(set(mapping) - set(MAPPED_FIELDS))
        if unknown:
            raise ValueError(f"unknown fields {', '.join(unknown)}; known: {', '.join(MAPPED_FIELDS)}")
        return mapping


def split(path: Path, params: TicketParams) -> Iterator[tuple[int, int]]:
    """Yield the one item of a ticket export.

    Raises Skip for other types of file and for tables that only stand beside tickets (users, organizations),
    RecordError (empty_file, type_mismatch, too_large, malformed) for a file whose name promises an export.
    """
    opened = inspect(path, limit=params.max_unpacked_bytes, encoding=params.encoding)
    if _is_helper(opened, params):
        raise Skip(f"helper table beside tickets ({opened.kind})")
    if opened.kind == "csv" and opened.mismatched | (suffix(path) not in (".csv", ".tsv")):
        _check_header(opened, params)
    yield 0, path.stat().st_size


def _is_helper(opened: Opened, params: TicketParams) -> bool:
    if helper_table(opened.path):
        return True
    if opened.kind not in ("json", "jsonl"):
        return False
    start = next((one for one in _objects(opened, params, People()) if isinstance(one, Found)), None)
    return start is not None and helper_table(opened.path, start.fields) is not None


def _check_header(opened: Opened, params: TicketParams) -> None:
    """Text that is not called a table is one only when its header names a text column and another."""
    try:
        next(_objects(opened, params, People()), None)
    except RecordError:
        raise Skip("text/plain") from None


def _objects(opened: Opened, params: TicketParams, people: People) -> Iterator[Found | Rejected]:
    limits = Limits(params.max_object_chars, params.max_depth)
    declared = TableParams(params.mapping, params.delimiter, params.max_object_chars, params.max_text_chars)
    if opened.kind == "jsonl":
        with opened.text() as stream:
            yield from from_lines(stream, limits)
    elif opened.kind == "json":
        yield from from_document(opened, limits, people, is_ticket)
    else:
        yield from from_csv(opened, declared) if opened.kind == "csv" else from_workbook(opened, declared)


def read(item: Item, params: TicketParams) -> Iterator[Row | Rejected]:
    """Read a ticket export: one record a comment, or a row of a table.

    Raises RecordError (missing_column, no_rows, and what `split` raises).
    """
    opened = inspect(item.path, limit=params.max_unpacked_bytes, encoding=params.encoding)
    limits = Limits(params.max_object_chars, params.max_depth)
    people = neighbours(item.path, limits, limit=params.max_unpacked_bytes)
    join_sibling(item.path, people, limits, limit=params.max_unpacked_bytes)
    reader = _Reader(params, people, (MISMATCHED,) if opened.mismatched else ())
    count = 0
    for found in reader.checked(_objects(opened, params, people)):
        count += 1
        yield from reader.rows(found) if isinstance(found, Found) else (found,)
    if not count:
        raise RecordError("no_rows")


def _ticket_in(found: Found) -> Fields:
    return wrapped(found.fields, is_ticket)


class _Reader:
    """Turns objects into rows; remembers which columns a set of keys has."""

    def __init__(self, params: TicketParams, people: People, flags: tuple[str, ...]) -> None:
        self._params = params
        self._people = people
        self._flags = flags
        self._roles = {role_word(word): role for word, role in params.roles.items()}
        self._columns: dict[tuple[str, ...], dict[str, str]] = {}
        self._turns: dict[int, int] = {}

    def checked(self, objects: Iterator[Found | Rejected]) -> Iterator[Found | Rejected]:
        """Yield the same objects.

        Raises RecordError (missing_column) when none of the first ones holds a text.
        """
        start = list(islice(objects, TRIED))
        whole = [found for found in start if isinstance(found, Found)]
        if whole and not any(self._readable(found) for found in whole):
            raise missing(max((found.fields for found in whole), key=len), self._params.mapping)
        yield from chain(start, objects)

    def _readable(self, found: Found) -> bool:
        if not self._params.mapping and dialect_of(_ticket_in(found)):
            return True
        columns = self._columns_of(found)
        return "text" in columns and table.value_at(found.fields, columns["text"]) is not None

    def _columns_of(self, found: Found) -> dict[str, str]:
        keys = tuple(found.fields)
        if keys not in self._columns:
            if len(self._columns) >= 1000:  # exports have a few shapes; a hostile one has a new one in every row
                self._columns.clear()
            self._columns[keys] = columns_for(keys, self._params.mapping)
        return self._columns[keys]

    def _messages(self, found: Found) -> list[Message]:
        ticket = _ticket_in(found)
        if not self._params.mapping and (dialect := dialect_of(ticket)):
            return list(dialect.messages(ticket, self._people))
        columns = self._columns_of(found)
        if "text" not in columns and "subject" not in columns:
            raise missing(found.fields, self._params.mapping)
        return [table.message(found.fields, columns)]

    def rows(self, found: Found) -> Iterator[Row | Rejected]:
        """Yield the rows of an object, or why it has none."""
        try:
            messages = self._messages(found)
        except RecordError as error:
            yield Rejected(found.place, error.reason, error.detail)
            return
        except Exception as error:  # noqa: BLE001 - values of types that no dialect foresaw; the other objects go on
            yield Rejected(found.place, "malformed_row", f"not as its dialect writes it ({type(error).__name__})")
            return
        single = len(messages) == 1
        for number, message in enumerate(messages):
            part = found.place if single else f"{found.place}/comment/{number}"
            turn = self._turn_in_ticket(message) if single else number
            yield self._row(message, part, turn, found.flags)

    def _turn_in_ticket(self, message: Message) -> int | None:
        """Return how many rows of its ticket came before, in this file; None for a row that names no ticket.

        Not the number of the row: that changes when tickets are added above it, and with it the record's id would.
        """
        key = short_text(message.thread) or short_text(message.native_id)
        if key is None:
            return None
        if len(self._turns) >= MOST_TICKETS:
            self._turns.clear()
        ticket = hash(key)
        turn = self._turns.get(ticket, 0)
        self._turns[ticket] = turn + 1
        return turn

    def _row(self, message: Message, part: str, turn: int | None, flags: tuple[str, ...]) -> Row | Rejected:
        word = role_word(message.role_word)
        role = self._roles.get(word) or message.role
        unknown = (UNKNOWN_ROLE,) if word and role is None else ()
        message = replace(message, role=role, flags=(*message.flags, *unknown))
        try:
            made = row(message, part, turn, max_chars=self._params.max_text_chars, day_first=self._params.day_first)
        except RecordError as error:
            return Rejected(part, error.reason, error.detail)
        made["flags"] = list(dict.fromkeys([*made["flags"], *flags, *self._flags]))
        return made


READ_TICKETS = Source("read-tickets", "tickets", 3, TicketParams, split, read)
