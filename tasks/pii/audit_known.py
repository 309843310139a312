"""Known values as the leak audit searches them: a person's names one by one, values spelled otherwise, rows of digits.

A given name or surname counts alone only where it is no ordinary word: a `hope` that scrub-pii leaves is no leak.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from functools import lru_cache
from itertools import pairwise

from tasks.pii.audit_checks import digits_of
from tasks.pii.audit_labels import Hit
from tasks.pii.lexicon import RARE_ZIPF, is_common, is_name, is_rare_name, phrase_set, stops, word_list, zipf
from tasks.pii.shadow import LOOKALIKES
from tasks.pii.words import stems

MIN_KNOWN, MIN_DIGITS, MIN_NAME = 4, 7, 4
"""Shortest known value, row of digits of one and name that are searched for: shorter ones stand anywhere."""
LEET = str.maketrans("013457|", "oleastl")
"""Digits that stand for letters; `1` and `i` are one."""
TOKEN = re.compile(r"[^\W_]+")
BETWEEN = re.compile(r"[\s.,;:_@'’/-]{0,4}")
"""What may stand between the words of a name."""
SPELLED = re.compile(r"\W{0,4}(?:(?:at|dot|arobase|point)\W{1,3})?")
"""What may stand between the parts of an address."""
Forms = dict[str, list[tuple[tuple[str, ...], str, bool]]]
"""By the first word: the words, the entity type, and whether a capital is needed."""


def find_known(text: str, known: list[tuple[str, str]]) -> Iterator[Hit]:
    """Yield (start, end, entity type) of the (value, entity type) pairs in `text`, which `plain_text` made."""
    lowered = lower(text)
    stream = [i for i, c in enumerate(text) if c.isdigit()]
    numbers = "".join(text[i] for i in stream)
    for value, entity_type in known:
        plain, _ = plain_text(unicodedata.normalize("NFC", value))
        if entity_type != "PERSON":
            for form in {" ".join(lower(plain).replace(",", " ").split()), lower(plain).strip()}:
                places = _places(lowered, form) if len(form) >= MIN_KNOWN else ()
                yield from ((a, b, entity_type) for a, b in places)
        digits = digits_of(plain)
        if len(digits) >= MIN_DIGITS and len(digits) * 2 > len(plain):
            yield from ((stream[a], stream[b - 1] + 1, entity_type) for a, b in _rows(numbers, digits, stream))
    yield from _named(text, _all_forms(tuple(known)))


def plain_text(text: str) -> tuple[str, list[int]]:
    """Return the text without format characters, compatibility forms folded, and the offset of each character."""
    if text.isascii():
        return text, list(range(len(text)))
    characters: list[str] = []
    origin: list[int] = []
    for index, character in enumerate(text):
        if unicodedata.category(character) in {"Cf", "Mn"}:
            continue
        folded = unicodedata.normalize("NFKC", character)
        folded = "".join(str(unicodedata.digit(c, c)) for c in folded)
        characters.append(folded)
        origin += [index] * len(folded)
    return "".join(characters), origin


def lower(text: str) -> str:
    """Return the text in lower case, of the same length."""
    return "".join(c.lower() if len(c.lower()) == 1 else c for c in text)


def _named(text: str, forms: Forms) -> Iterator[Hit]:
    """Yield where the words of names and addresses stand, the longest form first."""
    folded = _letters(text)
    tokens = [(m.group(), m.start(), m.end()) for m in TOKEN.finditer(folded)]
    taken = 0
    for index, (word, start, end) in enumerate(tokens):
        if index < taken:
            continue
        inner = ((folded[start + a : start + b], start + a, start + b) for a, b in stems(text[start:end]))
        for first in ((word, start, end), *inner):
            hit, used = _at(text, folded, [first, *tokens[index + 1 : index + 9]], forms)
            if hit is not None:
                yield hit
                taken = index + used
                break


def _at(text: str, folded: str, tokens: list[tuple[str, int, int]], forms: Forms) -> tuple[Hit | None, int]:
    for words, entity_type, capital in forms.get(tokens[0][0], ()):
        spelled = SPELLED if entity_type == "EMAIL_ADDRESS" else BETWEEN
        parts = [t for t in tokens if t[0] not in {"at", "dot", "arobase", "point"}] if spelled is SPELLED else tokens
        parts = parts[: len(words)]
        if tuple(p[0] for p in parts) != words:
            continue
        if capital and not any(c.isupper() for c in text[parts[0][1] : parts[0][2]]):
            continue
        joined = all(spelled.fullmatch(folded, a[2], b[1]) for a, b in pairwise(parts))
        start, end = parts[0][1], parts[-1][2]
        if joined and sum(c.isdigit() for c in text[start:end]) * 2 <= end - start:
            return (start, end, entity_type), tokens.index(parts[-1]) + 1
    return None, 0


@lru_cache(maxsize=512)
def _all_forms(known: tuple[tuple[str, str], ...]) -> Forms:
    """Return the word rows that are searched for, by their first word, the longest first."""
    found = set()
    for value, entity_type in known:
        if entity_type in {"PERSON", "EMAIL_ADDRESS"}:
            plain, _ = plain_text(unicodedata.normalize("NFC", value))
            rows = _name_rows(plain) if entity_type == "PERSON" else iter([TOKEN.findall(plain)])
            capital = _capital_only(plain) if entity_type == "PERSON" else ()
            folded = (tuple(map(_letters, row)) for row in rows if row)
            found |= {(row, entity_type, len(row) == 1 and row[0] in capital) for row in folded}
    forms: Forms = {}
    for form in sorted(found, key=lambda f: (-len(f[0]), f)):
        forms.setdefault(form[0][0], []).append(form)
    return forms


def _name_rows(name: str) -> Iterator[list[str]]:
    """Yield the rows of words that name a person: all, first and last either way, and each telling word."""
    words = TOKEN.findall(name.partition("(")[0])
    while len(words) > 1 and words[0].casefold() in phrase_set("titles"):
        words = words[1:]
    if "@" in name or not words or len(words) > 6:
        yield TOKEN.findall(name) if len(name) >= MIN_KNOWN else []
        return
    if len(words) > 1 and sum(map(len, words)) >= MIN_KNOWN:
        yield from (words, [words[0], words[-1]], [words[-1], words[0]])
    yield from ([word] for word in words if _telling(word))


def _capital_only(name: str) -> frozenset[str]:
    """Return the words of a name that are words of some language too, and so count with a capital: Sipho, a gift."""
    words = TOKEN.findall(name)
    last = words[0 if "," in name else -1] if len(words) > 1 else ""
    return frozenset(_letters(w) for w in words if is_common(w) and not (w == last and is_rare_name(w)))


def _telling(word: str) -> bool:
    """Whether a word of a name is nobody's but the person's: no ordinary word, no role, no number."""
    folded = word.casefold()
    listed = folded in stops() or folded in word_list("role_addresses") or zipf(folded) >= RARE_ZIPF
    listed = listed or (is_common(folded) and not is_name(folded))
    caseless = not word[0].isupper() and not word[0].islower()
    return len(word) >= (3 if caseless and not listed else MIN_NAME) and word.isalpha() and not listed


def _letters(text: str) -> str:
    """Return the text with capitals, accents, look-alike letters and digits for letters folded; of the same length."""
    folded = lower(text) if text.isascii() else "".join(map(_letter, lower(text)))
    return folded.translate(LEET).replace("i", "l")


@lru_cache(maxsize=16384)
def _letter(character: str) -> str:
    return unicodedata.normalize("NFD", character.translate(LOOKALIKES))[0].lower()


def _places(text: str, form: str) -> Iterator[tuple[int, int]]:
    """Yield where `form` stands as a whole word."""
    start = text.find(form)
    while start >= 0:
        end = start + len(form)
        if not text[start - 1 : start].isalnum() and not text[end : end + 1].isalnum():
            yield start, end
        start = text.find(form, end)


def _rows(numbers: str, digits: str, stream: list[int]) -> Iterator[tuple[int, int]]:
    """Yield where the digits stand in a row, with at most two other characters between neighbours."""
    start = numbers.find(digits)
    while start >= 0:
        end = start + len(digits)
        if all(stream[i + 1] - stream[i] <= 3 for i in range(start, end - 1)):
            yield start, end
        start = numbers.find(digits, start + 1)
