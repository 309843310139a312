"""Outlook .msg files (MS-OXMSG) through python-oxmsg: their properties become the headers and body of a mail."""

from __future__ import annotations

import datetime as dt
import io
from collections.abc import Callable, Iterator
from email.utils import format_datetime
from typing import TypeVar

from olefile import OleFileIO  # type: ignore[import-untyped]  # no type information in this library
from oxmsg.domain import model
from oxmsg.properties import Properties
from oxmsg.storage import Storage

from tasks.errors import RecordError
from tasks.ingest import headers, message, rtf
from tasks.ingest.body import FORWARD_MARK, Body, Segment
from tasks.ingest.charsets import decode
from tasks.ingest.flags import Flags
from tasks.ingest.headers import Headers
from tasks.ingest.mime import Limits
from tasks.source import Embedded, Row

MESSAGE_OFFSET, ATTACHED_MESSAGE_OFFSET, ATTACHMENT_OFFSET = model.MSG_HDR_OFFSET, 24, 8
"""Where the properties begin in the stream of a message, an attached message, an attachment or recipient."""
T = TypeVar("T")
INFLATION = 4
"""Streams may claim at most this many times the file's bytes: sectors shared by many streams are a bomb."""

TRANSPORT_HEADERS, SUBJECT, CLASS = 0x007D, 0x0037, 0x001A
BODY, HTML, HTML_TEXT, RTF, CODE_PAGE = 0x1000, 0x1013, 0x1013, 0x1009, 0x3FDE
SENDER_NAMES, SENDER_ADDRESSES = (0x0C1A, 0x0042), (0x5D01, 0x5D02, 0x0C1F, 0x0065)
SUBMITTED, DELIVERED, CREATED = 0x0039, 0x0E06, 0x3007
RECIPIENT_TYPE, RECIPIENT_NAME, RECIPIENT_ADDRESSES = 0x0C15, 0x3001, (0x39FE, 0x3003)
FILE_NAMES, FILE_DATA, FILE_TYPE, CONTENT_ID = (0x3707, 0x3704, 0x3001), 0x3701, 0x370E, 0x3712
ATTACHED_MESSAGE = "__substg1.0_3701000D"
PLAIN_FIELDS = {"message-id": 0x1035, "in-reply-to": 0x1042, "references": 0x1039, "thread-topic": 0x0070}
ROLES = {1: "to", 2: "cc"}
CLASS_FLAGS = (
    ("ipm.schedule.meeting", "calendar"),
    ("ipm.appointment", "calendar"),
    ("ipm.note.smime", "encrypted"),
)
CODE_PAGES = {
    65001: "utf-8",
    20127: "us-ascii",
    28591: "iso-8859-1",
    50220: "iso-2022-jp",
    51932: "euc-jp",
    1200: "utf-16",
}


def read(data: bytes, part: str, limits: Limits, most_addresses: int) -> Iterator[Row | Embedded]:
    """Read one .msg file: yield its row, then the pages attached to it.

    Raises RecordError: type_mismatch, too_large, mime_depth, malformed.
    """
    flags = Flags()
    storage = _load(data)
    fields, body = _message(storage, MESSAGE_OFFSET, limits, flags, 0)
    yield message.row(fields, body, part, flags, most_addresses)
    for file in body.embedded():
        yield Embedded(file.name or headers.UNNAMED, file.media_type, file.data)


def _load(data: bytes) -> Storage:
    """Return the root storage of the file."""
    try:
        return _checked(data)
    except RecordError:
        raise
    except Exception as error:  # noqa: BLE001 - the library raises whatever broken sectors lead to
        raise RecordError("malformed", type(error).__name__) from None


def _checked(data: bytes) -> Storage:
    """Return the root storage, after the sizes that its directory claims were added up."""
    with OleFileIO(io.BytesIO(data)) as ole:
        if sum(entry.size for entry in ole.direntries if entry) > len(data) * INFLATION:
            raise RecordError("too_large", "streams larger than the file")
        if not ole.exists("__properties_version1.0"):
            raise RecordError("type_mismatch", "application/x-ole-storage")
        return Storage.from_ole(ole)


def _message(storage: Storage, offset: int, limits: Limits, flags: Flags, depth: int) -> tuple[Headers, Body]:
    if depth > limits.depth:
        raise RecordError("mime_depth", f"deeper than {limits.depth}")
    properties = Properties(storage, properties_header_offset=offset)
    body = Body(flags)
    segments = _segments(properties, body)
    for attached in storage.iter_attachment_storages():
        segments += _attachment(attached, body, limits, depth)
    body.finish(segments)
    kind = _string(properties, CLASS).lower()
    for prefix, flag in CLASS_FLAGS:
        if kind.startswith(prefix):
            flags.add(flag)
    if kind.startswith("report."):
        flags.add("read_receipt" if kind.endswith(("ipnrn", "ipnnrn")) else "delivery_report")
    return _headers(properties, storage), body


def _segments(properties: Properties, body: Body) -> list[Segment]:
    """Return the text: the plain body, else the HTML, else what the RTF holds."""
    plain = _string(properties, BODY)
    if plain.strip():
        return [body.plain(plain.rstrip("\0"))]
    page = _value(properties.int_prop_value, CODE_PAGE, int)
    html = _value(properties.binary_prop_value, HTML, bytes)
    if html:
        return [body.html(decode(html, CODE_PAGES.get(page, f"cp{page}") if page else None, body.flags))]
    text = _string(properties, HTML_TEXT)
    if text:
        return [body.html(text)]
    unpacked = rtf.unpack(_value(properties.binary_prop_value, RTF, bytes) or b"")
    if unpacked is None:
        return []
    content, is_html = rtf.content(unpacked)
    return [body.html(content) if is_html else body.plain(content)]


def _attachment(storage: Storage, body: Body, limits: Limits, depth: int) -> list[Segment]:
    """Keep an attached file; an attached message is content, as in other mail."""
    inner = next((child for child in storage.storages if child.name == ATTACHED_MESSAGE), None)
    if inner is not None:
        body.flags.add("forwarded")
        fields, forwarded = _message(inner, ATTACHED_MESSAGE_OFFSET, limits, body.flags, depth + 1)
        body.attachments += forwarded.attachments
        said = [f"{name.title()}: {value}" for name in ("from", "date", "subject", "to") if (value := fields.get(name))]
        return [Segment("\n".join([FORWARD_MARK, *said]) + "\n\n" + forwarded.text)]
    properties = Properties(storage, properties_header_offset=ATTACHMENT_OFFSET)
    data = _value(properties.binary_prop_value, FILE_DATA, bytes)
    if data is not None:
        name = next(filter(None, (_string(properties, pid) for pid in FILE_NAMES)), None)
        media_type = _string(properties, FILE_TYPE).lower() or "application/octet-stream"
        body.add_file(name, media_type, data, inline=bool(_string(properties, CONTENT_ID)))
    return []


def _headers(properties: Properties, storage: Storage) -> Headers:
    """Return the mail's own headers, completed from properties where it has none (a draft, an internal mail)."""
    block = _string(properties, TRANSPORT_HEADERS).encode("utf-8", "surrogatepass").replace(b"\r\n", b"\n")
    fields = headers.parse(block).fields
    have = {name for name, _ in fields}
    for name, value in _known(properties, storage):
        if value and name not in have:
            fields.append((name, value))
    return Headers(fields)


def _known(properties: Properties, storage: Storage) -> Iterator[tuple[str, str]]:
    names, addresses = ([_string(properties, pid) for pid in pids] for pids in (SENDER_NAMES, SENDER_ADDRESSES))
    yield "from", _mailbox(names, addresses)
    yield "subject", _string(properties, SUBJECT)
    moments = (_value(properties.date_prop_value, pid, dt.datetime) for pid in (SUBMITTED, DELIVERED, CREATED))
    moment = next(filter(None, moments), None)
    yield "date", format_datetime(moment) if moment else ""
    for name, pid in PLAIN_FIELDS.items():
        yield name, _string(properties, pid)
    for role, boxes in _recipients(storage).items():
        yield role, ", ".join(boxes)


def _recipients(storage: Storage) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for recipient in storage.iter_recipient_storages():
        properties = Properties(recipient, properties_header_offset=ATTACHMENT_OFFSET)
        role = ROLES.get(_value(properties.int_prop_value, RECIPIENT_TYPE, int) or 1)
        if role:
            addresses = [_string(properties, pid) for pid in RECIPIENT_ADDRESSES]
            found.setdefault(role, []).append(_mailbox([_string(properties, RECIPIENT_NAME)], addresses))
    return found


def _mailbox(names: list[str], addresses: list[str]) -> str:
    """Return `"Name" <address>`; Exchange's own names (`/o=…/cn=…`) are no addresses."""
    name = next(filter(None, names), "").replace("\\", "").replace('"', "")
    address = next((one for one in addresses if "@" in one), "")
    if not address:
        return f'"{name}"' if name else ""
    return f'"{name}" <{address}>' if name and name != address else address


def _string(properties: Properties, pid: int) -> str:
    return (_value(properties.str_prop_value, pid, str) or "").rstrip("\0")


def _value(getter: Callable[[int], object], pid: int, kind: type[T]) -> T | None:
    """Return a property, or None when it is not there, broken, or of another type than it should be."""
    try:
        value = getter(pid)
    except Exception:  # noqa: BLE001 - the library raises whatever broken bytes lead to; the other properties count
        return None
    return value if isinstance(value, kind) else None
