"""Jira and Jira Service Management: issues of the platform's search, and requests of the service desk's own interface.

https://developer.atlassian.com/cloud/jira/platform/rest/v3/ and …/service-desk/rest/
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from tasks.ingest.ticket_message import (
    COMMENTS_MISSING,
    INTERNAL_NOTE,
    Dialect,
    Fields,
    Message,
    People,
    first,
    objects,
    oldest_first,
    person,
)
from tasks.ingest.ticket_wiki import plain


def _recognizes(fields: Fields) -> bool:
    return isinstance(fields.get("fields"), dict) or ("issueKey" in fields and "requestFieldValues" in fields)


def _messages(fields: Fields, _people: People) -> Iterator[Message]:
    yield from _request(fields) if "requestFieldValues" in fields else _issue(fields)


def _issue(fields: Fields) -> Iterator[Message]:
    inner = fields["fields"]
    reporter = person(first(inner, "reporter", "creator"))
    assignee = person(inner.get("assignee"))
    shared: dict[str, Any] = {"subject": inner.get("summary"), "native_id": first(fields, "key", "id")}
    shared |= {"requester": reporter, "assignee": assignee}
    held = inner.get("comment")
    comments = held.get("comments") if isinstance(held, dict) else first(inner, "comments") or fields.get("comments")
    yield Message(
        plain(inner.get("description")),
        created_at=inner.get("created"),
        role="customer",
        author=reporter,
        flags=_missing(held, comments),
        **shared,
    )
    for comment in oldest_first(objects(comments), "created"):
        yield _comment(comment, inner.get("reporter"), shared)


def _request(fields: Fields) -> Iterator[Message]:
    values: dict[str, Any] = {str(v.get("fieldId")): v.get("value") for v in objects(fields.get("requestFieldValues"))}
    reporter = person(fields.get("reporter"))
    shared: dict[str, Any] = {
        "subject": first(values, "summary") or fields.get("summary"),
        "native_id": fields.get("issueKey"),
    }
    shared |= {"requester": reporter, "assignee": person(values.get("assignee"))}
    held = fields.get("comments")
    yield Message(
        plain(values.get("description")),
        created_at=_moment(fields.get("createdDate")),
        role="customer",
        author=reporter,
        flags=_missing(held, held.get("values") if isinstance(held, dict) else None),
        **shared,
    )
    for comment in objects(held.get("values") if isinstance(held, dict) else held):
        yield _comment(comment, fields.get("reporter"), shared)


def _missing(held: Any, comments: Any) -> tuple[str, ...]:
    """Return the flag of a page of comments that says that the issue has more of them than stand here."""
    if not isinstance(held, dict):
        return ()
    total, here = held.get("total"), len(objects(comments))
    return (COMMENTS_MISSING,) if held.get("isLastPage") is False or (isinstance(total, int) and total > here) else ()


def _comment(comment: Fields, reported_by: Any, shared: dict[str, Any]) -> Message:
    public = first(comment, "jsdPublic", "public")
    internal = comment.get("jsdPublic") is False or (public is None and comment.get("public") is False)
    by_reporter = _account(comment.get("author")) is not None and _account(comment.get("author")) == _account(
        reported_by
    )
    return Message(
        plain(comment["body"]) if comment.get("body") else comment.get("renderedBody"),
        created_at=_moment(comment.get("created")),
        role="customer" if by_reporter and not internal else "agent",
        author=person(comment.get("author")),
        flags=(INTERNAL_NOTE,) if internal else (),
        **shared,
    )


def _account(value: Any) -> Any:
    return first(value, "accountId", "key", "emailAddress", "name", "displayName") if isinstance(value, dict) else value


def _moment(value: Any) -> Any:
    """Return a service desk date, an object with several spellings of the moment, as one of them."""
    return first(value, "iso8601", "jira", "epochMillis") if isinstance(value, dict) else value


JIRA = Dialect("jira", _recognizes, _messages)
