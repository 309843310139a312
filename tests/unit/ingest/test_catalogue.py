"""The catalogue of nasty inputs (A: mail, B: names and archives, D: HTML, CSV, JSON), driven as a night drives it.

The table holds the rows whose outcome shows at the driver: all of them lie in one folder among good documents, are
found and read in a killable worker, and every one ends as listed while the good ones come out as they do alone. The
finer outcomes have tests of their own, named by the same numbers.
"""

import base64
import gzip
import re
import zipfile
from io import BytesIO
from pathlib import Path

import pytest

from tasks.discover import Refused, split_files
from tasks.extract import Reading, extract
from tasks.origins import Found
from tasks.registry import source_of
from tasks.sandbox import Lost

TESTS = Path(__file__).parents[1]
HEAD = b"From: Thandi <thandi@example.org>\nSubject: Hi\nMessage-ID: <m1@example.org>\n"
POSTMARK = b"From a@example.org Mon Jan  1 10:00:00 2024\n"
GOOD = {
    "00.eml": HEAD + b"\nThe first good mail.\n",
    "50.mbox": 2 * (POSTMARK + HEAD + b"\nTwo \xc3\xa9t\xc3\xa9s in the middle.\n\n"),
    "99.eml": HEAD + b"Content-Type: text/html\n\n<p>The <b>last</b> one.</p>",
}


def mixed(*parts):
    return (
        HEAD
        + b"Content-Type: multipart/mixed; boundary=b\n\n"
        + b"".join(b"--b\n" + p + b"\n" for p in parts)
        + b"--b--"
    )


def typed(media_type, body=b"x", more=b""):
    return b"Content-Type: " + media_type + b"\n" + more + b"\n" + body


def packed(media_type, data):
    return typed(media_type, base64.encodebytes(data), b"Content-Transfer-Encoding: base64\n")


def zipped(link=False):
    held = BytesIO()
    with zipfile.ZipFile(held, "w") as archive:
        entry = zipfile.ZipInfo("../../evil.txt")
        entry.external_attr = (0o120777 if link else 0o100644) << 16
        archive.writestr(entry, "/etc/passwd")
    return held.getvalue()


def nested(depth):
    link = b'Content-Type: multipart/mixed; boundary="b%d"\n\n--b%d\n'
    return HEAD + b"".join(link % (level, level) for level in range(depth)) + b"\nthe core\n"


MAIL = {
    "A1": (nested(1_000), "mime_depth"),
    "A1 at the limit": (nested(20), None),
    "A2": (HEAD + b"Content-Type: message/rfc822\n\n" * 1_000 + b"\nend", "mime_depth"),
    "A3": (HEAD + b"Content-Type: multipart/mixed; boundary=b\n\n" + b"--b\n\n" * 300_000, "mime_parts"),
    "A4": (b"To: " + b",\n ".join(b"u%d@x.example" % n for n in range(20_000)) + b"\n\nbody", "flag addresses_capped"),
    "A5": (b"Subject: " + b"=?utf-8?b?4oKs?=\n " * 20_000 + b"\nFrom: a@b\n\nbody", "flag header_capped"),
    "A6": (HEAD + b"Content-Type: text/plain" + b";" * 20_000 + b"\n\nbody", "flag header_capped"),
    "A7": (
        mixed(b"Content-Type: a/b" + b"".join(b";\n filename*%d=a" % n for n in range(20_000)) + b"\n\nx"),
        "flag header_capped",
    ),
    "A8": (b"From: a@b.example\nTo: " + b"(" * 2_000 + b"x\n\nbody", "flag header_dropped"),
    "A9": (b"From: a@b\n" + b"X-A: b\n" * 1_000_000 + b"\nbody", "headers_too_large"),
    "A10": (b"From: a@b\nX-A: " + b"y" * 10_000_000 + b"\n\nbody", "headers_too_large"),
    "A10 one line": (HEAD + b"\n" + b"x" * (50 * 2**20), "too_large"),
    "A11": (b"From: a@b\nMessage-ID: <[>\n\nbody", "flag message_id_invalid"),
    "A12": (b"From: a@b\nTo: =?utf-8?q?a=0ABcc:x?= <a@b.c>\n\nbody", "flag header_injection"),
    "A13": (HEAD + typed(b"text/plain; charset=bogus-8", "été".encode()), "flag charset_unknown"),
    "A14": (HEAD + typed(b'text/plain; charset="utf\0-8"', "été".encode()), "flag charset_unknown"),
    "A15": (HEAD + typed(b"text/plain; charset=utf-7", b"+ADw-script+AD4-"), "flag charset_utf7"),
    "A16": (HEAD + typed(b"text/plain; charset=unicode_escape", b"\\ud800"), "flag charset_unknown"),
    "A17": (HEAD + typed(b"text/plain; charset=us-ascii", "le problème est réglé".encode()), "flag charset_wrong"),
    "A18": (
        HEAD + typed(b"text/plain", bytes(range(33, 48)) * 99, b"Content-Transfer-Encoding: base64\n"),
        "flag base64_garbage",
    ),
    "A19": (HEAD + b"\nsee\nbegin 644 a.txt\n{|}~{|}~\n!!!!\nend\n", "flag uuencode_garbage"),
    "A20": (HEAD + b"Content-Type: multipart/mixed\n\n--x\n\none\n--x--", "flag no_boundary"),
    "A21": (mixed(b"\nkept", typed(b"message/external-body; access-type=URL")), "flag external_body"),
    "A22": (b"From: a@b\nDate: Mon, 99 Jan 99999\n\nbody", "flag date_invalid"),
    "A23": (b"From: alice@example.org)bob@evil.example\n\nbody", "flag address_malformed"),
    "A24": (mixed(b"\nkept", packed(b"application/ms-tnef", b"\x78\x9f\x3e\x22\0\0\1" + b"\xff" * 9)), "flag tnef_malformed"),  # noqa: E501
    "A25": (mixed(b"\nkept", typed(b"application/pkcs7-mime")), "flag encrypted"),
    "A26": (b"From: a@b\nFrom: c@d\n\nbody", "flag duplicate_header"),
    "A27": (b"", "empty_file"),
    "A27 headers only": (HEAD, "flag empty_body"),
    "A27 line ends": (b"\r\n\r\n", "not_mail"),
    "A27 zeros": (b"\0" * 5_000, "type_mismatch"),
    "A27 cut": (mixed(b"\nhalf a sen").removesuffix(b"\n--b--"), "flag truncated"),
    "A29": (HEAD + b"\nmine\n" + b">" * 500 + b" deep\n", "flag quote_depth"),
    "A30": (
        mixed(b"\nDear customer, all is well here").replace(b"mixed", b"alternative").removesuffix(b"--b--")
        + b"--b\n" + typed(b"text/html", b"<p>Call Thandi Nkosi on 082 555 0199 tomorrow</p>") + b"\n--b--",
        "flag alternatives_differ",
    ),
    "A31": (mixed(b"\nkept", typed(b"text/calendar", b"BEGIN:VCALENDAR")), "flag calendar"),
    "B1": (mixed(typed(b"a/b; name=../../etc/passwd")), "flag filename_unsafe"),
    "B2": (mixed(typed(b"a/b; name==?utf-8?q?=E2=80=AEfdp.exe?=")), "flag filename_unsafe"),
    "B6": (mixed(b"\nkept", packed(b"application/zip", zipped())), "flag archive"),
    "B7": (mixed(b"\nkept", packed(b"application/octet-stream", zipped(link=True))), "flag archive"),
    "B8": (mixed(b"\nkept", packed(b"application/zip", gzip.compress(bytes(10**7)))), "flag archive"),
    "B9": (gzip.compress(HEAD + b"\n" + bytes(120 * 2**20)), "too_large"),
    "B10": (mixed(b"\nkept", packed(b"a/b", b"7z\xbc\xaf\x27\x1c" + bytes(9))), "flag archive"),
    "B10 cut": (mixed(b"\nkept", packed(b"application/zip", zipped()[:30])), "flag archive"),
    "B11": (b"%PDF-1.7\n", "type_mismatch"),
    "B11 inside": (mixed(b"\nkept", packed(b"image/png", b"\x7fELF" + bytes(99))), "flag attachment_mismatch"),
    "D1": (HEAD + typed(b"text/html", b"<!--" * 20_000), "flag empty_body"),
    "D2": (HEAD + typed(b"text/html", b"<a" * 20_000), None),
    "D3": (HEAD + typed(b"text/html", b"<div>" * 50_000 + b"core"), "flag html_capped"),
    "D4": (HEAD + typed(b"text/html", b"kept<svg onload=x><text>no</text></svg>"), None),
    "D5": (HEAD + typed(b"text/html", b"kept<p hidden>no</p>"), "flag hidden_text"),
    "D6": (HEAD + typed(b"text/html", b"al<b></b>ice&#64;example.org"), None),
    "D7": (HEAD + typed(b"text/html", b"kept<img src='data:image/png;base64," + b"A" * 4_000_000 + b"'>"), None),
    "D8": (HEAD + typed(b"text/html", b"<!DOCTYPE x [<!ENTITY e SYSTEM 'file:///etc/passwd'>]>kept &e;"), None),
}  # fmt: skip
"""Number in the catalogue -> the file, and what becomes of it: a reason, a flag on its one row, or a plain row."""


class Outcome:
    """What a folder of files gave: rows and reasons by the name of the file."""

    def __init__(self, pool, folder, files):
        folder.mkdir()
        found = []
        for name, data in sorted(files.items()):
            path = folder / name
            path.write_bytes(data)
            found.append(Found(path.as_uri(), len(data), "0", path))
        self.rows, self.reasons = {}, {}
        given = Reading("mail", "email", source_of("email").params())
        pieces = list(self._pieces(pool, found, given))
        assert not any(isinstance(piece, Lost) for piece in pieces), "no worker dies"
        for got in pool.each(extract, pieces, given):
            assert not isinstance(got, Lost)
            for row in got.records.to_pylist():
                self.rows.setdefault(self._name(row["source_uri"]), []).append(row | {"source_uri": None})
            for row in got.quarantine.to_pylist():
                self.reasons.setdefault(self._name(row["pointer"]), []).append(row["reason"])

    @staticmethod
    def _name(uri):
        return uri.partition("#")[0].rpartition("/")[2]

    def _pieces(self, pool, found, given):
        answers = [one for got in pool.each(split_files, found, given.kind, given.params) for one in got]
        assert len(answers) == len(found)
        for answer in answers:
            if isinstance(answer, Refused):
                self.reasons.setdefault(self._name(answer.uri), []).append(answer.reason)
            else:
                yield from answer


@pytest.fixture(scope="module")
def together(pool, tmp_path_factory):
    """Return the outcome of the whole catalogue, read in one go."""
    files = {f"{10 + number // 40}-{number:03}.eml": data for number, (data, _) in enumerate(MAIL.values())}
    return Outcome(pool, tmp_path_factory.mktemp("catalogue") / "mail", {**GOOD, **files}), sorted(files)


@pytest.fixture(scope="module")
def alone(pool, tmp_path_factory):
    return Outcome(pool, tmp_path_factory.mktemp("good") / "mail", GOOD)


@pytest.mark.parametrize("number", MAIL)
def test_each_ends_as_the_catalogue_lists(together, number):
    outcome, names = together
    name, expected = names[list(MAIL).index(number)], MAIL[number][1]
    rows, reasons = outcome.rows.get(name, []), outcome.reasons.get(name, [])
    if expected is None or expected.startswith("flag "):
        assert (len(rows), reasons) == (1, [])
        assert (expected or "flag ").removeprefix("flag ") in ["", *rows[0]["flags"]]
        assert not re.search("script>|no$|evil|passwd", rows[0]["text"])
    else:
        assert (rows, reasons) == ([], [expected])


def test_a27_good_neighbours_come_out_byte_for_byte(together, alone):
    outcome, _ = together
    assert {name: outcome.rows[name] for name in GOOD} == alone.rows
    assert [len(alone.rows[name]) for name in sorted(GOOD)] == [1, 2, 1]


def test_a27_what_goes_in_comes_out(together):
    outcome, names = together
    for name in [*names, *GOOD]:
        assert bool(outcome.rows.get(name)) != bool(outcome.reasons.get(name)), "rows, or a reason: never both or none"


def test_a26_a28_copies_are_one_record_and_other_bodies_are_others(pool, tmp_path):
    first, other = HEAD + b"\nOne body.\n", HEAD + b"\nAnother body.\n"
    outcome = Outcome(pool, tmp_path / "mail", {"1.eml": first, "2.eml": first, "3.eml": other})
    one, copy, another = (outcome.rows[name][0] for name in ("1.eml", "2.eml", "3.eml"))
    assert one == copy, "ids hang on content, so the night knows the copy"
    assert one["native_id"] == another["native_id"]
    assert one["record_id"] != another["record_id"]


ELSEWHERE = {
    "B3": "pii",
    "B4": "core/test_store.py::test_a_hostile_key_is_refused_by_everything",
    "B5": "origins/test_folder.py",
}
"""Rows of other packages: names and keys are scrubbed, hostile keys refused, links not followed."""
NUMBERS = [f"{letter}{n}" for letter, last in (("A", 31), ("B", 11), ("D", 21)) for n in range(1, last + 1)]


def test_every_number_has_a_test():
    code = "\n".join(path.read_text() for path in TESTS.rglob("test_*.py"))
    names = re.findall(r"^def test_(\w+)", code, re.MULTILINE)
    words = {word.upper() for name in names for word in name.split("_")}
    covered = words | {number.split()[0] for number in MAIL} | set(ELSEWHERE)
    assert [number for number in NUMBERS if number not in covered] == []
    for place in ELSEWHERE.values():
        file, _, test = place.partition("::")
        assert (TESTS / file).exists()
        assert not test or f"def {test}(" in (TESTS / file).read_text()


def test_polyglots_are_what_their_start_says(pool, tmp_path):
    mail = HEAD + b"\n%PDF-1.7 PK\x03\x04 <html>"
    outcome = Outcome(
        pool, tmp_path / "mail", {"1.eml": mail, "2.pdf": b"%PDF-1.7\n" + mail, "3.eml": b"PK\x03\x04" + mail}
    )
    assert set(outcome.rows) == {"1.eml"}
    assert outcome.reasons == {"2.pdf": ["other_type"], "3.eml": ["type_mismatch"]}
