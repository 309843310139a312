import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tasks.ingest.tickets import TicketParams, read, split
from tasks.source import Item, Skip

DATA = Path(__file__).parents[4] / "shared/data/tickets"
CUSTOMER = {"name": "Thandi Dlamini", "address": "thandi@x.example"}
AGENT = {"name": "Joe Bloggs", "address": "joe@desk.example"}


def ingest(path):
    (span,) = split(path, TicketParams())
    return list(read(Item(path.as_uri(), path, *span), TicketParams()))


def export(folder, data, name="tickets.json"):
    path = folder / name
    path.write_text(data if isinstance(data, str) else json.dumps(data))
    return ingest(path)


def said(rows):
    return [(row["role"], row["text"]) for row in rows]


def people(row):
    return {one["role"]: {"name": one["name"], "address": one["address"]} for one in row["participants"]}


USERS = [
    {"id": 1, "name": CUSTOMER["name"], "email": CUSTOMER["address"], "phone": "+27 82 1", "role": "end-user",
     "organization_id": 5},
    {"id": 2, "name": AGENT["name"], "email": AGENT["address"], "role": "agent"},
    {"id": 3, "name": "Cc Person", "email": "cc@x.example", "role": "end-user"},
]  # fmt: skip
ZENDESK = {
    "id": 42,
    "subject": "Card",
    "description": "My card is blocked",
    "requester_id": 1,
    "submitter_id": 1,
    "assignee_id": 2,
    "created_at": "2026-03-02T08:00:00Z",
    "via": {"source": {"from": {"address": "via@x.example", "name": "Via"}}},
    "comments": [
        {"id": 7, "author_id": 1, "body": "My card is  blocked", "html_body": "<p>x</p>", "public": True,
         "created_at": "2026-03-02T08:00:00Z"},
        {"id": 8, "author_id": 2, "html_body": "<p>Which<br>card?</p>", "created_at": "2026-03-02T09:00:00Z"},
        {"id": 9, "author_id": 2, "body": "VIP, hurry", "public": False, "created_at": "2026-03-02T09:01:00Z"},
        {"id": 10, "author_id": 3, "body": "Mine too", "public": True, "created_at": "2026-03-02T09:02:00Z"},
        {"id": 11, "author_id": -1, "body": "Closed after 4 days", "created_at": "2026-03-06T09:02:00Z"},
    ],
}  # fmt: skip


@pytest.mark.parametrize("place", ["inside", "beside", "beside in lines"])
def test_zendesk_joins_users_and_organizations(tmp_path, place):
    organizations = [{"id": 5, "name": "Hisa Ltd"}]
    document = {"tickets": [ZENDESK], "count": 1}
    if place == "inside":
        document |= {"users": USERS, "organizations": organizations}
    elif place == "beside":
        (tmp_path / "users.json").write_text(json.dumps({"users": USERS}))
        (tmp_path / "zendesk_organizations.json").write_text(json.dumps(organizations))
    else:
        (tmp_path / "users.jsonl").write_text("broken\n" + "".join(json.dumps(user) + "\n" for user in USERS))
        (tmp_path / "organizations.jsonl").write_text(json.dumps(organizations[0]))
    rows = export(tmp_path, document)
    assert said(rows) == [
        ("customer", "My card is  blocked"),
        ("agent", "Which\ncard?"),
        ("agent", "VIP, hurry"),
        ("customer", "Mine too"),
        ("system", "Closed after 4 days"),
    ]
    assert people(rows[0]) == {"from": CUSTOMER, "requester": CUSTOMER, "assignee": AGENT}
    assert people(rows[1])["from"] == AGENT
    assert [row["part"] for row in rows] == [f"row/0/comment/{n}" for n in range(5)]
    assert [row["flags"] for row in rows] == [[], [], ["internal_note"], [], []]
    assert {row["native_id"] for row in rows} == {"42"}
    assert {row["subject"] for row in rows} == {"Card"}
    assert rows[1]["created_at"] == datetime(2026, 3, 2, 9, tzinfo=UTC)
    assert rows[0]["headers"]["ticket-requester-phone"] == "+27 82 1"
    assert rows[0]["headers"]["ticket-organization"] == "Hisa Ltd"


def test_zendesk_without_its_users_still_knows_who_asks(tmp_path):
    rows = export(tmp_path, [ZENDESK])
    assert [row["role"] for row in rows] == ["customer", "agent", "agent", "agent", "system"]
    assert people(rows[0]) == {"requester": {"name": "Via", "address": "via@x.example"}}


def test_zendesk_description_that_no_comment_repeats_comes_first(tmp_path):
    ticket = ZENDESK | {"description": "Another thing", "comments": ZENDESK["comments"][1:2]}
    assert said(export(tmp_path, [ticket])) == [("customer", "Another thing"), ("agent", "Which\ncard?")]


def test_zendesk_comments_alone(tmp_path):
    (tmp_path / "users.json").write_text(json.dumps(USERS))
    comments = [{"id": 1, "ticket_id": 42, "author_id": 2, "body": "Hello"}]
    (row,) = export(tmp_path, {"comments": comments}, "ticket_comments.json")
    assert (row["role"], row["native_id"], row["text"]) == ("agent", "42", "Hello")


@pytest.mark.parametrize("name", ["users.json", "organizations.json", "zendesk-users.jsonl", "users.csv"])
def test_helper_tables_are_skipped(tmp_path, name):
    (tmp_path / name).write_text("id,name\n1,A\n" if name.endswith("csv") else json.dumps(USERS[0]))
    with pytest.raises(Skip):
        ingest(tmp_path / name)


REPORTER = {"accountId": "r", "displayName": CUSTOMER["name"], "emailAddress": CUSTOMER["address"]}
ASSIGNEE = {"accountId": "a", "displayName": AGENT["name"], "emailAddress": AGENT["address"]}


def document(*paragraphs):
    content = [{"type": "paragraph", "content": [{"type": "text", "text": text}]} for text in paragraphs]
    return {"type": "doc", "version": 1, "content": content}


def test_jira_issues(tmp_path):
    issue = {
        "id": "10001",
        "key": "HELP-42",
        "fields": {
            "summary": "Card",
            "description": document("My card", "is blocked"),
            "reporter": REPORTER,
            "assignee": ASSIGNEE,
            "created": "2026-03-02T10:00:00.000+0200",
            "comment": {
                "comments": [
                    {"author": ASSIGNEE, "body": document("Which card?"), "created": "2026-03-02T11:00:00.000+0200"},
                    {"author": REPORTER, "body": "The red one", "created": "2026-03-02T12:00:00.000+0200"},
                    {"author": ASSIGNEE, "body": "VIP", "jsdPublic": False, "created": "2026-03-02T12:00:00.000+0200"},
                ]
            },
        },
    }
    rows = export(tmp_path, {"startAt": 0, "total": 1, "issues": [issue]})
    assert said(rows) == [
        ("customer", "My card\nis blocked"), ("agent", "Which card?"), ("customer", "The red one"), ("agent", "VIP"),
    ]  # fmt: skip
    assert people(rows[0]) == {"from": CUSTOMER, "requester": CUSTOMER, "assignee": AGENT}
    assert (rows[0]["native_id"], rows[0]["subject"]) == ("HELP-42", "Card")
    assert rows[0]["created_at"] == datetime(2026, 3, 2, 8, tzinfo=UTC)
    assert rows[3]["flags"] == ["internal_note"]


def test_jira_service_desk_requests(tmp_path):
    request = {
        "issueId": "1",
        "issueKey": "DESK-7",
        "createdDate": {"iso8601": "2026-03-02T10:00:00+0200", "epochMillis": 1},
        "reporter": REPORTER,
        "requestFieldValues": [
            {"fieldId": "summary", "value": "Card"},
            {"fieldId": "description", "value": "My card"},
        ],
        "comments": {
            "values": [{"author": ASSIGNEE, "body": "Which?", "public": True, "created": {"iso8601": "2026-03-02"}}]
        },
    }
    rows = export(tmp_path, {"values": [request]})
    assert said(rows) == [("customer", "My card"), ("agent", "Which?")]
    assert (rows[0]["native_id"], rows[0]["subject"]) == ("DESK-7", "Card")
    assert rows[0]["created_at"] == datetime(2026, 3, 2, 8, tzinfo=UTC)


def test_freshdesk(tmp_path):
    ticket = {
        "id": 9,
        "subject": "Card",
        "description": "<div>My card<br>is blocked</div>",
        "description_text": "My card is blocked",
        "requester_id": 1,
        "responder_id": 2,
        "requester": {"id": 1, "name": CUSTOMER["name"], "email": CUSTOMER["address"], "mobile": "+27 82 1"},
        "created_at": "2026-03-02T08:00:00Z",
        "conversations": [
            {"body": "<p>Which?</p>", "body_text": "Which?", "incoming": False, "private": False, "user_id": 2},
            {"body": "<p>Red</p>", "incoming": True, "private": False, "user_id": 1},
            {"body": "<p>VIP</p>", "body_text": "VIP", "incoming": False, "private": True, "user_id": 2},
            {"body_text": "Merged", "incoming": False, "private": False, "source": 4},
        ],
    }
    rows = export(tmp_path, [ticket])
    assert said(rows) == [
        ("customer", "My card is blocked"), ("agent", "Which?"), ("customer", "Red"), ("agent", "VIP"),
        ("system", "Merged"),
    ]  # fmt: skip
    assert people(rows[0])["requester"] == CUSTOMER
    assert rows[3]["flags"] == ["internal_note"]
    assert rows[0]["headers"]["ticket-requester-phone"] == "+27 82 1"


def test_freshdesk_account_export(tmp_path):
    ticket = {"helpdesk_ticket": {"display_id": 9, "subject": "Card", "description": "Hello", "requester_id": 1,
              "notes": [{"helpdesk_note": {"body": "Hi", "body_html": "<p>Hi</p>", "incoming": False}}]}}  # fmt: skip
    assert said(export(tmp_path, [ticket])) == [("customer", "Hello"), ("agent", "Hi")]


JOURNAL = """2026-03-02 10:00:00 - Joe Bloggs (Additional comments)
Which card?
It matters.

2026-03-02 09:30:00 - Joe Bloggs (Work notes)
VIP

2026-03-02 09:00:00 - Thandi Dlamini (Additional comments)
Any news?
"""


@pytest.mark.parametrize("shape", ["objects", "strings", "csv"])
def test_servicenow(tmp_path, shape):
    record = {"number": "INC0010023", "short_description": "Card", "description": "My card",
              "opened_at": "2026-03-02 08:00:00",
              "caller_id": CUSTOMER["name"], "assigned_to": AGENT["name"],
              "comments_and_work_notes": JOURNAL}  # fmt: skip
    if shape == "csv":
        cells = ['"' + value.replace('"', '""') + '"' for value in record.values()]
        rows = export(tmp_path, ",".join(record) + "\n" + ",".join(cells) + "\n", "incident.csv")
    else:
        wrap = (lambda v: {"display_value": v, "value": "sys"}) if shape == "objects" else (lambda v: v)
        rows = export(tmp_path, {"result": [{name: wrap(value) for name, value in record.items()}]})
    assert said(rows) == [
        ("customer", "My card"), ("customer", "Any news?"), ("agent", "VIP"), ("agent", "Which card?\nIt matters."),
    ]  # fmt: skip
    assert rows[2]["flags"] == ["internal_note"]
    assert rows[0]["native_id"] == "INC0010023"
    assert people(rows[0])["requester"]["name"] == CUSTOMER["name"]
    assert rows[3]["created_at"] == datetime(2026, 3, 2, 10, tzinfo=UTC)


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        (
            {"messages": [{"role": "user", "content": "Hi"}, {"role": "assistant", "content": "Yes?"}]},
            ["customer", "agent"],
        ),
        (
            {"conversations": [{"from": "human", "value": "Hi"}, {"from": "gpt", "value": "Yes?"}]},
            ["customer", "agent"],
        ),
        ({"original": [["agent", "Hi"], ["action", "Yes?"]]}, ["agent", "system"]),
        ({"turns": [{"from": "Zodwa", "text": "Hi"}, {"from": None, "text": "Yes?"}]}, [None, None]),
        (
            {
                "email": "t@x.example",
                "comments": [
                    {"author": {"email": "t@x.example"}, "body": "Hi"},
                    {"author_email": "j@x.example", "body": "Yes?"},
                ],
            },
            ["customer", "agent"],
        ),
        (
            {"replies": [{"author": {"role": "agent", "name": "J"}, "text": "Hi"}, {"internal": True, "text": "Yes?"}]},
            ["agent", "agent"],
        ),
    ],
)
def test_conversations(tmp_path, fields, expected):
    rows = export(tmp_path, [{"conversation_id": 3, **fields}])
    assert said(rows) == list(zip(expected, ["Hi", "Yes?"], strict=True))
    assert [row["headers"]["ticket-turn"] for row in rows] == ["0", "1"]
    assert {row["native_id"] for row in rows} == {"3"}


def test_people_and_notes_of_a_conversation(tmp_path):
    comments = [
        {"role": "agent", "author_name": AGENT["name"], "author_email": AGENT["address"], "body": "Which?"},
        {"role": "agent", "body": "VIP", "private": True},
    ]
    ticket = {"id": 1, "requester_name": CUSTOMER["name"], "requester_email": CUSTOMER["address"], "comments": comments}
    rows = export(tmp_path, [ticket])
    assert people(rows[0]) == {"from": AGENT, "requester": CUSTOMER}
    assert [row["flags"] for row in rows] == [[], ["internal_note"]]


def test_an_unknown_system_with_a_description_and_comments(tmp_path):
    ticket = {"id": 3, "title": "Card", "description": "My card", "comments": [{"author": "Joe", "text": "Which?"}]}
    rows = export(tmp_path, [ticket])
    assert said(rows) == [("customer", "My card"), (None, "Which?")]
    assert people(rows[1])["from"]["name"] == "Joe"


def test_tweets_answer_each_other(tmp_path):
    header = "tweet_id,author_id,inbound,created_at,text,response_tweet_id,in_response_to_tweet_id\n"
    rows = export(tmp_path, header + "1,ops,False,x,Yes?,,2\n2,123,True,x,Help,1,\n", "twcs.csv")
    assert said(rows) == [("agent", "Yes?"), ("customer", "Help")]
    assert rows[0]["headers"]["in-reply-to"] == "2"


def test_lists_that_are_no_conversation_leave_the_row_a_row(tmp_path):
    (row,) = export(tmp_path, [{"text": "Hello", "events": [1, 2], "thread": [], "log": ["a", "b"]}])
    assert (row["role"], row["text"]) == (None, "Hello")


def lines(name):
    path = DATA / name
    if not path.exists():
        pytest.skip(f"{path} is not here")
    return path, [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


@pytest.mark.parametrize(("name", "text"), [
    ("nlupp/dev/nlupp.jsonl", "text"), ("banking77/dev/banking77.jsonl", "text"),
    ("multilang_email_tickets/dev/tickets.jsonl", "text"), ("zendesk_challenge/dev/tickets.jsonl", "description"),
])  # fmt: skip
def test_the_shared_sets_are_read_whole(name, text):
    path, objects = lines(name)
    rows = ingest(path)
    assert [row["text"] for row in rows] == [one[text].strip("\n") for one in objects]


def test_joins_of_the_zendesk_challenge_are_complete():
    path, tickets = lines("zendesk_challenge/dev/tickets.jsonl")
    users = {user["_id"]: user for user in lines("zendesk_challenge/dev/users.jsonl")[1]}
    for ticket, row in zip(tickets, ingest(path), strict=True):
        for role, id_ in (("requester", ticket["submitter_id"]), ("assignee", ticket.get("assignee_id"))):
            expected = {"name": users[id_]["name"], "address": users[id_]["email"]} if id_ in users else None
            assert people(row).get(role) == expected


def test_an_object_that_no_dialect_foresaw_is_rejected_alone(tmp_path):
    odd = {"number": "INC2", "short_description": "x", "caller_id": 1, "comments": JOURNAL, "opened_at": {"a": 1}}
    rows = export(tmp_path, [odd, ZENDESK | {"comments": 7, "via": [1]}, {"id": 1, "text": "fine"}])
    assert rows[-1]["text"] == "fine"


def test_turns_of_a_ticket_do_not_depend_on_what_stands_above(tmp_path):
    table = "5,first,2026-03-02\n5,second,2026-03-02\n,alone,\n"
    plain = export(tmp_path, "ticket_id,text,date\n" + table, "a.csv")
    below = export(tmp_path, "ticket_id,text,date\n4,new,2026-03-03\n" + table, "b.csv")[1:]
    assert [row["headers"] for row in below] == [row["headers"] for row in plain]
    assert [row["headers"].get("ticket-turn") for row in plain] == ["0", "1", None]


JIRA_CSV = """Summary,Issue key,Issue id,Assignee,Reporter,Created,Labels,Labels,Description,Comment,Comment,Comment
Card,SUP-7,10007,joe,thandi,02/Mar/26 8:00 AM,cards,urgent,My card is blocked,02/Mar/26 9:00 AM;joe;Which card?,\
"02/Mar/26 9:05 AM;thandi;The black one; it says ""blocked"".\nSince Monday.",
Plain,SUP-8,10008,,thandi,02/Mar/26 8:00 AM,,,It rains,,a comment without a head,
""".replace("\\\n", "")


def test_jira_csv_has_a_column_for_each_comment(tmp_path):
    rows = export(tmp_path, JIRA_CSV, "jira.csv")
    assert said(rows) == [
        ("customer", "My card is blocked"),
        ("agent", "Which card?"),
        ("customer", 'The black one; it says "blocked".\nSince Monday.'),
        ("customer", "It rains"),
        (None, "a comment without a head"),
    ]
    assert [row["native_id"] for row in rows] == ["SUP-7", "SUP-7", "SUP-7", "SUP-8", "SUP-8"]
    assert rows[1]["created_at"] == datetime(2026, 3, 2, 9, tzinfo=UTC)
    assert people(rows[1])["from"]["name"] == "joe"


@pytest.mark.parametrize(
    ("reporter", "role"),
    [("5b10ac8d82e05b22cc7d4ef5", "customer"), ("5b10ac8d82e05b22cc7d4ef6", "agent"), ("Thandi Dlamini", None)],
)
def test_jira_csv_of_the_cloud_names_authors_by_id(tmp_path, reporter, role):
    data = f"Summary,Issue key,Description,Reporter,Comment\nCard,S-1,Mine,{reporter},02/Mar/26 9:00 AM;%s;Yes\n"
    rows = export(tmp_path, data % "5b10ac8d82e05b22cc7d4ef5", "jira.csv")
    assert said(rows)[1] == (role, "Yes")


@pytest.mark.parametrize(
    ("header", "cells", "role"),
    [
        ("ticket_id,customer_name,author,body", "1,Thandi,Thandi,Hi", "customer"),
        ("ticket_id,customer_email,author_email,body", "1,t@x.example,T@x.example,Hi", "customer"),
        ("ticket_id,assignee,author,body", "1,Joe,Joe,Hi", "agent"),
        ("ticket_id,customer_name,author,body", "1,Thandi,Joe,Hi", None),
        ("ticket_id,description", "1,Hi", "customer"),
        ("ticket_id,author,description", "1,Joe,Hi", None),
        ("id,complaint", "1,Hi", "customer"),
        ("ticket_id,body", "1,Hi", None),
    ],
)
def test_whose_words_a_row_holds_where_no_column_says_the_role(tmp_path, header, cells, role):
    ((found, _),) = said(export(tmp_path, f"{header}\n{cells}\n", "t.csv"))
    assert found == role
