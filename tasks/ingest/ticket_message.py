"""What a dialect makes of one object of an export: messages and people, still with the export's raw values."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from tasks.ingest.ticket_values import parse_date

Fields = Mapping[str, Any]
"""One object of an export: a JSON object, or a row of a table by its column names."""

INTERNAL_NOTE = "internal_note"
"""Flag of a comment that the customer never saw."""
COMMENTS_MISSING = "comments_missing"
"""Flag of a ticket's first message where the export says that it has more comments than it holds."""


LONGEST_NAME = 500
_BOTH = re.compile(r'\s*"?([^<>"]*?)"?\s*<\s*([^<>\s@]+@[^<>\s@]+)\s*>\s*')


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody named by an export. `role` is the export's own word (end-user, agent, admin), if it has one."""

    name: Any = None
    address: Any = None
    phone: Any = None
    role: Any = None
    organization_id: str | None = None


@dataclass(frozen=True, slots=True)
class Message:
    """One message of a ticket. Values are as the export has them; `ticket_rows` cleans, parses and bounds them.

    `role` is customer, agent, system or None, `role_word` the export's own word for it, where it has one; `html` says
    that the export declares the text to be HTML (None: look).
    """

    text: Any
    subject: Any = None
    native_id: Any = None
    created_at: Any = None
    role: str | None = None
    role_word: Any = None
    author: Person | None = None
    requester: Person | None = None
    assignee: Person | None = None
    organization: Any = None
    thread: Any = None
    in_reply_to: Any = None
    lang_hint: Any = None
    html: bool | None = None
    flags: tuple[str, ...] = ()


@dataclass
class People:
    """Users, organizations and the other half of the tickets, in an export or beside it, by their ids as text."""

    persons: dict[str, Person] = field(default_factory=dict)
    organizations: dict[str, Any] = field(default_factory=dict)
    tickets: dict[str, Fields] = field(default_factory=dict)
    """What the tickets of a file beside say of themselves (subject, who asks), for comments that stand apart."""
    said: set[tuple[str, int]] = field(default_factory=set)
    """(ticket, hash of a text) of the comments in a file beside."""

    def person(self, id_: Any) -> Person | None:
        """Return the person with this id, None when there is none."""
        return None if id_ is None else self.persons.get(str(id_))

    def organization(self, id_: Any) -> Any:
        """Return the name of the organization with this id, None when there is none."""
        return None if id_ is None else self.organizations.get(str(id_))

    def ticket(self, id_: Any) -> Fields:
        """Return what is known of the ticket with this id."""
        return {} if id_ is None else self.tickets.get(str(id_), {})


@dataclass(frozen=True, slots=True)
class Dialect:
    """How one ticket system writes an object. A new system is one file with one of these, and a line in DIALECTS.

    `recognizes` sees one object and must be cheap; `messages` yields what the object says, in order.
    """

    name: str
    recognizes: Callable[[Fields], bool]
    messages: Callable[[Fields, People], Iterator[Message]]


def first(fields: Fields, *names: str) -> Any:
    """Return the first value among `names` that is neither missing, null nor empty."""
    for name in names:
        value = fields.get(name)
        if value not in (None, "", [], {}):
            return value
    return None


def objects(value: Any) -> list[Fields]:
    """Return the objects of a list, leaving out what is none; no list gives none."""
    return [entry for entry in value if isinstance(entry, dict)] if isinstance(value, list) else []


def oldest_first(entries: list[Fields], name: str) -> list[Fields]:
    """Return comments in the order of their dates under `name`, as they stand where one has no date."""
    moments = [parse_date(entry.get(name)) for entry in entries]
    dated = [moment for moment in moments if moment is not None]
    if len(dated) < len(entries):
        return entries
    return [entries[at] for at in sorted(range(len(entries)), key=dated.__getitem__)]


def named(name: Any, address: Any = None) -> tuple[Any, Any]:
    """Return name and address apart where one cell holds both (`Thandi <t@x.example>`) or the address stands alone."""
    if not isinstance(name, str) or address or "@" not in name or len(name) > LONGEST_NAME:
        return name, address
    both = _BOTH.fullmatch(name)
    return (both[1] or None, both[2]) if both else (None, name) if " " not in name.strip() else (name, address)


def person(value: Any) -> Person | None:
    """Return the person that an embedded object or a plain string names: the keys that ticket systems use for it."""
    if isinstance(value, str) and value.strip():
        return Person(*named(value))
    if not isinstance(value, dict):
        return None
    return Person(
        first(value, "displayName", "display_name", "name", "full_name", "display_value"),
        first(value, "emailAddress", "email", "email_address", "mail"),
        first(value, "phone", "mobile", "phone_number"),
        first(value, "role"),
    )
