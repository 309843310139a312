import csv
import gzip
import io
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tasks.errors import RecordError
from tasks.ingest.tickets import TicketParams, read, split
from tasks.source import Item, Rejected, Skip


def export(folder, name, data, **params):
    """Return the rows and the rejected parts that an export gives."""
    path = folder / name
    path.write_bytes(data if isinstance(data, bytes) else data.encode())
    declared = TicketParams(**params)
    spans = list(split(path, declared))
    assert spans == [(0, path.stat().st_size)]
    found = list(read(Item(path.as_uri(), path, *spans[0]), declared))
    rows, held = [f for f in found if isinstance(f, dict)], [f for f in found if isinstance(f, Rejected)]
    parts = [row["part"] for row in rows] + [one.place for one in held]
    assert len(set(parts)) == len(parts)
    return rows, held


def texts(rows):
    return [row["text"] for row in rows]


def reasons(held):
    return [(one.place, one.reason) for one in held]


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        ("id,text\n1,hello\n2,there\n", ["hello", "there"]),
        ("id;text\n1;hello, you\n2;there\n", ["hello, you", "there"]),
        ("id\ttext\n1\thello, you\n", ["hello, you"]),
        ("id|text\n1|hello\n", ["hello"]),
        ("sep=;\nid;text\n1;hello\n", ["hello"]),
        ("text\nhello, you\nand you; too\n", ["hello, you", "and you; too"]),
        ('id,text\n1,"two\nlines, ""quoted"""\n', ['two\nlines, "quoted"']),
        ('id,text,x\n1,"said \\"hi\\", twice",a\n2,"a \\"ho\\", once",b\n', ['said "hi", twice', 'a "ho", once']),
        ("id,text\r\n1,hello\r\n\r\n2,there\r\n", ["hello", "there"]),
        ("id,text\r1,hello\r2,there", ["hello", "there"]),
        ("id,text\n1,a\u2028b\u0085c\n", ["a\u2028b\u0085c"]),
        ("Ticket ID,Body\n1,hello,\n", ["hello"]),  # a trailing delimiter
        ("\ufeffid,text\n1,hello\n", ["hello"]),
        ("Nummer;Betreff;Nachricht\n1;Karte;Karte gesperrt\n", ["Karte gesperrt"]),
        ("id,objet,corps\n1,Carte,Ma carte\n", ["Ma carte"]),
        ("الرقم,الموضوع,الرسالة\n1,بطاقة,بطاقتي\n", ["بطاقتي"]),
        ("id,text\n1,=cmd|'/c calc'!A1\n2,@x\n", ["=cmd|'/c calc'!A1", "@x"]),
        ("id,text\n1,\n2,there\n", ["", "there"]),
        ("nr,Review Content\n1,hello\n", ["hello"]),
        ("nr,userMessage\n1,hello\n", ["hello"]),
        ("comment,message,body,text\n1,2,3,hello\n", ["hello"]),
    ],
)  # fmt: skip
def test_d19_d20_delimited_tables(tmp_path, data, expected):
    rows, held = export(tmp_path, "t.csv", data)
    assert texts(rows) == expected
    assert held == []


@pytest.mark.parametrize("ending", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "utf-32-be"])
def test_d14_unicode_encodings(tmp_path, ending):
    data = "id,text,lang\n" + "".join(f"{n},Ọ̀rọ̀ mi – የእኔ ካርድ – بطاقتي,yo\n" for n in range(20))
    rows, held = export(tmp_path, "t.csv", data.encode(ending))
    assert set(texts(rows)) == {"Ọ̀rọ̀ mi – የእኔ ካርድ – بطاقتي"}
    assert held == []


@pytest.mark.parametrize(
    ("encoding", "text"),
    [
        ("cp1252", "Bonjour, ma carte a été bloquée à l’étranger, merci de m’aider"),
        ("cp1252", "Não consigo aceder à minha conta, a situação é urgente"),
        ("cp1252", "Die kaart is geblokkeer, môre en oormôre – dankie"),
        ("cp1256", "لا أستطيع الدخول إلى حسابي البنكي منذ يوم أمس، أرجو المساعدة في أقرب وقت"),
        ("cp1251", "Моя карта заблокирована со вчерашнего дня, пожалуйста помогите мне"),
    ],
)
def test_old_encodings_are_detected(tmp_path, encoding, text):
    data = "id;text\n" + "".join(f"{n};{text}\n" for n in range(5))
    rows, _ = export(tmp_path, "t.csv", data.encode(encoding))
    assert texts(rows) == [text] * 5


def test_an_encoding_may_be_declared(tmp_path):
    rows, _ = export(tmp_path, "t.csv", "id,text\n1,Łódź\n".encode("cp1250"), encoding="cp1250")
    assert texts(rows) == ["Łódź"]


def test_rows_of_another_encoding_in_the_middle_of_utf8(tmp_path):
    good = "".join(f"{n},déjà vu,fr\n" for n in range(30)).encode()
    rows, _ = export(tmp_path, "t.csv", b"id,text,lang\n" + good + "99,d\u00e9j\u00e0,fr\n".encode("cp1252"))
    assert texts(rows) == ["déjà vu"] * 30 + ["déjà"]
    assert [row["flags"] for row in rows[-2:]] == [[], ["mixed_encoding"]]


def test_ascii_for_long_and_only_then_something_else(tmp_path):
    data = b"id,text\n" + (b"1," + b"plain words " * 50 + b"\n") * 2000 + "2,bloquée\n".encode("cp1252")
    rows, _ = export(tmp_path, "t.csv", data)
    assert rows[-1]["text"] == "bloquée"


def test_our_fields_from_columns(tmp_path):
    header = "Ticket ID,Subject,Description,Created At,Language,Author Role,Customer Name,Customer Email,Phone,Agent\n"
    row = "42,Card,My card,31/03/2024 08:05,EN,End-User,Thandi Dlamini,thandi@x.example,+27 82 123 4567,Joe\n"
    ((row,), _) = export(tmp_path, "t.csv", header + row)
    assert row["native_id"] == "42"
    assert row["subject"] == "Card"
    assert row["created_at"] == datetime(2024, 3, 31, 8, 5, tzinfo=UTC)
    assert row["lang_hint"] == "en"
    assert row["role"] == "customer"
    assert row["participants"] == [
        {"name": "Thandi Dlamini", "address": "thandi@x.example", "role": "requester"},
        {"name": "Joe", "address": None, "role": "assignee"},
    ]
    assert row["headers"]["ticket-requester-phone"] == "+27 82 123 4567"


def test_a_mapping_names_the_columns(tmp_path):
    data = "nr,wer,was,gruppe\n1,agent,Hallo,7\n"
    mapping = {"text": "was", "native_id": "nr", "role": "wer", "thread": "gruppe"}
    ((row,), _) = export(tmp_path, "t.csv", data, mapping=mapping)
    assert (row["text"], row["native_id"], row["role"], row["headers"]["ticket-thread"]) == ("Hallo", "1", "agent", "7")


def test_a_mapping_by_position_reads_a_table_without_header(tmp_path):
    rows, _ = export(tmp_path, "t.csv", "1,hello\n2,there\n", mapping={"native_id": "#1", "text": "#2"})
    assert [(row["native_id"], row["text"]) for row in rows] == [("1", "hello"), ("2", "there")]


def test_unknown_fields_in_a_mapping_are_named_with_the_known_ones():
    with pytest.raises(ValueError, match=r"unknown fields colour; known: text, native_id"):
        TicketParams(mapping={"colour": "x"})


@pytest.mark.parametrize(
    ("data", "mapping"),
    [
        ("1,secret,7\n2,there,8\n", {}),
        ("a,b,c\n1,secret,2\n", {}),
        ("9,secret message body,7\n1,secret,2\n", {}),
        ("has_text,short_description2,comment_count\n1,secret,2\n", {}),
        ("id,text,x\n1,secret,2\n", {"text": "body"}),
        ("id,text,text\n1,secret,b\n", {}),
    ],
)
def test_a_table_without_a_known_text_column_is_refused_whole_with_the_remedy(tmp_path, data, mapping):
    with pytest.raises(RecordError) as refused:
        export(tmp_path, "t.csv", data, mapping=mapping)
    assert refused.value.reason == "missing_column"
    assert "3 columns" in refused.value.detail or "twice" in refused.value.detail
    assert "secret" not in str(refused.value)


def test_a_title_above_the_header_is_rejected_not_lost(tmp_path):
    rows, held = export(tmp_path, "t.csv", "Tickets of March,,\nid,text,lang\n1,hello,en\n")
    assert texts(rows) == ["hello"]
    assert reasons(held) == [("row/above/0", "malformed_row")]


@pytest.mark.parametrize(
    ("body", "good", "bad"),
    [
        pytest.param("1,a,en\n2,b\n3,c,en\n", ["a", "c"], [1], id="too few fields"),
        pytest.param("1,a,en\n2,b,en,more\n3,c,en\n", ["a", "c"], [1], id="too many fields"),
        pytest.param("1,a,en\nid,text,lang\n3,c,en\n", ["a", "c"], [1], id="header again"),
        pytest.param('1,a,en\n2,"b,en\n3,c,en\n4,d,en\n', ["a", "c", "d"], [1], id="quote never closed"),
        pytest.param('1,"a,en\n2,"b",en\n3,c,en\n', ["b", "c"], [0], id="quote closed by the next row's"),
        pytest.param('1,"a,en\n2,b,"en"\n3,c,en\n', ["b", "c"], [0], id="quote closed in a later field"),
        pytest.param('1,5" pipe,en\n2,b "x",en\n', ['5" pipe', 'b "x"'], [], id="quotes inside a field"),
        pytest.param('1,"a"b,en\n', ["ab"], [], id="text after a quote"),
        pytest.param("1,a,en\n2," + "x" * 131_073 + ",en\n3,c,en\n", ["a", "c"], [1], id="field too long"),
        pytest.param("1,a,en\n2,x\0y,en\n", ["a", "xy"], [], id="NUL"),
        pytest.param("1,a,en\n\n\n,,\n3,c,en\n", ["a", "", "c"], [], id="empty lines, and a row of empty fields"),
    ],
)
def test_d16_d17_d20_a_broken_row_spares_its_neighbours(tmp_path, body, good, bad):
    rows, held = export(tmp_path, "t.csv", "id,text,lang\n" + body)
    assert texts(rows) == good
    assert [one.place for one in held] == [f"row/{number}" for number in bad]
    assert {one.reason for one in held} <= {"malformed_row", "text_too_long"}


def test_d17_a_quote_that_swallows_80_kb_costs_one_row(tmp_path):
    swallowed = "".join(f"{n},words and words,en\n" for n in range(4000))
    rows, held = export(tmp_path, "t.csv", 'id,text,lang\n0,"open,en\n' + swallowed)
    assert len(rows) == 4000
    assert reasons(held) == [("row/0", "malformed_row")]


def test_a_row_longer_than_the_limit_is_rejected_and_reading_goes_on(tmp_path):
    data = "id,text,lang\n1,a,en\n2," + "x" * 5000 + ",en\n3,c,en\n"
    rows, held = export(tmp_path, "t.csv", data, max_object_chars=1000)
    assert texts(rows) == ["a", "c"]
    assert reasons(held) == [("row/1", "too_large")]


def test_d18_nul_is_removed_and_flagged(tmp_path):
    ((row,), _) = export(tmp_path, "t.csv", "id,text\n1,x\0y\n")
    assert row["flags"] == ["nul_removed"]


def test_d15_thousands_of_columns(tmp_path):
    names = [f"c{n}" for n in range(20_000)]
    ((row,), _) = export(tmp_path, "t.csv", ",".join(["text", *names]) + "\nhello" + ",1" * 20_000 + "\n")
    assert row["text"] == "hello"
    assert "c1" not in row


def test_d20_a_header_and_no_rows(tmp_path):
    with pytest.raises(RecordError, match="no_rows"):
        export(tmp_path, "t.csv", "id,text,lang\n")


def workbook(*sheets):
    import openpyxl

    book = openpyxl.Workbook()
    book.remove(book.active)
    for rows in sheets:
        sheet = book.create_sheet()
        for row in rows:
            sheet.append(row)
    held = io.BytesIO()
    book.save(held)
    return held.getvalue()


HEADER = ["Number", "Subject", "Message", "Created"]
NAIVE = datetime(2024, 3, 31, 8)  # noqa: DTZ001 - spreadsheets know no zones


def test_workbooks(tmp_path):
    rows, held = export(
        tmp_path,
        "t.xlsx",
        workbook(
            [["Report"], HEADER, [42.0, "Card", "My card", NAIVE], [43, None, "=1+1", None]],
            [["notes without a header"]],
            [HEADER, [44, "x", "third sheet", "2024-04-01"]],
        ),
    )
    assert [(row["native_id"], row["text"], row["part"]) for row in rows] == [
        ("42", "My card", "row/0"), ("43", "=1+1", "row/1"), ("44", "third sheet", "sheet/2/row/0"),
    ]  # fmt: skip
    assert rows[0]["created_at"] == datetime(2024, 3, 31, 8, tzinfo=UTC)
    assert reasons(held) == [("row/above/0", "malformed_row")]


@pytest.mark.parametrize("rows", [[["a", "b"], [1, 2]], [HEADER], []])
def test_workbooks_without_tickets_are_refused(tmp_path, rows):
    with pytest.raises(RecordError, match=r"missing_column|no_rows"):
        export(tmp_path, "t.xlsx", workbook(rows))


def repacked(data, name, change):
    """Return a workbook with one of its files changed."""
    import zipfile

    held = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(held, "w", zipfile.ZIP_DEFLATED) as new:
        for entry in old.namelist():
            content = old.read(entry)
            new.writestr(entry, change(content) if entry == name else content)
    return held.getvalue()


ENTITIES = "".join(f'<!ENTITY e{n} "{f"&e{n - 1};" * 10 if n else "lol"}">' for n in range(12))
BOMB = f"<!DOCTYPE x [{ENTITIES}]><worksheet>&e11;</worksheet>".encode()
OUTSIDE = b'<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]><worksheet>&e;</worksheet>'


@pytest.mark.parametrize("content", [BOMB, OUTSIDE, b"<worksheet", b"", b"\0" * 100])
def test_d8_hostile_sheets_are_malformed(tmp_path, content):
    data = repacked(workbook([HEADER, [1, "s", "hello", None]]), "xl/worksheets/sheet1.xml", lambda _: content)
    with pytest.raises(RecordError, match=r"malformed|missing_column"):
        export(tmp_path, "t.xlsx", data)


def test_b8_a_workbook_that_unpacks_to_far_more_is_refused(tmp_path):
    data = repacked(workbook([HEADER]), "xl/worksheets/sheet1.xml", lambda _: b" " * (80 << 20))
    with pytest.raises(RecordError, match="too_large"):
        export(tmp_path, "t.xlsx", data)


def test_a_sheet_that_lies_about_its_size(tmp_path):
    def lie(content):
        return content.replace(b'<dimension ref="A1:D2"', b'<dimension ref="A1:XFD1048576"')

    data = repacked(workbook([HEADER, [1, "s", "hello", None]]), "xl/worksheets/sheet1.xml", lie)
    rows, _ = export(tmp_path, "t.xlsx", data)
    assert texts(rows) == ["hello"]


def test_gzip_of_each(tmp_path):
    table = "id,text\n1,hello\n".encode("utf-16")
    for name, data in (("t.csv.gz", table), ("t.xlsx.gz", workbook([HEADER, [1, "s", "hello", None]]))):
        rows, _ = export(tmp_path, name, gzip.compress(data))
        assert texts(rows) == ["hello"]


def test_b9_a_gzip_bomb_is_refused(tmp_path):
    data = gzip.compress(b"id,text\n" + b"1,a\n" * (1 << 20))
    with pytest.raises(RecordError, match="too_large"):
        export(tmp_path, "t.csv.gz", data, max_unpacked_bytes=1 << 20)


def test_a_gzip_cut_short_is_malformed(tmp_path):
    data = gzip.compress(b"id,text\n" + bytes(range(32, 127)) * 20_000)
    with pytest.raises(RecordError, match="malformed"):
        export(tmp_path, "t.csv.gz", data[:-200])


PDF, PNG = b"%PDF-1.7\n%\xe2\xe3\n1 0 obj", b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR"
MAIL = b"Received: from x\r\nFrom: a@b.example\r\nSubject: Hi, you\r\n\r\nHello, you\r\n"


@pytest.mark.parametrize("name", ["t.csv", "t.json", "t.jsonl", "t.xlsx", "t.tsv", "t.CSV.gz"])
@pytest.mark.parametrize("data", [PDF, PNG, MAIL, b"<html><body>Login</body></html>", b"\x7fELF" + bytes(60)])
def test_b11_an_export_that_is_something_else_is_an_error(tmp_path, name, data):
    with pytest.raises(RecordError, match="type_mismatch"):
        export(tmp_path, name, gzip.compress(data) if name.endswith("gz") else data)


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("scan.pdf", PDF), ("photo", PNG), ("mail.eml", MAIL),
        ("box", b"From a@b Mon Mar  2 08:00:00 2026\nTo: x\n\ny"),
        ("page.html", b"<!DOCTYPE html><p>x"), ("notes.txt", b"Dear all, this is prose.\nWith commas, too.\n"),
        ("users.json", b'[{"id": 1, "name": "A", "email": "a@x.example"}]'), ("organizations.jsonl", b'{"id": 1}\n'),
        ("mail.eml.gz", gzip.compress(MAIL, mtime=0)), ("x.tar", bytes(257) + b"ustar" + bytes(250)),
        ("doc.rtf", b"{\\rtf1 x}"),
    ],
)  # fmt: skip
def test_other_files_are_skipped(tmp_path, name, data):
    with pytest.raises(Skip):
        export(tmp_path, name, data)


@pytest.mark.parametrize("data", [b"", gzip.compress(b"", mtime=0), b" \n\t\n", "\ufeff".encode()])
def test_empty_files(tmp_path, data):
    with pytest.raises(RecordError, match="empty_file"):
        export(tmp_path, "t.csv", data)


def test_a_table_under_another_name_is_read_with_a_flag(tmp_path):
    ((row,), _) = export(tmp_path, "t.json", "id,text\n1,hello\n")
    assert (row["text"], row["flags"]) == ("hello", ["type_mismatch"])
    ((row,), _) = export(tmp_path, "export.txt", "id,text\n1,hello\n")
    assert (row["text"], row["flags"]) == ("hello", [])


def test_b5_links_are_not_followed(tmp_path):
    (tmp_path / "real.csv").write_text("id,text\n1,secret\n")
    (tmp_path / "t.csv").symlink_to(tmp_path / "real.csv")
    with pytest.raises(RecordError, match="unreadable"):
        list(split(tmp_path / "t.csv", TicketParams()))


cells = st.text(
    st.characters(codec="utf-8", exclude_categories=("Cc", "Cs"), exclude_characters="\ufeff\ufffd"), max_size=40
)


@given(st.lists(st.tuples(cells, cells, cells), min_size=1, max_size=8), st.sampled_from(",;\t|"))
def test_what_the_standard_library_writes_is_read_back(tmp_path_factory, rows, delimiter):
    held = io.StringIO()
    writer = csv.writer(held, delimiter=delimiter, lineterminator="\n", quoting=csv.QUOTE_ALL)
    writer.writerows([("id", "text", "extra"), *rows])
    found, rejected = export(tmp_path_factory.mktemp("t"), "t.csv", held.getvalue(), delimiter=delimiter)
    again = [row for row in rows if row == ("id", "text", "extra")]
    assert len(rejected) == len(again)
    plain = [text.strip("\n") for *_, text in ([text] for _, text, _ in rows if (_, text) != ("id", "text"))]
    if all("<" not in text for text in plain) and not again:
        assert texts(found) == [text.strip("\n") for _, text, _ in rows]


@given(st.binary(max_size=400), st.sampled_from(["t.csv", "t.json", "t.jsonl", "t.xlsx", "t", "t.csv.gz"]))
def test_any_bytes_end_in_rows_or_a_reason(tmp_path_factory, data, name):
    try:
        rows, held = export(tmp_path_factory.mktemp("t"), name, data)
    except (RecordError, Skip):
        return
    assert rows or held
