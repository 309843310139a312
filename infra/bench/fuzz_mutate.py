"""Mails that no mail program writes: seeds made here and mails of a folder, taken apart and put together wrongly."""

from __future__ import annotations

import base64
import gzip
import re
from collections.abc import Callable, Sequence
from email.message import EmailMessage
from pathlib import Path
from random import Random

LARGEST = 400_000
"""Bytes of a mutant: more would measure copying."""
LARGEST_SEED = 100_000
POSTMARK = b"From a@example.org Mon Jan  1 10:00:00 2024\n"
CHARSETS = (
    *(b"utf-8", b"utf-7", b"utf-16", b"utf-32", b"us-ascii", b"iso-2022-jp", b"iso-2022-kr", b"hz-gb-2312", b"big5"),
    *(b"gb18030", b"koi8-r", b"cp1256", b"unicode_escape", b"idna", b"punycode", b"x-unknown", b"", b"utf\0-8"),
    *(b"rot13", b"bz2", b"undefined", b"cp65001", b"macintosh", b"iso-8859-8-i", b"9" * 300),
)
ENCODINGS = (b"7bit", b"8bit", b"base64", b"quoted-printable", b"x-uuencode", b"binary", b"x-yenc", b"BASE64 (x)", b"")
TYPES = (
    *(b"text/plain", b"text/html", b"text/enriched", b"text/calendar", b"text/rfc822-headers", b"text/x-amp-html"),
    *(b"multipart/mixed", b"multipart/alternative", b"multipart/related", b"multipart/report", b"multipart/digest"),
    *(b"multipart/encrypted", b"multipart/signed", b"message/rfc822", b"message/partial", b"message/external-body"),
    *(b"message/delivery-status", b"application/ms-tnef", b"application/pkcs7-mime", b"application/octet-stream"),
    *(b"image/png", b"application/pdf", b"text", b"/", b"multipart", b"text/" + b"x" * 300),
)
HEADERS = (
    *(b"From: ", b"To: ", b"Cc: ", b"Subject: ", b"Date: ", b"Message-ID: ", b"References: ", b"In-Reply-To: "),
    *(b"Content-Type: ", b"Content-Transfer-Encoding: ", b"Content-Disposition: ", b"Content-ID: "),
    *(b"Content-Length: ", b"MIME-Version: ", b"List-Id: ", b"X-Spam-Flag: ", b"Thread-Index: "),
)
TOKENS = (
    *(b"\n", b"\r", b"\r\n", b"\n\n", b"\0", b"\xff", b"\xe2\x82", b"\xed\xa0\x80", b"\x1b$B", b"\x0e", b"\x85"),
    *(b"=?utf-8?b?", b"=?utf-8?q?=0A?=", b"=?utf-7?q?+AAA-?=", b"?=", b"=\n", b"=0D=0A", b"=FF", b"+ADw-", b"~{"),
    *(b'"', b"<", b">", b"(", b")", b";", b",", b":", b"@", b"\\", b"[", b"'", b"*0*=", b"''", b"%2f", b"%00"),
    *(
        b"<!--",
        b"<a",
        b"<div>",
        b"<style>",
        b"</p>",
        b"<![CDATA[",
        b"&#x110000;",
        b"&nbsp",
        b"display:none",
        b"<table>",
    ),
    *(b"\nbegin 644 a.txt\n#0V%T\n`\nend\n", b"\nbegin 644 x\n", b"\nend\n", b"\n=ybegin line=128 size=9 name=a\n"),
    *(b"\n=yend size=9\n", b"(This file must be converted with BinHex 4.0)\n:#hGPBR9dD@acAh\n", b"\nFrom "),
    *(b"-----BEGIN PGP SIGNED MESSAGE-----\n", b"-----BEGIN PGP MESSAGE-----\n", b"\n-----END PGP MESSAGE-----"),
    *(b"\n>From ", b"> > > > > > > >", b"--", b"--b1", b"--b1--", b"boundary=b1;", b"{\\rtf1"),
    *(b"BEGIN:VCALENDAR", b"\x78\x9f\x3e\x22", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", b"%PDF-", b"\x1f\x8b", b"PK\3\4"),
    *("\u202e".encode(), "\u2028".encode(), "\ufeff".encode(), "a\u0301".encode(), "＠".encode(), "ሰላም".encode()),
)
FIELD_LINE = re.compile(rb"^[!-9;-~]{1,60}:[^\n]*\n(?:[ \t][^\n]*\n)*", re.MULTILINE)
BLANK = re.compile(rb"\n\r?\n")

Mutator = Callable[[bytes, Random], bytes]


def _times(rng: Random) -> int:
    """Return a count that is mostly small and sometimes absurd."""
    return 1 << rng.choice((0, 0, 0, 1, 2, 3, 4, 6, 8, 10, 12, 14))


def _insert(data: bytes, rng: Random) -> bytes:
    at = rng.randrange(len(data) + 1)
    return data[:at] + rng.choice(TOKENS) * _times(rng) + data[at:]


def _delete(data: bytes, rng: Random) -> bytes:
    at = rng.randrange(len(data) + 1)
    return data[:at] + data[at + _times(rng) :]


def _byte(data: bytes, rng: Random) -> bytes:
    at = rng.randrange(len(data) + 1)
    return data[:at] + rng.randbytes(1) + data[at + 1 :]


def _repeat(data: bytes, rng: Random) -> bytes:
    at = rng.randrange(len(data) + 1)
    return data[:at] + data[at : at + rng.randint(1, 200)] * _times(rng) + data[at:]


def _cut(data: bytes, rng: Random) -> bytes:
    return data[: rng.randrange(len(data) + 1)]


def _header(data: bytes, rng: Random) -> bytes:
    """Put a field among the fields, or before any blank line: a part may begin there."""
    line = rng.choice(HEADERS) + (rng.choice(TOKENS) * _times(rng)).replace(b"\n\n", b"\n ") + b"\n"
    places = [match.start() for match in FIELD_LINE.finditer(data[:LARGEST_SEED])] or [0]
    at = rng.choice(places)
    return data[:at] + line + data[at:]


def _field(data: bytes, rng: Random) -> bytes:
    """Drop, double or empty a field."""
    found = list(FIELD_LINE.finditer(data[:LARGEST_SEED]))
    if not found:
        return data
    match = rng.choice(found)
    line = rng.choice((b"", match[0] * 2, match[0].partition(b":")[0] + b":\n", match[0] * _times(rng)))
    return data[: match.start()] + line + data[match.end() :]


def _swap(pattern: re.Pattern[bytes], values: Sequence[bytes]) -> Mutator:
    def _swapped(data: bytes, rng: Random) -> bytes:
        found = list(pattern.finditer(data[:LARGEST_SEED]))
        if not found:
            return data
        match = rng.choice(found)
        return data[: match.start(1)] + rng.choice(values) + data[match.end(1) :]

    return _swapped


def _wrapped(data: bytes, rng: Random) -> bytes:
    """Put the whole mail into a part of another, once or many times over."""
    kind, boundary = rng.choice(TYPES), b"w%d" % rng.randrange(9)
    for _ in range(min(30, _times(rng))):
        head = b"From: w@example.org\nContent-Type: " + kind + b"; boundary=" + boundary + b"\n\n--" + boundary
        data = head + b"\nContent-Type: message/rfc822\n\n" + data + b"\n--" + boundary + b"--\n"
    return data


def _encoded_body(data: bytes, rng: Random) -> bytes:
    """Encode the body, under a header that may say otherwise."""
    blank = BLANK.search(data)
    if blank is None:
        return data
    head, body = data[: blank.start() + 1], data[blank.end() :]
    said = b"Content-Transfer-Encoding: " + rng.choice(ENCODINGS) + b"\n\n"
    return head + said + (base64.encodebytes(body) if rng.random() < 0.7 else body)


MUTATORS: tuple[Mutator, ...] = (
    *(_insert, _insert, _delete, _byte, _byte, _repeat, _cut, _header, _header, _field, _wrapped, _encoded_body),
    _swap(re.compile(rb"charset\s*=\s*\"?([^\s;\"]*)", re.IGNORECASE), CHARSETS),
    _swap(re.compile(rb"Content-Transfer-Encoding:\s*([^\s;]*)", re.IGNORECASE), ENCODINGS),
    _swap(re.compile(rb"Content-Type:\s*([^\s;]*)", re.IGNORECASE), TYPES),
    _swap(re.compile(rb"boundary\s*=\s*\"?([^\s;\"]*)", re.IGNORECASE), (b"", b"b1", b"w0", b"x" * 999, b'"')),
)


def mutant(seeds: Sequence[bytes], rng: Random) -> bytes:
    """Return a mail after one to eight changes, or two spliced together."""
    data = rng.choice(seeds)
    if rng.random() < 0.1:
        other = rng.choice(seeds)
        data = data[: rng.randrange(len(data) + 1)] + other[rng.randrange(len(other) + 1) :]
    for _ in range(rng.randint(1, 8)):
        data = rng.choice(MUTATORS)(data, rng)[:LARGEST]
    return data


def file(seeds: Sequence[bytes], rng: Random) -> tuple[str, bytes]:
    """Return the suffix and bytes of a file: mostly one mail, else an mbox, a gzip, an .emlx, or UTF-16."""
    data, kind = mutant(seeds, rng), rng.random()
    if kind < 0.1:
        mails = [mutant(seeds, rng)[: LARGEST // 4] for _ in range(rng.randint(1, 5))]
        return ".mbox", b"".join(POSTMARK + mail + b"\n\n" for mail in mails)
    if kind < 0.15:
        packed = gzip.compress(data, 1)
        return ".eml.gz", packed if rng.random() < 0.7 else _byte(packed, rng)
    if kind < 0.2:
        return ".emlx", b"%d\n" % rng.choice((len(data), 0, 10**9)) + data
    if kind < 0.23:
        return ".eml", data.decode("latin-1").encode(rng.choice(("utf-16", "utf-16-le", "utf-16-be")))
    return rng.choice((".eml", ".eml", ".eml", ".msg", "", ".mbox")), data


def made_seeds() -> list[bytes]:
    """Return mails of every structure that the reader knows, written by Python's own library."""
    plain, rich = "Habari, agizo langu halijafika.\n> Did it come?\n-- \nThandi\n", "<p>Habari <b>Thandi</b></p>"
    seeds = []
    for charset in ("utf-8", "utf-16", "iso-8859-1"):
        for cte in ("base64", "quoted-printable"):
            message = _message()
            message.set_content(plain, charset=charset, cte=cte)
            seeds.append(message.as_bytes())
    both = _message()
    both.set_content(plain)
    both.add_alternative(rich, subtype="html")
    both.add_attachment(
        b"%PDF-1.4\n" + bytes(300), maintype="application", subtype="pdf", filename="../Bestellung é.pdf"
    )
    both.add_attachment(_message_with(plain), filename="inner.eml")
    both.add_attachment(b"BEGIN:VCALENDAR\nEND:VCALENDAR\n", maintype="text", subtype="calendar")
    both.add_attachment(
        b"\x78\x9f\x3e\x22" + bytes(40), maintype="application", subtype="ms-tnef", filename="winmail.dat"
    )
    return [*seeds, both.as_bytes(), *(POSTMARK + seed for seed in seeds[:2])]


def _message_with(text: str) -> EmailMessage:
    message = _message()
    message.set_content(text)
    return message


def _message() -> EmailMessage:
    message = EmailMessage()
    message["From"] = '"Nkosi, Thandi" <thandi@example.org>'
    message["To"] = "Jörg <j@example.org>, team: a@example.org, b@example.org;"
    message["Subject"] = "Où est ma commande n° 5512 ? 订单"
    message["Date"] = "Mon, 1 Jan 2024 10:00:00 +0200"
    message["Message-ID"] = "<m1@example.org>"
    message["References"] = "<m0@example.org>"
    return message


def seeds_of(folder: Path) -> list[bytes]:
    """Return the small mails under a folder as seeds; none where it is not there."""
    found = sorted(path for path in folder.rglob("*") if path.is_file() and path.stat().st_size <= LARGEST_SEED)
    return [data for data in (path.read_bytes() for path in found) if len(FIELD_LINE.findall(data[:4096])) > 2]
