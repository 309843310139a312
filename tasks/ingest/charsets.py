"""Bytes to text: declared charsets from an allow-list, detection where they lie, never a U+FFFD for a stray byte."""

from __future__ import annotations

import re

from tasks.ingest.charset_detection import likeliest, looks_utf16
from tasks.ingest.charset_labels import LATIN, STATEFUL, codec, japanese, strict
from tasks.ingest.flags import Flags

BOMS = ((b"\xef\xbb\xbf", "utf-8"), (b"\xff\xfe\x00\x00", "utf-32"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"))
DETECTIONS = 50
"""Headers and parts of one mail whose charset is looked for, 5 ms each: a mail with thousands of them is an attack."""
SURROGATE_PAIR = re.compile(rb"\xed[\xa0-\xaf][\x80-\xbf]\xed[\xb0-\xbf][\x80-\xbf]")
UTF7_SHIFTED = re.compile(rb"\+[A-Za-z0-9+/]*-?")
UTF7_MARKS = frozenset('!"#$%*;=@[]^_`{|}+ \r\n')
"""ASCII that UTF-7 may encode without hiding markup: set O of RFC 2152 less `<`, `>` and `&`."""


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
        text = strict(data, "utf-8")
        if text is not None:
            flags.add("charset_wrong")
            return text
        return None if looks_utf16(data) else data.decode(name, LATIN)
    if name == "utf-16":
        name = looks_utf16(data) or name  # without a mark Python takes the byte order of this machine
    return strict(data, name) if name != "iso2022_jp_ext" else strict(data, name) or japanese(data)


def _detected(data: bytes, name: str | None, label: str | None, flags: Flags, hints: tuple[str, ...]) -> str:
    if name is None:
        if not label:
            flags.add("charset_missing")
    else:
        flags.add("charset_wrong")
    wide = looks_utf16(data)
    if wide:
        return _mended(data, wide, flags)
    text = strict(data, "utf-8")
    if text is not None:
        return text
    for hint in hints:
        known = codec(hint)
        text = strict(data, known) if known and known not in STATEFUL and known != "ascii" else None
        if text is not None:
            return text
    if name not in (None, "ascii"):
        return _mended(data, name, flags)
    flags.detections += 1
    return _mended(data, likeliest(data) if flags.detections <= DETECTIONS else "cp1252", flags)


def _mended(data: bytes, name: str | None, flags: Flags) -> str:
    name = name or "cp1252"
    text = strict(data, name)
    if text is not None:
        return text
    flags.add("charset_wrong")
    if name == "utf-8" and SURROGATE_PAIR.search(data):
        data = SURROGATE_PAIR.sub(_one_character, data)
    try:
        return data.decode(name, LATIN)
    except (UnicodeError, ValueError):
        return data.decode("cp1252", LATIN)


def _one_character(pair: re.Match[bytes]) -> bytes:
    """Return as UTF-8 what two surrogates spell that were encoded one by one (CESU-8: Java, Oracle)."""
    return pair[0].decode("utf-8", "surrogatepass").encode("utf-16", "surrogatepass").decode("utf-16").encode()


def _utf7(data: bytes, flags: Flags) -> str:
    """Decode UTF-7 only for what its writers encode: characters beyond ASCII and harmless marks (RFC 2152, set O).

    `+ADw-script+AD4-` spells markup in base64 to slip past filters; such a stretch stays as it is written.
    """
    flags.add("charset_utf7")
    if not data.isascii():
        return _detected(data, None, "utf-7", flags, ())
    return UTF7_SHIFTED.sub(_shifted, data).decode("utf-8", "replace")


def _shifted(match: re.Match[bytes]) -> bytes:
    inner = strict(match[0], "utf-7")
    if inner is None or any(char.isascii() and char not in UTF7_MARKS for char in inner):
        return match[0]
    return inner.encode("utf-8", "replace")
