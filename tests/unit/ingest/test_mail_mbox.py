"""mbox in its dialects, and the other containers of mail; types by content."""

from __future__ import annotations

import gzip
from io import BytesIO
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tasks.errors import RecordError
from tasks.ingest import mbox
from tasks.ingest.mail import MailParams, read, split
from tasks.source import Item, Skip

MARK = b"From thandi@example.org Mon Jan  1 10:00:00 2024\n"
HEAD = b"From: Thandi <thandi@example.org>\nSubject: Hi\n"


def rows(path):
    params = MailParams()
    return [
        row
        for offset, length in split(path, params)
        for row in read(Item(path.as_uri(), path, offset, length), params)
        if isinstance(row, dict)
    ]


@pytest.fixture
def texts(tmp_path):
    def _texts(data, name="box"):
        path = tmp_path / name
        path.write_bytes(data)
        return [row["text"] for row in rows(path)]

    return _texts


def mail(body, extra=b""):
    return MARK + HEAD + extra + b"\n" + body + b"\n\n"


DIALECTS = [
    (mail(b">From here on\nend"), ["From here on\nend"]),  # mboxo
    (mail(b">>From here\n>From there"), [">From here\nFrom there"]),  # mboxrd
    (mail(b"From here on in 2024 all is well\nend"), ["From here on in 2024 all is well\nend"]),  # never quoted
    (mail(b"\nFrom Durban 10:00 Jan 2024\nwe drove"), ["From Durban 10:00 Jan 2024\nwe drove"]),
    (mail(b"> From a quotation"), ["> From a quotation"]),
    (b"\xef\xbb\xbf" + mail(b"with a byte order mark"), ["with a byte order mark"]),
    (mail(b"one") + mail(b"two") + mail(b"three"), ["one", "two", "three"]),
    ((mail(b"one") + mail(b"two")).replace(b"\n", b"\r\n"), ["one", "two"]),
    (b"From - \n" + HEAD + b"\none\nFrom - \n" + HEAD + b"\ntwo\n", ["one", "two"]),  # Netscape, no free line
    (b"From t@example.org\n" + HEAD + b"\none\n\nFrom u@example.org\n" + HEAD + b"\ntwo\n", ["one", "two"]),
    (MARK + b"\nno header\n\n" + mail(b"two"), ["no header", "two"]),
]


@pytest.mark.parametrize(("data", "expected"), DIALECTS)
def test_dialects_of_mbox(texts, data, expected):
    assert texts(data) == expected


def test_content_length_guards_postmarks_in_the_body(texts):
    body = b"see this mail:\n\n" + MARK + HEAD + b"\nit was not ours\n"
    counted = mail(body, b"Content-Length: %d\n" % len(body)) + mail(b"two")
    assert texts(counted) == [body.decode().strip(), "two"]
    lying = mail(b"one", b"Content-Length: 99999\n") + mail(b"two", b"Content-Length: 2\n") + mail(b"three")
    assert texts(lying) == ["one", "two", "three"]


@given(
    st.lists(st.text(alphabet="abF rom>\n", max_size=80), min_size=1, max_size=8),
    st.integers(min_value=0, max_value=3),
)
def test_spans_cover_the_file_without_gaps(bodies, cut):
    data = b"".join(mail(body.encode()) for body in bodies)
    data = data[: len(data) - cut]
    found = list(mbox.spans(BytesIO(data), len(data)))
    assert [offset for offset, _ in found] == [sum(length for _, length in found[:n]) for n in range(len(found))]
    assert sum(length for _, length in found) == len(data)
    assert all(data.startswith(b"From ", offset) for offset, _ in found)
    assert len(found) == len(bodies)


@settings(max_examples=30)
@given(st.lists(st.text(alphabet="abF rom>\n", min_size=1, max_size=60), min_size=1, max_size=5))
def test_what_python_writes_into_an_mbox_comes_back(tmp_path_factory, bodies):
    import mailbox

    path = tmp_path_factory.mktemp("mbox") / "box"
    box = mailbox.mbox(path)
    for body in bodies:
        box.add((HEAD + b"\n").decode() + body)
    box.close()
    expected = [line for body in bodies for line in body.split()]
    assert [word for row in rows(path) for word in row["text"].split()] == [
        "From" if word == ">From" else word for word in expected
    ] or any(">From" in body for body in bodies)


def test_blocks_do_not_matter(monkeypatch):
    data = b"".join(mail(b"body %d\n" % n * (n % 40)) for n in range(300))
    whole = list(mbox.spans(BytesIO(data), len(data)))
    monkeypatch.setattr(mbox, "BLOCK_BYTES", 9_000)
    assert list(mbox.spans(BytesIO(data), len(data))) == whole
    assert len(whole) == 300


def test_other_containers(texts):
    one = HEAD + b"\nbody"
    assert texts(one, "1700000000.M1P2.host:2,S") == ["body"]  # Maildir
    assert texts(gzip.compress(one), "mail.eml.gz") == ["body"]
    assert texts(gzip.compress(mail(b"one") + mail(b"two")), "box.gz") == ["one", "two"]
    assert texts(gzip.compress(mail(b"one")) + gzip.compress(mail(b"two")), "box.gz") == ["one", "two"]
    assert texts(gzip.compress(mail(b"one")) + b"\0" * 999, "box.gz") == ["one"]
    assert texts(gzip.compress(b"%d\n%b<plist>" % (len(one), one)), "1.emlx.gz") == ["body"]
    assert texts(b"%d\n" % len(one) + one + b"<?xml version=1.0?><plist/>", "1.emlx") == ["body"]
    assert texts(one.decode().encode("utf-16"), "export.eml") == ["body"]
    assert texts(one.decode().encode("utf-16-be"), "export.eml") == ["body"]
    assert texts(one.replace(b"\n", b"\r"), "mac.eml") == ["body"]
    assert texts(b"\n\n" + one, "leading.eml") == ["body"]


OTHER_TYPES = [
    ("a.pdf", b"%PDF-1.7\n", "application/pdf"),
    ("a.png", b"\x89PNG\r\n\x1a\n\0\0", "image/png"),
    ("a.csv", b"id,subject,body\n1,hi,there\n2,yo,here\n", "text/csv"),
    ("a.json", b'{"tickets": []}', "application/json"),
    ("a.html", b"<!DOCTYPE html><p>x", "text/html"),
    ("a.doc", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600, "application/x-ole-storage"),
    ("a.zip", b"PK\x03\x04....", "application/zip"),
    ("a.pdf.gz", gzip.compress(b"%PDF-1.7\n", mtime=0), "application/pdf"),
    ("a.bin", bytes(range(256)) * 9, "application/octet-stream"),
    ("a.csv", b"name: x, subject: y\n1,2\n", "text/csv"),
]


@pytest.mark.parametrize(("name", "data", "media_type"), OTHER_TYPES)
def test_files_of_other_types_are_skipped(tmp_path, name, data, media_type):
    path = tmp_path / name
    path.write_bytes(data)
    with pytest.raises(Skip) as skipped:
        list(split(path, MailParams()))
    assert skipped.value.media_type == media_type


@pytest.mark.parametrize("data", [b"Buy milk.\nCall Thandi.\n", b"<h1>Broken</h1> <div>From: x", b"  \n\n"])
def test_text_without_a_header_may_be_a_broken_mail_and_is_quarantined(tmp_path, data):
    path = tmp_path / "notes.txt"
    path.write_bytes(data)
    with pytest.raises(RecordError) as held:
        list(split(path, MailParams()))
    assert held.value.reason == "not_mail"


def test_mail_is_known_by_content_whatever_its_name(texts):
    one = HEAD + b"\nbody"
    for name in ("mail", "mail.txt", "mail.html", "README", "x.pdf"):
        assert texts(one, name) == ["body"]
    assert texts(b"MZ and BM are the initials\n", "note.eml") == ["MZ and BM are the initials"]


def test_an_ole_file_that_is_no_message_is_a_mismatch(tmp_path):
    path = tmp_path / "a.msg"
    path.write_bytes(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 3_000)
    with pytest.raises(RecordError) as held:
        rows(path)
    assert held.value.reason in ("type_mismatch", "malformed")


DATA = Path(__file__).resolve().parents[4] / "shared" / "data" / "emails"


def test_outlook_messages_are_read():
    path = DATA / "outlook_msg" / "all" / "unicode.msg"
    if not path.exists():
        pytest.skip(f"no evaluation data at {DATA}")
    (row,) = rows(path)
    assert row["subject"] == "Test for TIF files"
    assert {one["role"] for one in row["participants"]} == {"from", "to", "cc"}
    assert [one["media_type"] for one in row["attachments"]] == ["image/tiff", "image/tiff"]
    assert row["created_at"].isoformat() == "2013-11-18T08:26:24+00:00"
    assert row["text"].startswith("This is a test email to experiment")


def test_gzip_within_gzip_is_no_mail(texts):
    with pytest.raises(RecordError, match="type_mismatch"):
        texts(gzip.compress(gzip.compress(mail(b"one"))), "mail.eml.gz")


def test_many_packed_members_are_one_box(texts):
    data = b"".join(gzip.compress(mail(b"n%d" % number)) for number in range(50))
    assert texts(data, "box.gz") == [f"n{number}" for number in range(50)]


@pytest.mark.parametrize(
    "name",
    ["tmp/1700000000.M1P2.host", "dovecot-uidlist", "dovecot.index.log", "maildirfolder", ".Sent", "subscriptions"],
)
def test_what_a_server_keeps_beside_the_mails_of_a_maildir_is_skipped(tmp_path, name):
    for folder in ("cur", "new", "tmp"):
        (tmp_path / folder).mkdir()
    (tmp_path / name).write_bytes(b"From: a@b.example\nSubject: half\n\nbo")
    with pytest.raises(Skip):
        list(split(tmp_path / name, MailParams()))


def test_the_same_names_are_mail_outside_a_maildir(tmp_path):
    (tmp_path / "tmp").mkdir()
    for name in ("tmp/one.eml", "dovecot-question.eml"):
        (tmp_path / name).write_bytes(b"From: a@b.example\nSubject: whole\n\nbody")
        assert len(list(split(tmp_path / name, MailParams()))) == 1
