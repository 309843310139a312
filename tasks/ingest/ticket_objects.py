"""The objects of a JSON or JSON Lines export, one at a time, with the users and organizations that belong to it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TextIO

from tasks.errors import RecordError
from tasks.ingest.ticket_files import Opened, inspect, suffix
from tasks.ingest.ticket_json import Cursor, Piece, loads, pieces
from tasks.ingest.ticket_message import Fields, People, Person, first
from tasks.ingest.ticket_values import MIXED_ENCODING, mend_bytes
from tasks.source import Rejected, Skip

TABLES = (
    *("tickets", "issues", "requests", "incidents", "cases", "result", "results", "records", "data", "items", "rows"),
    *("values", "content", "value", "conversations", "dialogues", "comments", "ticket_comments"),
)
"""Members of a document whose elements are tickets; the first that is there is read, the others are left."""
PEOPLE_TABLES = ("users", "contacts", "agents", "requesters", "customers", "customer_users")
ORGANIZATION_TABLES = ("organizations", "organisations", "companies")
DISCUSSIONS = ("conversations", "comments")
"""Tables that may also be the comments of one ticket: the object beside them decides."""
WRAPPERS = ("ticket", "issue", "request", "incident", "case", "conversation")
"""Members under which an interface hands out one ticket."""
MOST_BESIDE = 6
"""Members of an object that only wraps a ticket, with what is sideloaded (users, organizations)."""
MOST_MEMBERS = 1000
"""So many members of a document's object are looked at to tell what it is."""
HELPERS = (*PEOPLE_TABLES, *ORGANIZATION_TABLES, "groups", "brands", "macros", "triggers", "automations", "views")
"""Tables that stand beside tickets in an export. Their files are skipped, but joined."""
MOST_PEOPLE = 1_000_000
"""At most so many users are joined, some 300 MB of them."""
NEIGHBOURS = 1000
"""At most so many files of the folder are looked at for users and organizations."""


@dataclass(frozen=True, slots=True)
class Found:
    """An object, the part path of its place (`row/17`), and flags about how it was read."""

    place: str
    fields: Fields
    flags: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Limits:
    """Characters of one object, and how deep it may nest."""

    chars: int
    depth: int


def from_lines(stream: TextIO, limits: Limits) -> Iterator[Found | Rejected]:
    """Yield the objects of JSON Lines. Empty lines are none."""
    number = 0
    while line := stream.readline(limits.chars + 1):
        cut = len(line) > limits.chars and not line.endswith("\n")
        while cut and (rest := stream.readline(1 << 20)) and not rest.endswith("\n"):
            pass
        if cut:
            yield Rejected(f"row/{number}", "too_large", f"more than {limits.chars} characters")
        elif line.strip("﻿ \t\n\0"):
            yield _found(f"row/{number}", line.strip("﻿\0"), limits)
        else:
            continue
        number += 1


def _found(place: str, raw: str, limits: Limits) -> Found | Rejected:
    text, mended = mend_bytes(raw)
    try:
        value = loads(text, limits.depth)
    except RecordError as error:
        return Rejected(place, error.reason, error.detail)
    if not isinstance(value, dict):
        return Rejected(place, "malformed_row", "no JSON object")
    return Found(place, value, (MIXED_ENCODING,) if mended else ())


def from_document(
    opened: Opened, limits: Limits, people: People, is_ticket: Callable[[Fields], bool]
) -> Iterator[Found | Rejected]:
    """Yield the tickets of a JSON document: the elements of its array or of its table, or each top object itself.

    A top object is itself the ticket where `is_ticket` says so of it, or of the one that it wraps: its comments are no
    table of tickets then. Users and organizations in the document are added to `people` first, wherever they stand.
    """
    with opened.text() as stream:
        start = _survey(stream, limits, people)
    table = None if start is None else next((name for name in TABLES if isinstance(start.get(name), list)), "")
    with opened.text() as stream:
        if table == "" or (start and is_ticket(wrapped(start, is_ticket))):
            yield from _whole(stream, limits, is_ticket)
            return
        chosen = (p for p in pieces(stream, limits.chars) if p.listed and p.member == table)
        yield from (_element(number, piece, limits) for number, piece in enumerate(chosen))


def _survey(stream: TextIO, limits: Limits, people: People) -> dict[str, Any] | None:
    """Return the start of the document's object, its lists with one element, None for an array; join the people."""
    start: dict[str, Any] = {}
    for piece in pieces(stream, limits.chars):
        if piece.member in PEOPLE_TABLES or piece.member in ORGANIZATION_TABLES:
            join(people, piece.member, _element(0, piece, limits))
        if piece.member is None and piece.listed:
            return None
        if piece.member is not None and piece.member not in start and len(start) < MOST_MEMBERS:
            start[piece.member] = [_value(piece, limits)] if piece.listed else _value(piece, limits)
    return start


def _value(piece: Piece, limits: Limits) -> Any:
    try:
        return loads(piece.text, limits.depth) if piece.text and piece.whole else None
    except RecordError:
        return None  # told when the object itself is read


def wrapped(fields: Fields, is_ticket: Callable[[Fields], bool]) -> Fields:
    """Return the ticket in `{"ticket": {...}}`, with the comments that stand beside it; other objects as they are."""
    name = next((name for name in WRAPPERS if isinstance(fields.get(name), dict)), None)
    if name is None or len(fields) > MOST_BESIDE or is_ticket(fields):
        return fields
    beside = {key: fields[key] for key in DISCUSSIONS if isinstance(fields.get(key), list)}
    inner = {**beside, **fields[name]}
    return inner if is_ticket(inner) else fields


def _element(number: int, piece: Piece, limits: Limits) -> Found | Rejected:
    place = f"row/{number}"
    if piece.text is None:
        return Rejected(place, "too_large", f"more than {limits.chars} characters")
    if not piece.whole:
        return Rejected(place, "malformed_row", "the file ends inside it")
    return _found(place, piece.text, limits)


def _whole(stream: TextIO, limits: Limits, is_ticket: Callable[[Fields], bool]) -> Iterator[Found | Rejected]:
    cursor = Cursor(stream, limits.chars)
    number = 0
    while char := cursor.peek():
        text, whole = cursor.value()
        if text == "":
            cursor.take()
        if text and re.fullmatch(r"\[\s*\]", text):
            continue
        found = _element(number, Piece(char if text == "" else text, whole=whole), limits)
        for one in _unwrapped(found, is_ticket) if isinstance(found, Found) else (found,):
            yield one
            number += 1


def _unwrapped(found: Found, is_ticket: Callable[[Fields], bool]) -> Iterator[Found]:
    """Look one level into `{"ticket": {...}}` and `{"data": {"tickets": [...]}}`."""
    fields = wrapped(found.fields, is_ticket)
    if any(fields.get(name) == [] for name in TABLES[:4]):
        return
    inner = [value for value in fields.values() if isinstance(value, dict)]
    if fields is not found.fields or is_ticket(fields) or len(inner) != 1 or len(fields) > 2:
        yield Found(found.place, fields, found.flags)
        return
    tables = [] if is_ticket(inner[0]) else [inner[0][name] for name in TABLES if isinstance(inner[0].get(name), list)]
    if not tables:
        yield Found(found.place, inner[0] if len(fields) == 1 else fields, found.flags)
        return
    base = int(found.place.rpartition("/")[2])
    for number, value in enumerate(entry for entry in tables[0] if isinstance(entry, dict)):
        yield Found(f"row/{base + number}", value, found.flags)


def join(people: People, table: str, found: Found | Rejected) -> None:
    """Add a user or an organization to `people`; what is broken or has no id is left."""
    if isinstance(found, Rejected) or len(people.persons) >= MOST_PEOPLE:
        return
    fields = found.fields
    id_ = first(fields, "id", "_id", "user_id", "accountId", "sys_id")
    if id_ is None:
        return
    if table in ORGANIZATION_TABLES:
        people.organizations[str(id_)] = first(fields, "name", "title")
        return
    organization = first(fields, "organization_id", "company_id")
    people.persons[str(id_)] = Person(
        first(fields, "name", "full_name", "displayName", "contact_name"),
        first(fields, "email", "emailAddress", "primary_email"),
        first(fields, "phone", "mobile", "shared_phone_number"),
        first(fields, "role") or ("agent" if table == "agents" else None),
        None if organization is None else str(organization),
    )


def helper_table(path: Path, fields: Fields | None = None) -> str | None:
    """Return which table beside tickets a file holds, by its name or by the address of its first object."""
    words = re.split(r"[^a-z]+", path.name.lower())
    about_tickets = {"tickets", "ticket", "issues", "requests", "conversations", "comments"} & set(words)
    if not about_tickets and (named := next((name for name in HELPERS if name in words), None)):
        return named
    url = (fields or {}).get("url")
    match = re.search(r"/api/v\d+/(\w+)/", url) if isinstance(url, str) else None
    return match[1] if match and match[1] in HELPERS else None


def neighbours(path: Path, limits: Limits, *, limit: int) -> People:
    """Return the users and organizations in the JSON files beside an export; a broken neighbour is left out."""
    people = People()
    for other in sorted(path.parent.iterdir())[:NEIGHBOURS]:
        table = helper_table(other) if other != path and suffix(other) in (".json", ".jsonl", ".ndjson") else None
        if table in (*PEOPLE_TABLES, *ORGANIZATION_TABLES):
            _join_file(people, table, other, limits, limit)
    return people


def _join_file(people: People, table: str, path: Path, limits: Limits, limit: int) -> None:
    try:
        opened = inspect(path, limit=limit)
        for one in _entries(opened, limits):
            join(people, table, one)
    except (RecordError, Skip):
        return  # it is reported when its own turn comes; the tickets are readable without it


def _entries(opened: Opened, limits: Limits) -> Iterator[Found | Rejected]:
    """Yield the objects of a helper file: its lines, the elements of its lists, or the one object that it is."""
    with opened.text() as stream:
        if opened.kind == "jsonl":
            yield from from_lines(stream, limits)
            return
        listed = 0
        for piece in pieces(stream, limits.chars):
            if piece.listed:
                listed += 1
                yield _element(0, piece, limits)
    if not listed:
        with opened.text() as stream:
            yield from _whole(stream, limits, lambda _: False)
