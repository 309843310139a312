"""Mail that is no conversation: auto-replies, newsletters, one-time codes, bounces."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from email.headerregistry import Address
from email.message import EmailMessage
from typing import Any

from flows.demo.cases import Case
from flows.demo.layouts import Letter, paragraphs
from flows.demo.mime import Mail, addressed, bounce_report
from flows.demo.threads import HELP, message_id
from flows.demo.world import START, number, phrases

BOUNCES = 2
"""Agents' answers that could not be delivered."""


def notices(threads: Sequence[tuple[Case, list[Letter]]]) -> Iterator[Mail]:
    """Yield every mail that filter-irrelevant should drop."""
    yield from _auto_replies(threads)
    yield from _broadcast("newsletters", "bulk")
    yield from _broadcast("codes", "one_time_code")
    unanswered = [(case, letters) for case, letters in threads if len(letters) == 2]
    for case, letters in unanswered[-BOUNCES:]:
        yield _bounce(case, letters[1])


def _auto_replies(threads: Sequence[tuple[Case, list[Letter]]]) -> Iterator[Mail]:
    """Yield the answers that customers' mailboxes give to the first answer of an agent, in the customer's language."""
    free = list(threads)
    for notice in phrases("notices")["auto_replies"]:
        case, letters = next((c, ls) for c, ls in free if c.lang == notice["lang"])
        free = [(c, ls) for c, ls in free if c is not case]
        yield _auto_reply(case, letters[1], notice)


def _auto_reply(case: Case, answered: Letter, notice: dict[str, str]) -> Mail:
    subject = notice["subject"].format(subject=answered.subject)
    sender = (case.customer.full, case.customer.email)
    id_ = message_id("auto", case.n, domain=case.customer.email.split("@")[1])
    message = addressed(id_, answered.sent + timedelta(minutes=1), sender, case.agent, subject)
    message["In-Reply-To"] = answered.message_id
    message["References"] = " ".join([*answered.references, answered.message_id])
    message["Auto-Submitted"] = "auto-replied"
    message["X-Auto-Response-Suppress"] = "All"
    text = case.fill(notice["text"])
    message.set_content(text, cte="quoted-printable")
    return Mail(id_, answered.sent + timedelta(minutes=1), case.lang, message, text, "auto_reply")


def _broadcast(kind: str, reason: str) -> Iterator[Mail]:
    listed = phrases("notices")[kind]
    for place, notice in enumerate(listed):
        sent = START + timedelta(days=7 * 7 * (place + 0.5) / len(listed), minutes=number(600, kind, place))
        yield _broadcast_mail(kind, reason, place, notice, sent.replace(microsecond=0))


def _broadcast_mail(kind: str, reason: str, place: int, notice: dict[str, str], sent: datetime) -> Mail:
    slug = re.sub(r"[^a-z]+", "-", notice["sender"].lower()).strip("-") or "offers"
    local = "news" if reason == "bulk" else "no-reply"
    code = f"{100000 + number(899999, 'code', place)}"
    subject, text = notice["subject"].format(code=code), notice["text"].format(code=code)
    id_ = message_id(kind, place, domain=f"{slug}.example")
    message = addressed(id_, sent, (notice["sender"], f"{local}@{slug}.example"), HELP, subject)
    if reason == "bulk":
        _mark_as_list(message, slug, place)
        text += f"\n\nUnsubscribe: https://{slug}.example/u/{place}"
    message.set_content(text, cte="quoted-printable")
    if reason == "bulk":
        message.add_alternative(f"<html><body>{paragraphs(text)}</body></html>", subtype="html", cte="base64")
    return Mail(id_, sent, notice["lang"], message, text, reason)


def _mark_as_list(message: EmailMessage, slug: str, place: int) -> None:
    message["List-Id"] = f"<news.{slug}.example>"
    message["List-Unsubscribe"] = f"<https://{slug}.example/u/{place}>, <mailto:leave@{slug}.example>"
    message["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    message["Precedence"] = "bulk"


def _bounce(case: Case, failed: Letter) -> Mail:
    sent = failed.sent + timedelta(minutes=2)
    id_ = message_id("bounce", case.n, domain="karoo.example")
    text = (
        "This is the mail system at host mx.karoo.example.\n\n"
        "I'm sorry to have to inform you that your message could not be delivered to one or more recipients.\n\n"
        f"<{failed.recipient[1]}>: host mx.{failed.recipient[1].split('@')[1]} said: 552 5.2.2 Mailbox full\n"
    )
    facts: dict[str, Any] = {"From": str(Address("Mail Delivery System", "MAILER-DAEMON", "mx.karoo.example"))}
    facts |= {"To": failed.sender[1], "Subject": "Undelivered Mail Returned to Sender", "Message-ID": id_}
    message = bounce_report(facts, sent, failed, text)
    return Mail(id_, sent, "en", message, text, "bounce")
