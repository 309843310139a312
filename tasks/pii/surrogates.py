"""Realistic stand-ins: the same kind, language, gender and format, valid-looking but nobody's.

All choices follow from the keyed pseudonym, so one value has one surrogate in the whole dataset, and nobody without
the key can tell which. Numbers keep their layout; they fail their checksum or carry a subscriber part of zeros, and
e-mail addresses lie under a reserved domain (RFC 2606), so that no surrogate can be a real person's.
"""

from __future__ import annotations

import hashlib
import re
import tomllib
from collections.abc import Iterator
from functools import cache
from importlib.resources import files
from typing import Any

from tasks.pii.audit_patterns import find_patterns
from tasks.pii.lexicon import phrase_set, short_code, word_list

ARABIC = re.compile("[\u0621-\u064a]")
DOMAIN = "person.example"
"""Domain of surrogate addresses; audit-leaks knows it."""
TRIES = 20
"""Draws until a stand-in is nobody's; then the pseudonym stands."""
COUNTRY_CODE = re.compile(r"\+?(?:27|234|254|212|20|233|255|256|251|250|221|225|1|44|33)(?=\D|\d{6})")


@cache
def _names() -> dict[str, dict[str, list[str]]]:
    return tomllib.loads(files(__package__).joinpath("data/surrogates.toml").read_text(encoding="utf-8"))


class _Choice:
    """A stream of numbers that follows from the pseudonym."""

    def __init__(self, pseudonym: str) -> None:
        self.state = int.from_bytes(hashlib.sha256(pseudonym.encode()).digest(), "big")

    def below(self, limit: int) -> int:
        self.state, chosen = divmod(self.state, limit)
        return chosen

    def of(self, listed: list[str]) -> str:
        return listed[self.below(len(listed))]


def surrogate(entity_type: str, value: str, pseudonym: str, lang: str, real: str = "") -> str:
    """Return a stand-in for `value`; equal pseudonyms give equal ones for equal layouts.

    `real`: the names of the thread in lower case, none of which a stand-in for a person takes.
    """
    choice = _Choice(pseudonym)
    if entity_type == "PERSON":
        return _person(value, choice, lang, f"{value.casefold()} {real}")
    if entity_type == "EMAIL_ADDRESS":
        return f"{_ascii(choice)}@{DOMAIN}"
    if entity_type == "PHONE_NUMBER":
        return _phone(value, choice)
    if entity_type != "FILE_NAME" and any(c.isdigit() for c in value):
        return _scrambled(value, choice) or pseudonym
    return pseudonym


def _ascii(choice: _Choice) -> str:
    names = _names()["en"]
    return f"{choice.of(names['f'] + names['m'])}.{choice.of(names['s'])}{choice.below(900) + 100}".lower()


def _person(value: str, choice: _Choice, lang: str, real: str) -> str:
    names = _names().get("ar" if ARABIC.search(value) else short_code(lang), _names()["en"])
    words = value.replace(",", " ").split()
    title = words[0] if len(words) > 1 and words[0].strip(".").casefold() in phrase_set("titles") else ""
    given = _other_name(names[_gender(words, choice)], real, choice)
    surname = _other_name(names["s"], real, choice)
    plain = [w for w in words if w != title]
    made = given if len(plain) == 1 else f"{given} {surname}"
    if title:
        made = f"{title} {surname if len(plain) == 1 else made}"
    return made.upper() if value.isupper() else made


def _other_name(listed: list[str], real: str, choice: _Choice) -> str:
    """Return a name of the list that is no part of the real ones."""
    chosen = choice.below(len(listed))
    turned = listed[chosen:] + listed[:chosen]
    return next((name for name in turned if name.casefold() not in real), listed[chosen])


def _gender(words: list[str], choice: _Choice) -> str:
    """Return f or m: by title, by the lists, else by chance."""
    folded = {w.strip(".").casefold() for w in words}
    for gender, titles in (("f", FEMALE), ("m", MALE)):
        if folded & titles:
            return gender
    for gender in "fm":
        if any(folded & {n.casefold() for n in lists[gender]} for lists in _names().values()):
            return gender
    return "fm"[choice.below(2)]


FEMALE = word_list("female_titles")
MALE = word_list("male_titles")


def _phone(value: str, choice: _Choice) -> str:
    """Return the number with its country code and layout kept, and a subscriber part that no plan assigns."""
    keep = 0
    match = COUNTRY_CODE.match(value) if value.startswith("+") else None
    if match:
        keep = sum(c.isdigit() for c in match.group())
    made, seen = [], 0
    total = sum(c.isdigit() for c in value)
    for character in value:
        if not character.isdigit():
            made.append(character)
            continue
        seen += 1
        made.append(character if seen <= keep else "0" if seen <= total - 4 else str(choice.below(10)))
    return "".join(made)


def _scrambled(value: str, choice: _Choice) -> str:
    """Return other digits and letters in the same layout, with a leading 0 that no checksum scheme accepts.

    What audit-leaks would still take for somebody's number is drawn again.
    """
    for _ in range(TRIES):
        made = _unlucky("".join(_other(value, choice)))
        if not any(find_patterns(made)):
            return made
    return ""


def _other(value: str, choice: _Choice) -> Iterator[str]:
    seen = False
    for character in value:
        if character.isdigit():
            yield str(choice.below(10)) if seen else "0"
            seen = True
        elif character.isascii() and character.isalpha():
            letter = chr(ord("a") + choice.below(26))
            yield letter.upper() if character.isupper() else letter
        else:
            yield character


def _unlucky(value: str) -> str:
    """Return the value with its last digit changed where it happens to pass the Luhn check."""
    from stdnum import luhn  # noqa: PLC0415  only here

    digits: Any = re.sub(r"\D", "", value)
    if len(digits) > 5 and luhn.is_valid(digits):
        last = max(i for i, c in enumerate(value) if c.isdigit())
        value = value[:last] + str((int(value[last]) + 1) % 10) + value[last + 1 :]
    return value
