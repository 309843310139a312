"""Any object that holds its turns as a list: {role, content} objects by whatever names, or [speaker, text] pairs."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from tasks.ingest.ticket_columns import guess
from tasks.ingest.ticket_message import Dialect, Fields, Message, People, Person, first
from tasks.ingest.ticket_values import role_of

TURNS = (
    *("messages", "conversations", "conversation", "turns", "dialog", "dialogue", "utterances", "comments", "replies"),
    *("thread", "transcript", "chat", "events", "original", "log", "history"),
)
SPEAKER = ("role", "from", "speaker", "author_role", "sender_type", "author_type", "sender", "author", "user_type")
SAID = ("content", "text", "value", "body", "message", "utterance", "comment", "transcript", "body_text")
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
    requester = Person(about.get("requester_name"), about.get("requester_email"), about.get("requester_phone"))
    shared: dict[str, Any] = {"subject": about.get("subject"), "native_id": about.get("native_id")}
    shared |= {"requester": requester, "lang_hint": about.get("lang_hint")}
    if opening := _opening(about.get("text"), _turns(fields)):
        yield Message(opening, created_at=about.get("created_at"), role="customer", **shared)
    for number, turn in enumerate(_turns(fields)):
        speaker = first(turn, *SPEAKER) if isinstance(turn, dict) else turn[0]
        when = first(turn, *WHEN) if isinstance(turn, dict) else None
        yield Message(
            _said(turn),
            created_at=when or (about.get("created_at") if number == 0 else None),
            role=role_of(speaker),
            author=Person(name=speaker) if isinstance(speaker, str) and role_of(speaker) is None else None,
            **shared,
        )


def _opening(text: Any, turns: list[Any]) -> str | None:
    """Return the text beside the turns, a ticket's description, unless the first turn repeats it."""
    if not isinstance(text, str) or not text.strip() or " ".join(_said(turns[0]).split()) == " ".join(text.split()):
        return None
    return text


CONVERSATION = Dialect("conversation", _recognizes, _messages)
