import gzip
import io
import json
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tasks.errors import RecordError
from tasks.ingest import ticket_json
from tasks.ingest.ticket_json import pieces
from tasks.ingest.tickets import TicketParams, read, split
from tasks.source import Item, Rejected, Skip


def export(folder, name, data, **params):
    path = folder / name
    path.write_bytes(data if isinstance(data, bytes) else data.encode())
    declared = TicketParams(**params)
    (span,) = split(path, declared)
    found = list(read(Item(path.as_uri(), path, *span), declared))
    rows, held = [f for f in found if isinstance(f, dict)], [f for f in found if isinstance(f, Rejected)]
    parts = [row["part"] for row in rows] + [one.place for one in held]
    assert len(set(parts)) == len(parts)
    return rows, held


def texts(rows):
    return [row["text"] for row in rows]


A, B = '{"id": 1, "text": "a"}', '{"id": 2, "text": "b"}'


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("t.jsonl", f"{A}\n{B}\n"),
        ("t.jsonl", f"{A}\r\n\r\n{B}"),
        ("t.ndjson", f"\ufeff{A}\n{B}\n"),
        ("t.json", f"[{A}, {B}]"),
        ("t.json", json.dumps([json.loads(A), json.loads(B)], indent=2)),
        ("t.json", f'{{"tickets": [{A}, {B}], "count": 2, "next_page": null}}'),
        ("t.json", f'{{"count": 2, "users": [{{"id": 7}}], "results": [{A},\n{B}]}}'),
        ("t.json", f'{{"data": {{"tickets": [{A}, {B}]}}}}'),
        ("t.json", json.dumps(json.loads(A), indent=1) + "\n" + json.dumps(json.loads(B), indent=1)),
        ("t.json", f"{A}\n{B}\n"),
        ("export", f"[{A}, {B}]"),
        ("t.json.gz", gzip.compress(f"[{A}, {B}]".encode(), mtime=0)),
        ("t.json", f"[{A}, {B}]".encode("utf-16")),
    ],
)
def test_shapes_of_json(tmp_path, name, data):
    rows, held = export(tmp_path, name, data)
    assert [(row["native_id"], row["text"], row["flags"]) for row in rows] == [("1", "a", []), ("2", "b", [])]
    assert held == []


@pytest.mark.parametrize("wrapped", ['{"ticket": %s}', "%s", "[%s]"])
def test_one_ticket(tmp_path, wrapped):
    rows, _ = export(tmp_path, "t.json", wrapped % A)
    assert texts(rows) == ["a"]


DEEP = "[" * 100_000 + "]" * 100_000
BROKEN = {
    "NaN": '{"text": "x", "n": NaN}',
    "Infinity": '{"text": "x", "n": -Infinity}',
    "out of range": '{"text": "x", "n": 1e999}',
    "duplicate key": '{"text": "x", "text": "y"}',
    "10,000 digits": '{"text": "x", "n": ' + "9" * 10_000 + "}",
    "depth bomb": '{"text": "x", "n": ' + DEEP + "}",
    "deeper than the limit": '{"text": "x", "n": ' + "[" * 101 + "]" * 101 + "}",
    "no object": '"text"',
    "bracket missing": '{"text": "x", "n": [1}',
    "comma missing": '{"text": "x" "n": 1}',
    "raw control": '{"text": "x\x01"}',
    "no text": '{"price": 1}',
    "text is an object": '{"text": {"a": 1}}',
    "text too long": '{"text": "' + "x" * 131_073 + '"}',
}


@pytest.mark.parametrize("broken", BROKEN.values(), ids=BROKEN)
@pytest.mark.parametrize(("name", "form"), [("t.jsonl", "{}\n{}\n{}\n"), ("t.json", "[{},\n{},\n{}]")])
def test_d9_d10_d11_d12_a_broken_object_spares_its_neighbours(tmp_path, name, form, broken):
    rows, held = export(tmp_path, name, form.replace("{}", "%s") % (A, broken, B))
    assert texts(rows) == ["a", "b"]
    assert [one.place for one in held] == ["row/1"]
    assert held[0].reason in ("malformed_row", "missing_column", "text_too_long")
    assert "x" not in held[0].detail.replace("expected", "").replace("text", "")


def test_a_file_cut_short_gives_what_is_whole(tmp_path):
    rows, held = export(tmp_path, "t.json", f'[{A}, {B}, {{"id": 3, "te')
    assert texts(rows) == ["a", "b"]
    assert [(one.place, one.reason) for one in held] == [("row/2", "malformed_row")]


def test_an_object_over_the_limit_is_rejected_in_bounded_memory(tmp_path):
    big = '{"text": "' + "x" * 3_000_000 + '"}'
    for name, data in (("t.jsonl", f"{A}\n{big}\n{B}\n"), ("t.json", f"[{A},{big},{B}]")):
        rows, held = export(tmp_path, name, data, max_object_chars=100_000)
        assert texts(rows) == ["a", "b"]
        assert [one.reason for one in held] == ["too_large"]


def test_d13_lone_surrogates_become_replacement_characters(tmp_path):
    ((row,), _) = export(
        tmp_path, "t.json", '[{"text": "a\\ud800b \\ud83d\\ude00", "subject": "\\udfff", "id": "\\ud800"}]'
    )
    assert row["text"] == "a\ufffdb \U0001f600"
    assert row["flags"] == ["invalid_unicode"]
    json.dumps(row, default=str, ensure_ascii=False).encode()


def test_d14_separators_of_lines_that_json_does_not_know(tmp_path):
    rows, _ = export(tmp_path, "t.jsonl", '{"text": "a\u2028b\u0085c"}\n' + B)
    assert texts(rows) == ["a\u2028b\u0085c", "b"]


def test_d15_keys_that_mean_something_elsewhere_mean_nothing(tmp_path):
    ((row,), _) = export(
        tmp_path, "t.json", '[{"__proto__": {"role": "agent"}, "text": "a", "part": "9", "flags": ["x"]}]'
    )
    assert (row["part"], row["flags"], row["role"]) == ("row/0", [], None)


def test_a_mapping_reaches_into_objects(tmp_path):
    data = '{"no": 5, "scenario": {"who": {"mail": "t@x.example"}}, "lines": ["one", "two"]}'
    mapping = {"text": "lines", "native_id": "no", "requester_email": "scenario.who.mail"}
    ((row,), _) = export(tmp_path, "t.jsonl", data, mapping=mapping)
    assert (row["text"], row["native_id"]) == ("one\ntwo", "5")
    assert row["participants"] == [{"name": None, "address": "t@x.example", "role": "requester"}]


def test_objects_without_any_text_refuse_the_file_once(tmp_path):
    with pytest.raises(RecordError, match="missing_column: none of the 2 columns"):
        export(tmp_path, "prices.json", json.dumps([{"sku": "secret", "price": 1}] * 50))


@pytest.mark.parametrize("data", ["[]", '{"tickets": []}'])
def test_an_export_without_tickets(tmp_path, data):
    with pytest.raises(RecordError, match="no_rows"):
        export(tmp_path, "t.json", data)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("<p>Hello<br>you &amp; me</p>", "Hello\nyou & me"),
        ("Hello<br/>you", "Hello\nyou"),
        ("<div>Hi</div>", "Hi"),
        ("Why does <div class='x'> break?", "Why does <div class='x'> break?"),
        ("if a < b and c > d", "if a < b and c > d"),
        ("SELECT * FROM t WHERE x <> 1", "SELECT * FROM t WHERE x <> 1"),
        ('{"a": [1, 2]}\n| a | b |', '{"a": [1, 2]}\n| a | b |'),
        ("<thandi@x.example> wrote", "<thandi@x.example> wrote"),
    ],
)
def test_d21_html_bodies_are_unfolded_and_code_is_kept(tmp_path, text, expected):
    ((row,), _) = export(tmp_path, "t.json", json.dumps([{"text": text}]))
    assert row["text"] == expected


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("2016-07-16T12:05:12 -10:00", datetime(2016, 7, 16, 22, 5, 12, tzinfo=UTC)),
        ("2024-01-31T08:00:00.123+0200", datetime(2024, 1, 31, 6, 0, 0, 123000, tzinfo=UTC)),
        ("2024-01-31T08:00:00Z", datetime(2024, 1, 31, 8, tzinfo=UTC)),
        ("2024-01-31 08:00", datetime(2024, 1, 31, 8, tzinfo=UTC)),
        ("2024-01-31", datetime(2024, 1, 31, tzinfo=UTC)),
        (1706688000, datetime(2024, 1, 31, 8, tzinfo=UTC)),
        ("1706688000000", datetime(2024, 1, 31, 8, tzinfo=UTC)),
        ("03/04/2024 9:05 PM", datetime(2024, 4, 3, 21, 5, tzinfo=UTC)),
        ("13.02.24", datetime(2024, 2, 13, tzinfo=UTC)),
        ("02/13/2024", datetime(2024, 2, 13, tzinfo=UTC)),
        ("31/Jan/24 8:00 AM", datetime(2024, 1, 31, 8, tzinfo=UTC)),
        ("January 31, 2024 8:00 AM", datetime(2024, 1, 31, 8, tzinfo=UTC)),
        ("Wed, 31 Jan 2024 08:00:00 +0200", datetime(2024, 1, 31, 6, tzinfo=UTC)),
        ("Tue Oct 31 22:10:47 +0000 2017", datetime(2017, 10, 31, 22, 10, 47, tzinfo=UTC)),
    ],
)
def test_dates(tmp_path, written, expected):
    ((row,), _) = export(tmp_path, "t.json", json.dumps([{"text": "a", "created_at": written}]))
    assert row["created_at"] == expected


@pytest.mark.parametrize(
    "written", ["99/99/2024", "soon", "2024-13-45", "9" * 40, "99999-01-01", -5, 12, "Mon, 99 Jan 99999"]
)
def test_dates_that_are_none(tmp_path, written):
    ((row,), _) = export(tmp_path, "t.json", json.dumps([{"text": "a", "created_at": written}]))
    assert (row["created_at"], row["flags"]) == (None, ["bad_date"])


def test_day_or_month_first_is_a_setting(tmp_path):
    ((row,), _) = export(tmp_path, "t.json", json.dumps([{"text": "a", "date": "03/04/2024"}]), day_first=False)
    assert row["created_at"] == datetime(2024, 3, 4, tzinfo=UTC)


@pytest.mark.parametrize(
    ("written", "tag"),
    [("EN", "en"), ("pt_BR", "pt-BR"), ("zh-hant-tw", "zh-Hant-TW"), ("French", "fr"), ("isiZulu", "zu"),
     ("العربية", "ar"),
     ("Klingon", None), ("", None), (3, None), ("n/a", None)],
)  # fmt: skip
def test_languages(tmp_path, written, tag):
    ((row,), _) = export(tmp_path, "t.json", json.dumps([{"text": "a", "language": written}]))
    assert row["lang_hint"] == tag


values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5), inner, max_size=4),
    max_leaves=12,
)


@given(st.lists(values, max_size=8), st.sampled_from([None, 1]), st.integers(1, 40))
def test_pieces_of_a_document_are_its_elements_wherever_the_chunks_end(monkeypatch_chunk, elements, indent, chunk):
    monkeypatch_chunk(chunk)
    for document, member in ((elements, None), ({"n": 1, "tickets": elements, "m": {"a": [1]}}, "tickets")):
        stream = io.StringIO(json.dumps(document, indent=indent, ensure_ascii=False))
        found = [json.loads(p.text) for p in pieces(stream, 1 << 20) if p.listed and p.member == member]
        assert found == elements


@pytest.fixture(scope="module")
def monkeypatch_chunk():
    before = ticket_json.CHUNK

    def set_chunk(size):
        ticket_json.CHUNK = size

    yield set_chunk
    ticket_json.CHUNK = before


@given(st.text(st.sampled_from('[]{}",:\\ 1ax'), max_size=60), st.integers(1, 10))
def test_any_brackets_end(monkeypatch_chunk, text, chunk):
    monkeypatch_chunk(chunk)
    assert sum(1 for _ in pieces(io.StringIO(text), 20)) <= len(text) + 2


def test_a_helper_is_known_by_the_address_of_its_objects(tmp_path):
    with pytest.raises(Skip):
        export(tmp_path, "a.json", '[{"url": "http://x.zendesk.com/api/v2/users/1.json", "id": 1, "name": "A"}]')
