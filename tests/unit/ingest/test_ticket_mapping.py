"""A column mapping: what it says when it does not fit, and the words for who speaks."""

import json

import pytest

from tasks.errors import RecordError
from tasks.ingest.ticket_columns import MAPPED_FIELDS
from tasks.ingest.ticket_message import named
from tasks.ingest.tickets import TicketParams, read, split
from tasks.source import Item

TABLE = "Nambari;Mada;Ujumbe;Nani\n1;Pesa;Sijapata;mteja\n2;Pesa;Pole sana;wakala\n3;Pesa, tena;Asante;\n"


def export(folder, name, text, **params):
    path = folder / name
    path.write_text(text)
    declared = TicketParams(**params)
    (span,) = split(path, declared)
    return list(read(Item(path.as_uri(), path, *span), declared))


@pytest.mark.parametrize(
    ("mapping", "told"),
    [
        ({"text": "Nope"}, "'Nope', not among the file's 4 columns"),
        ({"text": "Ujumbe", "created_at": "Lini"}, "'Lini', not among the file's 4 columns"),
        ({"text": "No", "subject": "Neither"}, "'No', 'Neither', not among"),
    ],
)
def test_a_column_that_is_not_there_is_named_and_the_files_own_are_not(tmp_path, mapping, told):
    with pytest.raises(RecordError) as caught:
        export(tmp_path, "t.csv", TABLE, mapping=mapping)
    assert caught.value.reason == "missing_column"
    assert told in caught.value.detail
    assert not any(name in caught.value.detail for name in ("Nambari", "Mada", "Nani"))


def test_objects_without_the_mapped_member(tmp_path):
    with pytest.raises(RecordError, match=r"'a\.b', not among the file's 2 columns"):
        export(tmp_path, "t.json", json.dumps([{"id": 1, "text": "x"}]), mapping={"text": "a.b"})


def test_words_for_roles_may_be_declared_and_unknown_ones_are_flagged(tmp_path):
    columns = {"text": "Ujumbe", "native_id": "Nambari", "role": "Nani"}
    rows = export(tmp_path, "t.csv", TABLE, mapping=columns)
    assert [(row["role"], row["flags"]) for row in rows] == [
        ("customer", []),
        (None, ["unknown_role"]),
        (None, []),
    ]
    rows = export(tmp_path, "t.csv", TABLE, mapping=columns, roles={" Wakala": "agent", "mteja": "system"})
    assert [(row["role"], row["flags"]) for row in rows] == [("system", []), ("agent", []), (None, [])]


def test_an_unknown_word_is_not_overruled_by_the_name_of_the_text_column(tmp_path):
    (row,) = export(tmp_path, "t.csv", "ticket_id,description,role\n1,Hello,wakala\n")
    assert (row["role"], row["flags"]) == (None, ["unknown_role"])


@pytest.mark.parametrize("turn", [{"role": "wakala", "text": "Pole"}, ["wakala", "Pole"]])
def test_words_for_roles_in_conversations(tmp_path, turn):
    data = json.dumps([{"id": "c", "messages": [turn]}])
    assert [row["flags"] for row in export(tmp_path, "t.json", data)] == [["unknown_role"]]
    assert [row["role"] for row in export(tmp_path, "t.json", data, roles={"wakala": "agent"})] == ["agent"]


@pytest.mark.parametrize(
    ("cell", "expected"),
    [
        ("Wanjiku <w@x.example>", ("Wanjiku", "w@x.example")),
        ('"Kamau, Wanjiku" <w@x.example>', ("Kamau, Wanjiku", "w@x.example")),
        ("<w@x.example>", (None, "w@x.example")),
        ("w@x.example", (None, "w@x.example")),
        ("Wanjiku", ("Wanjiku", None)),
        ("Wanjiku @ desk", ("Wanjiku @ desk", None)),
        ("<" * 400 + "@", (None, "<" * 400 + "@")),
        (7, (7, None)),
        (None, (None, None)),
    ],
)
def test_a_name_with_an_address_in_one_cell(cell, expected):
    assert named(cell) == expected


def test_the_author_of_a_row_has_name_and_address(tmp_path):
    (row,) = export(tmp_path, "t.csv", "id,text,author_name\n1,Hi,Wanjiku <w@x.example>\n")
    assert row["participants"] == [{"name": "Wanjiku", "address": "w@x.example", "role": "from"}]


def test_the_settings_name_every_field():
    said = TicketParams.model_fields["mapping"].description
    assert all(field in said for field in MAPPED_FIELDS)
