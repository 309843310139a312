"""The rules: one function per reason, each from headers where they tell, else from text, precision first."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from types import MappingProxyType

from tasks.relevance.message import Message
from tasks.relevance.phrases import CODE, Phrases

Rule = Callable[[Message, Phrases], bool]

LONGEST_NOTE = 1_500
"""An absence note is short; a long text that mentions an absence is a letter. Characters."""

LONGEST_CODE = 800
OPENING = 300
"""A delivery report says what it is in its first characters; a person who asks about one begins otherwise."""

STATUS = re.compile(r"\b[45]\.\d{1,3}\.\d{1,3}\b|\b[45]\d\d[ -]|\bsmtp\b|\bmailbox\b|\bpermanent(?:ly)?\b")
NO_REPLY = re.compile(r"no-?reply|do-?not-?reply|donotreply|^otp\b|verif|^security|^notif|^accounts?\b|^alerts?\b")
VCALENDAR = re.compile(r"\s*begin:vcalendar", re.IGNORECASE)
LIST_ADDRESSES = ("list-unsubscribe", "list-id", "sender", "return-path", "x-loop")

CODE_ANYWHERE = re.compile(CODE)


def is_bounce(mail: Message, known: Phrases) -> bool:
    """A delivery report: multipart/report (RFC 3464), X-Failed-Recipients, or a mail system's sender and words."""
    kind = mail.header("content-type")
    if mail.has("x-failed-recipients") or ("multipart/report" in kind and "delivery-status" in kind):
        return True
    if mail.sender.startswith(known.subjects["senders"]):
        return True
    subject = known.begins(mail.subject)
    opening = "bounce" in mail.clues and mail.said[:OPENING].startswith(known.subjects["opening"])
    system = mail.header("return-path") == "<>" or mail.sender.startswith(known.subjects["postmaster"])
    if system:
        return subject or opening
    return opening and (subject or STATUS.search(mail.said) is not None)


def is_read_receipt(mail: Message, known: Phrases) -> bool:
    """A message disposition notification (RFC 8098), or a subject and a text that say so."""
    kind = mail.header("content-type")
    if "multipart/report" in kind and "disposition-notification" in kind:
        return True
    return known.begins(mail.subject) and known.finds(mail.said, "text")


def is_calendar(mail: Message, known: Phrases) -> bool:
    """An invitation or its answer: a calendar object, or an invitation's subject with one attached or its words."""
    if mail.header("content-type").startswith("text/calendar") or VCALENDAR.match(mail.head):
        return True
    if not known.begins(mail.subject):
        return False
    return not mail.media_types.isdisjoint(CALENDARS) or known.finds(mail.said, "text")


CALENDARS = frozenset(("text/calendar", "application/ics"))


def is_auto_reply(mail: Message, known: Phrases) -> bool:
    """An automatic answer: Auto-Submitted: auto-replied (RFC 3834) and its elders, or subject and text per language.

    Auto-Submitted: auto-generated and X-Auto-Response-Suppress alone do not count: help desks set them on the answers
    of people.
    """
    if mail.header("auto-submitted").startswith("auto-replied") or mail.has("x-autoreply", "x-autorespond"):
        return True
    if mail.header("precedence") in ("auto_reply", "auto-reply") or known.begins(mail.subject):
        return True
    return "auto_reply" in mail.clues and _reads_automatic(mail, known)


def _reads_automatic(mail: Message, known: Phrases) -> bool:
    if known.finds(mail.said[:OPENING], "machine") or known.finds(mail.said[-OPENING:], "machine"):
        return mail.length <= LONGEST_NOTE
    absent = mail.length <= LONGEST_NOTE and known.finds(mail.said[:OPENING], "absence")
    if absent and (known.begins(mail.subject, "subject_absent") or mail.has("x-auto-response-suppress")):
        return True
    if not absent:
        return False
    told = known.finds(mail.said, "return") + known.count(mail.said, "redirect")
    return told >= 2 and known.finds(mail.said, "redirect") and "?" not in mail.said


def is_one_time_code(mail: Message, known: Phrases) -> bool:
    """A short text that states a code as machines do, and nothing that only a person would add."""
    if mail.length > LONGEST_CODE or not CODE_ANYWHERE.search(f"{mail.subject} {mail.said}"):
        return False
    if known.finds(mail.said, "person") or mail.is_reply:
        return False
    if not (known.finds(mail.said, "machine") or NO_REPLY.search(mail.sender)):
        return False
    return known.finds(mail.said, "text") or known.finds(mail.subject, "text")


def is_bulk(mail: Message, known: Phrases) -> bool:
    """A newsletter or an announcement; a person's post to a discussion list is none, nor is any reply.

    Announcing headers: List-Unsubscribe-Post (RFC 8058), List-Post: NO (RFC 2369), a sender's Feedback-ID; and
    List-Unsubscribe or Precedence: bulk where nothing shows a list that people post to (`_is_post`).
    """
    if mail.is_reply:
        return False
    if mail.has("list-unsubscribe-post", "x-campaign-id") or mail.header("list-post").startswith("no"):
        return True
    if _campaign(mail.header("feedback-id")):
        return True
    if mail.has("list-unsubscribe") and not _is_post(mail):
        return True
    if mail.header("precedence") in ("bulk", "junk") and not _is_post(mail) and _from_its_own_host(mail):
        return True
    return "bulk" in mail.clues and known.count(mail.said, "text") >= 2


def _campaign(feedback_id: str) -> bool:
    """Say whether a Feedback-ID names a campaign. Amazon SES writes one on every mail, a contact form's too."""
    return bool(feedback_id) and not feedback_id.endswith(":amazonses")


def _is_post(mail: Message) -> bool:
    """Say whether a list passed on a post: one can post to it, or it is addressed to the list, not to a subscriber."""
    if mail.has("list-post"):
        return True
    return any(_names(mail.header(name), address) for name in LIST_ADDRESSES for address in mail.to)


def _names(header: str, address: str) -> bool:
    """Say whether a list's address, or one such as `<list>-unsubscribe@` or `owner-<list>@`, stands in a header.

    `=` behind the name is a subscriber's, whose address newsletters write into theirs (VERP).
    """
    local, _, domain = address.rpartition("@")
    if ".".join(domain.split(".")[-2:]) not in header or not local:
        return False
    return re.search(rf"(?<![\w.]){re.escape(local)}(?:[-+@>]|\.{re.escape(domain)})", header) is not None


def _from_its_own_host(mail: Message) -> bool:
    """Say whether author and envelope are of one domain: a list manager passes on what others wrote."""
    host = mail.header("return-path").strip("<> ").rpartition("@")[2]
    return not host or not mail.domain or host.split(".")[-2:] == mail.domain.split(".")[-2:]


def is_spam(mail: Message, known: Phrases) -> bool:
    """Spam by the verdict that a filter wrote into headers or subject."""
    verdicts = (mail.header("x-spam-flag"), mail.header("x-spam-status"), mail.header("x-spam"))
    return any(verdict.startswith("yes") for verdict in verdicts) or known.begins(mail.subject)


RULES: Mapping[str, Rule] = MappingProxyType(
    {
        "bounce": is_bounce,
        "read_receipt": is_read_receipt,
        "calendar": is_calendar,
        "auto_reply": is_auto_reply,
        "one_time_code": is_one_time_code,
        "bulk": is_bulk,
        "spam": is_spam,
    }
)
"""The rules by reason, in the order in which they are asked: the one that tells most comes first."""
