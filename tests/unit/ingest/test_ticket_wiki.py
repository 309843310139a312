"""Jira's wiki markup as plain text."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tasks.ingest.ticket_wiki import plain
from tasks.ingest.tickets import TicketParams, read, split
from tasks.source import Item


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("h1. Title\ntext", "Title\ntext"),
        ("Please *restart* it, *now*.", "Please restart it, now."),
        ("5*3 and 4*2, *one star", "5*3 and 4*2, *one star"),
        ("* one\n** two\n# three", "- one\n- two\n# three"),
        ("{code:java}\nint *a = *b; // [x|y]\n{code}\nend", "int *a = *b; // [x|y]\nend"),
        ("{noformat}\n{code}\n*a*\n{noformat}", "{code}\n*a*\n"),
        ("{code}\nh1. left open", "h1. left open"),
        ("[link|https://x.example/a]", "link <https://x.example/a>"),
        ("[x.example|https://x.example|smart-link]", "x.example"),
        ("[https://x.example/a]", "https://x.example/a"),
        ("[Joe|mailto:joe@x.example]", "Joe <joe@x.example>"),
        ("[~joe] and [~accountid:5b10]", "@joe and @5b10"),
        ("see !photo 1.png|thumbnail!", "see photo 1.png"),
        ("Stop! Now! Really!", "Stop! Now! Really!"),
        ("{color:red}red{color} {panel:title=x}in{panel} {{mono}}", "red in mono"),
        ("{quote}\nhis words\n{quote}\nmine", "{quote}\nhis words\n{quote}\nmine"),
        ("bq. his words", "> his words"),
        (r"\{not code\} C:\temp \[x\]", r"{not code} C:\temp [x]"),
        ("snake_case and a - b - c, [1] {x}", "snake_case and a - b - c, [1] {x}"),
        (None, None),
        ({"type": "doc"}, {"type": "doc"}),
    ],
)
def test_marks(written, expected):
    assert plain(written) == expected


@given(st.text(st.characters(exclude_characters="*[]{}!|\\h.bq-"), max_size=80))
def test_text_without_marks_stays(text):
    assert plain(text) == text


@pytest.mark.parametrize("hostile", ["{code}{noformat}", "{code:a}", "[", "*a ", "!a", "{{", "[~", "{color:"])
def test_marks_without_end_end(hostile):
    assert isinstance(plain(hostile * 20_000), str)


def ingest(folder, data):
    path = folder / "t.json"
    path.write_text(json.dumps(data))
    (span,) = split(path, TicketParams())
    return list(read(Item(path.as_uri(), path, *span), TicketParams()))


@pytest.mark.parametrize(("total", "flags"), [(1, []), (99, ["comments_missing"]), (None, []), ("99", [])])
def test_an_issue_with_more_comments_than_it_holds_is_flagged(tmp_path, total, flags):
    held = {"comments": [{"body": "h2. Which *card*?"}], "total": total}
    issue = {"key": "A-1", "fields": {"summary": "Card", "description": "*Blocked*", "comment": held}}
    rows = ingest(tmp_path, {"issues": [issue]})
    assert [(row["text"], row["flags"]) for row in rows] == [("Blocked", flags), ("Which card?", [])]


@pytest.mark.parametrize(("last", "flags"), [(True, []), (False, ["comments_missing"])])
def test_a_request_with_another_page_of_comments_is_flagged(tmp_path, last, flags):
    values = [{"fieldId": "description", "value": "Blocked"}]
    held = {"values": [{"body": "Which card?", "public": True}], "isLastPage": last}
    rows = ingest(tmp_path, [{"issueKey": "A-1", "requestFieldValues": values, "comments": held}])
    assert [row["flags"] for row in rows] == [flags, []]
