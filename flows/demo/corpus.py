"""Writes the corpus of `daytwo demo`: the same bytes each time, personal data and broken files planted in it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from flows.demo import mails, scans, tickets
from flows.demo.cases import Case, cases
from flows.demo.mails import MBOX, Mailbox
from flows.demo.tickets import Tickets
from flows.demo.truth import DemoTruth, Findings


def write_corpus(folder: Path, truth_file: Path | None = None) -> DemoTruth:
    """Write `folder`/mail, `folder`/tickets and `folder`/scans, and what is in them to `truth_file`.

    Without `truth_file` the truth lies beside the three, in `folder`/truth.json. Files of an earlier corpus are
    overwritten; others in these folders are left alone.
    """
    findings = Findings()
    mail_cases, ticket_cases = cases()
    for case in (*mail_cases, *ticket_cases):
        _plant(case, findings)
    mailbox = mails.write_mails(folder / "mail", mail_cases, findings)
    exports = tickets.write_tickets(folder / "tickets", ticket_cases, findings)
    pages, scan_languages = scans.write_scans(folder / "scans", findings)
    kept = [pair for case in (*mail_cases, *ticket_cases) for pair in _not_personal(case)]
    truth = _truth(mailbox, exports, pages, scan_languages, findings, kept)
    truth.write(truth_file or folder / "truth.json")
    return truth


def _plant(case: Case, findings: Findings) -> None:
    customer = case.customer
    findings.plant("PERSON", customer.full, case.agent[0])
    findings.plant("EMAIL_ADDRESS", customer.email, case.agent[1])
    findings.plant("PHONE_NUMBER", customer.phone)
    findings.plant("CREDIT_CARD", customer.card)
    findings.plant(*customer.national)


def _not_personal(case: Case) -> list[tuple[str, str]]:
    return [("ORDER_NUMBER", case.order), *(("AMOUNT", case.slots[name]) for name in ("amount", "amount2"))]


def _truth(
    mailbox: Mailbox,
    exports: Tickets,
    pages: dict[str, tuple[str, ...]],
    scan_languages: dict[str, str],
    findings: Findings,
    kept: Sequence[tuple[str, str]],
) -> DemoTruth:
    all_mails = [mail for _, mail in mailbox.files]
    loose = [name for name, _ in mailbox.files if name != MBOX]
    dropped = {mail.message_id: mail.reason for mail in all_mails if mail.reason}
    rows = [row for part in exports.rows.values() for row in part]
    return DemoTruth(
        mails=len(all_mails) + 1,
        mail_files=len(loose) + 1 + len(mails.BROKEN),
        mbox_mails=len(all_mails) - len(loose),
        threads=mailbox.threads,
        thread_mails=len(all_mails) - len(dropped),
        tickets=len(rows),
        ticket_comments=sum(len(row.get("comments", ())) for row in rows),
        tickets_by_file={f"tickets/{name}": len(part) for name, part in exports.rows.items()},
        scan_documents=len(pages),
        scan_pages=sum(len(texts) for texts in pages.values()),
        attachments=mailbox.attachments,
        drops=dict(Counter(dropped.values())),
        dropped_mails=dropped,
        quarantined=(*mails.BROKEN, *tickets.BROKEN, *scans.BROKEN),
        skipped=(*mails.SKIPPED, *scans.SKIPPED),
        duplicate_mails=(mailbox.copy,),
        duplicate_tickets=exports.copies,
        planted=findings.found(),
        kept_values=findings.found(kept),
        languages={mail.message_id: mail.lang for mail in all_mails}
        | {str(row["id"]): row["language"] for row in rows}
        | scan_languages,
        scan_texts=pages | mailbox.scan_texts,
    )
