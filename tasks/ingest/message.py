"""One mail's bytes (RFC 5322) to its row: body, participants, dates, the headers that later steps need."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from tasks.ingest import addresses, dates, headers, mail_files, mbox, mime
from tasks.ingest.body import Body
from tasks.ingest.flags import Flags
from tasks.ingest.headers import Headers
from tasks.ingest.mime import Limits
from tasks.source import Embedded, Row

KEPT = frozenset(
    [
        "message-id",
        "in-reply-to",
        "references",
        "precedence",
        "auto-submitted",
        "x-auto-response-suppress",
        "return-path",
        "feedback-id",
        "content-type",
        "thread-topic",
        "thread-index",
        "x-autoreply",
        "x-autorespond",
        "x-mailer",
        "user-agent",
        "x-loop",
        "x-failed-recipients",
        "sender",
        "delivered-to",
        "importance",
        "disposition-notification-to",
        "x-ms-exchange-generated-message-source",
        "x-campaign-id",
        "content-language",
        "x-spam",
        "x-precedence",
        "x-mailing-list",
        "x-campaign",
        "x-ms-exchange-organization-scl",
    ]
)
"""Headers that threads, strip-replies and filter-irrelevant read."""
KEPT_PREFIXES = ("list-", "x-spam-")
ONCE = frozenset(("from", "to", "cc", "subject", "date", "message-id"))
"""Headers that RFC 5322 3.6 allows once."""
MESSAGE_ID = re.compile(r"<\s*([^<>\s]*[A-Za-z0-9][^<>\s]*)\s*>")
BARE_ID = re.compile(r"[^<>\s@]{1,250}@[^<>\s@]{1,250}")


def read_message(data: bytes, part: str, limits: Limits, most_addresses: int) -> Iterator[Row | Embedded]:
    """Read the bytes of one mail (RFC 5322): yield its row, then the pages attached to it.

    Raises RecordError: headers_too_large, mime_depth, mime_parts.
    """
    flags = Flags()
    codec = mail_files.utf16(data[:400])
    if codec:
        flags.add("utf16")
        data = data.decode(codec, "replace").removeprefix("\ufeff").encode("utf-8", "replace")
    root = mime.parse(mbox.unquoted(data).lstrip(b"\r\n"), limits, flags)
    body = Body.of(root, flags)
    yield row(root.headers, body, part, flags, most_addresses)
    for file in body.embedded():
        yield Embedded(file.name or headers.UNNAMED, file.media_type, file.data)


def row(fields: Headers, body: Body, part: str, flags: Flags, most_addresses: int) -> Row:
    """Return the row of a message whose body was read."""
    hints = body.hints
    found: dict[str, Any] = {
        "part": part,
        "native_id": _message_id(fields, flags),
        "role": None,
        "created_at": dates.first(fields.all("date"), flags),
        "subject": _optional(fields.get("subject"), flags, hints),
        "participants": list(addresses.participants(fields, flags, most_addresses, hints)),
        "headers": _kept(fields, flags, hints),
        "text": body.text,
        "lang_hint": None,
        "attachments": [file.row() for file in body.attachments],
    }
    return found | {"flags": flags.listed()}


def _optional(value: str | None, flags: Flags, hints: tuple[str, ...]) -> str | None:
    return headers.text(value, flags, hints) if value is not None else None


def _message_id(fields: Headers, flags: Flags) -> str | None:
    value = fields.get("message-id")
    if not value:
        return None
    match = MESSAGE_ID.search(value[: headers.SHORT_CHARS])
    if match and match[1].isascii():
        return f"<{match[1]}>"
    bare = BARE_ID.fullmatch(value.strip())
    if bare:
        return f"<{bare[0]}>"
    flags.add("message_id_invalid")
    return None


def _kept(fields: Headers, flags: Flags, hints: tuple[str, ...]) -> dict[str, str]:
    """Return the headers that later steps need; one that stands there twice keeps all values, one a line."""
    kept: dict[str, str] = {}
    seen: set[str] = set()
    for name, value in fields.fields:
        if name in ONCE and name in seen:
            flags.add("duplicate_header")
        seen.add(name)
        if name in KEPT or name.startswith(KEPT_PREFIXES):
            text = headers.text(value, flags, hints)
            kept[name] = f"{kept[name]}\n{text}" if name in kept else text
    return kept
