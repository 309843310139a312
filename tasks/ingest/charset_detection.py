"""Which charset a text is in that does not say, or lies. Tuned for the short mails of African markets."""

from __future__ import annotations

import re
import string
from collections.abc import Mapping

from tasks.ingest.charset_labels import LATIN, STATEFUL, codec

DETECT_BYTES = 4_096
"""Detection looks at this many bytes around the first that are not ASCII: more costs time and changes no verdict."""
LETTERS = string.ascii_letters.encode()
EIGHT_BIT = re.compile(rb"[\x80-\xff]+")
BEYOND = re.compile(r"[^\x00-\x7f]")
WITHIN_WORD = re.compile(r"(?<=[A-Za-z])[^\x00-\x7f](?=[a-z])")
_CHINESE = "的一是不了我有在人他中大上到子你出就那要下以可也好么能得自心去年生看天如事成所用想知道您助，。！？"
_KANA = "のにはをたがでてとしれさあいうえおかきくけこなまもらりるんすせそよっョンスルイトラリクアシ、。"
FREQUENT: dict[str, frozenset[str]] = {
    "gb18030": frozenset(_CHINESE + "这来个国说们为时会着没对还后动过发学经面里业请问帮谢"),
    "big5hkscs": frozenset(_CHINESE + "這來個國說們為時會著沒對還後動過發學經面裡業請問幫謝"),
    "euc_jp": frozenset(_KANA),
    "cp932": frozenset(_KANA),
    "cp949": frozenset("이다는을에의가고하로지도은를한기사시어안인수니요습해있그나자"),
}
"""The characters that Chinese, Japanese and Korean prose uses most: detectors fail on the short texts of mail."""
FREQUENT_SHARE = 0.2
"""Prose has twice this share in its own charset; in a wrong one a twentieth."""


ALPHABETS: dict[str, frozenset[str]] = {
    "koi8-r": frozenset("оеаинтсрвлкм"),
    "cp1251": frozenset("оеаинтсрвлкмі"),
    "cp866": frozenset("оеаинтсрвлкм"),
    "cp1256": frozenset("اليمنروتةبعد"),
    "iso8859-6": frozenset("اليمنروتةبعد"),
    "cp1253": frozenset("αοιετσνηυρπκ"),
    "iso8859-8": frozenset("יוהלאתרבשמנד"),
}
"""The twelve letters that Russian, Arabic, Greek and Hebrew prose uses most."""
WORD_BEYOND = re.compile(rb"[\x80-\xff]{3}")
"""Whole words beyond ASCII: single accents are Latin writing."""
ALPHABET_SHARE = 0.5
"""They are two thirds of such prose, in a wrong charset a quarter at most."""


def likeliest(data: bytes) -> str:
    """Return the likeliest codec: UTF-8 with strays, Windows-1252, or what charset-normalizer finds."""
    if _mostly_utf8(data):
        return "utf-8"
    eight_bit = EIGHT_BIT.search(data)
    first = eight_bit.start() if eight_bit else 0
    sample = data[max(0, first - 512) : first + DETECT_BYTES]
    if _reads_as_western(sample):
        return "cp1252"
    east_asian = max(FREQUENT, key=lambda name: _frequent(sample, name))
    if _frequent(sample, east_asian) > FREQUENT_SHARE:
        return east_asian
    alphabet = max(ALPHABETS, key=lambda name: _frequent(sample, name, ALPHABETS))
    if WORD_BEYOND.search(sample) and _frequent(sample, alphabet, ALPHABETS) > ALPHABET_SHARE:
        return alphabet
    from charset_normalizer import from_bytes  # noqa: PLC0415 - 60 ms to import, and most mail never needs it

    best = from_bytes(sample, cp_exclusion=["utf_7"]).best()
    found = codec(best.encoding) if best else None
    return found if found and found not in STATEFUL and found != "ascii" else "cp1252"


def _frequent(sample: bytes, name: str, writing: Mapping[str, frozenset[str]] = FREQUENT) -> float:
    """Return which share of the characters beyond ASCII are among the most frequent of a writing."""
    beyond = BEYOND.findall(sample.decode(name, "replace"))
    return sum(char in writing[name] for char in beyond) / max(1, len(beyond))


def _reads_as_western(sample: bytes) -> bool:
    """Say whether Windows-1252 makes words of the text: few accents among many letters, none of them out of place.

    Detectors take short French or Portuguese for Central European; these languages write more mail here.
    """
    text = sample.decode("cp1252", LATIN)
    letters = len(sample) - len(sample.translate(None, LETTERS))
    beyond = BEYOND.findall(text)
    if not beyond or len(beyond) * 3 > letters:
        return False
    inside = [char for char in WITHIN_WORD.findall(text) if char not in "\u2019\xb4\xad"]
    odd = sum(not char.isalpha() or char.isupper() or char in "\xfe\xf0\u0192\xaa\xba" for char in inside)
    return bool(odd * 10 <= len(beyond))


def _mostly_utf8(data: bytes) -> bool:
    """Say whether nearly all of the 8-bit text is good UTF-8, so that the rest must be strays."""
    eight_bit = sum(map(len, EIGHT_BIT.findall(data)))
    bad = data.decode("utf-8", "replace").count("\ufffd") - data.count(b"\xef\xbf\xbd")
    return eight_bit > 0 and bad * 10 < eight_bit


def looks_utf16(data: bytes) -> str | None:
    """Return the byte order when every second byte of the start is NUL, as in UTF-16 of mostly Latin text."""
    head = data[:512]
    if head.count(0) < len(head) * 0.3:
        return None
    even, odd = head[::2].count(0), head[1::2].count(0)
    if odd > 4 * even:
        return "utf-16-le"
    return "utf-16-be" if even > 4 * odd else None
