"""Any table: our fields from its columns, as the mapping or their names say."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tasks.ingest.ticket_message import Fields, Message, Person
from tasks.ingest.ticket_values import role_of, truth_of


def value_at(fields: Fields, column: str) -> Any:
    """Return a column's value; `a.b` also reaches into an object. Missing is None."""
    if column in fields or "." not in column:
        return fields.get(column)
    head, _, rest = column.partition(".")
    inner = fields.get(head)
    return value_at(inner, rest) if isinstance(inner, dict) else None


def message(fields: Fields, columns: Mapping[str, str]) -> Message:
    """Return the one message of a row. `columns`: our field → the table's column."""
    at = {field: value_at(fields, column) for field, column in columns.items()}
    requester = _person(at, "requester")
    author = _person(at, "author")
    return Message(
        at.get("text"),
        subject=at.get("subject"),
        native_id=at.get("native_id"),
        created_at=at.get("created_at"),
        role=role_of(at.get("role")) or _direction(at.get("inbound")),
        author=author,
        requester=requester,
        assignee=_person(at, "assignee"),
        thread=at.get("thread"),
        in_reply_to=at.get("in_reply_to"),
        lang_hint=at.get("lang_hint"),
    )


def _person(at: Mapping[str, Any], who: str) -> Person | None:
    name, address, phone = (at.get(f"{who}_{what}") for what in ("name", "email", "phone"))
    if isinstance(name, dict):
        name = name.get("name") or name.get("display_value")
    if isinstance(name, str) and "@" in name and not address:
        name, address = None, name
    return Person(name, address, phone) if name or address or phone else None


def _direction(inbound: Any) -> str | None:
    known = None if inbound is None else truth_of(inbound)
    return None if known is None else "customer" if known else "agent"
