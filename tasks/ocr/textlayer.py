"""Whether a PDF page's own text may be believed: fonts without a mapping give text that only looks like text."""

from __future__ import annotations

import re
import unicodedata

from tasks.ocr.pdfium import Layer

SCAN_SHARE = 0.5
"""A picture over half of the page is a scan; text on it is a stamp, or the layer of another OCR."""
STAMP_CHARS = 40
"""A scan with less visible text than this bears a stamp, not a layer."""
BAD_SHARE = 0.05
"""Unmapped characters a page may have: bullets and ornaments often have no mapping."""
MUTE_SHARE = 0.5
"""Share of Latin words without a vowel that tells a shifted encoding. Running text of any language has below 0.15."""
MIN_WORDS = 5

_LATIN_WORD = re.compile(r"[A-Za-zÀ-ÖØ-öø-ÿ]{3,}")
_VOWELS = frozenset("aeiouyAEIOUY") | {chr(code) for code in range(0xC0, 0x100)}
_BAD = frozenset({"Cc", "Co", "Cn", "Cs"})


def letters(text: str) -> int:
    """Return the number of letters and digits."""
    return sum(character.isalnum() for character in text)


def is_scan(layer: Layer) -> bool:
    """Tell whether a picture covers most of the page."""
    return any(picture.share >= SCAN_SHARE for picture in layer.pictures)


def doubt(layer: Layer) -> str | None:
    """Return why the text layer cannot stand for the page (`absent`, `stamp`, `unmapped`), or None when it can."""
    if not letters(layer.text):
        return "absent"
    if _is_unmapped(layer.text):
        return "unmapped"
    return "stamp" if is_scan(layer) and letters(layer.text) < STAMP_CHARS else None


def _is_unmapped(text: str) -> bool:
    printed = [character for character in text if not character.isspace()]
    bad = sum(character == "�" or unicodedata.category(character) in _BAD for character in printed)
    if bad > BAD_SHARE * len(printed):
        return True
    words = _LATIN_WORD.findall(text)
    mute = sum(_VOWELS.isdisjoint(word) for word in words)
    return len(words) >= MIN_WORDS and mute > MUTE_SHARE * len(words)
