"""Checks of identifiers that python-stdnum does not have: each takes a value as it stands and says if it holds."""

from __future__ import annotations

import ipaddress
import re
from datetime import date

from stdnum import luhn as stdnum_luhn
from stdnum import verhoeff as stdnum_verhoeff
from stdnum.es import dni, nie
from stdnum.iso7064 import mod_97_10

SEPARATORS = re.compile(r"[\s.\-/()]")


def digits(value: str) -> str:
    """Return the value without separators."""
    return SEPARATORS.sub("", value)


def luhn(value: str) -> bool:
    """Whether the digits pass the Luhn check."""
    return bool(stdnum_luhn.is_valid(digits(value)))


def card(value: str) -> bool:
    """Whether the value is a payment card: an issuer's first digits for its length (ISO/IEC 7812), Luhn."""
    number = digits(value)
    issuer = CARD_ISSUERS.get(len(number))
    return issuer is not None and issuer.match(number) is not None and len(set(number)) > 1 and luhn(number)


CARD_ISSUERS = {
    12: re.compile("[056]"),
    13: re.compile("4"),
    14: re.compile("3[0689]"),
    15: re.compile("3[47]|1800|2131"),
    16: re.compile("[456]|2[2-7]|3[05-9]"),
    17: re.compile("[56]"),
    18: re.compile("[56]"),
    19: re.compile("[456]"),
}
"""First digits by length: Visa, Mastercard, Maestro, American Express, Diners, JCB, Discover, UnionPay."""


def south_african_id(value: str) -> bool:
    """Whether the value is a South African ID: a date of birth, citizenship 0–2, Luhn."""
    number = digits(value)
    return (
        len(number) == 13
        and number.isdigit()
        and _date(number[:6])
        and number[10] in "012"
        and number[11] in "89"
        and luhn(number)
    )


def _date(yymmdd: str) -> bool:
    year, month, day = int(yymmdd[:2]), int(yymmdd[2:4]), int(yymmdd[4:])
    for century in (1900, 2000):
        try:
            date(century + year, month, day)
        except ValueError:
            continue
        return True
    return False


def verhoeff(value: str) -> bool:
    """Whether the digits pass the Verhoeff check (the Nigerian NIN)."""
    return bool(stdnum_verhoeff.is_valid(digits(value)))


NUBAN_WEIGHTS = (3, 7, 3, 3, 7, 3, 3, 7, 3, 3, 7, 3)
NUBAN_BANKS = [
    "044",
    "063",
    "050",
    "070",
    "011",
    "214",
    "058",
    "030",
    "301",
    "082",
    "526",
    "076",
    "221",
    "068",
    "232",
    "100",
    "032",
    "033",
    "215",
    "035",
    "057",
    "101",
    "023",
    "084",
    "039",
    "102",
    "103",
    "105",
]
"""Codes of the Nigerian commercial banks (Central Bank of Nigeria, Revised Standards on NUBAN, 2020)."""


def nuban(value: str) -> bool:
    """Whether ten digits are an account number of a Nigerian bank: CBN's check digit holds for one bank code."""
    number = digits(value)
    if len(number) != 10 or not number.isdigit():
        return False
    return any(_nuban_digit(bank + number[:9]) == int(number[9]) for bank in NUBAN_BANKS)


def _nuban_digit(serial: str) -> int:
    return (10 - sum(int(d) * w for d, w in zip(serial, NUBAN_WEIGHTS, strict=True)) % 10) % 10


def rib_ma(value: str) -> bool:
    """Whether 24 digits are a Moroccan RIB: the last two make it divisible by 97 (Bank Al-Maghrib)."""
    number = digits(value)
    return len(number) == 24 and number.isdigit() and int(number[:22]) * 100 % 97 == (97 - int(number[22:])) % 97


def iban(value: str) -> bool:
    """Whether the value is an IBAN: a country code, 15–34 characters, ISO 7064 mod 97-10 leaves 1."""
    compact = re.sub(r"[\s-]", "", value).upper()
    return 15 <= len(compact) <= 34 and bool(mod_97_10.is_valid(compact[4:] + compact[:4]))


def date_of_birth_6(value: str) -> bool:
    """Whether six digits are a date YYMMDD."""
    return value.isdigit() and len(value) == 6 and _date(value)


def ip(value: str) -> bool:
    """Whether the value is an IP address that may name a person's line: no mask, no loopback."""
    try:
        address = ipaddress.ip_address(value.strip("[]"))
    except ValueError:
        return False
    return not (address.is_loopback or address.is_unspecified or value.startswith(("255.", "0.")))


def egyptian_id(value: str) -> bool:
    """Whether 14 digits are an Egyptian national ID: century 2 or 3, a date, a governorate."""
    number = digits(value)
    return len(number) == 14 and number[0] in "23" and _date(number[1:7]) and number[7:9] in EGYPTIAN_GOVERNORATES


EGYPTIAN_GOVERNORATES = frozenset(
    [*(f"{n:02d}" for n in (1, 2, 3, 4)), *(f"{n:02d}" for n in range(11, 20)), *(f"{n:02d}" for n in range(21, 30)),
     *(f"{n:02d}" for n in range(31, 36)), "88"]
)  # fmt: skip


def mixed(value: str) -> bool:
    """Whether the value holds both a letter and a digit."""
    return any(c.isdigit() for c in value) and any(c.isalpha() for c in value)


def tanzanian_id(value: str) -> bool:
    """Whether 20 digits are a Tanzanian NIDA number: they begin with a date YYYYMMDD."""
    number = digits(value)
    return len(number) == 20 and number[:2] in {"19", "20"} and _date(number[2:8])


def rwandan_id(value: str) -> bool:
    """Whether 16 digits are a Rwandan national ID: nationality 1–3, a year of birth, gender 7 or 8."""
    number = digits(value)
    return len(number) == 16 and number[0] in "123" and number[1:3] in {"19", "20"} and number[5] in "78"


def senegalese_id(value: str) -> bool:
    """Whether 13 digits are a Senegalese national ID: gender 1 or 2, a year of birth."""
    number = digits(value)
    return len(number) in {13, 14} and number[0] in "12" and "1900" < number[4:8] < "2030"


def spanish_id(value: str) -> bool:
    """Whether the value is a Spanish DNI or NIE."""
    return bool(dni.is_valid(value) or nie.is_valid(value))
