"""Whether a PDF page's own text may be believed: fonts without a mapping give text that only looks like text."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence

from tasks.ocr.pdfium import Layer, Placed
from tasks.ocr.pdfwords import BREAK, Box, LayerWord

SCAN_SHARE = 0.5
"""A picture over half of the page is a scan; text on it is a stamp, or the layer of another OCR."""
GAP_SHARE = 0.05
"""Share of their frame by which strips of a scan may overlap or leave gaps."""
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


def scan_of(layer: Layer) -> Placed | None:
    """Return the picture that covers most of the page, in one piece or in strips; None where none does."""
    whole = next((picture for picture in layer.pictures if picture.share >= SCAN_SHARE), None)
    return whole or _joined(layer.pictures)


def _joined(strips: Sequence[Placed]) -> Placed | None:
    """Return the strips of a scan as one picture: they cover most of the page, and their frame without a gap."""
    if len(strips) < 2 or sum(strip.share for strip in strips) < SCAN_SHARE:
        return None
    boxes = [strip.box for strip in strips]
    frame = Box(
        min(box.left for box in boxes),
        min(box.top for box in boxes),
        max(box.right for box in boxes),
        max(box.bottom for box in boxes),
    )
    area = (frame.right - frame.left) * (frame.bottom - frame.top)
    share = sum((box.right - box.left) * (box.bottom - box.top) for box in boxes)
    if abs(share - area) > GAP_SHARE * area:
        return None
    first = strips[0]
    return Placed(area, first.dpi, frame, max(strip.order for strip in strips), all(strip.hides for strip in strips))


def is_cut(layer: Layer) -> bool:
    """Tell whether the page is a scan of which data is missing: a picture of most of it, or strips, are cut short."""
    cut = sum(picture.share for picture in layer.pictures if picture.cut)
    return cut > 0 and (cut >= SCAN_SHARE or _joined(layer.pictures) is not None)


def is_stamp(layer: Layer, text: str) -> bool:
    """Tell whether `text` is too little for the layer of a scan."""
    return scan_of(layer) is not None and letters(text) < STAMP_CHARS


def text_of(layer: Layer, unseen: Iterable[LayerWord] = (), added: Iterable[tuple[int, str]] = ()) -> str:
    """Return the layer's text as lines, without the `unseen` words, with texts `added` at offsets of the layer's."""
    cuts = [(word.start, word.end, "") for word in unseen]
    cuts += [(offset, offset, f"\n\n{text}\n\n") for offset, text in added]
    parts, last = [], 0
    for start, end, insert in sorted(cuts):
        parts += [layer.text[last:start], insert]
        last = end
    text = "".join([*parts, layer.text[last:]]).replace(BREAK, "").replace("\r\n", "\n").replace("\r", "\n")
    lines = (_BLANKS.sub(" ", line).strip() if cuts else line.rstrip() for line in text.split("\n"))
    return _GAPS.sub("\n\n", "\n".join(lines)).strip()


_BLANKS = re.compile(r"[ \t]+")
_GAPS = re.compile(r"\n{3,}")


def is_unmapped(text: str) -> bool:
    """Tell whether a layer's characters stand for others: control codes, or words without a vowel."""
    printed = [character for character in text if not character.isspace() and character != BREAK]
    bad = sum(character == "�" or unicodedata.category(character) in _BAD for character in printed)
    if bad > BAD_SHARE * len(printed):
        return True
    words = _LATIN_WORD.findall(text)
    mute = sum(_VOWELS.isdisjoint(word) for word in words)
    return len(words) >= MIN_WORDS and mute > MUTE_SHARE * len(words)
