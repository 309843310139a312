"""Laws of the mail reader: what Python writes comes back, and no bytes whatever escape or vanish."""

from __future__ import annotations

import random
import re
from email.message import EmailMessage
from pathlib import Path

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from tasks import extract as extract_module
from tasks.errors import RecordError
from tasks.ingest import flags as flags_module
from tasks.ingest.flags import FLAGS, Flags
from tasks.ingest.mail import MailParams, read, split
from tasks.source import Item, Skip

WORDS = st.text(
    alphabet=st.characters(exclude_categories=("Cs", "Cc", "Zl", "Zp", "Cn", "Co"), exclude_characters="\ufeff\xad"),
    max_size=40,
)
LINES = st.lists(WORDS, min_size=1, max_size=6)


def rows(path):
    """Return the rows of a file, or its reason: every file has one or the other."""
    params = MailParams()
    try:
        spans = list(split(path, params))
        found = [row for span in spans for row in read(Item(path.as_uri(), path, *span), params)]
    except (RecordError, Skip) as held:
        return held
    return [row for row in found if isinstance(row, dict)]


def squeezed(text):
    return " ".join(text.split())


def _is_utf8(data):
    try:
        return not data.isascii() and bool(data.decode("utf-8"))
    except UnicodeDecodeError:
        return False


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60)
@given(
    lines=LINES,
    subject=WORDS,
    charset=st.sampled_from(["utf-8", "utf-16", "iso-8859-1"]),
    cte=st.sampled_from(["base64", "quoted-printable", "8bit"]),
)
def test_what_python_writes_comes_back(tmp_path, lines, subject, charset, cte):
    body = "\n".join(lines)
    if charset != "utf-8":
        body = body.encode("latin-1", "ignore").decode("latin-1")
        cte = "base64"
    assume(charset != "iso-8859-1" or not _is_utf8(body.encode("latin-1")))  # that is what the reader takes it for
    message = EmailMessage()
    message["From"], message["To"] = "Thandi <t@example.org>", "help@example.com"
    message["Subject"] = squeezed(subject)
    message["Message-ID"] = "<1@example.org>"
    message.set_content(body, charset=charset, cte=cte)
    path = tmp_path / "m.eml"
    path.write_bytes(message.as_bytes())
    (row,) = rows(path)
    if not re.match(r"\s*(<!|<html|<head|<body)", body) and "begin " not in body:
        assert squeezed(row["text"]) == squeezed(body.replace("\x85", "\n"))
    assert squeezed(row["subject"]) == squeezed(subject)
    assert [one["role"] for one in row["participants"]] == ["from", "to"]


SEED = b"""From a@example.org Mon Jan  1 10:00:00 2024
From: =?utf-8?q?J=C3=B6rg?= <a@example.org>, "B, C" <b@example.org>
To: team: x@example.org, y@example.org;
Subject: =?iso-8859-1?b?Q2Fm6Q==?=
Date: Mon, 1 Jan 2024 10:00:00 +0200
Message-ID: <1@example.org>
Content-Type: multipart/mixed; boundary="b1"; x*0*=utf-8''a; x*1=b

--b1
Content-Type: multipart/alternative; boundary=b2

--b2
Content-Type: text/plain; charset=utf-8; format=flowed; delsp=yes
Content-Transfer-Encoding: quoted-printable

Hello =E2=82=AC =
there
>From quoted
--b2
Content-Type: text/html; charset=cp1252
Content-Transfer-Encoding: base64

PHA+SGVsbG8gPGI+dGhlcmU8L2I+PC9wPjx0YWJsZT48dHI+PHRkPjE8dGQgc3R5bGU9ImRpc3BsYXk6bm9uZSI+Mg==
--b2--
--b1
Content-Type: message/rfc822

Subject: inner
Content-Type: text/plain; charset=utf-7

+ADw-x+AD4- Gr+APw-n
begin 644 a.txt
#0V%T
`
end
--b1
Content-Type: application/ms-tnef
Content-Transfer-Encoding: base64

eJ8+IgEAAQyAAgACAAAASGkA
--b1
Content-Disposition: attachment; filename*=utf-8''..%2fx.pdf

%PDF-1.4
--b1--
"""
TOKENS = [
    *(
        b"\n",
        b"\r",
        b"\0",
        b"\xff",
        b"\xe2\x82",
        b"--b1",
        b"--b2--",
        b"=?utf-8?b?",
        b"?=",
        b'"',
        b"<",
        b">",
        b"(",
        b";",
    ),
    *(
        b"Content-Type: ",
        b"boundary=",
        b"charset=utf-16",
        b"charset=hz",
        b"charset=iso-2022-kr",
        b"base64",
        b"multipart/",
    ),
    *(
        b"message/rfc822",
        b"text/html",
        b"\nFrom ",
        b"=\n",
        b"&#x110000;",
        b"<style>",
        b"<!--",
        b"\\",
        b"x-uuencode",
        b" ",
    ),
    *(
        b"application/ms-tnef",
        b"%2f",
        b"*0*=",
        b"''",
        b"\x1b$B",
        b"~{",
        b"+AAA-",
        b"-----BEGIN PGP SIGNED MESSAGE-----\n",
    ),
]


def mutated(seed, rng):
    data = bytearray(seed)
    for _ in range(rng.randint(1, 12)):
        at = rng.randrange(len(data) + 1)
        match rng.randrange(4):
            case 0:
                data[at:at] = rng.choice(TOKENS)
            case 1:
                del data[at : at + rng.randint(1, 60)]
            case 2:
                data[at : at + 1] = bytes([rng.randrange(256)])
            case _:
                other = rng.randrange(len(data) + 1)
                data[at:at] = data[other : other + rng.randint(1, 200)]
    return bytes(data)


def check(outcome):
    if isinstance(outcome, RecordError | Skip):
        return
    assert outcome, "a file without a reason has a row"
    for row in outcome:
        row["text"].encode()
        str(row["subject"]).encode()
        assert set(row["flags"]) <= set(FLAGS)
        for one in row["participants"]:
            assert not re.search(r"[\r\n]", str(one))
            str(one).encode()
        for name, value in row["headers"].items():
            value.encode()
            assert name == name.lower()
        for file in row["attachments"]:
            assert not set("/\\\0\n") & set(file["name"] or "")
            str(file["name"]).encode()


@pytest.mark.parametrize("seed", range(30))
def test_mutated_mail_is_read_or_has_a_reason(tmp_path, seed):
    rng = random.Random(seed)
    path = tmp_path / "m.eml"
    for _ in range(25):
        path.write_bytes(mutated(SEED, rng))
        check(rows(path))


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.binary(max_size=300))
def test_any_bytes_are_read_or_have_a_reason(tmp_path, noise):
    for name in ("m.eml", "m"):
        (tmp_path / name).write_bytes(noise)
        check(rows(tmp_path / name))


@pytest.mark.parametrize("body", [b"one", b"\xff\xfe", b"caf\xe9", "ሰላም".encode(), b"a\0b", b"\xed\xa0\x80"])
def test_a_neighbour_changes_nothing(tmp_path, body):
    mark, head = b"From a@b.example Mon Jan  1 10:00:00 2024\n", b"From: a@b.example\nSubject: x\n\n"
    alone, box = tmp_path / "a", tmp_path / "b"
    alone.write_bytes(mark + head + body + b"\n\n")
    box.write_bytes(mark + head + body + b"\n\n" + mark + head + b"\xfe" * 50 + b"\n\n" + mark + head + body + b"\n\n")
    first, _, last = rows(box)
    assert rows(alone) == [first] == [last]


def test_every_flag_is_known_used_and_explained():
    folder = Path(flags_module.__file__).parent
    sources = [*folder.glob("*.py"), Path(extract_module.__file__)]
    source = "".join(path.read_text() for path in sources if path.name != "flags.py")
    assert [flag for flag in FLAGS if f'"{flag}"' not in source] == []
    assert all(meaning.endswith(".") for meaning in FLAGS.values())
    with pytest.raises(KeyError):
        Flags().add("unheard_of")
