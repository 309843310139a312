"""Detectors of the leak audit: simple patterns and checksums of its own, none shared with the scrubber.

They see less than the scrubber does and differently, so a broken recognizer shows up as a hit.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import date

Hit = tuple[int, int, str]
"""Start, end, entity type."""


def digits_of(value: str) -> str:
    """Return the digits of a value."""
    return "".join(c for c in value if c.isdigit())


def luhn(number: str) -> bool:
    """Whether a string of digits passes the Luhn check."""
    total = 0
    for index, character in enumerate(reversed(number)):
        doubled = int(character) * (1 + index % 2)
        total += doubled - 9 if doubled > 9 else doubled
    return total % 10 == 0


def mod97(value: str) -> bool:
    """Whether an IBAN's letters and digits leave 1 modulo 97 (ISO 13616)."""
    compact = "".join(c for c in value if c.isalnum()).upper()
    moved = compact[4:] + compact[:4]
    return 15 <= len(compact) <= 34 and int("".join(str(int(c, 36)) for c in moved)) % 97 == 1


def _card(value: str) -> bool:
    number = digits_of(value)
    issuer = number[:1] in {"4", "5"} or number[:2] in {"34", "36", "37", "60", "62", "65"} or number[:2] == "35"
    return 13 <= len(number) <= 19 and issuer and luhn(number) and len(set(number)) > 1


def _za_id(value: str) -> bool:
    number = digits_of(value)
    if len(number) != 13 or number[10] not in "012" or not luhn(number):
        return False
    return _day(1900 + int(number[:2]), number) or _day(2000 + int(number[:2]), number)


def _day(year: int, number: str) -> bool:
    try:
        date(year, int(number[2:4]), int(number[4:6]))
    except ValueError:
        return False
    return True


def _ice(value: str) -> bool:
    number = digits_of(value)
    return len(number) == 15 and int(number) % 97 == 0


def _rib(value: str) -> bool:
    number = digits_of(value)
    return len(number) == 24 and (int(number[:22]) * 100 + int(number[22:])) % 97 == 0


def _international(value: str) -> bool:
    number = digits_of(value)
    return 9 <= len(number) <= 15 and "0000" not in number and number[0] != "0"


def _national(value: str) -> bool:
    return len(digits_of(value)) in {9, 10, 11} and "0000" not in digits_of(value)


Check = Callable[[str], bool]
PATTERNS: tuple[tuple[str, re.Pattern[str], Check | None], ...] = (
    ("EMAIL_ADDRESS", re.compile(r"[^\s@<>\"'(),;:\[\]]{1,64}@[^\s@<>\"'(),;:\[\]]{1,190}\.[^\W\d_]{2,24}"), None),
    ("CREDIT_CARD", re.compile(r"(?<![\w.])\d(?:[ -]?\d){12,18}(?![\w])"), _card),
    ("ZA_ID_NUMBER", re.compile(r"(?<!\w)\d{6} ?\d{4} ?[012]\d\d(?!\w)"), _za_id),
    ("IBAN_CODE", re.compile(r"(?<!\w)[A-Z]{2}\d\d(?: ?[A-Z0-9]){11,30}(?!\w)"), mod97),
    ("KE_KRA_PIN", re.compile(r"(?<!\w)[AP]\d{9}[A-Z](?!\w)"), None),
    ("MA_RIB", re.compile(r"(?<!\w)\d(?:[ -]?\d){23}(?!\w)"), _rib),
    ("MA_ICE", re.compile(r"(?<!\w)\d{15}(?!\w)"), _ice),
    ("NG_BVN", re.compile(r"(?i)(?<!\w)(?:bvn|nin)\W{1,4}(?:(?:is|number|no)\W{1,3}){0,2}(\d{11})(?!\w)"), None),
    ("PHONE_NUMBER", re.compile(r"(?<![\w+])\+\d(?:[ .()-]{0,2}\d){8,14}(?!\w)"), _international),
    ("PHONE_NUMBER", re.compile(r"(?<![\w.,/-])0\d{1,2}[ -]\d{3}[ -]\d{4}(?![\w-])"), _national),
    ("US_SSN", re.compile(r"(?<![\w-])\d{3}-\d\d-\d{4}(?![\w-])"), None),
    ("GH_CARD", re.compile(r"GHA-\d{9}-\d"), None),
    ("SECRET", re.compile(r"-----BEGIN [A-Z ]{0,30}PRIVATE KEY"), None),
    (
        "SECRET",
        re.compile(r"(?<!\w)(?:AKIA[A-Z0-9]{16}|eyJ[\w-]{10,2048}\.[\w-]{10,4096}\.[\w-]{5,1024}|ghp_\w{36})(?!\w)"),
        None,
    ),
)
SURROGATE_DOMAIN = "person.example"


def find_patterns(text: str) -> Iterator[Hit]:
    """Yield what looks like personal data and passes its checksum."""
    for entity_type, pattern, check in PATTERNS:
        for match in pattern.finditer(text):
            start, end = match.span(match.re.groups)
            if check is not None and not check(text[start:end]):
                continue
            if not text[start:end].lower().endswith("@" + SURROGATE_DOMAIN):
                yield start, end, entity_type
