"""Bytes to text: declared charsets from an allow-list, detection where they lie, never a U+FFFD for a stray byte."""

from __future__ import annotations

import codecs
import re
from functools import lru_cache

from tasks.ingest.flags import Flags

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

ALLOWED = frozenset(
    codecs.lookup(name).name
    for name in (
        *("us-ascii", "utf-8", "utf-7", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "utf-32-le", "utf-32-be"),
        *(f"iso8859-{n}" for n in (2, 3, 4, 5, 6, 7, 8, 9, 10, 13, 14, 15, 16)),
        *(f"cp{n}" for n in (*range(1250, 1259), 437, 720, 737, 775, 850, 852, 855, 857, 858, 860, 861, 862, 863)),
        *(f"cp{n}" for n in (864, 865, 866, 869, 874, 932, 949, 950, 1125)),
        *("koi8_r", "koi8_u", "koi8_t", "kz1048", "ptcp154", "mac_roman", "mac_cyrillic", "mac_greek", "mac_latin2"),
        *("mac_turkish", "gb18030", "gbk", "gb2312", "hz", "big5", "big5hkscs", "euc_jp", "euc_kr", "shift_jis"),
        *("iso2022_jp", "iso2022_jp_1", "iso2022_jp_2", "iso2022_jp_3", "iso2022_jp_ext", "iso2022_kr", "johab"),
    )
)
"""Codecs that may be used. Not: unicode_escape, idna, punycode, rot13, and others that no mail program writes."""

LATIN = "daytwo.latin"
"""Name of the error handler that turns a stray byte into what Windows-1252 makes of it."""
EAST_ASIAN = ("gb18030", "big5hkscs", "euc_jp", "cp932", "cp949")
FREQUENT = frozenset(
    "的一是不了我有在人他中大上到子你出就那要下以可也好么能得自心去年生看天如事成所用心想知道谢谢您请问帮助"
    "这来个国说们为时会着没对还后动过发学经面里业"
    "這來個國說們為時會著沒對還後動過發學經面裡業謝請問幫"
    "、。，！？「」のにはをたがでてとしれさあいうえおかきくけこなまもらりるんすせそよっョンスルイトラリクアシ"
    "이다는을에의가고하로지도은를한기사시어안인수니요습해있그나자"
)
"""The characters that Chinese, Japanese and Korean prose uses most: detectors fail on the short texts of mail."""
FREQUENT_SHARE = 0.2
"""Prose has twice this share in its own charset; in a wrong one a twentieth."""
STATEFUL = frozenset(
    codecs.lookup(name).name
    for name in ("utf-7", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "utf-32-le", "utf-32-be", "hz", "iso2022_kr")
) | {name for name in ALLOWED if name.startswith("iso2022")}
"""Codecs whose text may consist of ASCII bytes only and still not be ASCII."""

BOMS = ((b"\xef\xbb\xbf", "utf-8"), (b"\xff\xfe\x00\x00", "utf-32"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"))
DETECT_BYTES = 4_096
"""Detection looks at this many bytes around the first that are not ASCII: more costs time and changes no verdict."""
UTF7_SHIFTED = re.compile(rb"\+[A-Za-z0-9+/]*-?")
UTF7_MARKS = frozenset('!"#$%*;=@[]^_`{|}+ \r\n')
"""ASCII that UTF-7 may encode without hiding markup: set O of RFC 2152 less `<`, `>` and `&`."""
WITHIN_WORD = re.compile(r"(?<=[A-Za-z])[^\x00-\x7f](?=[a-z])")
LABEL = re.compile(r"[a-z0-9][a-z0-9 ._:+-]{0,39}")


@lru_cache(maxsize=1024)
def codec(label: str) -> str | None:
    """Return the name of the allowed codec behind a charset label, or None when it is unknown or not allowed."""
    label = label.strip(" \t\"'").lower().replace("_", "-")
    for spelling in (label, label.removeprefix("x-"), label.removeprefix("cs")):
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


def decode(data: bytes, label: str | None, flags: Flags, hints: tuple[str, ...] = ()) -> str:
    """Return the text of `data`, which claims the charset `label`.

    `hints` are charsets used elsewhere in the mail, tried before detection. Flags: charset_unknown, charset_missing,
    charset_wrong, charset_utf7. No byte is lost: strays become what Windows-1252 makes of them.
    """
    name = codec(label) if label else None
    if label and name is None:
        flags.add("charset_unknown")
    if data.isascii() and name not in STATEFUL and b"\0" not in data:
        return data.decode("ascii")
    for mark, marked in BOMS:
        if data.startswith(mark):
            if name and not name.startswith(marked):
                flags.add("charset_wrong")
            return _mended(data[len(mark) :] if marked == "utf-8" else data, marked, flags)
    if name == "utf-7":
        return _utf7(data, flags)
    text = _declared(data, name, flags)
    return text if text is not None else _detected(data, name, label, flags, hints)


def _declared(data: bytes, name: str | None, flags: Flags) -> str | None:
    """Return the text if it is what it claims; UTF-8 that claims to be Latin-1 is taken as UTF-8."""
    if name is None or name == "ascii":
        return None
    if name in ("cp1252", "cp1254", "iso8859-15"):
        text = _strict(data, "utf-8")
        if text is not None:
            flags.add("charset_wrong")
            return text
        return None if _looks_utf16(data) else data.decode(name, LATIN)
    return _strict(data, name)


def _detected(data: bytes, name: str | None, label: str | None, flags: Flags, hints: tuple[str, ...]) -> str:
    if name is None:
        if not label:
            flags.add("charset_missing")
    else:
        flags.add("charset_wrong")
    wide = _looks_utf16(data)
    if wide:
        return _mended(data, wide, flags)
    text = _strict(data, "utf-8")
    if text is not None:
        return text
    for hint in hints:
        known = codec(hint)
        text = _strict(data, known) if known and known not in STATEFUL and known != "ascii" else None
        if text is not None:
            return text
    if name not in (None, "ascii"):
        return _mended(data, name, flags)
    return _mended(data, _guess(data), flags)


def _guess(data: bytes) -> str:
    """Return the likeliest codec: UTF-8 with strays, Windows-1252, or what charset-normalizer finds."""
    if _mostly_utf8(data):
        return "utf-8"
    first = next((index for index, byte in enumerate(data) if byte > 127), 0)
    sample = data[max(0, first - 512) : first + DETECT_BYTES]
    if _reads_as_western(sample):
        return "cp1252"
    east_asian = max(EAST_ASIAN, key=lambda name: _frequent(sample, name))
    if _frequent(sample, east_asian) > FREQUENT_SHARE:
        return east_asian
    from charset_normalizer import from_bytes  # noqa: PLC0415 - 60 ms to import, and most mail never needs it

    best = from_bytes(sample, cp_exclusion=["utf_7"]).best()
    found = codec(best.encoding) if best else None
    return found if found and found not in STATEFUL and found != "ascii" else "cp1252"


def _frequent(sample: bytes, name: str) -> float:
    """Return which share of the characters beyond ASCII are among the most frequent of East Asian writing."""
    beyond = [char for char in sample.decode(name, "replace") if not char.isascii()]
    return sum(char in FREQUENT for char in beyond) / max(1, len(beyond))


def _reads_as_western(sample: bytes) -> bool:
    """Say whether Windows-1252 makes words of the text: few accents among many letters, none of them out of place.

    Detectors take short French or Portuguese for Central European; these languages write more mail here.
    """
    text = sample.decode("cp1252", LATIN)
    letters = sum(char.isascii() and char.isalpha() for char in text)
    beyond = [char for char in text if not char.isascii()]
    if not beyond or len(beyond) * 5 > letters:
        return False
    inside = [char for char in WITHIN_WORD.findall(text) if char not in "\u2019\xb4\xad"]
    odd = sum(not char.isalpha() or char.isupper() or char in "\xfe\xf0\u0192\xaa\xba" for char in inside)
    return odd * 10 <= len(beyond)


def _mostly_utf8(data: bytes) -> bool:
    """Say whether nearly all of the 8-bit text is good UTF-8, so that the rest must be strays."""
    eight_bit = sum(len(run) for run in re.findall(rb"[\x80-\xff]+", data))
    bad = sum(1 for char in data.decode("utf-8", "replace") if char == "\ufffd") - data.count(b"\xef\xbf\xbd")
    return eight_bit > 0 and bad * 10 < eight_bit


def _strict(data: bytes, name: str) -> str | None:
    try:
        return data.decode(name)
    except (UnicodeError, ValueError):
        return None


def _mended(data: bytes, name: str | None, flags: Flags) -> str:
    name = name or "cp1252"
    text = _strict(data, name)
    if text is not None:
        return text
    flags.add("charset_wrong")
    try:
        return data.decode(name, LATIN)
    except (UnicodeError, ValueError):
        return data.decode("cp1252", LATIN)


def _utf7(data: bytes, flags: Flags) -> str:
    """Decode UTF-7 only for what its writers encode: characters beyond ASCII and harmless marks (RFC 2152, set O).

    `+ADw-script+AD4-` spells markup in base64 to slip past filters; such a stretch stays as it is written.
    """
    flags.add("charset_utf7")
    if not data.isascii():
        return _detected(data, None, "utf-7", flags, ())
    return UTF7_SHIFTED.sub(_shifted, data).decode("utf-8", "replace")


def _shifted(match: re.Match[bytes]) -> bytes:
    inner = _strict(match[0], "utf-7")
    if inner is None or any(char.isascii() and char not in UTF7_MARKS for char in inner):
        return match[0]
    return inner.encode("utf-8", "replace")


def _looks_utf16(data: bytes) -> str | None:
    """Return the byte order when every second byte of the start is NUL, as in UTF-16 of mostly Latin text."""
    head = data[:512]
    if head.count(0) < len(head) * 0.3:
        return None
    even, odd = head[::2].count(0), head[1::2].count(0)
    if odd > 4 * even:
        return "utf-16-le"
    return "utf-16-be" if even > 4 * odd else None


def _latin(error: UnicodeError) -> tuple[str, int]:
    """Error handler: a byte that the codec does not know becomes what Windows-1252, else Latin-1, makes of it."""
    if not isinstance(error, UnicodeDecodeError):
        raise error
    byte = error.object[error.start : error.start + 1]
    return _strict(byte, "cp1252") or byte.decode("latin-1"), error.start + 1


codecs.register_error(LATIN, _latin)
