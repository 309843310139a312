"""Descriptions that a comment repeats, in the ticket and in a file of comments beside it, come once and in order."""

import json

import pytest

from tasks.ingest.tickets import TicketParams, read, split
from tasks.source import Item

TICKET = {"id": 42, "subject": "Card", "description": "My card is blocked", "requester_id": 1, "assignee_id": 2}
COMMENTS = [
    {"id": 7, "author_id": 1, "body": "My card is blocked", "created_at": "2026-03-02T08:00:00Z"},
    {"id": 8, "author_id": 2, "body": "Which card?", "created_at": "2026-03-02T09:00:00Z"},
]
SAID = [("customer", "My card is blocked"), ("agent", "Which card?")]


def ingest(path):
    (span,) = split(path, TicketParams())
    return list(read(Item(path.as_uri(), path, *span), TicketParams()))


def said(rows):
    return [(row["role"], row["text"]) for row in rows]


def as_html(comment):
    return {**{k: v for k, v in comment.items() if k != "body"}, "html_body": f"<p>{comment['body']}</p>"}


def without_dates(comments):
    return [{k: v for k, v in comment.items() if k != "created_at"} for comment in comments]


@pytest.mark.parametrize(
    "comments",
    [COMMENTS, COMMENTS[::-1], [as_html(one) for one in COMMENTS], without_dates(COMMENTS)],
    ids=["plain", "newest first", "HTML only", "undated"],
)
def test_the_first_message_comes_once_and_first(tmp_path, comments):
    (tmp_path / "t.json").write_text(json.dumps([{**TICKET, "comments": comments}]))
    assert said(ingest(tmp_path / "t.json")) == SAID


def test_undated_comments_stay_in_their_order_and_say_the_description_once(tmp_path):
    (tmp_path / "t.json").write_text(json.dumps([{**TICKET, "comments": without_dates(COMMENTS)[::-1]}]))
    assert said(ingest(tmp_path / "t.json")) == SAID[::-1]


@pytest.mark.parametrize(
    ("tickets", "comments"),
    [("tickets.json", "ticket_comments.json"), ("zd-tickets-3.json", "zd-comments-3.jsonl")],
)
def test_comments_in_a_file_beside(tmp_path, tickets, comments):
    lines = comments.endswith("jsonl")
    apart = [{**one, "ticket_id": 42} for one in COMMENTS]
    (tmp_path / tickets).write_text(json.dumps({"tickets": [TICKET, {**TICKET, "id": 43}], "count": 2}))
    (tmp_path / comments).write_text("\n".join(map(json.dumps, apart)) if lines else json.dumps({"comments": apart}))
    rows = ingest(tmp_path / comments)
    assert said(rows) == SAID
    assert {(row["native_id"], row["subject"]) for row in rows} == {("42", "Card")}
    assert [row["native_id"] for row in ingest(tmp_path / tickets)] == ["43"]


@pytest.mark.parametrize("other", ["{", "", '{"comments": [{"ticket_id": 42, "body": "Other"}]}', "[1]"])
def test_a_description_that_no_comment_beside_says_stays(tmp_path, other):
    (tmp_path / "tickets.json").write_text(json.dumps([TICKET]))
    (tmp_path / "ticket_comments.json").write_text(other)
    assert said(ingest(tmp_path / "tickets.json")) == SAID[:1]


def test_freshdesk_conversations_in_a_file_beside(tmp_path):
    ticket = {"id": 7, "subject": "Refund", "description_text": "Pay me", "requester_id": 5, "responder_id": 6}
    note = {"id": 1, "ticket_id": 7, "body_text": "Thanks", "incoming": False, "private": False, "user_id": 5}
    (tmp_path / "tickets.json").write_text(json.dumps([ticket]))
    (tmp_path / "conversations.json").write_text(json.dumps([note]))
    (row,) = ingest(tmp_path / "conversations.json")
    assert (row["native_id"], row["subject"], row["role"]) == ("7", "Refund", "customer")
