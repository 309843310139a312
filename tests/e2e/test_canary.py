"""Unique tokens in every field that may be personal: none may stand anywhere but in the restricted root."""

import base64
import gzip
import re
import sqlite3
import subprocess
import sys
import zlib
from email.message import EmailMessage
from pathlib import Path

import pytest

from flows.starter import write_key

pytestmark = pytest.mark.e2e
DAYTWO = str(Path(sys.executable).with_name("daytwo"))
SETTINGS = """
[sources.mail]
kind = "email"
path = "inbox/Zqfolder Canarymann"
[sources.desk]
kind = "tickets"
path = "inbox/desk"
[steps.audit-leaks]
quarantine = true
"""
BASE64 = re.compile(rb"[A-Za-z0-9+/]{24,}={0,2}")


class Canaries:
    """Hands out tokens that occur nowhere else, each in the shape of what it stands for."""

    def __init__(self):
        self.tokens = []

    def __call__(self, shape):
        token = f"zq{len(self.tokens):02d}canary"
        self.tokens.append(token)
        return shape.format(token)


def write_inbox(folder, canary):
    """Write mails and tickets with a token in every header, name, address, file name and field."""
    mails = folder / "Zqfolder Canarymann"
    canary.tokens.append("canarymann")
    mails.mkdir(parents=True)
    person = canary("Thandi {}").title()
    for number in range(3):
        mail = EmailMessage()
        mail["From"] = f"{person} <{canary('{}@home.example')}>"
        mail["To"] = canary("Sipho {} <sipho@shop.example>")
        mail["Cc"] = canary("<{}@cc.example>")
        mail["Reply-To"] = canary("<{}@reply.example>")
        mail["Subject"] = f"Order from {canary('{}@subject.example')}"
        mail["Message-ID"] = canary("<{}@id.example>")
        mail["Date"] = f"Tue, 0{number + 1} Mar 2026 08:00:00 +0200"
        mail["X-Mailer"] = canary("{}")
        written = canary("please write to {}@body.example about parcel")
        mail.set_content(f"Dear Sipho,\n\n{written} {number}.\n\nRegards,\n{person}\n")
        name = canary("{}.txt")
        mail.add_attachment(canary("{}").encode(), maintype="text", subtype="plain", filename=name)
        (mails / canary("{}.eml")).write_bytes(mail.as_bytes())
    (mails / canary("{}-broken.eml")).write_bytes(b"\x89PNG\r\n\x1a\n" + canary("{}").encode())
    desk = folder / "desk"
    desk.mkdir()
    row = f"{canary('{}')},Login,I cannot log in at all today,{canary('Amina {}')},{canary('{}@desk.example')}"
    broken = f"{canary('{}')},too,many,{canary('{}')},{canary('{}')},{canary('{}')},{canary('{}')},{canary('{}')}"
    header = "id,subject,description,requester_name,requester_email"
    (desk / canary("{}.csv")).write_text(f"{header}\n{row}\n{broken}\n")


def everything_in(path):
    """Yield the bytes of a file, and what they decode to: Parquet, SQLite, gzip, zlib, base64."""
    raw = path.read_bytes()
    yield raw
    if raw[:4] == b"PAR1":
        import pyarrow.parquet as pq

        yield str(pq.read_table(path, partitioning=None).to_pydict()).encode()
    if raw[:15] == b"SQLite format 3":
        yield from cells(path)
    if raw[:2] == b"\x1f\x8b":
        yield gzip.decompress(raw)
    yield from decoded(raw)


def cells(path):
    with sqlite3.connect(f"file:{path}?mode=ro", uri=True) as database:
        for (table,) in database.execute("select name from sqlite_master where type = 'table'").fetchall():
            for row in database.execute(f'select * from "{table}"'):
                for value in row:
                    data = value if isinstance(value, bytes) else str(value).encode()
                    yield data
                    yield from decoded(data)


def decoded(data):
    for match in BASE64.findall(data):
        try:
            plain = base64.b64decode(match + b"=" * (-len(match) % 4))
        except ValueError:
            continue
        yield plain
        if plain[:1] == b"\x78":
            try:
                yield zlib.decompress(plain)
            except zlib.error:
                continue


def holding(token, pieces):
    return any(token.encode() in piece.lower() for piece in pieces)


def test_the_search_finds_what_is_hidden(tmp_path):
    token = b"zq00canary"
    for name, data in {
        "plain": token,
        "base64": b'{"a": "' + base64.b64encode(b"some text before " + token + b" and after") + b'"}',
        "gzip": gzip.compress(token),
    }.items():
        path = tmp_path / name
        path.write_bytes(data)
        assert holding("zq00canary", everything_in(path)), name


def test_no_token_leaves_the_restricted_root(tmp_path, clean_environment):
    canary = Canaries()
    project, temporary = tmp_path / "project", tmp_path / "tmp"
    for folder in (project, temporary, tmp_path / "home"):
        folder.mkdir()
    write_inbox(project / "inbox", canary)
    (project / "daytwo.toml").write_text(SETTINGS)
    write_key(project / "daytwo.key")
    environment = clean_environment | {"HOME": str(tmp_path / "home"), "TMPDIR": str(temporary)}
    said = b""
    for command in (
        ["run"],
        ["run", "--json"],
        ["datasets", "show", "support"],
        ["quarantine", "list", "--json"],
        ["pull", "support@latest", "--to", str(project / "pulled")],
    ):
        done = subprocess.run([DAYTWO, *command], cwd=project, env=environment, capture_output=True, check=False)
        assert done.returncode == 0, done.stderr
        said += done.stdout + done.stderr
    found = [("output", token) for token in canary.tokens if token.encode() in said.lower()]
    sinks = [project / "daytwo-lake" / "shared", project / "daytwo-lake" / "prefect", project / "pulled"]
    files = [path for sink in (*sinks, temporary, tmp_path / "home") for path in sink.rglob("*") if path.is_file()]
    for path in files:
        pieces = [piece.lower() for piece in everything_in(path)]
        found += [(str(path), t) for t in canary.tokens if any(t.encode() in piece for piece in pieces)]
        found += [(str(path), t) for t in canary.tokens if t in str(path.relative_to(tmp_path)).lower()]
    assert found == []
    assert len(files) > 20, "the sinks were looked at"
    pulled = (project / "pulled" / "README.md").read_text()
    assert "| examples | 4 |" in pulled, "the mails and the ticket were published"
    restricted = [path for path in (project / "daytwo-lake" / "restricted").rglob("*") if path.is_file()]
    held = b"".join(piece.lower() for path in restricted for piece in everything_in(path))
    assert canary.tokens[1].encode() in held, "the original is kept where it may be"
    assert list(temporary.iterdir()) == [], "no temporary file is left"
