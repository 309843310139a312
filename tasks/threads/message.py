"""What thread resolution knows of a message: keys that name it and others, who wrote it when, and what it gives away.

Two messages belong together when they share a key, or when they share a bucket and the rule of the bucket's kind says
so. Both depend on these two messages only, never on what else is known: so the grouping is the same whether messages
come in one night or in many.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pyarrow as pa

from tasks.threads.subjects import parse, ticket_numbers
from tasks.threads.values import Value, personal_values

ADDRESSES = 12
"""At most so many addresses of a message make buckets: a mail to hundreds of people is no conversation."""
REFERENCES = 200
"""At most so many references are kept, the oldest and the newest: a thread's root is the first."""
_ID = re.compile(r"<\s*([^<>\s]{3,500})\s*>")
_BARE_ID = re.compile(r"[^<>\s,;\"]{6,500}")
_THREAD_INDEX_BYTES = 22
"""Header and GUID at the start of Outlook's Thread-Index: the same in all messages of a conversation (MS-OXOMSG)."""


@dataclass(frozen=True, slots=True)
class Message:
    """One message, of tonight or of the index. Times are microseconds since 1970; ids and addresses are folded.

    `own`: keys that name the message. `references`: keys of its ancestors, the oldest first. `shared`: further keys of
    its whole thread. `buckets`: where fallbacks look for company.
    `is_reply`: its subject says so; `dangling`: without saying to what.
    `given_role`: the role that its source knows. `customers`: addresses that its ticket names as the requester's.
    """

    record_id: str
    source_kind: str
    own: tuple[str, ...]
    references: tuple[str, ...]
    shared: tuple[str, ...]
    buckets: tuple[str, ...]
    moment: int | None
    is_reply: bool
    dangling: bool
    sender: str
    given_role: str | None
    customers: tuple[str, ...]
    turn: int | None
    values: tuple[Value, ...]
    thread_id: str | None = None
    generation: int = 0

    @property
    def keys(self) -> tuple[str, ...]:
        """All keys that tie the message to its thread."""
        return (*self.own, *self.references, *self.shared)

    @property
    def is_ticket(self) -> bool:
        """Whether it comes from a ticket system."""
        return self.source_kind == "tickets"


@dataclass(frozen=True, slots=True)
class Domains:
    """The company's own mail domains, in lower case; their subdomains count too."""

    names: tuple[str, ...]

    def own(self, address: str) -> bool:
        """Return whether an address is the company's."""
        host = address.rpartition("@")[2]
        return any(host == name or host.endswith("." + name) for name in self.names)


READ = ("record_id", "source", "source_kind", "native_id", "created_at", "role", "subject", "participants", "headers")


def messages(records: pa.Table, domains: Domains) -> Iterator[Message]:
    """Yield what EXTRACTED rows tell, in their order."""
    columns = [records.column(name).cast(pa.int64()) if name == "created_at" else records.column(name) for name in READ]
    for values in zip(*(column.to_pylist() for column in columns), strict=True):
        yield _message(_Row(*values), domains)


class _Row:
    """The fields of a record, read once."""

    def __init__(
        self, record_id: str, source: str | None, kind: str, native: str | None, moment: int | None,
        role: str | None, subject: str | None, participants: Sequence[Mapping[str, Any]] | None, headers: Any,
    ) -> None:  # fmt: skip
        self.record_id = record_id
        self.source = source or ""
        self.kind = kind
        self.native = (native or "").strip()
        self.moment = moment
        self.role = role
        self.subject = subject
        self.participants = participants or ()
        self.headers: dict[str, str] = dict(headers or ())

    def header(self, name: str) -> str:
        return self.headers.get(name) or ""

    def addresses(self, *roles: str) -> tuple[str, ...]:
        folded = ((p["address"] or "").strip().casefold() for p in self.participants if not roles or p["role"] in roles)
        return tuple(dict.fromkeys(address for address in folded if "@" in address))


def _message(row: _Row, domains: Domains) -> Message:
    subject = parse(row.subject)
    sender = next(iter(row.addresses("from") or (row.addresses("requester") if row.kind == "tickets" else ())), "")
    references = tuple(_references(row))
    return Message(
        record_id=row.record_id,
        source_kind=row.kind,
        own=tuple(_own(row)),
        references=references,
        shared=tuple(_shared(row, subject.text)),
        buckets=tuple(_bucket(*name) for name in dict.fromkeys(_buckets(row, subject.text, domains))),
        moment=row.moment,
        is_reply=subject.is_reply,
        dangling=row.kind == "email" and subject.is_reply and not row.header("references"),
        sender=sender,
        given_role=_given_role(row, sender),
        customers=row.addresses("requester"),
        turn=_number(row.header("ticket-turn")),
        values=tuple(personal_values(row.participants, row.headers)),
    )


def _own(row: _Row) -> Iterator[str]:
    if row.kind == "email":
        yield "mid:" + (_message_id(row.native) or hashlib.sha256(row.record_id.encode()).hexdigest())
    elif row.kind == "tickets" and row.native:
        yield f"{_ticket_scope(row)}:{row.native}"
    else:
        yield f"rec:{row.record_id}"


def _ticket_scope(row: _Row) -> str:
    """Return where a native id is unique: among the tickets, or the messages where another column names the ticket."""
    return f"{'tim' if row.header('ticket-thread').strip() else 'tik'}:{row.source}"


def _message_id(text: str) -> str:
    match = _ID.search(text)
    return match[1] if match else text.strip("<> ")


def _references(row: _Row) -> Iterator[str]:
    if row.kind == "tickets":
        answered = row.header("in-reply-to").strip()
        yield from (f"{_ticket_scope(row)}:{answered}",) if answered else ()
        return
    people = set(row.addresses())
    listed = _ids(row.header("references"))
    answered_ids = [id_ for id_ in _ids(row.header("in-reply-to")) if id_.casefold() not in people]
    # a parent that the references leave out is the nearest ancestor, so it comes last
    named = list(dict.fromkeys([*listed, *(id_ for id_ in answered_ids[:1] if id_ not in listed)]))
    own = _message_id(row.native) if row.kind == "email" else ""
    kept = [id_ for id_ in named if id_ != own]
    kept = kept if len(kept) <= REFERENCES else kept[: REFERENCES // 2] + kept[-REFERENCES // 2 :]
    yield from (f"mid:{id_}" for id_ in kept)


def _ids(text: str) -> list[str]:
    """Return the message ids in a header; ids without brackets count only where the whole header is nothing else."""
    found = _ID.findall(text)
    if found or not text:
        return found
    words = text.split()[: REFERENCES + 1]
    return words if all(_BARE_ID.fullmatch(word) and ("@" in word or len(word) > 31) for word in words) else []


def _shared(row: _Row, subject: str) -> Iterator[str]:
    if thread := row.header("ticket-thread").strip():
        yield f"tik:{row.source}:{thread}"
    try:
        index = base64.b64decode("".join(row.header("thread-index").split()), validate=True)
    except (binascii.Error, ValueError):
        return
    if len(index) >= _THREAD_INDEX_BYTES and subject:
        yield f"tix:{index[:_THREAD_INDEX_BYTES].hex()}:{_bucket('subject', subject)}"


def _buckets(row: _Row, subject: str, domains: Domains) -> Iterator[tuple[str, ...]]:
    if row.kind == "tickets":
        for address in row.addresses("requester"):
            yield "ticket", (row.header("ticket-thread").strip() or row.native).upper(), address
    elif row.kind == "email":
        addresses = row.addresses()[:ADDRESSES]
        for number in sorted(ticket_numbers(row.subject))[:5]:
            yield from (("ticket", number, address) for address in addresses)
        if subject and row.moment is not None:
            yield from (("subject", subject, *who) for who in _company(row, addresses, domains))
            if name := row.header("list-id"):
                yield "list", subject, (re.findall(r"<([^<>]+)>", name) or [name])[-1].strip().casefold()


def _company(row: _Row, addresses: Iterable[str], domains: Domains) -> Iterator[tuple[str, ...]]:
    """Yield what makes two mails with one subject one conversation: the same two people, or an outsider."""
    sender = next(iter(row.addresses("from")), "")
    for other in addresses:
        if sender and other != sender:
            yield "pair", min(sender, other), max(sender, other)
        if domains.names and not domains.own(other):
            yield "outsider", other


def _bucket(*parts: str) -> str:
    """Return a short name of a bucket; its kind stays readable as the first letter (subject, list, ticket)."""
    digest = hashlib.blake2b("\x00".join(parts).encode("utf-8", "surrogatepass"), digest_size=10)
    return parts[0][0] + digest.hexdigest()


def _given_role(row: _Row, sender: str) -> str | None:
    if row.kind == "scans":
        return "document"
    if row.kind == "email":
        automatic = row.header("auto-submitted").strip().casefold()
        machine = sender.partition("@")[0] in ("mailer-daemon", "postmaster")
        return "system" if machine or automatic.startswith("auto-generated") else None
    return row.role


def _number(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 18 else None
