"""Freshdesk: tickets of the API with their conversations, and `helpdesk_ticket` objects of the account export.

https://developers.freshdesk.com/api/#tickets and …/#conversations
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from tasks.ingest.ticket_message import (
    INTERNAL_NOTE,
    Dialect,
    Fields,
    Message,
    People,
    first,
    objects,
    oldest_first,
    person,
)

FEEDBACK, META = 5, 4
"""`source` of a conversation: 4 is written by the system about the ticket, 5 is a survey answer."""
FRESHDESK_EXPORT = "helpdesk_ticket"
NOTE = "helpdesk_note"
"""Members that hold a ticket and a note in the account export."""


def _is_note(fields: Fields) -> bool:
    """Tell a conversation that stands apart from its ticket, as `GET /tickets/7/conversations` lists them."""
    return "incoming" in fields and "private" in fields and ("body" in fields or "body_text" in fields)


def _recognizes(fields: Fields) -> bool:
    if _is_note(fields):
        return True
    if isinstance(fields.get(FRESHDESK_EXPORT), dict):
        return True
    return ("responder_id" in fields or "description_text" in fields) and (
        "description" in fields or "subject" in fields
    )


def _messages(fields: Fields, people: People) -> Iterator[Message]:
    if _is_note(fields):
        yield _apart(fields, people)
        return
    ticket = fields[FRESHDESK_EXPORT] if isinstance(fields.get(FRESHDESK_EXPORT), dict) else fields
    requester = people.person(ticket.get("requester_id")) or person(ticket.get("requester"))
    assignee = people.person(ticket.get("responder_id")) or person(first(ticket, "responder", "responder_name"))
    shared = {"subject": ticket.get("subject"), "native_id": first(ticket, "display_id", "id")}
    shared |= {"requester": requester, "assignee": assignee, "organization": _company(ticket, people)}
    plain = first(ticket, "description_text")
    yield Message(
        first(ticket, "description", "description_html") if plain is None else plain,
        created_at=ticket.get("created_at"),
        role="customer",
        author=requester,
        html=plain is None,
        **shared,
    )
    notes = objects([note.get(NOTE, note) for note in objects(first(ticket, "conversations", "notes", f"{NOTE}s"))])
    yield from (_note(note, ticket, people, shared) for note in oldest_first(notes, "created_at"))


def _apart(note: Fields, people: People) -> Message:
    """Return a conversation that stands apart, with what is known of its ticket."""
    ticket = people.ticket(note.get("ticket_id"))
    shared = {"subject": ticket.get("subject"), "native_id": note.get("ticket_id")}
    shared |= {"requester": people.person(ticket.get("requester_id"))}
    return _note(note, ticket, people, shared | {"assignee": people.person(ticket.get("responder_id"))})


def _company(ticket: Fields, people: People) -> Any:
    company = ticket.get("company")
    return people.organization(ticket.get("company_id")) or (company.get("name") if isinstance(company, dict) else None)


def _note(note: Fields, ticket: Fields, people: People, shared: dict[str, Any]) -> Message:
    plain = first(note, "body_text") if "body_text" in note else first(note, "body") if "body_html" in note else None
    internal = note.get("private") is True
    return Message(
        first(note, "body", "body_html") if plain is None else plain,
        created_at=note.get("created_at"),
        role=_role(note, ticket, internal=internal),
        author=people.person(note.get("user_id")) or person(note.get("from_email")),
        html=plain is None,
        flags=(INTERNAL_NOTE,) if internal else (),
        **shared,
    )


def _role(note: Fields, ticket: Fields, *, internal: bool) -> str:
    if note.get("source") == META:
        return "system"
    by_requester = note.get("user_id") is not None and note.get("user_id") == ticket.get("requester_id")
    return "customer" if (note.get("incoming") is True or by_requester) and not internal else "agent"


FRESHDESK = Dialect("freshdesk", _recognizes, _messages)
