"""The mail folder: .eml files and an mbox, with one mail twice and broken files between them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from email.policy import default
from pathlib import Path
from typing import Any

from flows.demo.cases import Case
from flows.demo.layouts import Letter
from flows.demo.mime import Mail, letter_mail
from flows.demo.notices import notices
from flows.demo.scans import page_png, pdf_of_pictures, render
from flows.demo.threads import thread
from flows.demo.truth import Findings
from flows.demo.world import phrases

MBOX = "archive-2026-03.mbox"
ARCHIVED_BEFORE = datetime(2026, 3, 9, tzinfo=UTC)
"""Older conversations lie in the mbox; threads under way on that day lie in both."""
MBOX_POLICY = default.clone(mangle_from_=True, linesep="\n")
ATTACHMENTS = {("en", 1): "payment-slip.png", ("fr", 1): "releve.pdf", ("en", 5): "voice-note.amr"}
"""What the first mail of a case, by language and use, carries."""
COPIED = 30
"""The thread mail, in order of time among the .eml files, that lies there twice."""


@dataclass(frozen=True)
class Mailbox:
    """Every mail of the corpus and where it lies: (file name, mail); the mbox is one file of many mails."""

    files: list[tuple[str, Mail]]
    threads: int
    copy: tuple[str, str]
    attachments: dict[str, int]
    scan_texts: dict[str, tuple[str, ...]]


def write_mails(folder: Path, cases: Sequence[Case], findings: Findings) -> Mailbox:
    """Write the mail folder and return what is in it."""
    folder.mkdir(parents=True, exist_ok=True)
    threads = [(case, thread(case)) for case in cases]
    slips = {case.n: _attachment(case) for case in cases}
    mails = [mail for case, letters in threads for mail in _thread_mails(case, letters, slips[case.n])]
    mails = sorted([*mails, *notices(threads)], key=lambda mail: (mail.sent, mail.message_id))
    files = _placed(mails)
    _write_mbox(folder / MBOX, [mail for name, mail in files if name == MBOX])
    for name, mail in files:
        if name != MBOX:
            (folder / name).write_bytes(mail.to_bytes())
        findings.wrote(f"mail/{name}", mail.text, *_headers(mail))
    copy = _write_copy(folder, files, findings)
    _write_broken(folder)
    box = Mailbox(files, len(threads), copy, {}, {})
    _note_attachments(box, slips, threads, findings)
    return box


def _thread_mails(case: Case, letters: list[Letter], slip: dict[str, Any]) -> list[Mail]:
    data = {slip["name"]: slip["data"]} if slip else {}
    return [
        letter_mail(letter, case.n + turn, case.order, data if turn == 0 else {}) for turn, letter in enumerate(letters)
    ]


def _attachment(case: Case) -> dict[str, Any]:
    """Return name, bytes and page texts of the case's attachment; empty for most."""
    name = ATTACHMENTS.get((case.lang, case.use))
    if not name:
        return {}
    if name.endswith(".amr"):
        return {"name": name, "data": b"#!AMR\n" + bytes(range(256)) * 8, "pages": []}
    pages = [[case.fill(line) for line in page] for page in phrases("pages")["attachments"][name]["pages"]]
    pictures = [render(lines, case.n, place) for place, lines in enumerate(pages)]
    data = page_png(pictures[0]) if name.endswith(".png") else pdf_of_pictures(pictures)
    return {"name": name, "data": data, "pages": ["\n".join(lines) for lines in pages]}


def _headers(mail: Mail) -> list[str]:
    headers = [str(mail.message[name] or "") for name in ("From", "To", "Subject")]
    return [line.replace('"', "") for line in headers]


def _placed(mails: Sequence[Mail]) -> list[tuple[str, Mail]]:
    archived = [mail for mail in mails if mail.order and mail.sent < ARCHIVED_BEFORE]
    loose = [mail for mail in mails if not (mail.order and mail.sent < ARCHIVED_BEFORE)]
    return [(MBOX, mail) for mail in archived] + [(f"{n:04d}.eml", mail) for n, mail in enumerate(loose, 1)]


def _write_mbox(path: Path, mails: Sequence[Mail]) -> None:
    with path.open("wb") as file:
        for mail in mails:
            file.write(f"From demo@karoo.example {mail.sent.astimezone(UTC).ctime()}\n".encode())
            file.write(mail.to_bytes(MBOX_POLICY).rstrip(b"\n") + b"\n\n")


def _write_copy(folder: Path, files: Sequence[tuple[str, Mail]], findings: Findings) -> tuple[str, str]:
    """Write one thread mail a second time, as a mailbox synchronised twice has it."""
    kept, mail = [(name, mail) for name, mail in files if name != MBOX and mail.order][COPIED]
    copy = kept.replace(".eml", " (1).eml")
    (folder / copy).write_bytes(mail.to_bytes())
    findings.wrote(f"mail/{copy}", mail.text, *_headers(mail))
    return f"mail/{kept}", f"mail/{copy}"


BROKEN = (("mail/empty.eml", "empty_file"), ("mail/photo.eml", "type_mismatch"))
SKIPPED = ("mail/logo.png",)


def _write_broken(folder: Path) -> None:
    (folder / "empty.eml").write_bytes(b"")
    (folder / "photo.eml").write_bytes(page_png(render(["A picture with the wrong name"], 0, 0)))
    (folder / "logo.png").write_bytes(page_png(render(["Karoo"], 0, 0)))


def _note_attachments(
    box: Mailbox,
    slips: dict[int, dict[str, Any]],
    threads: Sequence[tuple[Case, list[Letter]]],
    findings: Findings,
) -> None:
    where = {mail.message_id: name for name, mail in box.files}
    for case, letters in threads:
        slip = slips[case.n]
        if slip:
            file = f"mail/{where[letters[0].message_id]}"
            ending = slip["name"].rsplit(".", 1)[1]
            box.attachments[ending] = box.attachments.get(ending, 0) + 1
            if slip["pages"]:
                box.scan_texts[f"{file}!{slip['name']}"] = tuple(slip["pages"])
            findings.wrote(file, *slip["pages"])
