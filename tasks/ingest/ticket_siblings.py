"""Tickets and their comments in two files of one export: each is told what the other says that it needs.

A comment needs its ticket's subject and people; a ticket needs to know that a comment repeats its description.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

from tasks.errors import RecordError
from tasks.ingest.dialects import is_ticket
from tasks.ingest.ticket_files import inspect, suffix
from tasks.ingest.ticket_message import Fields, People
from tasks.ingest.ticket_objects import NEIGHBOURS, Found, Limits, from_document, from_lines
from tasks.ingest.ticket_text import said_in
from tasks.source import Skip

COMMENT_WORDS = frozenset(("comment", "comments", "conversations"))
TICKET_WORDS = frozenset(("ticket", "tickets"))
KEPT = (
    "subject",
    "raw_subject",
    "requester_id",
    "submitter_id",
    "assignee_id",
    "responder_id",
    "organization_id",
    "via",
)
"""What a comment takes from its ticket."""
MOST = 1_000_000
"""At most so many tickets or comments of the other file are remembered."""


def join_sibling(path: Path, people: People, limits: Limits, *, limit: int) -> None:
    """Add to `people` what the other half of an export says; a broken one is left out, and told at its own turn."""
    other = _sibling(path)
    if other is None:
        return
    for_comments = bool(COMMENT_WORDS & set(_words(path)))
    try:
        for fields in islice(_objects(other, limits, limit), MOST):
            _join(people, fields, for_comments=for_comments)
    except (RecordError, Skip):
        return  # it is reported when its own turn comes; this half is readable without it


def _objects(path: Path, limits: Limits, limit: int) -> Iterator[Fields]:
    opened = inspect(path, limit=limit)
    if opened.kind == "json":
        yield from (one.fields for one in from_document(opened, limits, People(), is_ticket) if isinstance(one, Found))
    elif opened.kind == "jsonl":
        with opened.text() as stream:
            yield from (one.fields for one in from_lines(stream, limits) if isinstance(one, Found))


def _words(path: Path) -> list[str]:
    return re.findall(r"[a-z]+|\d+", path.name.lower().partition(".")[0])


def _sibling(path: Path) -> Path | None:
    """Return the file named like this one but for the words of tickets and comments (`tickets_3`, `comments_3`)."""
    words = _words(path)
    wanted = [word for word in words if word not in COMMENT_WORDS | TICKET_WORDS]
    if len(wanted) == len(words):
        return None
    for other in sorted(path.parent.iterdir())[:NEIGHBOURS]:
        known = _words(other)
        rest = [word for word in known if word not in COMMENT_WORDS | TICKET_WORDS]
        opposite = bool(COMMENT_WORDS & set(known)) != bool(COMMENT_WORDS & set(words))
        if rest == wanted and len(rest) < len(known) and opposite and suffix(other) in (".json", ".jsonl", ".ndjson"):
            return other
    return None


def _join(people: People, fields: Fields, *, for_comments: bool) -> None:
    """Remember a ticket for its comments, or what a comment says for its ticket."""
    id_ = fields.get("id" if for_comments else "ticket_id")
    if id_ is None:
        return
    if for_comments:
        people.tickets[str(id_)] = {name: fields[name] for name in KEPT if fields.get(name) is not None}
    else:
        people.said.add((str(id_), hash(said_in(fields))))
