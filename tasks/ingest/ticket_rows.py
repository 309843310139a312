"""A message of a ticket made a row of EXTRACTED: cleaned, bounded, parsed, with the people who took part."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from tasks.errors import RecordError
from tasks.ingest.ticket_message import Message, Person
from tasks.ingest.ticket_text import readable
from tasks.ingest.ticket_values import BAD_DATE, clean_text, language_tag, parse_date, short_text
from tasks.source import Row

PHONE_HEADER = "ticket-{role}-phone"
"""Header that carries a person's phone number to where threads collect their known values."""


def row(message: Message, part: str, turn: int | None, *, max_chars: int, day_first: bool) -> Row:
    """Return the row of a message. `part` is its unique path in the item, `turn` its place in its ticket from 0.

    Raises RecordError (text_too_long, malformed_row).
    """
    text, flags = readable(message.text, html=message.html)
    text, more = clean_text(text)
    if len(text) > max_chars:
        raise RecordError("text_too_long", f"more than {max_chars} characters")
    moment = parse_date(message.created_at, day_first=day_first)
    wrong_date = moment is None and short_text(message.created_at) is not None
    return {
        "part": part,
        "native_id": short_text(message.native_id),
        "role": message.role,
        "created_at": moment,
        "subject": short_text(message.subject),
        "participants": list(_participants(message)),
        "headers": dict(_headers(message, turn)),
        "text": text.strip("\n"),
        "lang_hint": language_tag(message.lang_hint),
        "flags": list(dict.fromkeys([*message.flags, *flags, *more, *([BAD_DATE] if wrong_date else [])])),
        "attachments": [],
    }


def _people(message: Message) -> Iterator[tuple[str, Person | None]]:
    yield "from", message.author
    yield "requester", message.requester
    yield "assignee", message.assignee


def _participants(message: Message) -> Iterator[dict[str, Any]]:
    for role, person in _people(message):
        name, address = (short_text(person.name), short_text(person.address)) if person else (None, None)
        if name or address:
            yield {"name": name, "address": address, "role": role}


def _headers(message: Message, turn: int | None) -> Iterator[tuple[str, str]]:
    """Yield what resolve-threads needs and no column holds."""
    if turn is not None:
        yield "ticket-turn", str(turn)
    for role, person in _people(message):
        if phone := short_text(person.phone) if person else None:
            yield PHONE_HEADER.format(role=role), phone
    for name, value in (("ticket-thread", message.thread), ("in-reply-to", message.in_reply_to)):
        if short := short_text(value):
            yield name, short
    if organization := short_text(message.organization):
        yield "ticket-organization", organization
