"""Zendesk: the JSON export and the API's tickets, with users and organizations joined by id.

https://developer.zendesk.com/api-reference/ticketing/tickets/tickets/ and …/ticket_comments/
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
    Person,
    first,
    objects,
    oldest_first,
    person,
)
from tasks.ingest.ticket_text import said_in, words_of

SYSTEM_AUTHOR = "-1"
"""Author id of comments that Zendesk's own rules write."""


def _recognizes(fields: Fields) -> bool:
    if "author_id" in fields and ("body" in fields or "html_body" in fields):
        return True
    return ("requester_id" in fields or "submitter_id" in fields) and ("description" in fields or "comments" in fields)


def _messages(fields: Fields, people: People) -> Iterator[Message]:
    if "author_id" in fields and "description" not in fields:
        ticket = people.ticket(fields.get("ticket_id"))
        yield _comment({**ticket, **fields}, fields, people, first(ticket, "requester_id", "submitter_id"))
        return
    requester_id = first(fields, "requester_id", "submitter_id")
    comments = oldest_first(objects(fields.get("comments")), "created_at")
    for number, comment in enumerate([*_opening(fields, comments, people), *comments]):
        yield _comment(fields, comment, people, requester_id, subject_first=number == 0)


def _opening(fields: Fields, comments: list[Fields], people: People) -> list[Fields]:
    """Return the description as a comment, unless a comment repeats it: Zendesk makes the first one so."""
    described = words_of(fields.get("description"))
    if (str(fields.get("id")), hash(described)) in people.said or (comments and _repeated(described, comments)):
        return []
    author = first(fields, "submitter_id", "requester_id")
    return [
        {"body": fields.get("description"), "author_id": author, "created_at": fields.get("created_at"), "public": True}
    ]


def _repeated(described: str, comments: list[Fields]) -> bool:
    """Tell whether the first comment says the description or its start, or another one all of it."""
    opening = said_in(comments[0])
    begun = bool(opening) and (opening.startswith(described) or described.startswith(opening))
    return not described or begun or any(said_in(comment) == described for comment in comments[1:])


def _comment(
    fields: Fields, comment: Fields, people: People, requester_id: Any, *, subject_first: bool = True
) -> Message:
    author_id = comment.get("author_id")
    requester = people.person(requester_id) or person(fields.get("requester")) or person(_via(fields))
    body = first(comment, "plain_body", "body", "text")
    internal = comment.get("public") is False
    return Message(
        text=body if body is not None else comment.get("html_body"),
        subject=first(fields, "subject", "raw_subject"),
        native_id=first(fields, "ticket_id", "id", "_id") if "author_id" in fields else first(fields, "id", "_id"),
        created_at=comment.get("created_at") or (fields.get("created_at") if subject_first else None),
        role=_role(author_id, requester_id, people, internal=internal),
        author=people.person(author_id) or person(comment.get("author")),
        requester=requester,
        assignee=people.person(fields.get("assignee_id")) or person(fields.get("assignee")),
        organization=people.organization(_organization_id(fields, requester)),
        html=True if body is None else None,
        flags=(INTERNAL_NOTE,) if internal else (),
    )


def _organization_id(fields: Fields, requester: Person | None) -> Any:
    own = fields.get("organization_id")
    return own if own is not None else requester and requester.organization_id


def _via(fields: Fields) -> Any:
    """Return who a mail ticket came from, where the export has no users."""
    via = fields.get("via")
    source = via.get("source") if isinstance(via, dict) else None
    sender = source.get("from") if isinstance(source, dict) else None
    return {"name": sender.get("name"), "email": sender.get("address")} if isinstance(sender, dict) else None


def _role(author_id: Any, requester_id: Any, people: People, *, internal: bool) -> str | None:
    known = people.person(author_id)
    if str(author_id) == SYSTEM_AUTHOR:
        return "system"
    if author_id is not None and str(author_id) == str(requester_id) and not internal:
        return "customer"
    if known and known.role:
        return "customer" if known.role == "end-user" and not internal else "agent"
    if author_id is None:
        return None
    return "agent" if requester_id is not None or internal else None


ZENDESK = Dialect("zendesk", _recognizes, _messages)
