"""The header block: fields, unfolding, encoded words (RFC 2047) and parameters (RFC 2045, 2231), all in linear time."""

from __future__ import annotations

import binascii
import re
from dataclasses import dataclass, field
from urllib.parse import unquote_to_bytes

from tasks.ingest.charsets import decode
from tasks.ingest.flags import Flags

VALUE_CHARS = 65_536
"""A header longer than this is cut: 1,000 addresses of 60 characters fit."""
SHORT_CHARS = 8_192
"""Subject, Content-Type and other headers that are no lists: longer ones are attacks (catalogue A5, A6)."""
PARAMETERS = 100
"""Parameters of one header that are looked at (catalogue A7)."""
UNNAMED = "unnamed"
"""File name where the real one can't be read."""

FIELD = re.compile(r"([!-9;-~]+)[ \t]*:(.*(?:\n[ \t].*)*)\n?")
FOLD = re.compile(r"\n[ \t]*")
ENCODED_WORD = re.compile(r"=\?([!->@-~]{1,80})\?([bBqQ])\?([^?\n]{0,4096}|[^\n]{0,512}?)\?=")
BETWEEN_WORDS = re.compile(r"(\?=)[ \t\n]+(?==\?[!->@-~]{1,80}\?[bBqQ]\?)")
PARAMETER = re.compile(
    r"""([^\s=;"]{1,80})[ \t\n]{0,20}=[ \t\n]{0,20}(?:"((?:[^"\\]|\\.)*+)"?|([^;]*))[^;]*""", re.DOTALL
)
BASE64 = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/="
NOT_BASE64 = bytes(code for code in range(256) if code not in BASE64)
CONTROLS = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
LINE_BREAKS = re.compile(r"[\r\n\x85\u2028\u2029]+[ \t]*")


@dataclass(frozen=True, slots=True)
class Headers:
    """The fields of one header block in their order, names in lower case, values raw but unfolded.

    8-bit bytes stand as surrogates (PEP 383) until `text` decodes them. `junk` says that a line was no field.
    """

    fields: list[tuple[str, str]] = field(default_factory=list)
    junk: bool = False

    def get(self, name: str) -> str | None:
        """Return the first value of a field, or None."""
        return next((value for known, value in self.fields if known == name), None)

    def all(self, name: str) -> list[str]:
        """Return every value of a field."""
        return [value for known, value in self.fields if known == name]


def parse(block: bytes) -> Headers:
    """Parse a header block (line ends already LF). Lines that are no field are left out, and `junk` is set."""
    text = block.decode("utf-8", "surrogateescape")
    headers = Headers()
    fields, position, junk = headers.fields, 0, False
    while position < len(text):
        match = FIELD.match(text, position)
        if match:
            fields.append((match[1].lower(), match[2].strip()))
            position = match.end()
            continue
        end = text.find("\n", position)
        end = len(text) if end < 0 else end
        junk = junk or not text.startswith((">From ", "From "), position)
        position = end + 1
    return Headers(fields, junk)


def unfold(value: str) -> str:
    """Return the value on one line."""
    return FOLD.sub(" ", value) if "\n" in value else value


def text(value: str, flags: Flags, hints: tuple[str, ...] = ()) -> str:
    """Return a header's text: unfolded, encoded words and 8-bit bytes decoded, without line breaks and controls.

    Flags: header_capped, header_injection, and those of charsets.
    """
    if len(value) > SHORT_CHARS:
        flags.add("header_capped")
        value = value[:SHORT_CHARS]
    return one_line(words(unfold(value), flags, hints), flags)


def one_line(value: str, flags: Flags) -> str:
    """Return `value` with line breaks as spaces and controls left out; a line break sets header_injection."""
    if value.isprintable():  # no controls, and no blanks but the space
        return value.strip()
    if LINE_BREAKS.search(value):
        flags.add("header_injection")
        value = LINE_BREAKS.sub(" ", value)
    return CONTROLS.sub("", value).strip()


def words(value: str, flags: Flags, hints: tuple[str, ...] = ()) -> str:
    """Decode encoded words and raw 8-bit bytes of an unfolded value; what is neither stays."""
    if "=?" not in value:
        return _raw(value, flags, hints)
    value = BETWEEN_WORDS.sub(r"\1", value)
    hints = (*dict.fromkeys(match[1].partition("*")[0] for match in ENCODED_WORD.finditer(value)), *hints)
    pieces: list[str] = []
    pending: list[bytes] = []
    charset, position = "", 0
    for match in ENCODED_WORD.finditer(value):
        label = match[1].partition("*")[0]
        data = _word_bytes(match[2], match[3])
        if pending and (match.start() != position or label.lower() != charset.lower()):
            pieces.append(decode(b"".join(pending), charset, flags, hints))
            pending = []
        if match.start() != position:
            pieces.append(_raw(value[position : match.start()], flags, hints))
        pending.append(data)
        charset, position = label, match.end()
    if pending:
        pieces.append(decode(b"".join(pending), charset, flags, hints))
    pieces.append(_raw(value[position:], flags, hints))
    return "".join(pieces)


def _word_bytes(encoding: str, payload: str) -> bytes:
    data = payload.encode("utf-8", "surrogateescape")
    if encoding in "qQ":
        return binascii.a2b_qp(data.replace(b" ", b"_"), header=True)
    return from_base64(data)


def from_base64(data: bytes) -> bytes:
    """Decode base64 with or without its padding, also several pieces in a row; foreign characters are left out."""
    pieces = data.translate(None, NOT_BASE64).split(b"=")
    return b"".join(map(_unpadded, filter(None, pieces)))


def _unpadded(piece: bytes) -> bytes:
    if len(piece) % 4 == 1:
        piece = piece[:-1]
    return binascii.a2b_base64(piece + b"=" * (-len(piece) % 4))


def _raw(value: str, flags: Flags, hints: tuple[str, ...]) -> str:
    """Return text that was not encoded: ASCII, UTF-8 (RFC 6532), or 8-bit bytes in a charset to be detected."""
    if value.isascii() or not re.search(r"[\udc80-\udcff]", value):
        return value
    return decode(value.encode("utf-8", "surrogateescape"), None, flags, hints)


def valued(value: str, flags: Flags) -> tuple[str, dict[str, str]]:
    """Return a structured header such as Content-Type as (value in lower case, parameters).

    Continuations and charsets of RFC 2231 are resolved. Flags: header_capped.
    """
    if len(value) > SHORT_CHARS:
        flags.add("header_capped")
        value = value[:SHORT_CHARS]
    main, _, rest = value.partition(";")
    main = re.sub(r"\([^()]*\)", "", main)
    return main.strip(" \t\n\"'").lower(), _parameters(rest, flags) if rest else {}


def _parameters(rest: str, flags: Flags) -> dict[str, str]:
    plain: dict[str, str] = {}
    pieces: dict[str, dict[int, tuple[str, bool]]] = {}
    for count, match in enumerate(PARAMETER.finditer(rest)):
        if count >= PARAMETERS:
            flags.add("header_capped")
            return plain | {"filename": UNNAMED, "name": UNNAMED}
        name = match[1].lower()
        value = re.sub(r"\\(.)", r"\1", match[2]) if match[2] is not None else (match[3] or "").strip()
        base, star, tail = name.partition("*")
        if not star:
            plain.setdefault(name, value)
            continue
        index, _, _ = tail.partition("*")
        number = int(index) if index.isdecimal() and len(index) < 5 else 0
        pieces.setdefault(base, {})[number] = (value, name.endswith("*"))
    for base, numbered in pieces.items():
        plain[base] = _joined(numbered, flags)
    return plain


def _joined(numbered: dict[int, tuple[str, bool]], flags: Flags) -> str:
    """Join the pieces of one RFC 2231 parameter: the first may begin with charset'language'."""
    charset: str | None = None
    data = b""
    for place, number in enumerate(sorted(numbered)):
        value, encoded = numbered[number]
        if encoded and place == 0 and value.count("'") >= 2:
            charset, _, value = value.split("'", 2)
        raw = value.encode("utf-8", "surrogateescape")
        data += unquote_to_bytes(raw) if encoded else raw
    return decode(data, charset, flags)
