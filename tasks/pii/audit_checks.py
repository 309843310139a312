"""Check digits as the audit computes them, written down again from the specifications: none is the scrubber's."""

from __future__ import annotations

import hashlib
from datetime import date

BASE58 = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
DNI_LETTERS = "TRWAGMYFPDXBNJZSQVHLCKE"


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


def luhn_digits(value: str) -> bool:
    """Whether the digits of a value pass the Luhn check."""
    return luhn(digits_of(value))


def mod97(value: str) -> bool:
    """Whether an IBAN's letters and digits leave 1 modulo 97 (ISO 13616)."""
    compact = "".join(c for c in value if c.isalnum()).upper()
    moved = compact[4:] + compact[:4]
    return 15 <= len(compact) <= 34 and int("".join(str(int(c, 36)) for c in moved)) % 97 == 1


def card(value: str) -> bool:
    """Whether a value is a payment card: an issuer's first digits, Luhn."""
    number = digits_of(value)
    issuer = number[:1] in {"4", "5"} or number[:2] in {"34", "36", "37", "60", "62", "65"} or number[:2] == "35"
    diners = len(number) == 14 and number[:2] in {"30", "38", "39"}
    return 13 <= len(number) <= 19 and (issuer or diners) and luhn(number) and len(set(number)) > 1


def za_id(value: str) -> bool:
    """Whether a value is a South African ID: a date of birth, citizenship, Luhn."""
    number = digits_of(value)
    return len(number) == 13 and number[10] in "012" and luhn(number) and _birth(number[:6])


def _birth(yymmdd: str) -> bool:
    return any(_day(century + int(yymmdd[:2]), yymmdd[2:]) for century in (1900, 2000))


def _day(year: int, mmdd: str) -> bool:
    try:
        date(year, int(mmdd[:2]), int(mmdd[2:4]))
    except ValueError:
        return False
    return True


def egyptian_id(value: str) -> bool:
    """Whether 14 digits begin with a century and a date, as an Egyptian national ID does."""
    return _day({"2": 1900, "3": 2000}[value[0]] + int(value[1:3]), value[3:7]) and value[7:9] <= "35"


def nida(value: str) -> bool:
    """Whether 20 digits begin with a date, as a Tanzanian ID does."""
    number = digits_of(value)
    return "1900" < number[:4] < "2030" and _day(int(number[:4]), number[4:8])


def ice(value: str) -> bool:
    """Whether 15 digits are divisible by 97: a Moroccan ICE."""
    number = digits_of(value)
    return len(number) == 15 and int(number) % 97 == 0


def rib(value: str) -> bool:
    """Whether 24 digits are divisible by 97: a Moroccan RIB."""
    number = digits_of(value)
    return len(number) == 24 and int(number) % 97 == 0


def nir(value: str) -> bool:
    """Whether a value is a French social security number: 97 less the remainder of the first thirteen digits."""
    compact = "".join(c for c in value if c.isalnum()).replace("2A", "19").replace("2B", "18")
    return compact.isdigit() and len(compact) == 15 and 97 - int(compact[:13]) % 97 == int(compact[13:])


def dni(value: str) -> bool:
    """Whether eight digits and a letter are a Spanish DNI."""
    return DNI_LETTERS[int(digits_of(value)) % 23] == value[-1]


def ghanaian_tin(value: str) -> bool:
    """Whether the last character of a Ghanaian TIN is right: weights 1 to 9, modulo 11, X for ten."""
    rest = sum((i + 1) * int(c) for i, c in enumerate(value[1:10])) % 11
    return value[10] == ("X" if rest == 10 else str(rest))


def nuban(value: str) -> bool:
    """Whether ten digits are an account of one of Nigeria's larger banks (CBN's standard on NUBAN)."""
    if len(value) != 10 or not value.isdigit():
        return False
    for bank in ("011", "033", "035", "044", "057", "058", "070", "214", "215", "221", "232"):
        total = sum(int(c) * (7 if i % 3 == 1 else 3) for i, c in enumerate(bank + value[:9]))
        if (10 - total % 10) % 10 == int(value[9]):
            return True
    return False


def base58(value: str) -> bool:
    """Whether a value is a Bitcoin address of the old kind: Base58Check."""
    number = 0
    for character in value:
        if character not in BASE58:
            return False
        number = number * 58 + BASE58.index(character)
    if number.bit_length() > 200:
        return False
    data = number.to_bytes(25, "big")
    return hashlib.sha256(hashlib.sha256(data[:21]).digest()).digest()[:4] == data[21:]


def public_ip(value: str) -> bool:
    """Whether a dotted value is an address that may be somebody's: no loopback, no mask, four bytes."""
    parts = [int(part) for part in value.split(".")]
    return max(parts) < 256 and parts[0] not in {0, 127, 255}


def international(value: str) -> bool:
    """Whether a value may be a telephone number with a country code that is no stand-in of ours."""
    number = digits_of(value)
    return 9 <= len(number) <= 15 and "0000" not in number and number[0] != "0"


def national(value: str) -> bool:
    """Whether a value may be a telephone number without a country code that is no stand-in of ours."""
    return len(digits_of(value)) in {9, 10, 11} and "0000" not in digits_of(value)
