"""ServiceNow: records of the table interface and their CSV.

A value may be a string or {display_value, value}; the journals (comments, work_notes) are one string with a heading
line before each entry, the newest first.

https://www.servicenow.com/docs/bundle/zurich-api-reference/page/integrate/inbound-rest/concept/c_TableAPI.html
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from tasks.ingest.ticket_message import INTERNAL_NOTE, Dialect, Fields, Message, People, Person, first, person

JOURNALS = ("comments_and_work_notes", "comments", "work_notes", "close_notes")
_HEADING = re.compile(
    r"^(\d{2,4}[-/.]\d{1,2}[-/.]\d{2,4} \d\d?:\d\d(?::\d\d)?) - (.{1,100}?) \(([^()\n]{1,60})\)[ \t]*$", re.MULTILINE
)


def _recognizes(fields: Fields) -> bool:
    return "short_description" in fields and any(
        name in fields for name in ("number", "sys_id", "caller_id", "opened_at", "sys_created_on")
    )


def _shown(fields: Fields, *names: str) -> Any:
    value = first(fields, *names)
    return first(value, "display_value", "value") if isinstance(value, dict) else value


def _messages(fields: Fields, people: People) -> Iterator[Message]:
    caller = _person(fields, "caller_id", people) or _person(fields, "opened_by", people)
    shared = {"subject": _shown(fields, "short_description"), "native_id": _shown(fields, "number", "sys_id")}
    shared |= {"requester": caller, "assignee": _person(fields, "assigned_to", people)}
    shared |= {"organization": _shown(fields, "company")}
    opened = _shown(fields, "opened_at", "sys_created_on")
    yield Message(_shown(fields, "description"), created_at=opened, role="customer", author=caller, **shared)
    journals = JOURNALS[:1] if fields.get(JOURNALS[0]) else JOURNALS[1:3]
    entries = [entry for name in journals for entry in _entries(_shown(fields, name), name)]
    for moment, author, kind, text in sorted(entries, key=lambda entry: entry[0]):
        yield _entry(moment, author, kind, text, caller, shared)


def _person(fields: Fields, name: str, people: People) -> Person | None:
    value = fields.get(name)
    if isinstance(value, dict) and (known := people.person(value.get("value"))):
        return known
    found = person(value) or None
    email = _shown(fields, f"{name}.email")
    return Person(found.name if found else None, email or (found and found.address)) if found or email else None


def _entries(journal: Any, name: str) -> Iterator[tuple[str, str, str, str]]:
    """Yield (moment, author, kind, text) of a journal, the oldest first; a journal without headings is one entry."""
    text = journal if isinstance(journal, str) else ""
    headings = list(_HEADING.finditer(text))
    if not headings and text.strip():
        yield "", "", "Work notes" if name == "work_notes" else "Additional comments", text
    if not headings:
        return
    ends = [heading.start() for heading in headings[1:]] + [len(text)]
    for heading, end in reversed(list(zip(headings, ends, strict=True))):
        yield heading[1], heading[2], heading[3], text[heading.end() : end].strip()


def _entry(moment: str, author: str, kind: str, text: str, caller: Person | None, shared: dict[str, Any]) -> Message:
    internal = "work" in kind.casefold()
    by_caller = bool(author) and caller is not None and author == caller.name
    return Message(
        text,
        created_at=moment or None,
        role="system" if author == "System" else "customer" if by_caller and not internal else "agent",
        author=Person(name=author) if author else None,
        flags=(INTERNAL_NOTE,) if internal else (),
        **shared,
    )


SERVICENOW = Dialect("servicenow", _recognizes, _messages)
