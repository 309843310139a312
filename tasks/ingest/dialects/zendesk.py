"""Zendesk: the JSON export and the API's tickets, with users and organizations joined by id.

https://developer.zendesk.com/api-reference/ticketing/tickets/tickets/ and …/ticket_comments/
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from tasks.ingest.ticket_message import INTERNAL_NOTE, Dialect, Fields, Message, People, Person, first, objects, person

SYSTEM_AUTHOR = "-1"
"""Author id of comments that Zendesk's own rules write."""


def _recognizes(fields: Fields) -> bool:
    if "author_id" in fields and ("body" in fields or "html_body" in fields):
        return True
    return ("requester_id" in fields or "submitter_id" in fields) and ("description" in fields or "comments" in fields)


def _messages(fields: Fields, people: People) -> Iterator[Message]:
    if "author_id" in fields and "description" not in fields:
        yield _comment(fields, fields, people, None)
        return
    requester_id = first(fields, "requester_id", "submitter_id")
    comments = objects(fields.get("comments"))
    for number, comment in enumerate([*_opening(fields, comments), *comments]):
        yield _comment(fields, comment, people, requester_id, subject_first=number == 0)


def _opening(fields: Fields, comments: list[Fields]) -> list[Fields]:
    """Return the description as a comment, unless the first comment repeats it (Zendesk makes it so)."""
    described = " ".join(str(fields.get("description") or "").split())
    if comments and (not described or _says(comments[0], described)):
        return []
    author = first(fields, "submitter_id", "requester_id")
    return [
        {"body": fields.get("description"), "author_id": author, "created_at": fields.get("created_at"), "public": True}
    ]


def _says(comment: Fields, described: str) -> bool:
    bodies = (" ".join(str(comment.get(name) or "").split()) for name in ("plain_body", "body"))
    return any(body and (body.startswith(described) or described.startswith(body)) for body in bodies)


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
