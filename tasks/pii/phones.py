"""Telephone numbers, by the plans of python-phonenumbers, with all of Africa among the regions."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import cache, lru_cache
from typing import Any

from tasks.pii.gate import Gate, widened
from tasks.pii.lexicon import word_list
from tasks.pii.rules import context_pattern, denied
from tasks.pii.spans import Span

PHONE = "PHONE_NUMBER"
CANDIDATE = re.compile(
    r"(?<![\w.,/$€£#%=+-])(?<!\d:)(?<!\d\) )(?:\+|00|\(\+?)?\(?\d(?:\d|[ \t\xa0]{1,2}(?=[\d(-])"
    r"|[.()\u2010-\u2015-]|[-.)]\n(?=\d)){4,22}\d(?![\w%]|[.,:]\d|[/-]\w)"
)
"""Digits with the usual separators; nothing that belongs to a word, an amount, a date or a path touches them."""
EXTENSION = re.compile(r"(?i)[ \t,;]{0,3}(?:ext?\.?|extension|x|poste)[ \t.:#]{0,3}\d{1,6}(?!\w)")
MIN_DIGITS, MAX_DIGITS = 7, 15
"""E.164 allows 15 digits; no subscriber number is shorter than seven."""
CONTEXT = context_pattern(sorted(word_list("phone_context")))
"""Words beside which digits are a telephone number, in twelve languages."""
SHORT = 8
SHORT_CONTEXT = re.compile(
    r"(?<!\w)(?:(?:tele)?phones?|tel|call|dial|ring|cell|mobile|fax|téléphone|tél|foon|simu|ucingo|هاتف)(?!\w)"
)
"""Fewer digits than SHORT in one row are a telephone number only beside one of these words."""
MIN_HINT = re.compile(r"\d(?:[ \t\xa0.()\n\u2010-\u2015-]*\d){6}")
"""MIN_DIGITS digits with separators between: what every CANDIDATE that counts has in it."""
GROUPED = re.compile(r"\d[ .\u2010-\u2015-]\d|\)\s?\d")
DATE_LIKE = re.compile(
    r"^(?:(?:19|20)\d{2}([-. ])\d{1,2}\1\d{1,2}|\d{1,2}([-. ])\d{1,2}\2(?:19|20)\d{2}|\d{1,2}([-.])\d{1,2}\3\d{2})$"
)
YEARS = re.compile(r"^(?:19|20)\d{2} ?[\u2010-\u2015-] ?(?:19|20)?\d{2}$")
NANP = re.compile(r"^(?:1[ .-])?(?:\(\d{3}\) ?|\d{3}[ .-])\d{3}[ .-]\d{4}$")


@cache
def _gate() -> Gate[str]:
    return Gate({"phone": widened(MIN_HINT)})


def find_phones(text: str, folded: str, regions: Sequence[str], supported: Sequence[tuple[int, int]]) -> Iterator[Span]:
    """Yield telephone numbers. `supported` are spans that another detector takes for phones: they count as context."""
    if not _gate().possible(text):
        return
    stripped = text.strip()
    for match in CANDIDATE.finditer(text):
        value = match.group()
        start = match.start()
        count = sum(c.isdigit() for c in value)
        if value.count("(") != value.count(")"):
            value, start = _balanced(value, start)
        if not MIN_DIGITS <= count <= MAX_DIGITS or DATE_LIKE.match(value) or YEARS.match(value):
            continue
        end = start + len(value)
        near = value == stripped or any(a < end and start < b for a, b in supported) or _context(folded, start, end)
        if count < SHORT and not GROUPED.search(value):
            near = _context(folded, start, end, SHORT_CONTEXT)
        score = _score(value, tuple(regions), near=near, against=denied(folded, start))
        if score:
            extension = EXTENSION.match(text, end)
            yield Span(start, extension.end() if extension else end, PHONE, score)


def _balanced(value: str, start: int) -> tuple[str, int]:
    if value.startswith("(") and ")" not in value:
        return value[1:], start + 1
    return value, start


def _context(folded: str, start: int, end: int, words: re.Pattern[str] | None = CONTEXT) -> bool:
    assert words is not None
    line = folded.rfind("\n", 0, start)
    before = folded[max(0, start - 40, line if start - line > 4 else 0) : start]
    return words.search(before + " " + folded[end : end + 12]) is not None


def _score(value: str, regions: tuple[str, ...], *, near: bool, against: bool) -> float:
    """Return how sure it is that `value` is a telephone number; 0 when it is none."""
    if value.startswith(("+", "00", "(+")) and _plausible_international(value):
        return 0.9
    if against:
        return 0.0
    return 0.75 if NANP.match(value) else _national_score(value, regions, near=near)


def _national_score(value: str, regions: tuple[str, ...], *, near: bool) -> float:
    grouped = GROUPED.search(value) is not None
    trunk = value.lstrip("(").startswith("0")
    count = sum(c.isdigit() for c in value)
    if not grouped and count > (11 if trunk else 10):
        return 0.0
    valid = _valid_somewhere(value, regions)
    if valid and trunk and (grouped or near or len(value) == 10):
        return 0.8 if near else 0.6
    return 0.65 if near and (valid or (grouped and (trunk or 8 <= count <= 12))) else 0.0


@lru_cache(maxsize=8192)
def _plausible_international(value: str) -> bool:
    import phonenumbers  # noqa: PLC0415  large tables

    digits = re.sub(r"\(0\)", "", value)
    digits = "+" + re.sub(r"\D", "", digits).removeprefix("00" if not value.startswith(("+", "(+")) else "")
    try:
        number = phonenumbers.parse(digits, None)
    except phonenumbers.NumberParseException:
        return False
    if value.startswith("00"):
        return phonenumbers.is_valid_number(number)
    return phonenumbers.is_possible_number(number)


@lru_cache(maxsize=8192)
def _valid_somewhere(value: str, regions: tuple[str, ...]) -> bool:
    import phonenumbers  # noqa: PLC0415  large tables

    for region in regions:
        number: Any
        try:
            number = phonenumbers.parse(value, region)
        except phonenumbers.NumberParseException:
            continue
        if phonenumbers.is_valid_number_for_region(number, region):
            return True
    return False
