"""In what encoding a text file is: byte order marks, zero bytes, UTF-8, else a detector over an allow-list."""

from __future__ import annotations

import codecs
import string
from typing import BinaryIO

BLOCK = 1 << 20
"""Bytes looked at in one go."""
_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
ALLOWED = (
    *("cp1252", "cp1256", "cp1250", "cp1251", "cp1253", "cp1254", "cp1255", "cp1257", "mac_roman", "cp850", "cp437"),
    *("iso8859_6", "cp720", "shift_jis", "euc_jp", "gb18030", "big5", "euc_kr"),
)
"""Codecs the detector may choose: those that ticket exports are written in. None of them can hide markup (UTF-7)."""
_WESTERN = frozenset("àâäáãåæçèéêëìíîïñòóôöõøœùúûüýÿßÀÂÄÁÃÅÆÇÈÉÊËÌÍÎÏÑÒÓÔÖÕØŒÙÚÛÜÝŸ’‘“”–—…€£°«»¿¡º ")
_WESTERN_SHARE = 0.9
"""Share of the non-ASCII characters that must be letters and marks of Western Europe for Windows-1252 to be taken
without asking the detector, which on short texts takes it for Windows-1250 or a Mac (seen on French and Portuguese)."""
_SPARSE = 0.4
"""And there must be fewer of them than this share of the ASCII letters: in Arabic or Russian they are the most."""
_ASCII_LETTERS = frozenset(string.ascii_letters.encode())
_MOSTLY = 0.1
"""Up to this share of broken sequences a file counts as UTF-8 with foreign rows in it (mended row by row)."""


def detect(file: BinaryIO) -> str:
    """Return the codec name of a file, read from its start until something decides; ASCII counts as UTF-8."""
    head = file.read(BLOCK)
    if marked := next((codec for mark, codec in _MARKS if head.startswith(mark)), None):
        return marked
    if wide := _without_mark(head):
        return wide
    while head:
        if not head.isascii():
            return _utf8(head) or _guess(head)
        head = file.read(BLOCK)
    return "utf-8"


def _without_mark(head: bytes) -> str | None:
    """Tell UTF-16 and UTF-32 by their zero bytes: the one in which they become spaces, commas and line ends."""
    sample = head[: 4096 - 4096 % 4]
    sample = sample[: len(sample) - len(sample) % 4]
    if sample.count(0) < len(sample) * 0.02 or not sample or _narrow(sample):
        return None
    for codec in ("utf-32-le", "utf-32-be", "utf-16-le", "utf-16-be"):
        text = sample.decode(codec, "replace")
        plain = sum(char.isascii() and (char.isprintable() or char in "\r\n\t") for char in text)
        if "\0" not in text and text.count("\ufffd") <= 1 and plain >= len(text) * 0.04:
            return codec
    return None


def _narrow(sample: bytes) -> bool:
    """Tell a text of single bytes with stray zeros: wide text has zeros in every other byte, or is full of controls."""
    controls = sum(byte < 32 and byte not in b"\0\t\n\r" for byte in sample)
    return sample.count(0) < len(sample) * 0.2 and controls < len(sample) * 0.02


def _utf8(block: bytes) -> str | None:
    """Return utf-8 when the block is that, but for few broken sequences."""
    text = block.decode("utf-8", "surrogateescape")
    broken = sum(1 for char in text[:-3] if "\udc80" <= char <= "\udcff")
    if not broken:
        return "utf-8"
    good = sum(1 for char in text if char > "\x7f") - broken
    return "utf-8" if broken <= good * _MOSTLY else None


def _guess(block: bytes) -> str:
    sample = b"\n".join(line for line in block.splitlines() if not line.isascii())[:65536]
    foreign = [char for char in sample.decode("cp1252", "replace") if char > "\x7f"]
    sparse = len(foreign) <= sum(byte in _ASCII_LETTERS for byte in sample) * _SPARSE
    if sparse and sum(char in _WESTERN for char in foreign) >= len(foreign) * _WESTERN_SHARE:
        return "cp1252"
    from charset_normalizer import from_bytes  # noqa: PLC0415 - slow to import, rarely needed

    best = from_bytes(sample, cp_isolation=list(ALLOWED)).best()
    return best.encoding if best else "cp1252"


def errors_for(encoding: str) -> str:
    """Return how bytes that do not decode are kept: for UTF-8 to be mended by row, for all others as U+FFFD."""
    return "surrogateescape" if encoding in ("utf-8", "utf-8-sig") else "replace"
