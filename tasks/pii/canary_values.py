"""Made-up values of the usual entity types, with valid check digits: what the canaries are.

They look as real values do, so that they pass where real ones pass. They never leave the process that makes them.
"""

from __future__ import annotations

import random
import tomllib
from collections.abc import Callable
from functools import cache
from importlib.resources import files
from typing import Any

from stdnum import luhn, verhoeff
from stdnum.iso7064 import mod_97_10

from tasks.pii.checks import nuban

UNLISTED = 0.33
"""Share of names of which one word is in no list, as far as chance can tell: real names often are not."""
BIRTH_YEARS = 1950, 2005
MOBILE = (
    ("+27 ", "0", ("82 ", "73 ", "61 "), 7),
    ("+234 ", "0", ("803 ", "706 ", "905 "), 7),
    ("+254 ", "0", ("712 ", "722 ", "733 "), 6),
    ("+212 ", "0", ("661-", "650-", "670-"), 6),
)
"""Country code, trunk prefix, mobile prefixes and length of the rest (national numbering plans)."""


@cache
def words(file: str) -> dict[str, Any]:
    """Return data/<file>.toml."""
    return tomllib.loads(files(__package__).joinpath(f"data/{file}.toml").read_text(encoding="utf-8"))


def digits(rnd: random.Random, count: int) -> str:
    """Return random digits, the first of them not 0."""
    return str(rnd.randint(1, 9)) + "".join(str(rnd.randint(0, 9)) for _ in range(count - 1))


def name(rnd: random.Random, lang: str) -> str:
    """Return a full name that is at home in the language, or in the whole market where we have no list of it."""
    lists = words("surrogates")
    chosen = lists.get(lang) or lists[rnd.choice(sorted(set(lists) - {"ar", "am"}))]
    given, surname = rnd.choice(chosen[rnd.choice("fm")]), rnd.choice(chosen["s"])
    if rnd.random() < UNLISTED:
        surname = _blend(surname, rnd.choice(chosen["s"]))
    return f"{given} {surname}"


def _blend(first: str, second: str) -> str:
    """Return a word that sounds like both and is in no list, most likely: Khumalo and Zungu are Khumangu."""
    return first[: (len(first) + 1) // 2] + second[len(second) // 2 :]


def _mail(rnd: random.Random, _lang: str) -> str:
    given, _, surname = name(rnd, "en").lower().partition(" ")
    local = rnd.choice(
        [f"{given}.{surname}", f"{given[0]}{surname}", f"{given}{rnd.randint(1, 99)}", f"{given}_{surname}"]
    )
    return f"{local}@{rnd.choice(words('canaries')['places']['domains'])}"


def _phone(rnd: random.Random, _lang: str) -> str:
    code, trunk, prefixes, rest = rnd.choice(MOBILE)
    number = digits(rnd, rest)
    number = f"{number[:3]} {number[3:]}" if rnd.random() < 0.7 else number
    return rnd.choice([code, trunk]) + rnd.choice(prefixes) + number


def _card(rnd: random.Random, _lang: str) -> str:
    body = rnd.choice(["4", "51", "53"]) + digits(rnd, 20)
    number = body[:15] + luhn.calc_check_digit(body[:15])
    return " ".join(number[i : i + 4] for i in range(0, 16, 4)) if rnd.random() < 0.6 else number


def _za_id(rnd: random.Random, _lang: str) -> str:
    body = f"{_date(rnd, '{y2}{m}{d}')}{digits(rnd, 4)}0{rnd.choice('89')}"
    return body + luhn.calc_check_digit(body)


def _date(rnd: random.Random, layout: str) -> str:
    year = rnd.randint(*BIRTH_YEARS)
    return layout.format(y=year, y2=f"{year % 100:02d}", m=f"{rnd.randint(1, 12):02d}", d=f"{rnd.randint(1, 28):02d}")


def _birth(rnd: random.Random, _lang: str) -> str:
    return _date(rnd, rnd.choice(["{d}/{m}/{y}", "{y}-{m}-{d}", "{d}.{m}.{y}", "{d}-{m}-{y}"]))


def _nin(rnd: random.Random, _lang: str) -> str:
    body = digits(rnd, 10)
    return body + verhoeff.calc_check_digit(body)


def _nuban(rnd: random.Random, _lang: str) -> str:
    body = digits(rnd, 9)
    return next(body + str(last) for last in range(10) if nuban(body + str(last)))


def _kra(rnd: random.Random, _lang: str) -> str:
    return f"A0{digits(rnd, 8)}{rnd.choice('BCDFGHJKLMNPQRSTVWXYZ')}"


def _mpesa(rnd: random.Random, _lang: str) -> str:
    return rnd.choice("RST") + "".join(rnd.choice("ABCDEFGHJKLMNPQRSTUVWXYZ0123456789") for _ in range(8)) + "7"


def _cin(rnd: random.Random, _lang: str) -> str:
    return rnd.choice(["A", "BE", "BK", "D", "EE", "JB", "K"]) + digits(rnd, 6)


def _ice(rnd: random.Random, _lang: str) -> str:
    body = "00" + digits(rnd, 11)
    return body + f"{(97 - int(body) * 100 % 97) % 97:02d}"


def _rib(rnd: random.Random, _lang: str) -> str:
    body = rnd.choice(["007", "011", "013", "022", "190", "230"]) + digits(rnd, 19)
    return body + f"{97 - int(body) * 100 % 97:02d}"


def _iban(rnd: random.Random, _lang: str) -> str:
    bban = rnd.choice([digits(rnd, 18), _rib(rnd, "")])
    country = "DE" if len(bban) == 18 else "MA"
    return country + mod_97_10.calc_check_digits(bban + country) + bban


def _ssn(rnd: random.Random, _lang: str) -> str:
    return f"{rnd.randint(100, 665)}-{rnd.randint(10, 99)}-{rnd.randint(1000, 9999)}"


def _address(rnd: random.Random, lang: str) -> str:
    places = words("canaries")["places"]
    street, town, number = rnd.choice(places["streets"]), rnd.choice(places["towns"]), rnd.randint(2, 240)
    if lang == "fr":
        return f"{number} rue {street}, {town}"
    if lang == "af":
        return f"{street}straat {number}, {town}"
    return f"{number} {street} {rnd.choice(['Street', 'Road', 'Avenue', 'Close'])}, {town}"


def _password(rnd: random.Random, _lang: str) -> str:
    return "".join(rnd.choice("abcdefghkmnpqrstuvwxyz") for _ in range(6)).title() + rnd.choice("!#$") + digits(rnd, 3)


def _ip(rnd: random.Random, _lang: str) -> str:
    return ".".join(str(rnd.randint(1, 254)) for _ in range(4)).replace("127.", "128.", 1)


Maker = Callable[[random.Random, str], str]
MAKERS: dict[str, Maker] = {
    "PERSON": name,
    "EMAIL_ADDRESS": _mail,
    "PHONE_NUMBER": _phone,
    "STREET_ADDRESS": _address,
    "DATE_OF_BIRTH": _birth,
    "SECRET": _password,
    "CREDIT_CARD": _card,
    "IBAN_CODE": _iban,
    "ZA_ID_NUMBER": _za_id,
    "ZA_PASSPORT": lambda rnd, _: "A" + digits(rnd, 8),
    "ZA_INCOME_TAX_NUMBER": lambda rnd, _: _with_luhn("0" + digits(rnd, 8)),
    "NG_NIN": _nin,
    "NG_BVN": lambda rnd, _: "22" + digits(rnd, 9),
    "NG_BANK_ACCOUNT": _nuban,
    "KE_NATIONAL_ID": lambda rnd, _: digits(rnd, 8),
    "KE_KRA_PIN": _kra,
    "KE_MPESA_CODE": _mpesa,
    "MA_CIN": _cin,
    "MA_ICE": _ice,
    "MA_RIB": _rib,
    "IP_ADDRESS": _ip,
    "BANK_ACCOUNT": lambda rnd, _: digits(rnd, 10),
    "US_SSN": _ssn,
    "PASSPORT": lambda rnd, _: rnd.choice("ABP") + digits(rnd, 8),
}
"""How a value of each type is made; other types have no canaries, and the report says so."""


def _with_luhn(body: str) -> str:
    return body + luhn.calc_check_digit(body)


def disguised(entity_type: str, value: str, rnd: random.Random) -> str:
    """Return the value as somebody might write it to be read by people only, or as OCR or a phone leaves it."""
    if entity_type == "EMAIL_ADDRESS":
        spoken = value.replace("@", " [at] ").replace(".", " [dot] ")
        return rnd.choice(
            [spoken, value.replace("@", " @ "), value.replace("@", "&#64;"), value.replace("@", "(at)"), value.upper()]
        )
    if entity_type == "PERSON":
        given, _, surname = value.partition(" ")
        return rnd.choice(
            [value.upper(), value.lower(), f"{given[0]}. {surname}", f"{surname}, {given}", surname, given]
        )
    if entity_type in {"STREET_ADDRESS", "SECRET", "DATE_OF_BIRTH", "IP_ADDRESS"}:
        return value
    wide = value.translate({ord("0") + n: 0xFF10 + n for n in range(10)})
    return rnd.choice([value.replace(" ", "\u00a0"), value[:4] + "\u200b" + value[4:], wide])
