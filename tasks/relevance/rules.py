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
LONGEST_AWAY = 400
AWAY_OPENING = 60
"""Characters in which the away message of a chat says thanks."""
OPENING = 300
"""A delivery report says what it is in its first characters; a person who asks about one begins otherwise."""

LONGEST_DATE = 120
"""What a read receipt says behind "was read": the date, the time, the time zone's name. Characters."""

ANY_DIGIT = re.compile(r"\d")
ABBREVIATED = re.compile(r"(?<=\d)\.|\b[ap]\.m\.")
GOES_ON = re.compile(r"[.!?።؟]\s+[^\W\d]|[?؟]")
STATUS = re.compile(r"\b[45]\.\d{1,3}\.\d{1,3}\b|\b[45]\d\d[ -]|\bsmtp\b|\bmailbox\b|\bpermanent(?:ly)?\b")
NO_REPLY = re.compile(r"no-?reply|do-?not-?reply|donotreply|^otp\b|verif|^security|^notif|^accounts?\b|^alerts?\b")
NOBODY = re.compile(r"no-?reply|do-?not-?reply|^news|^bounce|^mailing|^marketing|^promo|^offers?\b|^deals?\b")
LIST_NAME = re.compile(r"<([\w-]{1,60})[.>]")
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
    if not known.begins(mail.subject) or mail.length > LONGEST_NOTE:
        return False
    return known.finds(mail.said, "text") or _is_dated(known.after(mail.said, "read"))


def _is_dated(tail: str | None) -> bool:
    """Say whether a date ends the sentence and the message: a person who had something read goes on."""
    if tail is None or len(tail) > LONGEST_DATE or not ANY_DIGIT.search(tail):
        return False
    return GOES_ON.search(ABBREVIATED.sub("", tail)) is None


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
    if mail.length <= LONGEST_NOTE and (_acknowledges(mail, known) or _is_away(mail, known)):
        return True
    absent = mail.length <= LONGEST_NOTE and known.finds(mail.said[:OPENING], "absence")
    if absent and (known.begins(mail.subject, "subject_absent") or mail.has("x-auto-response-suppress")):
        return True
    if not absent:
        return False
    told = known.finds(mail.said, "return") + known.count(mail.said, "redirect")
    return told >= 2 and known.finds(mail.said, "redirect") and "?" not in mail.said


def _acknowledges(mail: Message, known: Phrases) -> bool:
    """Say whether a help desk confirms that a message came in: nobody answers yet."""
    told = known.count(mail.said, "acknowledged")
    if known.begins(mail.subject, "subject_received"):
        return told >= 1
    machine = NO_REPLY.search(mail.sender) is not None and not _is_internal(mail)
    return told + machine >= 2 and mail.said.startswith(known.subjects["opening_received"]) and "?" not in mail.said


def _is_away(mail: Message, known: Phrases) -> bool:
    """Say whether a shop's chat says that nobody is there now."""
    if mail.length > LONGEST_AWAY or "?" in mail.said or "؟" in mail.said:
        return False
    thanks = known.finds(mail.said[:AWAY_OPENING], "redirect")
    return thanks and known.finds(mail.said, "unavailable") and known.finds(mail.said, "soon")


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

    Announcing headers: List-Unsubscribe-Post (RFC 8058), List-Post: NO (RFC 2369), and List-Unsubscribe where nothing
    shows a list that people post to (`_is_post`). Precedence: bulk and a sender's Feedback-ID stand on single mails as
    well: they need another sign.
    """
    if mail.is_reply:
        return False
    if mail.has("list-unsubscribe-post", "x-campaign-id") or mail.header("list-post").startswith("no"):
        return True
    if mail.has("list-unsubscribe") and not _is_post(mail):
        return True
    said = known.count(mail.said, "text") if "bulk" in mail.clues else 0
    return said + _hints(mail) >= 2


def _hints(mail: Message) -> int:
    """Count the headers that newsletters have, and some mails of single people too.

    Senders' services write Feedback-ID on a contact form's mail as well, Amazon SES on every one. That nobody reads
    the answers counts beside another sign only, and not within one domain, as with a contact form.
    """
    feedback = mail.header("feedback-id")
    precedence = mail.header("precedence") in ("bulk", "junk") and not _is_post(mail) and _from_its_own_host(mail)
    hints = (bool(feedback) and not feedback.endswith(":amazonses")) + precedence
    return hints + bool(hints and NOBODY.search(mail.sender) and not _is_internal(mail))


def _is_internal(mail: Message) -> bool:
    return any(address.endswith(f"@{mail.domain}") for address in mail.to)


def _is_post(mail: Message) -> bool:
    """Say whether a list passed on a post: one can post to it, or it is addressed to the list, not to a subscriber.

    Where the support mailbox is a subscriber, the list's name in the subject tells (`[dev]`, as Mailman writes it).
    """
    if mail.has("list-post"):
        return True
    name = LIST_NAME.search(mail.header("list-id"))
    if name and mail.header("precedence") == "list" and f"[{name[1]}]" in mail.subject:
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
