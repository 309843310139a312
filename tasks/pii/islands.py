"""Identifiers inside islands: base64 that decodes to text, digits in which OCR read letters, values cut in two."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Callable, Iterable, Iterator
from functools import cache

from tasks.pii.audit_exempt import known_types
from tasks.pii.gate import Gate, rows, widened
from tasks.pii.spans import Span

Identify = Callable[[str], Iterable[Span]]
MIN_ENCODED = 16
"""Characters of the shortest base64 that is decoded: twelve bytes."""
BASE64 = re.compile(
    rf"(?<![\w+/=-])(?:[A-Za-z0-9+/_-]{{{MIN_ENCODED},4096}}"
    r"|(?:[A-Za-z0-9+/]{60,80}\r?\n){1,64}[A-Za-z0-9+/]{4,80})={0,2}(?![\w+/=-])"
)
CONFUSED = re.compile(r"(?<![^\W_])[\dOolIiSBZ|](?:[ .-]?[\dOolIiSBZ|]){7,22}(?![^\W_])")
DIGITS = str.maketrans("OolIi|SBZ", "001111582")
"""What OCR makes of digits."""
BROKEN = re.compile(
    r"(?<![\w-])(?:[A-Z]{2})?\d[\d -]{2,20}\d(?:[ \t]{0,2}[\n\f\t|][>|\s]{0,6}\d[\d -]{1,20}\d){1,2}(?![\w-])"
)
"""Digits, a break of line, cell, column or page, and more digits."""
NAMED = re.compile(r"(?i)(?<!\w)(?:card|carte|kaart|kadi|visa|mastercard|iban|rib|id|identity|nin|bvn|ice)(?!\w)")
LIKENESS = re.compile(r"<([A-Z][A-Z0-9_]{1,40})_(\d{7,40})>")
"""A long number in the dress of a replacement."""
NEAR = 48
"""Characters before a cut value in which the word that names it stands: tables are full of digits side by side."""
MIN_DIGITS = 0.6
"""Share of true digits from which the letters among them count as misread."""


def find_islands(text: str, identify: Identify) -> Iterator[Span]:
    """Yield islands that hold an identifier; `identify` finds identifiers in plain text."""
    possible = _gate().possible(text)
    if "encoded" in possible:
        yield from _encoded(text, identify)
    if "misread" in possible:
        yield from _misread(text, identify)
    if "cut" in possible:
        yield from _cut(text, identify)
    if "likeness" in possible:
        yield from _dressed(text, identify)


@cache
def _gate() -> Gate[str]:
    return Gate(
        {
            "encoded": widened(BASE64),
            "misread": widened(CONFUSED),
            "cut": widened(BROKEN),
            "likeness": widened(LIKENESS),
        }
    )


def _dressed(text: str, identify: Identify) -> Iterator[Span]:
    """Yield numbers that somebody dressed as a replacement: `<CARD_4242424242424242>`."""
    for match in LIKENESS.finditer(text):
        label, number = match.group(1).replace("_", " "), match.group(2)
        found = [s for s in identify(f"{label}: {number}") if s.length == len(number)]
        kind = found[0].entity_type if found else "NATIONAL_ID" if match.group(1) in known_types() else ""
        if kind:
            yield Span(match.start(), match.end(), kind, 0.7)


def _cut(text: str, identify: Identify) -> Iterator[Span]:
    """Yield identifiers that a line, cell, column or page break has cut, where a word before says what they are."""
    for match in BROKEN.finditer(text):
        before = text[max(0, match.start() - NEAR) : match.start()]
        if not NAMED.search(before):
            continue
        compact = re.sub(r"[^\w]", "", match.group())
        for span in identify(before + compact):
            if span.start == len(before) and span.length == len(compact):
                yield Span(match.start(), match.end(), span.entity_type, 0.8)


def _encoded(text: str, identify: Identify) -> Iterator[Span]:
    for match in _rows(text):
        decoded = _decoded(match.group())
        found = list(identify(decoded)) if decoded else []
        if found:
            yield Span(match.start(), match.end(), found[0].entity_type, 0.8)


def _rows(text: str) -> Iterator[re.Match[str]]:
    """Yield the matches of BASE64: each begins where a row of its characters does."""
    last = 0
    for start in rows(text, MIN_ENCODED):
        match = BASE64.match(text, start) if start >= last else None
        if match:
            last = match.end()
            yield match


def _decoded(value: str) -> str:
    compact = re.sub(r"[\s=]", "", value).replace("-", "+").replace("_", "/")
    try:
        text = base64.b64decode(compact + "=" * (-len(compact) % 4), validate=True).decode("utf-8")
    except (binascii.Error, UnicodeDecodeError):
        return ""
    return text if all(c.isprintable() or c in "\r\n\t" for c in text) else ""


def _misread(text: str, identify: Identify) -> Iterator[Span]:
    places = [m.span() for m in CONFUSED.finditer(text) if _digits_with_letters(m.group())]
    if not places:
        return
    mended = list(text)
    for start, end in places:
        mended[start:end] = text[start:end].translate(DIGITS)
    for span in identify("".join(mended)):
        if any(start < span.end and span.start < end for start, end in places):
            yield span


def _digits_with_letters(value: str) -> bool:
    letters = sum(c.isalpha() or c == "|" for c in value)
    digits = sum(c.isdigit() for c in value)
    return letters > 0 and digits >= MIN_DIGITS * (letters + digits)
