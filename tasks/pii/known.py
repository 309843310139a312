"""Values that the thread knows (participants, ticket fields, names found before), found again in any usual form.

`Sipho Dlamini` is also Sipho, Dlamini, S. Dlamini, Dlamini, Sipho, sipho.dlamini, sdlamini and, after OCR, S1pho.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache

from tasks.pii.canonical import PHONE_REGIONS, canonical
from tasks.pii.lexicon import is_common, is_name, is_rare_name, phrase_set, stops, word_list, zipf
from tasks.pii.people import owned, owner
from tasks.pii.spans import Span
from tasks.pii.tokens import DIACRITIC, NUMBERED, SPACED, TOKEN, Token, fold, tokens_of, variants

PERSON, EMAIL, PHONE = "PERSON", "EMAIL_ADDRESS", "PHONE_NUMBER"
MIN_WORD, MIN_VALUE = 3, 4
"""Shortest name word, and shortest other value, that is searched for by itself."""
CASELESS_WORD = 4.5
"""Zipf frequency of a usual Arabic word."""
MAX_FORMS = 2000
"""Forms searched for in one record: a thread of some hundred participants."""
ROLES = word_list("role_addresses")
"""Local parts of addresses that name no person."""


GAP = re.compile(r"[\s.,;:_@'’/-]{0,4}")
"""What may stand between two words of a value."""


@dataclass(frozen=True)
class Form:
    """One spelling of a value: its words after the first, its type and canonical value.

    `capital`: it counts only with a capital in it; `misread`: only with a digit in it (OCR's 1 for i).
    """

    rest: tuple[str, ...]
    entity_type: str
    canonical: str
    capital: bool
    misread: bool = False

    def accepts(self, value: str) -> bool:
        """Whether the text that has these words is this value."""
        digits = sum(c.isdigit() for c in NUMBERED.sub("", value))
        if self.misread and not digits:
            return False
        if self.entity_type == PERSON and digits * 2 > len(value):
            return False
        return not self.capital or any(c.isupper() for c in value) or not value[0].isalpha()


@dataclass(frozen=True)
class Known:
    """What to find again: forms by their first word (longest first), and patterns for numbers."""

    forms: dict[str, list[Form]]
    numbers: tuple[tuple[re.Pattern[str], str, str], ...]

    def find(self, text: str) -> list[Span]:
        """Return where the values stand in `text`, a shadow."""
        return [*self._words(text), *self._numbers(text)]

    def _words(self, text: str) -> Iterator[Span]:
        if not self.forms:
            return
        folded = fold(text)
        tokens = list(tokens_of(text, folded))
        taken = 0
        for index, token in enumerate(tokens):
            if index < taken:
                continue  # the second name of `Thandi Nkosi, thandi@…` begins no `Nkosi, Thandi`
            for first in (token, *variants(text, folded, tokens, index)):
                if first.word not in self.forms and first.trimmed not in self.forms:
                    continue
                span, used = self._at(text, folded, [first, *tokens[index + first.spent : index + first.spent + 8]])
                if span is not None:
                    yield span
                    taken = index + first.spent + used
                    break
        yield from self._spaced(text, folded)

    def _at(self, text: str, folded: str, tokens: list[Token]) -> tuple[Span | None, int]:
        """Return the value that begins with the first token, and how many further tokens it takes."""
        start = tokens[0].start
        for word in dict.fromkeys((tokens[0].word, tokens[0].trimmed)):
            for form in self.forms.get(word, ()):
                used = len(form.rest)
                if word != tokens[0].word and used:
                    continue  # a number stands behind the last word only
                if used < len(tokens) and _matches(folded, tokens[: used + 1], form):
                    end = tokens[used].end
                    if form.accepts(text[start:end]) or (not form.misread and _alone(text, start, end)):
                        return Span(start, end, form.entity_type, 1.0, form.canonical), used
        return None, 0

    def _spaced(self, text: str, folded: str) -> Iterator[Span]:
        for match in SPACED.finditer(text):
            word = "".join(c for c in folded[match.start() : match.end()] if c.isalnum())
            for form in self.forms.get(word, ()):
                if not form.rest and not form.misread and form.accepts(match.group()):
                    yield Span(match.start(), match.end(), form.entity_type, 1.0, form.canonical)

    def _numbers(self, text: str) -> Iterator[Span]:
        for pattern, entity_type, value in self.numbers:
            for match in pattern.finditer(text):
                yield Span(match.start(), match.end(), entity_type, 1.0, value)


def _alone(text: str, start: int, end: int) -> bool:
    """Whether the words fill their line, as a signature does: there grace is Grace."""
    first, last = text.rfind("\n", 0, start) + 1, text.find("\n", end)
    around = text[first:start] + text[end : last if last >= 0 else len(text)]
    return "\n" in text and not around.strip(" \t>,.!-")


def _matches(text: str, tokens: list[Token], form: Form) -> bool:
    """Whether the words after the first are the form's; only the last may have a number behind it."""
    for place, (expected, token, before) in enumerate(zip(form.rest, tokens[1:], tokens, strict=False), start=1):
        word = token.trimmed if place == len(form.rest) and token.word != expected else token.word
        if word != expected or not GAP.fullmatch(text, before.end, token.start):
            return False
    return True


def known_values(values: Iterable[tuple[str, str]], regions: tuple[str, ...] = PHONE_REGIONS) -> Known:
    """Return what finds the (value, entity type) pairs again; `regions` as in `canonical`."""
    return _known(tuple(dict.fromkeys((v.strip(), t) for v, t in values if v and v.strip())), regions)


@lru_cache(maxsize=512)
def _known(values: tuple[tuple[str, str], ...], regions: tuple[str, ...]) -> Known:
    forms: dict[tuple[str, ...], Form] = {}
    numbers = []
    people = [canonical(PERSON, value) for value, entity_type in values if entity_type == PERSON]
    for value, entity_type in sorted(values, key=lambda v: (v[1] != PERSON, -len(v[0]))):
        form_of = canonical(entity_type, value, regions)
        form_of = owner(form_of, people) if entity_type == PERSON else form_of
        for spelling, capital in _forms(value, entity_type):
            folded = fold(unicodedata.normalize("NFC", spelling))
            words = tuple(DIACRITIC.sub("", w) for w in TOKEN.findall(folded))
            if words and sum(map(len, words)) >= MIN_WORD and len(forms) < MAX_FORMS:
                kind, one = _kind(value, entity_type, spelling, form_of)
                one = owned(one, spelling, people) if kind == PERSON and len(words) == 1 else one
                forms.setdefault(words, Form(words[1:], kind, one, capital))
                misread = tuple(w.replace("i", "l") for w in words)
                forms.setdefault(misread, Form(misread[1:], kind, one, capital, misread=True))
        number = _number(value, entity_type)
        if number is not None:
            numbers.append((number, entity_type, form_of))
    by_first: dict[str, list[Form]] = {}
    for words in sorted(forms, key=lambda w: (-len(w), w)):
        by_first.setdefault(words[0], []).append(forms[words])
    return Known(by_first, tuple(numbers))


def _kind(value: str, entity_type: str, spelling: str, form_of: str) -> tuple[str, str]:
    """Return type and canonical value of a form: `john.smith` of an address is how a person's name is written."""
    words = TOKEN.findall(spelling)
    if entity_type == EMAIL and spelling != value and len(words) > 1 and all(word.isalpha() for word in words):
        return PERSON, canonical(PERSON, " ".join(words))
    return entity_type, form_of


def _forms(value: str, entity_type: str) -> Iterator[tuple[str, bool]]:
    """Yield the forms of a value, and whether each needs a capital to count."""
    if entity_type == PERSON:
        yield from _name_forms(value)
    elif entity_type == EMAIL:
        yield value, False
        local = value.split("@", maxsplit=1)[0]
        if len(local) >= 5 and local.casefold() not in ROLES and not is_common(local):
            yield local, False
    elif len(value) >= MIN_VALUE:
        yield value, False


def _name_forms(value: str) -> Iterator[tuple[str, bool]]:
    words = [
        w for w in re.split(r"[^\w'’\u0300-\u036f\u064b-\u065f-]+", value.partition("(")[0]) if w and not w.isdigit()
    ]
    while len(words) > 1 and words[0].casefold() in phrase_set("titles"):
        words = words[1:]  # a title stands first: Uzoma Eze is no chief
    if "@" in value or not words or len(words) > 6:
        if "@" in value:
            yield value, False
        return
    yield value, len(words) == 1 and _ambiguous(words[0])
    first, last = (words[-1], words[0]) if "," in value else (words[0], words[-1])
    for word in words:
        if len(word) >= MIN_WORD and not _useless(word):
            yield word, _ambiguous(word) and not (word == last != first and is_rare_name(word))
        for part in word.split("-") if "-" in word and word != first else ():
            if len(part) >= MIN_VALUE and not _useless(part):
                yield part, _ambiguous(part)  # one half of a double-barrelled surname
    if len(words) > 1 and len(last) >= MIN_WORD:
        yield from _pairs(first, last, words)


def _pairs(first: str, last: str, words: list[str]) -> Iterator[tuple[str, bool]]:
    """Yield a name's usual pairs of words; punctuation between words does not matter."""
    initial = first[0]
    for form in (
        " ".join(words),
        f"{first} {last}",
        f"{last} {first}",
        f"{initial} {last}",
        f"{last} {initial}",
        f"{first} {last[0]}",
    ):
        yield form, len(form) < 6
    for form in (f"{first}{last}", f"{initial}{last}", f"{first}{last[0]}", f"{last}{initial}"):
        yield form, len(form) < 6 and _ambiguous(form)


def _useless(word: str) -> bool:
    """Whether the word says nothing by itself: Team, Support, van."""
    folded = word.casefold()
    return folded in stops() or folded in ROLES or (zipf(folded) > 5.3 and not is_name(folded))


def _ambiguous(word: str) -> bool:
    """Whether the word in lower case is an ordinary one: Grace, Will, Amani."""
    if not word[0].isupper() and not word[0].islower():  # no capital tells Arabic and Amharic names from words
        usual = zipf(word, "ar")
        return is_common(word) or (usual >= CASELESS_WORD and (len(word) < 4 or not is_name(word)))
    return len(word) < 4 or zipf(word) >= 3.5 or is_common(word)


def _number(value: str, entity_type: str) -> re.Pattern[str] | None:
    """Return a pattern for the digits of a value with any separators, less trunk or country code for a phone."""
    digits = re.sub(r"\D", "", value)
    if len(digits) < 6 or sum(c.isalpha() for c in value) > 3:
        return None
    if entity_type == PHONE:
        digits = digits[-9:] if len(digits) > 9 else digits.lstrip("0")
    body = r"[\s.\-()/]{0,2}".join(digits)
    lead = r"(?:\+?\d{1,3}[\s.\-()]{0,3}|0)?" if entity_type == PHONE else ""
    return re.compile(rf"(?<!\d){lead}(?:\(0\))?{body}(?!\d)")
