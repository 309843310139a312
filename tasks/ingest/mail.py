"""The mail reader."""

from __future__ import annotations

import email
import email.policy
from collections.abc import Iterator
from pathlib import Path

from tasks.errors import RecordError
from tasks.source import Embedded, Item, Rejected, Row, Source
from tasks.step import Params


class MailParams(Params):
    """Params of read-mail."""


def split(path: Path, _params: MailParams) -> Iterator[tuple[int, int]]:
    """Yield the byte ranges of the mails in a file."""
    size = path.stat().st_size
    if not size:
        raise RecordError("empty_file")
    yield 0, size


def read(item: Item, _params: MailParams) -> Iterator[Row | Rejected | Embedded]:
    """Read one mail into a record."""
    message = email.message_from_bytes(item.read(), policy=email.policy.default)
    body = message.get_body(("plain", "html"))
    yield {
        "part": "0",
        "native_id": str(message["message-id"] or "") or None,
        "subject": message["subject"] and str(message["subject"]),
        "text": body.get_content() if body else "",
        "created_at": message["date"].datetime if message["date"] else None,
        "participants": [
            {"name": a.display_name, "address": a.addr_spec, "role": role}
            for role in ("from", "to", "cc")
            for a in (message[role].addresses if message[role] else ())
        ],
        "headers": {
            name: str(message[name])
            for name in ("message-id", "in-reply-to", "references", "list-id", "auto-submitted")
            if message[name]
        },
        "flags": [],
        "attachments": [],
    }


READ_MAIL = Source("read-mail", "email", 1, MailParams, split, read)
