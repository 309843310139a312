"""Charset labels as mail writes them, the codecs that may be used, and what becomes of stray bytes."""

# ruff: noqa: SIM905 - lists of names read best as words

from __future__ import annotations

import codecs
import re
from functools import lru_cache

ALIASES: dict[str, str] = {
    # The labels of https://encoding.spec.whatwg.org/#names-and-labels: mail programs mean the superset.
    "ascii": "us-ascii",
    "us-ascii": "us-ascii",
    "us ascii": "us-ascii",
    "usascii": "us-ascii",
    "ansi-x3.4-1968": "us-ascii",
    "ansi-x3.4-1986": "us-ascii",
    "iso646-us": "us-ascii",
    "iso-ir-6": "us-ascii",
    "utf8": "utf-8",
    "unicode-1-1-utf-8": "utf-8",
    "unicode-1-1-utf-7": "utf-7",
    "latin1": "cp1252",
    "latin-1": "cp1252",
    "l1": "cp1252",
    "iso-8859-1": "cp1252",
    "iso8859-1": "cp1252",
    "iso-8859-1-windows-3.0-latin-1": "cp1252",
    "ansi": "cp1252",
    "latin2": "iso8859-2",
    "iso-8859-8-i": "iso8859-8",
    "iso-8859-8-e": "iso8859-8",
    "iso-8859-9": "cp1254",
    "iso-8859-11": "cp874",
    "tis-620": "cp874",
    "gb2312": "gb18030",
    "gb-2312-80": "gb18030",
    "gbk": "gb18030",
    "cn-gb": "gb18030",
    "x-gbk": "gb18030",
    "hz-gb-2312": "hz",
    "big5": "big5hkscs",
    "cn-big5": "big5hkscs",
    "x-x-big5": "big5hkscs",
    "ks-c-5601-1987": "cp949",
    "ks-c-5601": "cp949",
    "ksc5601": "cp949",
    "euc-kr": "cp949",
    "shift-jis": "cp932",
    "sjis": "cp932",
    "x-sjis": "cp932",
    "windows-31j": "cp932",
    "x-euc-jp": "euc_jp",
    "iso-2022-jp": "iso2022_jp_ext",
    "macintosh": "mac_roman",
    "x-mac-roman": "mac_roman",
    "mac": "mac_roman",
    "x-mac-cyrillic": "mac_cyrillic",
    "koi8-ru": "koi8_u",
    "unicode": "utf-16",
    "ucs-2": "utf-16",
    "iso-10646-ucs-2": "utf-16",
}
"""Label in mail (lower case, `_` as `-`) -> Python codec."""

STATEFUL = frozenset(
    "utf-7 utf-16 utf-16-le utf-16-be utf-32 utf-32-le utf-32-be hz iso2022_jp iso2022_jp_1 iso2022_jp_2 iso2022_jp_3"
    " iso2022_jp_ext iso2022_kr".split()
)
"""Codecs whose text may consist of ASCII bytes only and still not be ASCII."""
ALLOWED = STATEFUL | frozenset(
    "ascii utf-8 gb18030 gbk gb2312 big5 big5hkscs cp932 cp949 cp950 euc_jp euc_kr shift_jis johab cp874"
    " cp1250 cp1251 cp1252 cp1253 cp1254 cp1255 cp1256 cp1257 cp1258"
    " iso8859-2 iso8859-3 iso8859-4 iso8859-5 iso8859-6 iso8859-7 iso8859-8 iso8859-9 iso8859-10 iso8859-13 iso8859-14"
    " iso8859-15 iso8859-16 koi8-r koi8-t koi8-u kz1048 ptcp154"
    " mac-cyrillic mac-greek mac-latin2 mac-roman mac-turkish"
    " cp437 cp720 cp737 cp775 cp850 cp852 cp855 cp857 cp858 cp860 cp861 cp862 cp863 cp864 cp865 cp866 cp869"
    " cp1125".split()
)
"""Codecs that may be used, by their own names (looking them all up would load 70 modules at every start).

Not: unicode_escape, idna, punycode, rot13, and others that no mail program writes.
"""
JIS = re.compile(rb"\x1b\$[@B]((?:[!-~]{2})*+)(?:\x1b\([BJ]|\Z)")
META = re.compile(rb"<meta[^>]{0,200}?charset\s{0,5}=\s{0,5}[\"']?([\w.:-]{1,40})", re.IGNORECASE)
LABEL = re.compile(r"[a-z0-9][a-z0-9 ._:+-]{0,39}")
LATIN = "daytwo.latin"
"""Name of the error handler that turns a stray byte into what Windows-1252 makes of it."""


@lru_cache(maxsize=1024)
def codec(label: str) -> str | None:
    """Return the name of the allowed codec behind a charset label, or None when it is unknown or not allowed."""
    label = label.strip(" \t\"'").lower().replace("_", "-")
    for spelling in (label, label.removeprefix("x-"), label.removeprefix("cs"), label.replace("cp-", "cp")):
        name = _python_name(ALIASES.get(spelling, spelling))
        if name:
            return name if name in ALLOWED else None
    return None


def _python_name(spelling: str) -> str | None:
    if not LABEL.fullmatch(spelling):
        return None
    try:
        name = codecs.lookup(spelling).name
    except (LookupError, ValueError):
        return None
    return "cp1252" if name == "iso8859-1" else name


def meta_charset(data: bytes) -> str | None:
    """Return the charset label that the head of an HTML text names, or None."""
    match = META.search(data, 0, 4096)
    return match[1].decode("ascii", "replace") if match else None


def strict(data: bytes, name: str) -> str | None:
    """Return the text if every byte is good, else None."""
    try:
        return data.decode(name)
    except (UnicodeError, ValueError):
        return None


def japanese(data: bytes) -> str | None:
    """Return ISO-2022-JP as Windows writes it, with the marks of NEC's row 13 (①, ㈱), or None when it is not.

    Python has no codec for it: the bytes are moved to their place in Shift JIS, whose cp932 has these marks.
    """
    return strict(JIS.sub(_to_shift_jis, data), "cp932") if JIS.search(data) else None


def _to_shift_jis(match: re.Match[bytes]) -> bytes:
    pairs = zip(match[1][::2], match[1][1::2], strict=False)
    moved = bytearray()
    for row, cell in pairs:
        lead = (row - 0x21) // 2 + 0x81
        odd = row % 2 == 1
        moved.append(lead if lead < 0xA0 else lead + 0x40)
        moved.append(cell + 0x1F + (cell > 0x5F) if odd else cell + 0x7E)
    return bytes(moved)


def _latin(error: UnicodeError) -> tuple[str, int]:
    """Error handler: a byte that the codec does not know becomes what Windows-1252, else Latin-1, makes of it."""
    if not isinstance(error, UnicodeDecodeError):
        raise error
    byte = error.object[error.start : error.start + 1]
    return strict(byte, "cp1252") or byte.decode("latin-1"), error.start + 1


codecs.register_error(LATIN, _latin)
