"""Any table: our fields from its columns, as the mapping or their names say."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tasks.ingest.ticket_columns import normal_name
from tasks.ingest.ticket_message import Fields, Message, Person, named
from tasks.ingest.ticket_values import role_of, truth_of

CUSTOMER_COLUMNS = frozenset({
    *("customer_message", "user_message", "customer_query", "complaint", "complaint_narrative"),
    *("consumer_complaint_narrative", "inquiry", "enquiry"),
})  # fmt: skip
"""Text columns whose name says that a customer speaks."""
DESCRIPTIONS = frozenset({
    *("description", "description_text", "ticket_description", "issue_description", "problem_description"),
    *("ticket_text", "ticket_body", "request_text"),
})  # fmt: skip
"""Text columns that are the customer's in a table with a row for each ticket."""


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
    assignee = _person(at, "assignee")
    role = role_of(at.get("role")) or _direction(at.get("inbound")) or _role_by_name(author, requester, assignee)
    return Message(
        at.get("text"),
        subject=at.get("subject"),
        native_id=at.get("native_id"),
        created_at=at.get("created_at"),
        role=role or (None if at.get("role") else _role_by_column(columns)),
        role_word=at.get("role"),
        author=author,
        requester=requester,
        assignee=assignee,
        thread=at.get("thread"),
        in_reply_to=at.get("in_reply_to"),
        lang_hint=at.get("lang_hint"),
    )


def _person(at: Mapping[str, Any], who: str) -> Person | None:
    name, address, phone = (at.get(f"{who}_{what}") for what in ("name", "email", "phone"))
    if isinstance(name, dict):
        name = name.get("name") or name.get("display_value")
    name, address = named(name, address)
    return Person(name, address, phone) if name or address or phone else None


def _direction(inbound: Any) -> str | None:
    known = None if inbound is None else truth_of(inbound)
    return None if known is None else "customer" if known else "agent"


def _role_by_name(author: Person | None, requester: Person | None, assignee: Person | None) -> str | None:
    """Return whose message it is when its author is who asked, or who is to answer."""
    for role, other in (("customer", requester), ("agent", assignee)):
        if author and other and (_same(author.address, other.address) or _same(author.name, other.name)):
            return role
    return None


def _same(one: Any, other: Any) -> bool:
    return isinstance(one, str) and isinstance(other, str) and one.strip().casefold() == other.strip().casefold() != ""


def _role_by_column(columns: Mapping[str, str]) -> str | None:
    """Return customer where the name of the column says so: a ticket's description is what its customer wrote."""
    name = normal_name(columns.get("text", ""))
    described = "native_id" in columns and "author_name" not in columns and name in DESCRIPTIONS
    return "customer" if described or name in CUSTOMER_COLUMNS else None
