"""Any object that holds its turns as a list: {role, content} objects by whatever names, or [speaker, text] pairs."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from tasks.ingest.ticket_columns import guess
from tasks.ingest.ticket_message import INTERNAL_NOTE, Dialect, Fields, Message, People, Person, first, named, person
from tasks.ingest.ticket_values import role_of

TURNS = (
    *("messages", "conversations", "conversation", "turns", "dialog", "dialogue", "utterances", "comments", "replies"),
    *("thread", "transcript", "chat", "events", "original", "log", "history"),
)
SPEAKER = ("role", "from", "speaker", "author_role", "sender_type", "author_type", "sender", "author", "user_type")
SAID = ("content", "text", "value", "body", "message", "utterance", "comment", "transcript", "body_text")
ROLES = ("role", "author_role", "sender_type", "author_type", "user_type", "speaker")
"""Those of them that hold no name but a word for the role."""
NAMES = ("author_name", "sender_name", "from_name", "user_name", "name")
ADDRESSES = ("author_email", "sender_email", "from_email", "user_email", "email")
PRIVATE = ("private", "internal", "is_internal", "is_private")
WHEN = ("created_at", "timestamp", "created", "time", "date", "sent_at")


def _turns(fields: Fields) -> list[Any]:
    for name in TURNS:
        turns = fields.get(name)
        if isinstance(turns, list) and turns and all(_said(turn) is not None for turn in turns):
            return turns
    return []


def _said(turn: Any) -> Any:
    if isinstance(turn, dict):
        return next((turn[name] for name in SAID if isinstance(turn.get(name), str)), None)
    pair = isinstance(turn, list) and len(turn) == 2 and all(isinstance(part, str) for part in turn)
    return turn[1] if pair else None


def _recognizes(fields: Fields) -> bool:
    return bool(_turns(fields))


def _messages(fields: Fields, _people: People) -> Iterator[Message]:
    columns = guess(name for name, value in fields.items() if not isinstance(value, list))
    about = {field: fields.get(column) for field, column in columns.items()}
    named = about.get("requester_name")
    requester = Person(
        first(named, "name", "display_name") if isinstance(named, dict) else named,
        about.get("requester_email") or (first(named, "email", "address") if isinstance(named, dict) else None),
        about.get("requester_phone"),
    )
    shared: dict[str, Any] = {"subject": about.get("subject"), "native_id": about.get("native_id")}
    shared |= {"requester": requester, "lang_hint": about.get("lang_hint")}
    if opening := _opening(about.get("text"), _turns(fields)):
        yield Message(opening, created_at=about.get("created_at"), role="customer", **shared)
    for number, turn in enumerate(_turns(fields)):
        when = first(turn, *WHEN) if isinstance(turn, dict) else None
        role, author = _speaker(turn, requester)
        internal = isinstance(turn, dict) and (turn.get("public") is False or first(turn, *PRIVATE) is True)
        yield Message(
            _said(turn),
            created_at=when or (about.get("created_at") if number == 0 else None),
            role="agent" if internal else role,
            role_word=None if internal else first(turn, *ROLES) if isinstance(turn, dict) else turn[0],
            author=author,
            flags=(INTERNAL_NOTE,) if internal else (),
            **shared,
        )


def _speaker(turn: Any, requester: Person) -> tuple[str | None, Person | None]:
    """Return who speaks: the role by its word, else by the requester's address, and the person."""
    if not isinstance(turn, dict):
        return role_of(turn[0]), None if role_of(turn[0]) else Person(name=turn[0])
    inner = first(turn, "author", "sender", "user", "from")
    inside = person(inner) if isinstance(inner, dict) else None
    role = next((r for r in (role_of(turn.get(name)) for name in SPEAKER) if r), None) or role_of(
        inside and inside.role
    )
    unnamed = inner if isinstance(inner, str) and role_of(inner) is None else None
    author = inside or Person(*named(first(turn, *NAMES) or unnamed, first(turn, *ADDRESSES)))
    if role is None and requester.address and author.address:
        role = "customer" if author.address == requester.address else "agent"
    elif role is None and author.name and author.name == requester.name:
        role = "customer"
    return role, author if author.name or author.address else None


def _opening(text: Any, turns: list[Any]) -> str | None:
    """Return the text beside the turns, a ticket's description, unless the first turn repeats it."""
    if not isinstance(text, str) or not text.strip() or " ".join(_said(turns[0]).split()) == " ".join(text.split()):
        return None
    return text


CONVERSATION = Dialect("conversation", _recognizes, _messages)
