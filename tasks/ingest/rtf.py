"""Rich Text in Outlook's mail: unpacking (MS-OXRTFCP), and the HTML (MS-OXRTFEX) or text inside, in linear time."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace

from tasks.ingest.charset_labels import LATIN, codec

UNPACKED_BYTES = 20 * 2**20
"""RTF is unpacked up to here (catalogue A24: a header may claim a gigabyte)."""
DEPTH = 500
"""Groups nested deeper are read as if they were not opened."""
DICTIONARY = (
    rb"{\rtf1\ansi\mac\deff0\deftab720{\fonttbl;}{\f0\fnil \froman \fswiss \fmodern \fscript \fdecor MS Sans "
    rb"SerifSymbolArialTimes New RomanCourier{\colortbl\red0\green0\blue0"
    b"\r\n"
    rb"\par \pard\plain\f0\fs20\b\i\u\tab\tx"
)
"""What the dictionary holds at the start (MS-OXRTFCP 2.1.2.1)."""
TOKEN = re.compile(
    rb"\\([a-z]{1,32})(-?\d{1,10})?[ ]?|\\'([0-9a-fA-F]{2})|\\([^a-z])|([{}])|([^\\{}\r\n]+)|[\r\n]+|\\", re.IGNORECASE
)
SKIPPED = frozenset(
    b"fonttbl colortbl stylesheet info pict object header footer headerl headerr footerl footerr listtable"
    b" listoverridetable generator xmlnstbl themedata datastore latentstyles rsidtbl mmathpr filetbl revtbl".split()
)
BREAKS = {b"par": "\n", b"line": "\n", b"sect": "\n", b"page": "\n", b"row": "\n", b"tab": "\t", b"cell": "\t"}
SYMBOLS = {
    b"lquote": "\u2018",
    b"rquote": "\u2019",
    b"ldblquote": "\u201c",
    b"rdblquote": "\u201d",
    b"bullet": "\u2022",
    b"endash": "\u2013",
    b"emdash": "\u2014",
    b"emspace": "\u2003",
    b"enspace": "\u2002",
    b"zwj": "\u200d",
    b"zwnj": "\u200c",
}
FONT_CHARSETS = {
    128: "cp932",
    129: "cp949",
    134: "gb18030",
    136: "big5hkscs",
    161: "cp1253",
    162: "cp1254",
    163: "cp1258",
    177: "cp1255",
    178: "cp1256",
    186: "cp1257",
    204: "cp1251",
    222: "cp874",
    238: "cp1250",
}
"""\\fcharset -> codec (MS-RTF); others use the document's code page."""


def unpack(data: bytes) -> bytes | None:
    """Return the RTF of a PidTagRtfCompressed value, at most UNPACKED_BYTES; None when it is none."""
    if len(data) < 16:
        return None
    kind = data[8:12]
    if kind == b"MELA":
        return data[16 : 16 + UNPACKED_BYTES]
    return _unpack_lz(data[16:]) if kind == b"LZFu" else None


def _unpack_lz(data: bytes) -> bytes:
    window = bytearray(4096)
    window[: len(DICTIONARY)] = DICTIONARY
    write, out, position = len(DICTIONARY), bytearray(), 0
    while position < len(data) and len(out) < UNPACKED_BYTES:
        control = data[position]
        position += 1
        for bit in range(8):
            if position >= len(data):
                break
            if not control >> bit & 1:
                piece = data[position : position + 1]
                position += 1
            else:
                reference = int.from_bytes(data[position : position + 2], "big")
                position += 2
                offset, length = reference >> 4, (reference & 15) + 2
                if offset == write:
                    return bytes(out)
                piece = _copied(window, offset, length, write)
            for byte in piece:
                window[write] = byte
                write = (write + 1) & 4095
            out += piece
    return bytes(out)


def _copied(window: bytearray, offset: int, length: int, write: int) -> bytes:
    """Return `length` bytes of the ring from `offset`; bytes written by this very copy may be among them."""
    piece = bytearray()
    span = (write - offset) & 4095
    for index in range(length):
        piece.append(piece[index - span] if span and index >= span else window[(offset + index) & 4095])
    return bytes(piece)


@dataclass(frozen=True, slots=True)
class _Group:
    skip: bool = False
    tag: bool = False
    rtf_only: bool = False
    fallback: int = 1
    codec: str | None = None
    fonts: bool = False


@dataclass(slots=True)
class _State:
    group: _Group = field(default_factory=_Group)
    stack: list[_Group] = field(default_factory=list)
    html: bool = False
    default: str = "cp1252"
    fonts: dict[int, str] = field(default_factory=dict)
    font: int = 0
    star: bool = False
    swallow: int = 0
    pending: bytearray = field(default_factory=bytearray)
    out: list[str] = field(default_factory=list)
    over: int = 0


def content(rtf: bytes) -> tuple[str, bool]:
    """Return the text inside, and whether it is HTML that Outlook wrapped (it says `fromhtml`)."""
    state = _State()
    for match in TOKEN.finditer(rtf):
        word, number, code, symbol, brace, text = match.groups()
        if code is not None:
            _byte(state, bytes([int(code, 16)]))
        elif text is not None:
            _byte(state, text)
        elif brace is not None:
            _brace(state, brace)
        elif word is not None:
            _word(state, word.lower(), int(number) if number else None)
        elif symbol is not None:
            _symbol(state, symbol)
    _flush(state)
    text = "".join(state.out).strip("\n\0")
    if not text.isascii():  # \\u writes emoji as two halves
        text = text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
    return text, state.html


def _visible(state: _State) -> bool:
    group = state.group
    return not group.skip and not (state.html and group.rtf_only)


def _byte(state: _State, data: bytes) -> None:
    if state.swallow:
        taken = min(state.swallow, len(data))
        state.swallow -= taken
        data = data[taken:]
    if data and _visible(state):
        state.pending += data


def _flush(state: _State) -> None:
    if state.pending:
        data = bytes(state.pending)
        state.pending.clear()
        try:
            state.out.append(data.decode(state.group.codec or state.default))
        except UnicodeError:
            state.out.append(data.decode("cp1252", LATIN))


def _put(state: _State, text: str) -> None:
    if _visible(state):
        _flush(state)
        state.out.append(text)


def _brace(state: _State, brace: bytes) -> None:
    _flush(state)
    state.swallow, state.star = 0, False
    if brace == b"{":
        if len(state.stack) < DEPTH:
            state.stack.append(state.group)
        else:
            state.over += 1
    elif state.over:
        state.over -= 1
    elif state.stack:
        state.group = state.stack.pop()


def _symbol(state: _State, symbol: bytes) -> None:
    if symbol == b"*":
        state.star = True
    elif symbol in b"{}\\":
        _byte(state, symbol)
    elif symbol == b"~":
        _put(state, "\xa0")
    elif symbol in (b"\r", b"\n"):
        _put(state, "\n")


def _word(state: _State, word: bytes, number: int | None) -> None:
    star, state.star = state.star, False
    if word == b"u" and number is not None:
        if _visible(state):
            _flush(state)
            state.out.append(chr(number & 0xFFFF))
        state.swallow = state.group.fallback
    elif word in BREAKS or word in SYMBOLS:
        if not state.group.tag:
            _put(state, BREAKS.get(word) or SYMBOLS[word])
    elif star and word != b"htmltag":
        _change(state, replace(state.group, skip=True))
    elif word in SKIPPED:
        _change(state, replace(state.group, skip=True, fonts=word == b"fonttbl"))
    else:
        _setting(state, word, number)


def _change(state: _State, group: _Group) -> None:
    _flush(state)
    state.group = group


def _setting(state: _State, word: bytes, number: int | None) -> None:
    if word == b"fromhtml":
        state.html = True
    elif word == b"htmltag":
        _change(state, replace(state.group, tag=True, rtf_only=False, skip=not state.html))
    elif word == b"htmlrtf":
        _change(state, replace(state.group, rtf_only=number != 0))
    elif word == b"uc" and number is not None:
        _change(state, replace(state.group, fallback=max(0, min(number, 8))))
    elif word == b"ansicpg" and number is not None:
        state.default = codec("utf-8" if number == 65001 else f"cp{number}") or "cp1252"
    elif word == b"f" and number is not None:
        state.font = number
        if not state.group.fonts:
            _change(state, replace(state.group, codec=state.fonts.get(number)))
    elif word == b"fcharset" and state.group.fonts and number in FONT_CHARSETS:
        state.fonts[state.font] = FONT_CHARSETS[number]
