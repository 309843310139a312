"""Detectors of the leak audit: simple patterns and checksums of its own, none shared with the scrubber.

They see less than the scrubber does and differently, so a broken recognizer shows up as a hit.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from tasks.pii import audit_checks as checks
from tasks.pii.audit_labels import Hit, find_labelled

Check = Callable[[str], bool]
PATTERNS: tuple[tuple[str, re.Pattern[str], Check | None], ...] = (
    ("EMAIL_ADDRESS", re.compile(r"[^\s@<>\"'(),;:\[\]]{1,64}@[^\s@<>\"'(),;:\[\]]{1,190}\.[^\W\d_]{2,24}"), None),
    ("CREDIT_CARD", re.compile(r"(?<![\w.])\d(?:[ -]?\d){12,18}(?![\w])"), checks.card),
    ("ZA_ID_NUMBER", re.compile(r"(?<!\w)(?:\d{6}[ /-]?\d{4}[ /-]?[012]\d[ /-]?\d|\d(?: \d){12})(?!\w)"), checks.za_id),
    ("ZA_ID_NUMBER", re.compile(r"(?i:(?<!\w)(?:sa)?id(?:no|number)?[.:_-]?)(\d{13})(?!\d)"), checks.za_id),
    ("IBAN_CODE", re.compile(r"(?<!\w)[A-Z]{2}\d\d(?: ?[A-Z0-9]){11,30}(?!\w)"), checks.mod97),
    ("KE_KRA_PIN", re.compile(r"(?<!\w)[AP]\d{9}[A-Z](?!\w)"), None),
    ("KE_MPESA_CODE", re.compile(r"(?<!\w)[Q-V][A-Z0-9]{9}(?= [Cc]onfirmed)"), None),
    ("MA_RIB", re.compile(r"(?<!\w)\d(?:[ -]?\d){23}(?!\w)"), checks.rib),
    ("MA_ICE", re.compile(r"(?<!\w)\d(?: ?\d){14}(?!\w)"), checks.ice),
    ("PHONE_NUMBER", re.compile(r"(?<![\w+])\+\d(?:[ .()-]{0,2}\d){8,14}(?!\w)"), checks.international),
    ("PHONE_NUMBER", re.compile(r"(?<![\w.,/-])0\d{1,2}[ -]\d{3}[ -]\d{4}(?![\w-])"), checks.national),
    ("US_SSN", re.compile(r"(?<![\w-])\d{3}-\d\d-\d{4}(?![\w-])"), None),
    ("GH_CARD", re.compile(r"GHA-\d{9}-\d"), None),
    ("GH_TIN", re.compile(r"(?<!\w)[CGPQV]00\d{7}[\dX](?!\w)"), checks.ghanaian_tin),
    ("EG_NATIONAL_ID", re.compile(r"(?<![\w-])[23]\d{13}(?![\w-])"), checks.egyptian_id),
    ("TZ_NIDA", re.compile(r"(?<!\w)(?:\d{8}-\d{5}-\d{5}-\d\d|\d{20})(?!\w)"), checks.nida),
    ("UG_NIN", re.compile(r"(?<!\w)C[MF]\d\d[0-9A-Z]{10}(?!\w)"), None),
    ("RW_NATIONAL_ID", re.compile(r"(?<!\w)[123] ?(?:19|20)\d\d ?[78] ?\d{7} ?\d ?\d\d(?!\w)"), None),
    ("ZA_COMPANY_REGISTRATION", re.compile(r"(?<![\w/])(?:19|20)\d\d/\d{6}/\d\d(?![\w/])"), None),
    ("UK_NINO", re.compile(r"(?<!\w)[A-CEGHJ-PR-TW-Z][A-CEGHJ-NPR-TW-Z](?: ?\d\d){3} ?[A-D](?!\w)"), None),
    ("FR_NIR", re.compile(r"(?<!\w)[12](?: ?\d\d){2} ?(?:\d\d|2[AB])(?: ?\d{3}){2} ?\d\d(?!\w)"), checks.nir),
    ("ES_NIF", re.compile(r"(?<![\w-])\d{8}-?[A-Z](?![\w-])"), checks.dni),
    ("ES_NIF", re.compile(r"(?<!\w)[XYZ]-?\d{7}-?[A-Z](?![\w-])"), None),
    ("IT_FISCAL_CODE", re.compile(r"(?<!\w)[A-Z]{6}\d\d[A-EHLMPRST]\d\d[A-Z]\d{3}[A-Z](?!\w)"), None),
    ("CRYPTO", re.compile(r"(?<!\w)[13][1-9A-HJ-NP-Za-km-z]{25,34}(?!\w)"), checks.base58),
    ("CRYPTO", re.compile(r"(?<!\w)(?:0x[0-9a-fA-F]{40}|bc1[02-9ac-hj-np-z]{25,60})(?!\w)"), None),
    ("MAC_ADDRESS", re.compile(r"(?<![\w:-])[0-9A-Fa-f]{2}(?:[:-][0-9A-Fa-f]{2}){5}(?![\w:-])"), None),
    (
        "POSTAL_ADDRESS",
        re.compile(r"(?i)(?<!\w)(?:P\.? ?O\.? ?Box|Private Bag|B\.P\.|Posbus) [A-Z]{0,2}\d{1,6}(?!\w)"),
        None,
    ),
    ("SECRET", re.compile(r"-----BEGIN [A-Z ]{0,30}PRIVATE KEY"), None),
    (
        "SECRET",
        re.compile(r"(?<!\w)(?:AKIA[A-Z0-9]{16}|eyJ[\w-]{10,2048}\.[\w-]{10,4096}\.[\w-]{5,1024}|ghp_\w{36})(?!\w)"),
        None,
    ),
)
SURROGATE_DOMAIN = "@person.example"
"""What surrogate addresses end with; a path may follow it."""


def find_patterns(text: str) -> Iterator[Hit]:
    """Yield what looks like personal data and passes its checksum, or is labelled as what it is."""
    for entity_type, pattern, check in PATTERNS:
        for match in pattern.finditer(text):
            start, end = match.span(match.re.groups)
            if check is not None and not check(text[start:end]):
                continue
            if SURROGATE_DOMAIN not in text[start:end].lower():
                yield start, end, entity_type
    yield from find_labelled(text)
