"""The audit's second look: a value that the text itself calls a passport, an account, a date of birth.

Where no checksum tells a number from an order number, its label does. The labels are the audit's own, fewer than the
packs' context words, and they must stand right before the value.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from functools import cache
from typing import Any

from tasks.pii.audit_checks import luhn_digits, nuban, public_ip

Hit = tuple[int, int, str]
"""Start, end, entity type."""
LINK = (
    r"(?:[ \t]{0,2}(?:number|numéro|numero|no|nr|num|n°|is|est|ni|ke|yangu|ya|wa|[:#=.()-])(?![^\W\d_])){0,5}[ \t]{0,3}"
)
"""What may stand between a label and its value."""
NUMBER = r"(?:[A-Z]{1,3} ?)?\d(?:[ /-]?\d){4,21}(?:[ -]?[A-Z][A-Z0-9]{0,3})?"
"""Five digits or more, with letters before or after."""
DATE = (
    r"\d{1,2}[/.-]\d{1,2}[/.-]\d{2,4}|\d{4}[/.-]\d{1,2}[/.-]\d{1,2}"
    r"|\d{1,2}(?:st|nd|rd|th)? [^\W\d_]{3,9},? \d{4}|[^\W\d_]{3,9} \d{1,2},? \d{4}"
)
MSISDN = r"27[678]\d{8}|212[67]\d{8}|233[25]\d{8}|234[789]\d{9}|254[17]\d{8}|255[67]\d{8}|2567\d{8}"
"""Mobile numbers of the larger markets with the country code and no plus."""
Check = Callable[[str], bool]
LABELLED: tuple[tuple[str, str, str, Check | None], ...] = (
    ("NG_NIN", r"nin|national identification", r"\d{11}|\d{4}[ -]\d{3}[ -]\d{4}|\d{3}[ -]\d{4}[ -]\d{4}", None),
    ("NG_BVN", r"bvn|bank verification", r"\d{11}", None),
    ("NG_TIN", r"tin|tax identification", r"\d{8}-\d{4}|\d{10}|\d{12}|\d{3}-\d{3}-\d{3}", None),
    ("NG_BANK_ACCOUNT", r"nuban|acc(?:oun)?t", r"\d{10}", nuban),
    ("TAX_ID", r"sars|income tax|tax reference|vat(?: reg)?|btw", r"\d{4}/?\d{3}/?\d{2}/?\d", luhn_digits),
    ("TAX_ID", r"nifp?|nuit|ninea|identifiant fiscal|patente|matricule fiscal|የግብር ከፋይ(?: መለያ)?", NUMBER, None),
    ("SOCIAL_SECURITY", r"cnss|nhif|nssf|sécurité sociale|social security", NUMBER, None),
    ("PASSPORT", r"passport|passeport|paspoort|passaporte|pasipoti|جواز السفر", r"[A-Z]{1,3}\d{6,9}", None),
    ("BANK_ACCOUNT", r"account number|bank account|numéro de compte|rekeningnommer", NUMBER, None),
    ("BANK_ACCOUNT", r"account|rekening", r"6[23] ?\d{4} ?\d{4} ?\d", None),
    ("NATIONAL_ID", r"id number|national id|identity number|kitambulisho|id-nommer|indangamuntu|dni", NUMBER, None),
    ("NATIONAL_ID", r"cni|carte d'identité|número de identidade|huduma|nie|pesel|aadhaar", NUMBER, None),
    ("IN_PAN", r"pan", r"[A-Z]{5}\d{4}[A-Z]", None),
    ("TRAFFIC_REGISTER", r"traffic register", r"\d{4}[A-Z0-9]\d{8}", None),
    ("NG_VOTER_ID", r"voter'?s? card|pvc", r"\d\w{18}", None),
    ("US_ROUTING_NUMBER", r"routing", r"\d{9}", None),
    ("MA_CIN", r"cin|cnie|carte nationale|و?البطاقة الوطنية|و?الرقم الوطني", r"[A-Z]{1,2} ?\d{5,6}", None),
    ("DRIVER_LICENSE", r"driv(?:ing|er'?s?) licen[cs]e|frsc licence|rybewys|permis de conduire", NUMBER, None),
    (
        "LICENSE_PLATE",
        r"plates?|plaque|immatriculation|vehicle reg|nommerplaat",
        r"[A-Z]{0,3}[ -]?\d[A-Z\d -]{2,9}",
        None,
    ),
    ("DATE_OF_BIRTH", r"date of birth|dob|d\.o\.b|born(?: on)?|née? le|date de naissance|geboortedatum", DATE, None),
    ("DATE_OF_BIRTH", r"tarehe ya kuzaliwa|data de nascimento|تاريخ الميلاد|تاريخ الازدياد", DATE, None),
    ("IP_ADDRESS", r"ip|ip address|adresse ip", r"\d{1,3}(?:\.\d{1,3}){3}", public_ip),
    ("PHONE_NUMBER", r"phone|tel|call(?: me on)?|whatsapp|mobile|cell|msisdn|paid by", MSISDN, None),
    ("IMEI", r"imei", r"\d{15}", luhn_digits),
    ("SECRET", r"password|mot de passe|wagwoord|wachtwoord|nenosiri", r"(?<=[:=] )\S{6,64}", None),
)
PATTERNS = tuple(
    (kind, re.compile(rf"(?i:(?<!\w)(?:{label})){LINK}({value})(?!\w)"), check)
    for kind, label, value, check in LABELLED
)


@cache
def _gate() -> Any:
    """Return one pattern that tells whether any label stands in a text: most have none, and RE2 reads it once."""
    import re2  # type: ignore[import-untyped]  # noqa: PLC0415  loaded when a text is audited

    return re2.compile("(?i)(?:" + "|".join(label for _, label, *_ in LABELLED) + ")")


def find_labelled(text: str) -> Iterator[Hit]:
    """Yield values right behind a word that says what they are."""
    if not _gate().search(text):
        return
    for entity_type, pattern, check in PATTERNS:
        for match in pattern.finditer(text):
            start, end = match.span(1)
            if not _stand_in(text[start:end]) and (check is None or check(text[start:end])):
                yield start, end, entity_type


def _stand_in(value: str) -> bool:
    """Whether a value may be a surrogate of ours: their first digit is 0. Real ones that begin so pass too."""
    return next((c for c in value if c.isdigit()), "") == "0"
