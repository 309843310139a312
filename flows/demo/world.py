"""The people, amounts and dates of the made-up world, each a function of a running number: no clock, no chance."""

from __future__ import annotations

import hashlib
import json
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone
from functools import cache
from importlib import resources
from typing import Any, TypeVar

from flows.demo.identifiers import NATIONAL, phone

START = datetime(2026, 3, 2, 5, 40, tzinfo=UTC)
"""When the first mail of the corpus was written."""
OWN_DOMAIN = "support.karoo.example"
"""Domain of the support staff."""
HELPDESK = f"help@{OWN_DOMAIN}"

T = TypeVar("T")


@cache
def phrases(name: str) -> Any:
    """Return the parsed data file `phrases/<name>.json`."""
    return json.loads(resources.files("flows.demo").joinpath(f"phrases/{name}.json").read_text("utf-8"))


def number(below: int, *key: object) -> int:
    """Return a number in [0, below) that depends on nothing but `key`."""
    digest = hashlib.sha256(repr(key).encode()).digest()
    return int.from_bytes(digest[:8], "big") % below


def pick(choices: Sequence[T], *key: object) -> T:
    """Return the one of `choices` that `key` stands for."""
    return choices[number(len(choices), *key)]


@dataclass(frozen=True, slots=True)
class Person:
    """A customer. `national` is (entity type, value): identity number, tax PIN or account."""

    given: str
    full: str
    email: str
    phone: str
    country: str
    national: tuple[str, str]
    card: str
    zone: timezone


def person(n: int, country: str, lang: str) -> Person:
    """Return customer `n` (unique in the corpus), living in `country`, with a name that suits the language."""
    facts = phrases("world")["countries"][country] | phrases("world")["languages"][lang]
    given = facts["given"][n % len(facts["given"])]
    family = facts["family"][n // 2 % len(facts["family"])]
    address = f"{_plain(given)}.{_plain(family)}{n}@{pick(facts['domains'], 'domain', n)}"
    if lang == "ar":
        arabic = phrases("world")["arabic"]
        given, family = arabic["given"][given], arabic["family"][family]
    kind = facts["national_id"]
    return Person(
        given,
        f"{given} {family}",
        address,
        phone(facts["prefix"], pick(facts["cells"], "cell", n), n, n % 3),
        country,
        (kind, NATIONAL[kind](n)),
        pick(phrases("world")["test_cards"], "card", n),
        timezone(timedelta(hours=facts["offset"])),
    )


def _plain(name: str) -> str:
    letters = unicodedata.normalize("NFD", name.lower())
    return "".join(letter for letter in letters if letter.isascii() and letter.isalpha())


def amount(value: int, country: str, lang: str) -> str:
    """Return a sum of money the way people of the country write it in the language."""
    grouped = f"{value:,}"
    if country == "ZA":
        return f"R{grouped}.00".replace(",", " ").replace(".", ",") if lang == "af" else f"R{grouped}.00"
    if country == "NG":
        return f"₦{grouped}"
    if country == "KE":
        return f"KSh {grouped}"
    if lang == "ar":
        return f"{value} درهم"
    return f"{grouped},00 MAD".replace(",", " ", 1) if value > 999 else f"{value} DH"


RANGES = {"ZA": (249, 4800), "NG": (4500, 95000), "KE": (800, 24000), "MA": (120, 3900)}
"""Least and most that a purchase costs, in the country's currency."""


def sums(n: int, country: str, lang: str) -> tuple[str, str]:
    """Return the amount that case `n` is about, and a smaller one."""
    low, high = RANGES[country]
    value = low + number(high - low, "amount", n)
    return amount(value, country, lang), amount(max(value * 2 // 5, low // 3), country, lang)


def day(when: datetime, lang: str) -> str:
    """Return day and month in words of the language."""
    facts = phrases("world")["languages"][lang]
    text: str = facts["date"].format(day=when.day, month=facts["months"][when.month - 2])
    return text


def order(n: int) -> str:
    """Return the order number of case `n`; it is no personal data and must stay."""
    return f"KR-{104200 + n * 37}"
