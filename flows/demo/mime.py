"""Letters as MIME messages, in the ways that mail programs differ, with boundaries that never change."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from email import message_from_string
from email.headerregistry import Address
from email.message import EmailMessage, Message
from email.mime.multipart import MIMEMultipart
from email.mime.text import MIMEText
from email.policy import SMTP, EmailPolicy
from email.utils import format_datetime
from typing import Any

from flows.demo.layouts import Letter, html, plain
from flows.demo.world import number

Form = Callable[[EmailMessage, Letter], None]


@dataclass(frozen=True)
class Mail:
    """A message with what a test wants to know: the text it shows, and the reason code if it should be dropped."""

    message_id: str
    sent: datetime
    lang: str
    message: Message
    text: str
    reason: str | None = None
    order: str | None = None

    def to_bytes(self, policy: EmailPolicy[Any] = SMTP) -> bytes:
        """Return the mail, the same bytes each time."""
        for place, part in enumerate(self.message.walk()):
            if part.is_multipart() and part.get_content_maintype() == "multipart":
                part.set_boundary(f"=_part_{place}_{number(16**16, self.message_id, place):016x}")
        return self.message.as_bytes(policy=policy)


def addressed(
    message_id: str, sent: datetime, sender: tuple[str, str], recipient: tuple[str, str], subject: str
) -> EmailMessage:
    """Return a message with its first headers."""
    message = EmailMessage(policy=SMTP)
    message["From"] = Address(sender[0], addr_spec=sender[1])
    message["To"] = Address(recipient[0], addr_spec=recipient[1])
    message["Subject"] = subject
    message["Date"] = sent
    message["Message-ID"] = message_id
    return message


def letter_mail(letter: Letter, form: int, order: str, attachments: dict[str, bytes]) -> Mail:
    """Return a letter as a mail; `form` chooses among FORMS, attachments are files by name."""
    message = addressed(letter.message_id, letter.sent, letter.sender, letter.recipient, letter.subject)
    if letter.parent:
        message["In-Reply-To"] = letter.parent.message_id
        message["References"] = " ".join(letter.references)
    FORMS[form % len(FORMS)](message, letter)
    for name, data in attachments.items():
        maintype, subtype = MEDIA_TYPES[name.rsplit(".", 1)[1]].split("/")
        message.add_attachment(data, maintype=maintype, subtype=subtype, filename=name)
    return Mail(letter.message_id, letter.sent, letter.lang, message, plain(letter), order=order)


MEDIA_TYPES = {"png": "image/png", "pdf": "application/pdf", "amr": "audio/amr"}


def _plain_8bit(message: EmailMessage, letter: Letter) -> None:
    message.set_content(plain(letter), cte="8bit")


def _plain_latin(message: EmailMessage, letter: Letter) -> None:
    text = plain(letter)
    try:
        text.encode("iso-8859-1")
    except UnicodeEncodeError:
        message.set_content(text, cte="base64")
    else:
        message.set_content(text, charset="iso-8859-1", cte="quoted-printable")


def _html_only(message: EmailMessage, letter: Letter) -> None:
    message.set_content(html(letter), subtype="html", cte="quoted-printable")


def _alternative(message: EmailMessage, letter: Letter) -> None:
    message.set_content(plain(letter), cte="quoted-printable")
    message.add_alternative(html(letter), subtype="html", cte="quoted-printable")


def _alternative_base64(message: EmailMessage, letter: Letter) -> None:
    message.set_content(plain(letter), cte="base64")
    message.add_alternative(html(letter), subtype="html", cte="base64")


FORMS: tuple[Form, ...] = (_plain_8bit, _alternative, _plain_latin, _html_only, _alternative_base64)


def bounce_report(headers: dict[str, str], sent: datetime, failed: Letter, text: str) -> Message:
    """Return the delivery report (RFC 3464) about a letter that could not be delivered."""
    report = MIMEMultipart("report")
    report.set_param("report-type", "delivery-status")
    for name, value in headers.items():
        report[name] = value
    report["Date"] = format_datetime(sent)
    report["Auto-Submitted"] = "auto-replied"
    report["In-Reply-To"] = failed.message_id
    report["References"] = failed.message_id
    report.attach(MIMEText(text, "plain", "us-ascii"))
    recipient = f"Final-Recipient: rfc822; {failed.recipient[1]}\nAction: failed\nStatus: 5.2.2\n"
    status = f"Content-Type: message/delivery-status\n\nReporting-MTA: dns; mx.karoo.example\n\n{recipient}"
    report.attach(message_from_string(status))
    original = MIMEText(f"Message-ID: {failed.message_id}\nSubject: (not shown)\n", "rfc822-headers", "us-ascii")
    report.attach(original)
    return report
