"""Which parts of a mail are its text, and how plain text becomes what its author saw."""

from __future__ import annotations

import pytest

from tasks.ingest import mime, plain_text
from tasks.ingest.body import Body
from tasks.ingest.flags import Flags


def body(data):
    flags = Flags()
    return Body.of(mime.parse(data, mime.Limits(), flags), flags), set(flags.listed())


def multipart(subtype, *parts, extra=b""):
    joined = b"".join(b"--b\n" + part + b"\n" for part in parts)
    return b"Content-Type: multipart/" + subtype + b"; boundary=b" + extra + b"\n\n" + joined + b"--b--\n"


PLAIN, HTML = b"Content-Type: text/plain\n\nwords of mine", b"Content-Type: text/html\n\n<p>words of mine</p>"
PICTURE = b"Content-Type: image/png; name=a.png\n\nxx"
NESTED = multipart(b"alternative", PLAIN, HTML).replace(b"=b\n", b"=c\n").replace(b"--b", b"--c")
MESSAGE = b"Content-Type: message/rfc822\n\nFrom: A <a@x.example>\nSubject: =?utf-8?q?caf=C3=A9?=\n\ninner words"

ROOT_LAST = (b"Content-ID: <i>\n\nlast", b"Content-ID: <r>\n\nroot")
ATTACHED = b"Content-Disposition: attachment; filename=a.txt\n\nnot mine"
NAMED = b"Content-Disposition: inline; filename=a.txt\n\nnamed"
FORWARD = "---------- Forwarded message ----------\n"
CHOICES = [
    ("plain", b"Subject: x\n\nwords of mine", "words of mine"),
    ("html", HTML, "words of mine"),
    ("alternative", multipart(b"alternative", PLAIN, HTML), "words of mine"),
    ("empty plain", multipart(b"alternative", b"\n\n", HTML), "words of mine"),
    ("mixed", multipart(b"mixed", PLAIN, PICTURE, b"\nfooter"), "words of mine\n\nfooter"),
    ("alternative in mixed", multipart(b"mixed", NESTED, PICTURE), "words of mine"),
    ("related", multipart(b"related", HTML, PICTURE), "words of mine"),
    ("related by start", multipart(b"related", *ROOT_LAST, extra=b'; start="<r>"'), "root\n\nlast"),
    ("signed", multipart(b"signed", PLAIN, b"Content-Type: application/pgp-signature\n\nsig"), "words of mine"),
    ("unknown multipart", multipart(b"x-new", PLAIN, PICTURE), "words of mine"),
    ("attachment", multipart(b"mixed", PLAIN, ATTACHED), "words of mine"),
    ("named inline", multipart(b"mixed", PLAIN, NAMED), "words of mine"),
    ("named first", multipart(b"mixed", NAMED, PLAIN), "named\n\nwords of mine"),
    ("only named", multipart(b"mixed", PICTURE, NAMED), "named"),
    ("digest", multipart(b"digest", b"\nSubject: one\n\nfirst"), FORWARD + "Subject: one\n\nfirst"),
    (
        "enriched",
        b"Content-Type: text/enriched\n\n<bold>a</bold> <<b\nc\n\nd <x><param>red</param>e</x>",
        "a <b c\nd e",
    ),
    ("markup", b"Content-Type: text/plain\n\n<html><body>words <b>of</b> mine</body></html>", "words of mine"),
    ("broken type", b"Content-Type: text\n\nwords of mine", "words of mine"),
    ("picture that is a text", b"Content-Type: text/plain\n\n%PDF-1.4 xx", ""),
]


@pytest.mark.parametrize(("data", "text"), [case[1:] for case in CHOICES], ids=[case[0] for case in CHOICES])
def test_the_right_parts_are_the_text(data, text):
    assert body(data)[0].text == text


def test_an_attached_message_is_content_under_its_headers():
    found, flags = body(multipart(b"mixed", PLAIN, MESSAGE))
    assert found.text == (
        "words of mine\n\n---------- Forwarded message ----------\nFrom: A <a@x.example>\nSubject: café\n\ninner words"
    )
    assert flags == {"forwarded"}


def test_a_returned_message_is_not():
    found, flags = body(
        multipart(b"report", b"\nIt bounced.", b"Content-Type: message/delivery-status\n\nAction: failed", MESSAGE)
    )
    assert found.text == "It bounced."
    assert flags == {"delivery_report"}
    _, flags = body(multipart(b"report", b"\nRead.", b"Content-Type: message/disposition-notification\n\nx"))
    assert flags == {"read_receipt"}


def test_every_part_that_is_no_text_is_listed():
    found, _ = body(multipart(b"mixed", PLAIN, PICTURE, MESSAGE, b"Content-Type: application/zip\n\nPK"))
    assert [one.media_type for one in found.attachments] == ["image/png", "message/rfc822", "application/zip"]


def test_a_picture_shown_in_the_html_is_no_page():
    shown = b"Content-Type: image/png\nContent-ID: <i1>\n\n\x89PNG\r\n\x1a\n" + b"x" * 9_000
    html = b'Content-Type: text/html\n\n<img src="cid:i1">words'
    assert list(body(multipart(b"related", html, shown))[0].embedded()) == []
    assert len(list(body(multipart(b"mixed", PLAIN, shown))[0].embedded())) == 1


FLOWED = [
    ("one \ntwo \nthree\nfour", False, "one two three\nfour"),
    ("one \ntwo", True, "onetwo"),
    ("> quoted \n> on\nmine \ntoo", False, "> quoted on\nmine too"),
    (">> deep \n> less", False, ">> deep \n> less"),
    ("text\n-- \nThandi", False, "text\n-- \nThandi"),
    ("text \n-- \nThandi", False, "text \n-- \nThandi"),
    (" From stuffed\n >not quoted", False, "From stuffed\n>not quoted"),
    ("\n\npara", False, "\n\npara"),
    ("", False, ""),
]


@pytest.mark.parametrize(("text", "delsp", "expected"), FLOWED)
def test_flowed_lines_are_joined(text, delsp, expected):
    assert plain_text.unflow(text, delsp=delsp) == expected


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r", "\x85", "\u2028", "\u2029", "\f", "\v"])
def test_d14_every_line_end_is_a_newline(end):
    assert plain_text.lines_normal(f"a{end}b ሰ") == "a\nb ሰ"


@pytest.mark.parametrize(
    "encoding", ["7bit", "base64", "quoted-printable", "BASE64", " quoted-printable (comment)", "x-uuencode"]
)
def test_transfer_encodings(encoding):
    import binascii

    raw = "Café ሰላም\n".encode()
    encoded = {"base64": binascii.b2a_base64(raw), "quoted": binascii.b2a_qp(raw)}
    data = next((value for name, value in encoded.items() if name in encoding.lower()), raw)
    if "uu" in encoding:
        data = b"begin 644 x\n" + binascii.b2a_uu(raw) + b"`\nend\n"
    found, _ = body(
        b"Content-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: " + encoding.encode() + b"\n\n" + data
    )
    assert found.text == "Café ሰላም"


def test_a_footer_that_a_list_appended_to_base64_is_no_garbage():
    data = b"Content-Transfer-Encoding: base64\n\nSGVsbG8gdGhlcmU=\n_______________\nlist mailing list\n"
    assert body(data)[0].text == "Hello there"
    prose = b"Content-Transfer-Encoding: base64\n\n" + b"This is plainly no base64, it's prose! " * 9
    assert body(prose)[0].text.startswith("This is plainly")


HEADS = [
    (b"Subject: a\nbroken line\nFrom: b@x.example\n\nbody", ["subject", "from"], "body"),
    (b"Subject: a\nHello, no free line here.\nMore: or less", ["subject"], "Hello, no free line here.\nMore: or less"),
    (b"Subject: a\n\nbody", ["subject"], "body"),
    (b"Subject: a\r\n\r\nbody", ["subject"], "body"),
    (b">From x Mon Jan\nSubject: a\n\nbody", ["subject"], "body"),
    (b"Subject : a\n\nbody", ["subject"], "body"),
    (b"Subject: a\n b\n\tc\n\nbody", ["subject"], "body"),
    (b"\nbody only", [], "body only"),
]


@pytest.mark.parametrize(("data", "names", "text"), HEADS)
def test_where_headers_end(data, names, text):
    flags = Flags()
    root = mime.parse(data, mime.Limits(), flags)
    assert [name for name, _ in root.headers.fields] == names
    assert Body.of(root, flags).text == text
