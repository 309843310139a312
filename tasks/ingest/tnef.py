"""TNEF (winmail.dat, MS-OXTNEF): body and attachments, with every length checked before it is believed."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass, field

from tasks.ingest import rtf
from tasks.ingest.charset_labels import codec
from tasks.ingest.charsets import decode
from tasks.ingest.flags import Flags

MEDIA_TYPES = frozenset(("application/ms-tnef", "application/vnd.ms-tnef"))
SIGNATURE = b"\x78\x9f\x3e\x22"
ATTRIBUTES = 10_000
"""Attributes and properties of one container that are looked at."""
FILES = 500
"""Attachments of one container that are kept."""

BODY, BODY_TEXT = 0x0002800C, 0x1000
HTML, RTF = 0x1013, 0x1009
NEW_FILE, TITLE, DATA, FILE_PROPERTIES = 0x00069002, 0x00018010, 0x0006800F, 0x00069005
PROPERTIES, CODE_PAGE = 0x00069003, 0x00069007
LONG_NAME, MEDIA_TYPE, FILE_DATA = 0x3707, 0x370E, 0x3701
FIXED_SIZES = {1: 0, 2: 4, 3: 4, 4: 4, 5: 8, 6: 8, 7: 8, 0x0A: 4, 0x0B: 4, 0x14: 8, 0x40: 8, 0x48: 16}
"""Bytes of a MAPI value by type; the others come with their count and length."""
VARIABLE = frozenset((0x0D, 0x1E, 0x1F, 0x102))


@dataclass(slots=True)
class File:
    """An attached file."""

    name: str | None = None
    media_type: str = "application/octet-stream"
    data: bytes = field(default=b"", repr=False)


@dataclass(slots=True)
class Opened:
    """What a container holds. `html` is empty where there was only text."""

    text: str = ""
    html: str = ""
    files: list[File] = field(default_factory=list)


def parse(data: bytes, flags: Flags) -> Opened:
    """Return what the container holds; it never raises. Flags: tnef, tnef_malformed."""
    flags.add("tnef")
    opened = Opened()
    if not data.startswith(SIGNATURE):
        flags.add("tnef_malformed")
        return opened
    page = "cp1252"
    for identifier, value in _attributes(data, flags):
        if identifier == CODE_PAGE and len(value) >= 4:
            page = codec(f"cp{struct.unpack_from('<I', value)[0]}") or page
        elif identifier == BODY:
            opened.text = opened.text or decode(value.rstrip(b"\0"), page, flags)
        elif identifier == PROPERTIES:
            _body(opened, value, page, flags)
        else:
            _file(opened, identifier, value, page, flags)
    return opened


def _attributes(data: bytes, flags: Flags) -> Iterator[tuple[int, bytes]]:
    """Yield (id, value); an attribute that claims more bytes than there are ends the container."""
    position = 6
    for _ in range(ATTRIBUTES):
        if position + 9 > len(data):
            return
        _level, identifier, length = struct.unpack_from("<BII", data, position)
        position += 9
        if position + length > len(data):
            flags.add("tnef_malformed")
            return
        yield identifier, data[position : position + length]
        position += length + 2
    flags.add("tnef_malformed")


def _body(opened: Opened, value: bytes, page: str, flags: Flags) -> None:
    for identifier, kind, content in properties(value, flags):
        if identifier == BODY_TEXT:
            opened.text = opened.text or _string(content, kind, page, flags)
        elif identifier == HTML:
            opened.html = opened.html or (
                decode(content, page, flags) if kind == 0x102 else _string(content, kind, page, flags)
            )
        elif identifier == RTF:
            _rtf(opened, content)


def _rtf(opened: Opened, content: bytes) -> None:
    unpacked = rtf.unpack(content)
    if unpacked is None or opened.html:
        return
    text, is_html = rtf.content(unpacked)
    if is_html:
        opened.html = text
    else:
        opened.text = opened.text or text


def _file(opened: Opened, identifier: int, value: bytes, page: str, flags: Flags) -> None:
    if identifier == NEW_FILE:
        if len(opened.files) < FILES:
            opened.files.append(File())
        return
    if identifier not in (TITLE, DATA, FILE_PROPERTIES) or not opened.files:
        return
    file = opened.files[-1]
    if identifier == TITLE:
        file.name = file.name or decode(value.rstrip(b"\0"), page, flags)
    elif identifier == DATA:
        file.data = value
    else:
        for number, kind, content in properties(value, flags):
            if number == LONG_NAME:
                file.name = _string(content, kind, page, flags) or file.name
            elif number == MEDIA_TYPE:
                file.media_type = _string(content, kind, page, flags).lower() or file.media_type
            elif number == FILE_DATA and not file.data:
                file.data = content


def _string(content: bytes, kind: int, page: str, flags: Flags) -> str:
    if kind == 0x1F:
        return content[: len(content) & ~1].decode("utf-16-le", "replace").rstrip("\0")
    return decode(content.rstrip(b"\0"), page, flags)


def properties(value: bytes, flags: Flags) -> Iterator[tuple[int, int, bytes]]:
    """Yield (id, type, bytes) of the single-valued MAPI properties in a stream; broken lengths end it."""
    if len(value) < 4:
        return
    reader = _Reader(value, 4)
    try:
        for _ in range(min(struct.unpack_from("<I", value)[0], ATTRIBUTES)):
            kind, identifier = reader.unpack("<HH")
            if identifier >= 0x8000:
                _skip_name(reader)
            contents = _contents(reader, kind)
            if len(contents) == 1:
                yield identifier, kind, contents[0]
    except EOFError:
        flags.add("tnef_malformed")


def _skip_name(reader: _Reader) -> None:
    reader.take(16)
    (by_name,) = reader.unpack("<I")
    if by_name:
        (length,) = reader.unpack("<I")
        reader.padded(length)
    else:
        reader.take(4)


def _contents(reader: _Reader, kind: int) -> list[bytes]:
    base = kind & 0x0FFF
    count = 1
    if kind & 0x1000 or base in VARIABLE:
        (count,) = reader.unpack("<I")
    if count > ATTRIBUTES or (base not in VARIABLE and base not in FIXED_SIZES):
        raise EOFError
    if base in FIXED_SIZES:
        return [reader.take(FIXED_SIZES[base]) for _ in range(count)]
    return [reader.padded(reader.unpack("<I")[0]) for _ in range(count)]


class _Reader:
    """A cursor that never reads past the end: it raises EOFError."""

    def __init__(self, data: bytes, position: int) -> None:
        self.data = data
        self.position = position

    def take(self, length: int) -> bytes:
        end = self.position + length
        if end > len(self.data):
            raise EOFError
        piece = self.data[self.position : end]
        self.position = end
        return piece

    def padded(self, length: int) -> bytes:
        piece = self.take(length)
        self.position += -length % 4
        return piece

    def unpack(self, form: str) -> tuple[int, ...]:
        return struct.unpack(form, self.take(struct.calcsize(form)))
