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
GLUED = "".join(
    rf"|(?<=\b(?i:{word}))"
    for word in ("ngu", "ngu-", "ku", "ku-", "phone=", "tel=", "mobile=", "cell=", "msisdn=", "whatsapp=", "number=")
)
"""What may touch a number from the left: isiZulu and isiXhosa prefixes, names of parameters in links."""
CANDIDATE = re.compile(
    rf"(?=[+(\d])(?:(?<![\w.,/$€£#%=+-])|(?<=\d/)|(?<=\d{{3}},)(?=[0+]){GLUED})(?<!\d:)(?<!\d\) )"
    r"(?:0\d\d/\d{3}/\d{4}|(?:\+|00|\(\+?)?\(?\d(?:\d|[ \t\xa0]{1,2}(?=[\d(-])"
    r"|[.()\u2010-\u2015-]|[-.)]\n(?=\d)){4,22}\d)(?![\w%]|[.:]\d|,(?!0\d{9})\d|/(?!\(?[0+]\d|2\d{10}|\d(?![\w/]))\w|-\w)"
)
"""Digits with the usual separators; nothing that belongs to a word, an amount, a date or a path touches them."""
LISTED = re.compile(r"[ \t]{0,3}(?:[/,;|&]|\bor\b|\bou\b|\bof\b|\bau\b|\band\b|\bet\b)[ \t]{0,3}")
"""What stands between the numbers of a list: behind a telephone number comes another."""
MSISDN = re.compile(r"2[0-9]{10,12}")
"""A number of Africa with its country code and without `+`, as systems and M-Pesa write it."""
NIGERIAN_MOBILE = re.compile(r"0[789][01]\d{8}")
PAID = re.compile(r"(?<!\w)(?:paid by|sent (?:to|by|from)|send to|msisdn|m-?pesa|wa\.me|airtel|mtn|safaricom)(?!\w)")
"""Words of mobile money beside which an MSISDN is one for certain."""
DAY = re.compile(r"20[0-4]\d(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])")
"""How a moment such as 201211220308 begins, which else could be an Egyptian number."""
DAY_OR_NUMBER = 12
"""Digits of an Egyptian mobile number with its country code."""
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
DIRECT = re.compile(
    SHORT_CONTEXT.pattern + r"\W{0,3}(?:(?:(?:me|us|him|her|them) )?(?:on|at|is|no|number|numbers)\W{0,3})?$"
)
"""One of these words right before a number: `for this order call 082 …`."""
MIN_HINT = re.compile(r"\d(?:[ \t\xa0.()\n/\u2010-\u2015-]*\d){6}")
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
    stripped, last = text.strip(), -1
    for match in CANDIDATE.finditer(text):
        value = match.group()
        start = match.start()
        count = sum(c.isdigit() for c in value)
        if value.count("(") != value.count(")"):
            value, start = _balanced(value, start)
        if not MIN_DIGITS <= count <= MAX_DIGITS or DATE_LIKE.match(value) or YEARS.match(value):
            continue
        end = start + len(value)
        listed = last >= 0 and LISTED.fullmatch(text, last, start) is not None
        near = value == stripped or any(a < end and start < b for a, b in supported) or _context(folded, start, end)
        if count < SHORT and not GROUPED.search(value):
            near = _context(folded, start, end, SHORT_CONTEXT)
        score = _score(value, tuple(regions), near=near or listed, against=_against(folded, start, listed=listed))
        if score:
            extension = EXTENSION.match(text, end)
            last = extension.end() if extension else end
            yield Span(start, last, PHONE, score)


def _against(folded: str, start: int, *, listed: bool) -> bool:
    """Whether a business word denies the number: not behind another number, nor behind `call` or `phone` itself."""
    if listed or not denied(folded, start):
        return False
    return DIRECT.search(folded[max(0, start - 40) : start]) is None


def _balanced(value: str, start: int) -> tuple[str, int]:
    if value.startswith("(") and ")" not in value:
        return value[1:], start + 1
    return value, start


def _context(folded: str, start: int, end: int, words: re.Pattern[str] | None = CONTEXT) -> bool:
    assert words is not None
    line = folded.rfind("\n", 0, start)
    before = folded[max(0, start - 40, line if start - line > 4 else 0) : start]
    return words.search(before + " " + folded[end : end + 12]) is not None or (
        words is CONTEXT and PAID.search(before) is not None
    )


def _score(value: str, regions: tuple[str, ...], *, near: bool, against: bool) -> float:
    """Return how sure it is that `value` is a telephone number; 0 when it is none."""
    if value.startswith(("+", "00", "(+")) and _plausible_international(value):
        return 0.9
    if against:
        return 0.0
    return 0.75 if NANP.match(value) else _national_score(value, regions, near=near)


def _national_score(value: str, regions: tuple[str, ...], *, near: bool) -> float:
    if _with_country_code(value, regions, near=near):
        return 0.75 if near else 0.6
    grouped = GROUPED.search(value) is not None
    trunk = value.lstrip("(").startswith("0")
    count = sum(c.isdigit() for c in value)
    if not grouped and count > (11 if trunk else 10):
        return 0.0
    valid = _valid_somewhere(value, regions)
    if valid and trunk and (grouped or near or len(value) == 10 or NIGERIAN_MOBILE.fullmatch(value)):
        return 0.8 if near else 0.6
    return 0.65 if near and (valid or (grouped and (trunk or 8 <= count <= 12))) else 0.0


def _with_country_code(value: str, regions: tuple[str, ...], *, near: bool) -> bool:
    """Whether the value is an African number without its `+`: a valid one beside a word, else a mobile number."""
    digits = re.sub(r"\D", "", value)
    if not MSISDN.fullmatch(digits) or (DAY.match(digits) and not (near and len(digits) == DAY_OR_NUMBER)):
        return False
    if not near and value != digits:
        return False
    return _valid_msisdn(digits, regions, mobile=not near)


@lru_cache(maxsize=8192)
def _valid_msisdn(digits: str, regions: tuple[str, ...], *, mobile: bool) -> bool:
    import phonenumbers  # noqa: PLC0415  large tables

    try:
        number = phonenumbers.parse("+" + digits, None)
    except phonenumbers.NumberParseException:
        return False
    if not phonenumbers.is_valid_number(number) or phonenumbers.region_code_for_number(number) not in regions:
        return False
    kinds = {phonenumbers.PhoneNumberType.MOBILE, phonenumbers.PhoneNumberType.FIXED_LINE_OR_MOBILE}
    return not mobile or phonenumbers.number_type(number) in kinds


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
