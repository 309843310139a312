"""Canonical forms: what is one value however it is written, so that it gets one pseudonym."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

from tasks.pii.lexicon import phrase_set
from tasks.pii.shadow import shadow

PHONE_REGIONS = (
    "ZA", "NG", "KE", "MA", "EG", "GH", "TZ", "UG", "ET", "RW", "SN", "CI",
    "DZ", "TN", "CM", "MZ", "NA", "BW", "ZW", "ZM", "MW", "AO", "BJ", "ML", "BF", "NE", "TG", "GN", "SL", "LR",
    "GM", "MG", "MU", "LS", "SZ", "SO", "SD", "SS", "LY", "CD", "CG", "CF", "GA", "GQ", "BI", "DJ", "ER", "TD",
    "KM", "CV", "GW", "MR", "ST", "SC", "RE", "YT", "US", "GB", "FR", "DE", "ES", "PT", "IN", "CN", "AE",
)  # fmt: skip
"""Africa by market, and the countries its mail comes from. A number without a country code is one of the first
region in which it is valid: the order is part of the canonical form, so the home market comes first."""
NAMES = frozenset({"PERSON", "LOCATION", "STREET_ADDRESS", "POSTAL_ADDRESS", "ORGANIZATION"})
ADDRESSED = frozenset({"EMAIL_ADDRESS", "URL", "USERNAME", "DOMAIN_NAME"})
EXACT = frozenset({"SECRET"})
AT = re.compile(r"(?i)\s*[\[({<]\s*(?:at|a)\s*[\])}>]\s*|\s+(?:at|arobase)\s+|_at_")
DOT = re.compile(r"(?i)\s*[\[({<]\s*(?:dot|point)\s*[\])}>]\s*|\s+(?:dot|point)\s+|_dot_")


@lru_cache(maxsize=32768)
def canonical(entity_type: str, value: str, regions: tuple[str, ...] = PHONE_REGIONS) -> str:
    """Return the canonical form of a value: case, spaces, separators, disguises and national prefixes are folded.

    `regions` are those of scrub-pii's `phone_regions`: 0712 345678 is +254 712 345678 where Kenya comes first.
    """
    plain = unicodedata.normalize("NFC", shadow(value).text).strip()
    if entity_type in EXACT:
        return plain
    if entity_type in ADDRESSED:
        return re.sub(r"\s+", "", DOT.sub(".", AT.sub("@", plain.casefold()))).strip(".,;:<>\"'")
    if entity_type == "PHONE_NUMBER":
        return _phone(plain, regions)
    if entity_type in NAMES:
        return _name(plain)
    return re.sub(r"[^\w]|_", "", plain).upper()


def _phone(value: str, regions: tuple[str, ...]) -> str:
    import phonenumbers  # noqa: PLC0415  large tables

    for region in regions:
        try:
            number = phonenumbers.parse(value, region)
        except phonenumbers.NumberParseException:
            continue
        if phonenumbers.is_valid_number(number):
            return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
    return re.sub(r"\D", "", value)


def _name(value: str) -> str:
    last, comma, first = value.partition(",")
    ordered = f"{first} {last}" if comma and first.strip() and "," not in first and len(first.split()) < 4 else value
    words = re.sub(r"[^\w'’-]+", " ", ordered.casefold().replace("’", "'")).split()
    while len(words) > 1 and words[0] in phrase_set("titles"):
        words = words[1:]
    return " ".join(w.removesuffix("'s") for w in words)
