"""Made-up identifiers with right check digits.

Subscriber numbers start with 000 (only South Africa knows unassigned mobile prefixes, and a number from those would be
refused by every validator); identity numbers have small running numbers; bank codes are 999; cards are the test
numbers that payment providers publish.
"""

from __future__ import annotations


def luhn_digit(digits: str) -> str:
    """Return the check digit that makes `digits` plus itself pass the Luhn test."""
    doubled = [int(d) * (2 - index % 2) for index, d in enumerate(reversed(digits))]
    return str(-sum(n // 10 + n % 10 for n in doubled) % 10)


def za_id_number(n: int) -> str:
    """Return a South African identity number: a day in January, running number `n`, citizen, check digit."""
    digits = f"{60 + n % 40:02d}01{1 + n % 28:02d}{n:04d}08"
    return digits + luhn_digit(digits)


def ke_kra_pin(n: int) -> str:
    """Return a personal PIN of the Kenya Revenue Authority: A, nine digits, a letter."""
    return f"A{n:09d}{'BCDFGHJKLM'[n % 10]}"


def ng_nin(n: int) -> str:
    """Return an eleven-digit Nigerian identification number; it has no check digit."""
    return f"9870{n * 7919 % 10_000_000:07d}"


def ma_iban(n: int) -> str:
    """Return a Moroccan IBAN in groups of four, with right check digits of the account (RIB) and of the IBAN.

    The RIB key is 97 less the first 22 digits times 100 modulo 97; the IBAN's is ISO 13616, M and A being 22 and 10.
    """
    account = f"999780{n:016d}"
    rib = f"{account}{97 - int(account) * 100 % 97:02d}"
    check = 98 - int(f"{rib}221000") % 97
    iban = f"MA{check:02d}{rib}"
    return " ".join(iban[start : start + 4] for start in range(0, len(iban), 4))


def phone(prefix: str, cell: str, n: int, style: int) -> str:
    """Return an international mobile number in one of three ways of writing; the subscriber number begins with 000."""
    rest = f"{n:07d}" if prefix in ("+27", "+234") else f"{n:06d}"
    first, between = ((" ", " "), ("", ""), (" ", "-"))[style]
    return prefix + first + between.join((cell, rest[:3], rest[3:]))


NATIONAL = {"ZA_ID_NUMBER": za_id_number, "KE_KRA_PIN": ke_kra_pin, "NG_NIN": ng_nin, "IBAN_CODE": ma_iban}
"""Identifier by the name of its entity type."""
