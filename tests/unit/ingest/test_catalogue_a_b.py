"""The catalogue of nasty mail, names and archives (A and B) in the reader itself; D: test_mail_html, test_ticket_*."""

from __future__ import annotations

import base64
import gzip
import hashlib
import zipfile
from io import BytesIO

import pytest

from tasks.errors import RecordError
from tasks.ingest.mail import MailParams, read, split
from tasks.source import Embedded, Item, Rejected

HEAD = b"From: Thandi <thandi@example.org>\nTo: help@example.com\nSubject: Hi\nMessage-ID: <m1@example.org>\n"


def rows_of(path, params=None):
    params = params or MailParams()
    found = []
    for offset, length in split(path, params):
        found += list(read(Item(path.as_uri(), path, offset, length), params))
    return found


@pytest.fixture
def mail(tmp_path):
    def _read(data, name="mail.eml", params=None):
        path = tmp_path / name
        path.write_bytes(data)
        found = rows_of(path, params)
        rows = [one for one in found if isinstance(one, dict)]
        assert len(rows) == 1, "a mail is one row"
        for text in (rows[0]["text"], rows[0]["subject"] or ""):
            text.encode()  # no lone surrogate gets out
        return rows[0]

    return _read


@pytest.fixture
def refused(tmp_path):
    def _reason(data, name="mail.eml", params=None):
        path = tmp_path / name
        path.write_bytes(data)
        with pytest.raises(RecordError) as caught:
            rows_of(path, params)
        return caught.value.reason

    return _reason


def nested(depth):
    lines = [HEAD + b'Content-Type: multipart/mixed; boundary="b0"\n\n']
    link = b'--b%d\nContent-Type: multipart/mixed; boundary="b%d"\n\n'
    lines += [link % (level - 1, level) for level in range(1, depth)]
    lines.append(b"--b%d\nContent-Type: text/plain\n\nthe core\n" % (depth - 1))
    return b"".join(lines)


def test_a1_twenty_multiparts_deep_is_read_and_more_is_not(mail, refused):
    assert mail(nested(20))["text"] == "the core"
    for depth in (21, 200, 1_000):
        assert refused(nested(depth)) == "mime_depth"
    assert mail(nested(21), params=MailParams(mime_depth=21))["text"] == "the core"


def test_a2_a_chain_of_attached_messages_is_quarantined(refused, mail):
    link = b"Content-Type: message/rfc822\n\n"
    assert refused(HEAD + link * 1_000 + b"\nend") == "mime_depth"
    assert "end" in mail(HEAD + link * 3 + b"Subject: inner\n\nend")["text"]


def test_a3_hundreds_of_thousands_of_parts_are_quarantined(refused, mail):
    head = HEAD + b"Content-Type: multipart/mixed; boundary=b\n\n"
    assert refused(head + b"--b\n\n" * 300_000) == "mime_parts"
    assert mail(head + b"--b\n\nx\n" * 999 + b"--b--")["text"].count("x") == 999


def test_a4_addresses_are_capped(mail):
    to = b",\n ".join(b"u%d@example.org" % n for n in range(20_000))
    row = mail(b"From: a@example.org\nTo: " + to + b"\n\nbody")
    assert "addresses_capped" in row["flags"]
    assert sum(one["role"] == "to" for one in row["participants"]) == 1_000
    assert row["text"] == "body"


def test_a5_a_subject_of_encoded_words_is_cut_before_it_is_decoded(mail):
    row = mail(b"Subject: " + b"=?utf-8?b?4oKs?=\n " * 20_000 + b"\nFrom: a@example.org\n\nbody")
    assert "header_capped" in row["flags"]
    assert 0 < len(row["subject"]) < 9_000
    assert row["text"] == "body"


def test_a6_a_content_type_of_semicolons_is_cut(mail):
    row = mail(HEAD + b"Content-Type: text/plain" + b";" * 20_000 + b"\n\nbody")
    assert row["text"] == "body"
    assert "header_capped" in row["flags"]


@pytest.mark.parametrize("header", [b"Content-Disposition: attachment", b"Content-Type: application/pdf"])
def test_a7_a_file_name_in_thousands_of_pieces_is_unnamed(mail, header):
    pieces = b"".join(b";\n f%d*%d=a" % (0, n) for n in range(50)) + b"".join(
        b";\n filename*%d=a" % n for n in range(20_000)
    )
    inner = b"--b\n" + header + pieces + b"\n\nxx\n--b--"
    row = mail(HEAD + b"Content-Type: multipart/mixed; boundary=b\n\n" + inner)
    assert "header_capped" in row["flags"]
    assert [one["name"] for one in row["attachments"]] == ["unnamed"]


def test_a8_a_header_of_nested_comments_is_dropped(mail):
    row = mail(b"From: a@example.org\nTo: " + b"(" * 2_000 + b"b@example.org\n\nbody")
    assert "header_dropped" in row["flags"]
    assert [one["role"] for one in row["participants"]] == ["from"]
    assert "header_dropped" not in mail(b"From: a@example.org ((Anna))\n\nbody")["flags"]


@pytest.mark.parametrize(
    "head",
    [b"X-A: b\n" * 1_000_000, b"X-A: " + b"y" * 10_000_000 + b"\n", b"Subject: " + b"z" * 2_000_000],
)
def test_a9_a10_headers_beyond_the_limit_are_quarantined(refused, head):
    assert refused(b"From: a@example.org\n" + head + b"\nbody") == "headers_too_large"


def test_a10_a_message_beyond_the_limit_is_quarantined_and_a_long_line_is_read(mail, refused):
    assert refused(HEAD + b"\n" + b"x" * 20_000, params=MailParams(message_bytes=10_000)) == "too_large"
    row = mail(HEAD + b"\n" + b"x" * 6_000_000)
    assert "body_capped" in row["flags"]
    assert len(row["text"]) == 5 * 2**20


@pytest.mark.parametrize("value", [b"<[>", b"<>", b"<<>>", b"no id here"])
def test_a11_a_broken_message_id_is_null(mail, value):
    row = mail(b"From: a@example.org\nMessage-ID: " + value + b"\n\nbody")
    assert row["native_id"] is None
    assert "message_id_invalid" in row["flags"]


def test_a12_a_name_with_a_line_break_injects_no_header(mail):
    row = mail(b"From: a@example.org\nTo: =?utf-8?q?a=0ABcc:x?= <a@b.c>\n\nbody")
    assert "header_injection" in row["flags"]
    assert {"name": None, "address": "a@b.c", "role": "to"} in row["participants"]
    assert not any("\n" in value or "bcc" in name for name, value in row["headers"].items())


@pytest.mark.parametrize("charset", [b"bogus-8", b'"utf\0-8"', b"unicode_escape", b"rot13", b"idna", b"x" * 500])
def test_a13_a14_a16_charsets_off_the_list_are_detected(mail, charset):
    body = "Sawubona, ngiyabonga. Ça va très bien \\ud800".encode()
    row = mail(HEAD + b"Content-Type: text/plain; charset=" + charset + b"\n\n" + body)
    assert row["text"] == body.decode()
    assert "charset_unknown" in row["flags"]


def test_a15_utf7_never_makes_markup(mail):
    head = HEAD + b"Content-Type: text/plain; charset=utf-7\n\n"
    row = mail(head + b"+ADw-script+AD4-alert(1)+ADw-/script+AD4-")
    assert "<script>" not in row["text"]
    assert "charset_utf7" in row["flags"]
    assert mail(head + "Die Frösche & Hasen".encode("utf-7"))["text"] == "Die Frösche & Hasen"


@pytest.mark.parametrize("codec", ["cp1252", "utf-8", "utf-16-le", "utf-16"])
def test_a17_text_that_claims_ascii_and_is_not_is_detected(mail, codec):
    said = "Le problème a été réglé à l'hôtel, merci beaucoup à toute l'équipe de dépannage."
    row = mail(HEAD + b"Content-Type: text/plain; charset=us-ascii\n\n" + said.encode(codec))
    assert row["text"] == said
    assert "charset_wrong" in row["flags"]


def test_a18_base64_that_is_none_is_not_published(mail):
    head = HEAD + b"Content-Type: text/plain\nContent-Transfer-Encoding: base64\n\n"
    garbage = bytes(range(33, 48)) * 300
    row = mail(head + garbage)
    assert row["text"] == ""
    assert "base64_garbage" in row["flags"]
    for body in (b"SGVsbG8", b"SGVsbG8=\n", b"SGVs\n\n\n bG8=", b"\n" * 3_000_000 + b"SGVsbG8="):
        assert mail(head + body)["text"] == "Hello", "bad padding and blank lines are borne"


@pytest.mark.parametrize(
    ("body", "flag"),
    [
        (b"see\nbegin 644 a.txt\n{|}~{|}~{|}~\n!!!!\nend\n", "uuencode_garbage"),
        (b"see\nbegin 644 a.txt\n#0V%T\n`\nend\n", "uuencoded"),
        (b"=ybegin line=128 size=3 name=a\n\x01\x02\x03\n=yend size=3\n", "yenc"),
        (b"(This file must be converted with BinHex 4.0)\n:#hGPBR9dD@acAh\n", "binhex"),
    ],
)
def test_a19_encoded_blocks_in_the_text_are_flagged(mail, body, flag):
    assert flag in mail(HEAD + b"\n" + body)["flags"]


def test_a19_prose_that_begins_is_no_uuencode(mail):
    row = mail(HEAD + b"\nbegin 644 things at once\nand you will never come to an\nend\n")
    assert not {"uuencoded", "uuencode_garbage"} & set(row["flags"])


@pytest.mark.parametrize(
    ("content_type", "body", "text"),
    [
        (b"multipart/mixed", b"no parts at all", "no parts at all"),
        (b"multipart/mixed; boundary=", b"--x\n\none\n--x--", "one"),
        (b"multipart/mixed; boundary=missing", b"--x\n\none\n--x\n\ntwo\n--x--", "one\n\ntwo"),
        (b"multipart/mixed; boundary=" + b"b" * 10_000, b"plain words", "plain words"),
        (b"multipart/mixed; boundary=a", b"--a\n\none\n--ab\nstill one\n--a--", "one\n--ab\nstill one"),
    ],
)
def test_a20_odd_boundaries_keep_the_text(mail, content_type, body, text):
    assert mail(HEAD + b"Content-Type: " + content_type + b"\n\n" + body)["text"] == text


@pytest.mark.parametrize(
    ("media_type", "flag"),
    [
        (b"message/partial; number=1; total=3; id=x", "partial_message"),
        (b'message/external-body; access-type=URL; URL="http://evil.example/x"', "external_body"),
    ],
)
def test_a21_fragments_and_references_are_left_out(mail, media_type, flag):
    row = mail(
        HEAD
        + b"Content-Type: multipart/mixed; boundary=b\n\n--b\n\nkept\n--b\nContent-Type: "
        + media_type
        + b"\n\nContent-Type: text/plain\n\nnot this\n--b--"
    )
    assert row["text"] == "kept"
    assert flag in row["flags"]


@pytest.mark.parametrize("date", [b"Mon, 99 Jan 99999", b"9" * 5_000, b"soon", b"Mon, 1 Jan 2024 10:00:00 +99999"])
def test_a22_an_impossible_date_is_null(mail, date):
    row = mail(b"From: a@example.org\nDate: " + date + b"\n\nbody")
    assert row["created_at"] is None
    assert "date_invalid" in row["flags"]


@pytest.mark.parametrize(
    "value",
    [
        b"alice@example.org)bob@evil.example",
        b"alice@example.org]<bob@evil.example>",
        b"<alice@example.org> <bob@evil.example>",
    ],
)
def test_a23_of_a_malformed_address_every_candidate_is_kept(mail, value):
    row = mail(b"From: " + value + b"\n\nbody")
    assert {one["address"] for one in row["participants"]} == {"alice@example.org", "bob@evil.example"}
    assert "address_malformed" in row["flags"]


@pytest.mark.parametrize(
    ("media_type", "flag"),
    [
        (b"application/pkcs7-mime; smime-type=enveloped-data", "encrypted"),
        (b"multipart/encrypted; protocol=x; boundary=c", "encrypted"),
        (b"application/pgp-signature", "signed"),
    ],
)
def test_a25_secured_parts_are_left_out(mail, media_type, flag):
    inner = b"--b\n\nwords\n--b\nContent-Type: " + media_type + b"\n\n--c\n\nZm9v\n--c--\n--b--"
    row = mail(HEAD + b"Content-Type: multipart/mixed; boundary=b\n\n" + inner)
    assert row["text"] == "words"
    assert flag in row["flags"]


def test_a25_inline_pgp_is_cut_to_what_was_written(mail):
    message = b"hello\n-----BEGIN PGP MESSAGE-----\n\nhQEMA\n-----END PGP MESSAGE-----\nbye"
    row = mail(HEAD + b"\n" + message)
    assert (row["text"], "encrypted" in row["flags"]) == ("hello\n\nbye", True)
    signed = (
        b"-----BEGIN PGP SIGNED MESSAGE-----\nHash: SHA1\n\nwords\n"
        b"-----BEGIN PGP SIGNATURE-----\n\niD8DBQ\n-----END PGP SIGNATURE-----\n"
    )
    row = mail(HEAD + b"\n" + signed)
    assert (row["text"], "signed" in row["flags"]) == ("words", True)


def test_a26_duplicate_headers_are_all_kept(mail):
    row = mail(
        b"From: a@example.org\nFrom: b@example.org\nMessage-ID: <1@x>\nMessage-ID: <2@x>\nSubject: one\n"
        b"Subject: two\n\nbody"
    )
    assert "duplicate_header" in row["flags"]
    assert [one["address"] for one in row["participants"]] == ["a@example.org", "b@example.org"]
    assert row["headers"]["message-id"] == "<1@x>\n<2@x>"
    assert (row["native_id"], row["subject"]) == ("<1@x>", "one")


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "empty_file"),
        (b"\r\n\r\n\r\n", "not_mail"),
        (b"\0" * 5_000, "type_mismatch"),
        (b"%PDF-1.7\n", "type_mismatch"),
        (b"\x89PNG\r\n\x1a\n" + b"\0" * 50, "type_mismatch"),
        (b"\x7fELF" + b"\0" * 50, "type_mismatch"),
    ],
)
def test_a27_b11_files_without_mail_are_quarantined(refused, data, reason):
    assert refused(data) == reason


def test_a27_headers_only_and_cut_mails_are_read(mail):
    row = mail(HEAD)
    assert (row["text"], row["subject"], "empty_body" in row["flags"]) == ("", "Hi", True)
    cut = HEAD + b"Content-Type: multipart/mixed; boundary=b\n\n--b\nContent-Type: text/plain\n\nhalf a sen"
    row = mail(cut)
    assert (row["text"], "truncated" in row["flags"]) == ("half a sen", True)
    row = mail(b"just words\nand more words\n")
    assert (row["text"], "no_header" in row["flags"]) == ("just words\nand more words", True)


def test_a29_quotation_beyond_fifty_levels_is_cut(mail):
    body = b"mine\n" + b"".join(b">" * depth + b" level %d\n" % depth for depth in range(1, 501))
    row = mail(HEAD + b"\n" + body)
    assert "quote_depth" in row["flags"]
    assert "level 50\n" in row["text"] + "\n"
    assert "level 51" not in row["text"]


def alternative(*versions):
    parts = b"".join(b"--b\nContent-Type: text/%s\n\n%s\n" % version for version in versions)
    return HEAD + b"Content-Type: multipart/alternative; boundary=b\n\n" + parts + b"--b--"


def test_a30_versions_that_differ_are_flagged_and_none_is_lost(mail):
    plain, rich = b"Dear customer, all is well with the order", b"<p>Call Thandi Nkosi on 082 555 0199 tomorrow"
    row = mail(alternative((b"plain", plain), *[(b"html", rich)] * 6))
    assert "alternatives_differ" in row["flags"]
    assert "all is well" in row["text"]
    assert "Thandi" in row["text"]
    same = mail(alternative((b"plain", b"Dear Thandi, hello"), (b"html", b"<p>Dear <b>Thandi</b>, hello</p>")))
    assert same["text"] == "Dear Thandi, hello"
    assert "alternatives_differ" not in same["flags"]


def test_a30_a_stub_gives_way_to_the_html(mail):
    rich = b"<p>" + b"The delivery will arrive on Tuesday morning. " * 9
    row = mail(alternative((b"plain", b"Your mail program cannot show HTML."), (b"html", rich)))
    assert "cannot show" not in row["text"]
    assert "Tuesday" in row["text"]


@pytest.mark.parametrize(("media_type", "flag"), [(b"text/calendar", "calendar"), (b"text/vcard", "contact_card")])
def test_a31_calendars_and_cards_are_no_text(mail, media_type, flag):
    row = mail(
        HEAD
        + b"Content-Type: multipart/mixed; boundary=b\n\n--b\n\nwords\n--b\nContent-Type: "
        + media_type
        + b"\n\nBEGIN:VCARD\nTEL:0825550199\n--b--"
    )
    assert row["text"] == "words"
    assert flag in row["flags"]
    assert row["attachments"][0]["media_type"] == media_type.decode()


UNSAFE = [
    "../../etc/passwd",
    "%2e%2e%2fetc%2fpasswd",
    "..\\..\\x",
    "C:\\x",
    "/abs",
    "a\0b",
    "a\nb",
    "\u202efdp.exe",
    "x" * 4_000,
    "..",
    ".",
]


@pytest.mark.parametrize("name", UNSAFE)
def test_b1_b2_file_names_are_only_metadata(mail, name):
    encoded = base64.b64encode(name.encode()).decode()
    disposition = f'Content-Disposition: attachment; filename="=?utf-8?b?{encoded}?="'.encode()
    row = mail(HEAD + b"Content-Type: multipart/mixed; boundary=b\n\n--b\n" + disposition + b"\n\nxx\n--b--")
    (file,) = row["attachments"]
    assert "filename_unsafe" in row["flags"]
    assert not set("/\\:\0\n\u202e") & set(file["name"])
    assert file["name"] not in ("", ".", "..")
    assert len(file["name"]) <= 255
    assert file["sha256"] == hashlib.sha256(b"xx").hexdigest()


@pytest.mark.parametrize(
    "name", ["Alice_Dupont_ID.pdf", "😀.pdf", "CON", "Eelanalüüsi päring.jpg", "a:b.txt"[:1] + ".txt"]
)
def test_b2_b3_harmless_names_stay(mail, name):
    encoded = base64.b64encode(name.encode()).decode()
    disposition = f'Content-Disposition: attachment; filename="=?utf-8?b?{encoded}?="'.encode()
    row = mail(HEAD + b"Content-Type: multipart/mixed; boundary=b\n\n--b\n" + disposition + b"\n\nxx\n--b--")
    assert row["attachments"][0]["name"] == name
    assert "filename_unsafe" not in row["flags"]


def test_b6_b8_b10_archives_are_never_opened(mail):
    packed = BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("../../evil.txt", "inside")
    data = packed.getvalue()
    part = (
        b"--b\nContent-Type: application/zip; name=a.zip\nContent-Transfer-Encoding: base64\n\n"
        + base64.encodebytes(data)
        + b"--b--"
    )
    row = mail(HEAD + b"Content-Type: multipart/mixed; boundary=b\n\n--b\n\nwords\n" + part)
    assert "inside" not in row["text"]
    assert "archive" in row["flags"]
    assert row["attachments"] == [
        {
            "name": "a.zip",
            "media_type": "application/zip",
            "size": len(data),
            "sha256": hashlib.sha256(data).hexdigest(),
        }
    ]


def test_b9_a_gzip_bomb_is_stopped_while_it_unpacks(refused):
    bomb = gzip.compress(b"From: a@example.org\n\n" + b"\0" * 40_000_000, 9)
    assert refused(bomb, "mail.eml.gz", MailParams(unpacked_bytes=20_000_000)) == "too_large"
    assert refused(gzip.compress(HEAD + b"\nbody" * 999)[:-20], "mail.eml.gz") == "malformed"
    assert refused(b"\x1f\x8b" + b"garbage" * 9, "mail.eml.gz") == "malformed"


def test_a_bad_mail_in_a_gzipped_mbox_leaves_its_neighbours(tmp_path):
    mark = b"From a@example.org Mon Jan  1 10:00:00 2024\n"
    good = b"From: a@example.org\nSubject: ok\n\nbody\n\n"
    path = tmp_path / "box.mbox.gz"
    path.write_bytes(gzip.compress(mark + good + mark + nested(30) + b"\n\n" + mark + good))
    found = rows_of(path)
    assert [one.reason for one in found if isinstance(one, Rejected)] == ["mime_depth"]
    assert [one["part"] for one in found if isinstance(one, dict)] == ["0", "2"]


def test_b11_an_attachment_is_known_by_its_content(mail):
    part = b"--b\nContent-Type: image/png; name=a.png\nContent-Transfer-Encoding: base64\n\n"
    elf = base64.encodebytes(b"\x7fELF" + b"\0" * 99)
    row = mail(HEAD + b"Content-Type: multipart/mixed; boundary=b\n\n" + part + elf + b"--b--")
    assert row["attachments"][0]["media_type"] == "application/x-executable"
    assert "attachment_mismatch" in row["flags"]


def test_pages_in_attachments_go_on_to_the_scan_reader(tmp_path):
    pdf, logo = b"%PDF-1.4\n" + b"x" * 99, b"\x89PNG\r\n\x1a\n" + b"x" * 99
    parts = [b"--b\n\nwords\n"]
    for media_type, data in ((b"application/octet-stream; name=scan.bin", pdf), (b"image/png", logo)):
        parts.append(
            b"--b\nContent-Type: " + media_type + b"\nContent-Transfer-Encoding: base64\n\n" + base64.encodebytes(data)
        )
    path = tmp_path / "m.eml"
    path.write_bytes(HEAD + b"Content-Type: multipart/mixed; boundary=b\n\n" + b"".join(parts) + b"--b--")
    row, *others = rows_of(path)
    assert others == [Embedded("scan.bin", "application/pdf", pdf)], "a logo is too small to be a page"
    assert len(row["attachments"]) == 2


LONG = {
    # the first ones were found by the fuzzer, or after it
    "blanks in From": b"From: a" + b" " * 60_000 + b"b\n\nbody",
    "dots in To": b"From: a@b.example\nTo: " + b"a" + b" " * 30_000 + b"b" + b" ." * 9_000 + b" @\n\nbody",
    "delimiters in a line": b"Content-Type: multipart/mixed; boundary=a\n\n--a\n\n" + b"--a" * 1_000_000,
    "delimiters that are lines of the old Mac": b"Content-Type: multipart/mixed; boundary=a\n\n" + b"--a x\r" * 700_000,
    "lines like boundaries": b"Content-Type: multipart/mixed\n\n" + (b"--a" + b" " * 300 + b"x\n") * 20_000,
    "undeclared headers": b"From: a@b.example\n"
    + b"".join(b"X-Spam-A: %d\xe1\xe2\xe3\n" % n for n in range(20_000))
    + b"\nbody",
    "begin and base64": b"From: a@b\n\n" + b"begin-base64 644 x\nA\n" * 100_000,
    "yEnc begun": b"From: a@b\n\n" + b"=ybegin size=1\n" * 200_000,
    "quotes in From": b"From: " + b'"' * 65_000 + b"\n\nbody",
    "addresses without commas": b"From: " + b"a@b " * 16_000 + b"\n\nbody",
    "open groups": b"To: " + b"a:" * 32_000 + b"\n\nbody",
    "junk among the fields": b"From: a@b\n" + b"junk\n" * 100_000 + b"Subject: x\n\nbody",
    "armour": b"From: a@b\n\n" + b"-----BEGIN PGP SIGNED MESSAGE-----\n" * 30_000,
    "uuencode begun": b"From: a@b\n\n" + b"begin 644 x\n" * 80_000,
    "delimiters alike": b"Content-Type: multipart/mixed; boundary=b\n\n--b\n\n" + b"--bb\n" * 200_000,
    "soft breaks": b"Content-Transfer-Encoding: quoted-printable\n\n" + b"=\n" * 300_000,
    "flowed": b"Content-Type: text/plain; format=flowed\n\n" + b"> a \n" * 80_000,
    "postmarks": b"From a Mon Jan  1 10:00:00 2024\nSubject: x\n\n" + b"From \n" * 60_000,
}


@pytest.mark.parametrize("data", LONG.values(), ids=LONG)
@pytest.mark.timeout(20)  # each takes well below a second; the first and the armour once took five
def test_long_repetitions_end(mail, data):
    assert mail(data)["text"] is not None


def test_a19_a_file_in_the_text_is_an_attachment_whatever_part_it_stands_in(mail):
    block = b"begin 644 a.txt\n#0V%T\n`\nend\n"
    for media_type in (b"text/plain", b"text/html", b"text/enriched"):
        row = mail(HEAD + b"Content-Type: " + media_type + b"\n\n" + (b"<pre>" * (b"html" in media_type)) + block)
        named = [(one["name"], one["size"]) for one in row["attachments"]]
        assert named == ([("a.txt", 3)] if media_type != b"text/enriched" else []), "enriched text joins lines"


def test_a_media_type_that_is_none_is_unknown(mail):
    for said in (b"message/par\x85tial", b"t\xe4xt/plain", b"a/" + b"x" * 500, b"a/b c(", b"image/\x00png"):
        part = b"--b\nContent-Type: " + said + b"; name=x\nContent-Disposition: attachment\n\nxx\n--b--"
        row = mail(HEAD + b"Content-Type: multipart/mixed; boundary=b\n\n" + part)
        assert {one["media_type"] for one in row["attachments"]} <= {"application/octet-stream", "a/bc(", "text/plain"}
        str(row["attachments"]).encode()
