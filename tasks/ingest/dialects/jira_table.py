"""Jira's CSV: one row an issue, with a column `Comment` for each comment, `date;author;text` in the cell.

https://support.atlassian.com/jira-software-cloud/docs/export-your-filtered-issues/
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from tasks.ingest.ticket_message import Dialect, Fields, Message, People, first, person
from tasks.ingest.ticket_wiki import plain

COMMENT = re.compile(r"([^;\n]{6,40});([^;\n]{0,128});(.*)", re.DOTALL)
ACCOUNT = re.compile(r"[0-9a-f]{24}|\d{6}:[0-9a-f-]{36}")
"""An account's id, as the cloud writes it where the server has a name."""


def _recognizes(fields: Fields) -> bool:
    return "Issue key" in fields and "Summary" in fields and ("Description" in fields or "Comment" in fields)


def _messages(fields: Fields, _people: People) -> Iterator[Message]:
    reporter = person(first(fields, "Reporter", "Creator"))
    shared: dict[str, Any] = {"subject": fields.get("Summary"), "native_id": first(fields, "Issue key", "Issue id")}
    shared |= {"requester": reporter, "assignee": person(fields.get("Assignee"))}
    yield Message(
        plain(fields.get("Description")), created_at=fields.get("Created"), role="customer", author=reporter, **shared
    )
    comments = fields.get("Comment")
    for comment in comments if isinstance(comments, list) else [comments]:
        if comment:
            yield _comment(comment, fields, shared)


def _comment(comment: Any, fields: Fields, shared: dict[str, Any]) -> Message:
    match = COMMENT.fullmatch(comment) if isinstance(comment, str) else None
    if match is None:
        return Message(plain(comment), **shared)
    moment, author, text = match.groups()
    return Message(plain(text), created_at=moment, role=_role(author, fields), author=person(author), **shared)


def _role(author: str, fields: Fields) -> str | None:
    """Return customer for the reporter's comments, None where the author is an id and the reporter is a name."""
    reported_by = {fields.get(name) for name in ("Reporter", "Reporter Id", "Creator", "Creator Id")} - {None, ""}
    if author in reported_by:
        return "customer"
    known = any(ACCOUNT.fullmatch(str(one)) for one in reported_by) or not ACCOUNT.fullmatch(author)
    return "agent" if author and known else None


JIRA_TABLE = Dialect("jira-csv", _recognizes, _messages)
