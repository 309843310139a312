"""One ticket in a file reads as a list of one does, whatever the interface that gave it wraps around it."""

import gzip
import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tasks.ingest.tickets import TicketParams, read, split
from tasks.source import Item

BODIES = st.lists(st.text("ab<>&{}[]\"' \n", min_size=1, max_size=20).filter(str.strip), min_size=1, max_size=4)


def zendesk(bodies):
    comments = [
        {"id": n, "author_id": 1 + n % 2, "body": body, "public": n % 3 != 2, "created_at": f"2026-03-02T08:0{n}:00Z"}
        for n, body in enumerate(bodies)
    ]
    return {"id": 42, "subject": "Card", "description": bodies[0], "requester_id": 1, "comments": comments}


def freshdesk(bodies):
    notes = [
        {"id": n, "body": body, "body_text": body, "incoming": not n, "private": bool(n % 2), "user_id": n}
        for n, body in enumerate(bodies)
    ]
    return {"id": 7, "subject": "Refund", "description_text": "Pay me", "responder_id": 2, "conversations": notes}


def helpdesk(bodies):
    notes = [{"helpdesk_note": {"body": body, "private": True}} for body in bodies]
    return {"helpdesk_ticket": {"display_id": 7, "subject": "Refund", "description": "Pay me", "notes": notes}}


def jira(bodies):
    comments = [{"author": {"accountId": str(n)}, "body": body} for n, body in enumerate(bodies)]
    inner = {"summary": "Printer", "description": "Broken", "comment": {"comments": comments, "total": len(comments)}}
    return {"id": "10", "key": "SUP-1", "fields": inner}


def service_desk(bodies):
    comments = [{"author": {"accountId": "a"}, "body": body, "public": False} for body in bodies]
    values = [{"fieldId": "summary", "value": "Printer"}, {"fieldId": "description", "value": "Broken"}]
    return {"issueKey": "SUP-1", "requestFieldValues": values, "comments": {"values": comments}}


def servicenow(bodies):
    journal = "\n\n".join(f"2026-03-02 08:0{n}:00 - Joe (Work notes)\n{body}" for n, body in enumerate(bodies))
    return {"number": "INC1", "short_description": "VPN", "description": "VPN is down", "work_notes": journal}


def conversation(bodies):
    turns = [{"role": "customer" if n % 2 else "agent", "content": body} for n, body in enumerate(bodies)]
    return {"id": "c1", "subject": "Hi", "comments": turns}


SYSTEMS = [zendesk, freshdesk, helpdesk, jira, service_desk, servicenow, conversation]


def rows(folder, name, data):
    path = folder / name
    path.write_bytes(data)
    (span,) = split(path, TicketParams())
    found = list(read(Item(path.as_uri(), path, *span), TicketParams()))
    path.unlink()
    return found


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("alone")


@pytest.mark.parametrize("system", SYSTEMS)
@settings(max_examples=10, deadline=None)
@given(bodies=BODIES)
def test_one_ticket_reads_as_a_list_of_one(folder, system, bodies):
    one = system(bodies)
    line = json.dumps(one).encode()
    expected = rows(folder, "t.json", b"[" + line + b"]")
    for name, data in {
        "line.json": line,
        "pretty.json": json.dumps(one, indent=2).encode(),
        "t.jsonl": line + b"\n",
        "two.jsonl": line + b"\n\n",
        "t.json.gz": gzip.compress(line),
        "export": line,
        "wrapped.json": b'{"ticket": ' + line + b"}",
        "wrapped.jsonl": b'{"ticket": ' + line + b', "users": []}\n',
        "issue.json": b'{"issue": ' + line + b"}",
        "result.json": b'{"result": ' + line + b"}",
    }.items():
        assert rows(folder, name, data) == expected, name


def test_comments_beside_the_wrapped_ticket_are_its_comments(folder):
    one = zendesk(["My card is blocked", "Which card?", "VIP"])
    expected = rows(folder, "t.json", json.dumps([one]).encode())
    comments = one.pop("comments")
    data = json.dumps({"ticket": one, "comments": comments, "count": 3}).encode()
    assert rows(folder, "t.json", data) == expected


@pytest.mark.parametrize("beside", [{}, {"count": 2, "next_page": None}, {"url": "https://x.example/api"}])
def test_a_list_of_comments_alone_stays_a_list(folder, beside):
    comments = [{"id": n, "ticket_id": n, "author_id": n, "body": "Hi"} for n in (1, 2)]
    found = rows(folder, "t.json", json.dumps({"comments": comments, **beside}).encode())
    assert [row["native_id"] for row in found] == ["1", "2"]


def test_private_conversations_that_stand_apart_from_their_ticket_are_flagged(folder):
    notes = [{"id": n, "ticket_id": 7, "body_text": "x", "incoming": not n, "private": bool(n)} for n in (0, 1)]
    found = rows(folder, "conversations.json", json.dumps(notes).encode())
    assert [(row["native_id"], row["role"], row["flags"]) for row in found] == [
        ("7", "customer", []),
        ("7", "agent", ["internal_note"]),
    ]
