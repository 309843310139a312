"""Names by their place: after a greeting, under a sign-off, behind `my name is`, in a header line, before a slash."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from functools import cache

from tasks.pii.gate import Gate, widened
from tasks.pii.lexicon import is_common, is_institution, is_name, phrase_set, phrases, short_code, stops, zipf
from tasks.pii.spans import Span
from tasks.pii.words import MARKS, WORD, owner_end

PERSON = "PERSON"
NAME_WORD = rf"(?:[^\W\d_][{MARKS}]?)(?:[^\W\d_]|[{MARKS}'’\-])*\.?"
NAMES = rf"{NAME_WORD}(?:[ \t\xa0]{{1,2}}{NAME_WORD}){{0,3}}"
HEADER = re.compile(
    r"(?im)^[>\s|*]{0,12}(?:from|to|cc|bcc|sent by|reply-to|attn|de|à|von|an|van|aan|para|kwa|kutoka|من"
    r"|إلى)\s{0,2}:\s{0,4}(.{1,400})$"
)
CONTINUED = re.compile(r"(?:(?<=;)[ \t]*\n.{1,400}|\n[ \t>]+[^\s:>][^:\n]{0,400}$){1,20}", re.MULTILINE)
"""Further lines of a header: behind a semicolon, or indented and without a colon."""
PAIR = r"([A-ZÀ-Þ][\w'’-]{1,24}, [A-ZÀ-Þ][\w'’-]{0,24}\.?(?: [A-Z]\.?){0,2})"
LAST_FIRST = re.compile(rf"[;:\t][ \t\n>]{{0,12}}{PAIR}(?=[ \t]{{0,4}}(?:[;<\[(\n]|$))")
"""`Parks, Joe; Donovan, Terry W.`: how address books of companies list people in a header line."""
QUOTED_PAIR = re.compile(rf"\"{PAIR}\"(?=\s{{0,2}}[<(\[])")
ADDRESSEE = re.compile(r"[^;,<>\"()\[\]/@\n]{2,60}")
FORWARDED = re.compile(r"(?i)\b(?:forwarded|sent|written|prepared|approved) by:?\s{1,3}")
NOTES = re.compile(r"(?<![\w/])((?:[A-Z][\w.'’\-]{0,24}\s{1,2}){1,3}[A-Z][\w'’\-]{1,24})(?=/[A-Za-z ]{2,24}(?:[/@]|$))")
"""A Lotus Notes address, as in `Vince J Kaminski/HOU/ECT@ECT`."""
VOCATIVE = re.compile(
    rf"(?m)^[ \t>]{{0,8}}({NAME_WORD}(?: ?(?:/|&|and) ?{NAME_WORD})?)[ \t]?(?:[,;:!]|[ \t]?-{{1,2}} |[ \t]*$)"
)
INITIALS = re.compile(r"\s*[A-Za-z]\.?[A-Za-z]\.?[A-Za-z]?\.?\s*")
"""Two or three letters alone on the line under a sign-off."""
ALONE = re.compile(rf"(?m)(?:\A|^[ \t>]*\n)[ \t>]{{0,8}}({NAME_WORD})[ \t]*(?=\n[ \t>]*(?:\n|\Z)|\Z)")
"""One word alone between blank lines."""
CUE = re.compile(
    r"(?<![\w'’])(?:under|transfer(?:red)? to|payments? to|pay|paid|owe|sent to|send to|money to|"
    r"euros? to|dollars? to|"
    r"pounds? to|recipient to|booking for|table for|appointment for|account of|to|from|it's|its)[ ]"
    rf"({NAME_WORD})(?:[ ]({NAME_WORD}))?"
)
"""Words of a chat line behind which a name may stand without a capital."""
CUE_LANGS = frozenset({"en", "pcm", "und"})
UTTERANCE = 300
"""Characters of the longest chat line."""
CUED_NAME, CUED_RARE = 4.0, 2.0
"""Zipf frequencies below which a word behind a cue is a name: one of the gazetteer, and any."""
CLOSING_LINES = 3
"""Lines after a sign-off in which the name may stand."""
LONGEST_NAME = 5
"""Words of the longest name line."""


CLOSERS = frozenset({"", ",", ".", "!", ";", ":", "\n", "-", "–", "\r", "،", "؛", "፣", "፤", "።", "፡"})
"""What may stand after a name that a greeting opens."""
CASELESS_PARTICLES = frozenset({"بن", "ابن", "بنت", "عبد", "أبو", "ابو", "آل", "ايت", "آيت", "بو"})
ARABIC_WORD = 4.5
"""Zipf frequency of a usual Arabic word; two of three given names of the gazetteer are more frequent still."""
LONGEST_CASELESS = 3
"""Words of a name behind a greeting where no capital tells its end."""
CASELESS_TITLE = re.compile(
    "(?<!\\w)(?:"
    + "|".join(re.escape(t) for lang in ("ar", "am") for t in sorted(phrases()["titles"][lang], key=len, reverse=True))
    + r")(?!\w)[ \t\xa0/.]{1,3}"
)


@cache
def _after(table: str, *, line_start: bool) -> re.Pattern[str]:
    listed = sorted(phrase_set(table), key=len, reverse=True)
    phrases = "|".join(re.escape(p).replace(r"\ ", r"[ \xa0]+") for p in listed)
    head = r"(?im)^[ \t>]{0,8}" if line_start else r"(?i)(?<!\w)"
    return re.compile(rf"{head}(?:{phrases})(?![^\W_])[ \t\xa0,:]{{0,4}}")


def find_by_place(text: str, lang: str) -> Iterator[Span]:
    """Yield names that their place gives away, without a possessive; they may overlap."""
    for span in _placed(text, lang):
        yield replace(span, end=owner_end(text, span.start, span.end))


def _placed(text: str, lang: str) -> Iterator[Span]:
    yield from _greeted(text)
    yield from _signed(text)
    yield from _introduced(text)
    yield from _header_lines(text)
    yield from _vocatives(text)
    if not text.isascii():
        yield from _titled_caseless(text)
    for match in ALONE.finditer(text):
        value = match.group(1)
        if value[0].isupper() and _may_be_name(value) and not value.isupper() and zipf(value) < 3.0:
            yield Span(match.start(1), match.end(1), PERSON, 0.5)
    if len(text) <= UTTERANCE and short_code(lang) in CUE_LANGS:
        yield from _cued(text)
    for match in NOTES.finditer(text):
        yield Span(match.start(1), match.end(1), PERSON, 0.8)


def _cued(text: str) -> Iterator[Span]:
    for match in CUE.finditer(text):
        first, second = match.group(1), match.group(2)
        if not first.islower() or not _cued_name(first):
            continue
        both = second is not None and second.islower() and (is_name(second) or zipf(second) < CUED_NAME)
        yield Span(match.start(1), match.end(2 if both else 1), PERSON, 0.5)


def _cued_name(word: str) -> bool:
    frequency = zipf(word)
    return len(word) > 3 and ((is_name(word) and frequency < CUED_NAME) or frequency < CUED_RARE)


def _greeted(text: str) -> Iterator[Span]:
    for match in _after("greetings", line_start=True).finditer(text):
        yield from _name_at(text, match.end(), 0.8, alone=True)


@cache
def _gate() -> Gate[str]:
    return Gate({"introduced": widened(_after("introductions", line_start=False)), "forwarded": widened(FORWARDED)})


def _introduced(text: str) -> Iterator[Span]:
    possible = _gate().possible(text)
    for match in _after("introductions", line_start=False).finditer(text) if "introduced" in possible else ():
        yield from _name_at(text, match.end(), 0.7, alone=False)
    for match in FORWARDED.finditer(text) if "forwarded" in possible else ():
        yield from _name_at(text, match.end(), 0.7, alone=False)


def _signed(text: str) -> Iterator[Span]:
    for match in _after("signoffs", line_start=True).finditer(text):
        end_of_line = text.find("\n", match.end())
        rest = text[match.end() : end_of_line if end_of_line >= 0 else len(text)]
        if rest.strip(" \t,.!-–—;:"):
            yield from _name_at(text, match.end(), 0.6, alone=True)
            continue
        position = end_of_line
        for _ in range(CLOSING_LINES):
            if position < 0:
                break
            line_end = text.find("\n", position + 1)
            line = text[position + 1 : line_end if line_end >= 0 else len(text)]
            if line.strip():
                yield from _line_of_names(line, position + 1)
                break
            position = line_end


def _line_of_names(line: str, offset: int) -> Iterator[Span]:
    """Yield the name that fills the line, or its part before a comma."""
    found = re.compile(rf"[\s>*_–—-]{{0,8}}({NAMES})[ \t]*(?:$|[,(|/*_-])").match(line)
    if found is None:
        return
    parts = found.group(1).split()
    if INITIALS.fullmatch(line):
        yield Span(offset + found.start(1), offset + found.end(1), PERSON, 0.6)
        return
    if len(parts) <= LONGEST_NAME and _plausible(parts, lower_too=len(parts) <= 2):
        yield Span(offset + found.start(1), offset + found.end(1), PERSON, 0.75)


def _name_at(text: str, start: int, score: float, *, alone: bool) -> Iterator[Span]:
    """Yield the name that begins at `start`. `alone`: punctuation must follow it, unless capitals make it sure."""
    match = re.compile(NAMES).match(text, start)
    if match is None:
        return
    taken, end = 0, start
    for word in WORD.finditer(text, start, match.end()):
        if not _may_be_name(word.group()) or (taken and _apart(text, end, word.start())):
            break
        taken, end = taken + 1, word.end()
    following = text[end : end + 2].lstrip(" ")[:1]
    closed = following in CLOSERS
    value = text[start:end]
    if taken and _caseless(value):
        end = _caseless_end(text, start, match.end(), alone=alone)
        if not alone or (text[end : end + 1] in CLOSERS and not _spoken(text[start:end])):
            yield Span(start, end, PERSON, score)
        return
    if taken and (_capitals(value) or (alone and closed and taken <= 2 and _rare(value))):
        yield Span(start, end, PERSON, score)


def _caseless(value: str) -> bool:
    """Whether a name is of a script without capitals: Arabic, Ethiopic, Tifinagh."""
    return not value[0].isupper() and not value[0].islower()


def _spoken(value: str) -> bool:
    """Whether the words behind an Arabic greeting go on with the sentence: no known name opens, a usual word stands."""
    words = value.split()
    return not is_name(words[0]) and any(zipf(word, "ar") >= ARABIC_WORD and not is_name(word) for word in words)


def _caseless_end(text: str, start: int, limit: int, *, alone: bool) -> int:
    """Return where a name without capitals ends: at punctuation after a greeting, else after two words.

    A particle counts with the word that follows it.
    """
    end, taken = start, 0
    for word in WORD.finditer(text, start, limit):
        if word.group() in stops() or (taken and _apart(text, end, word.start())):
            break
        end, taken = word.end(), taken + (word.group() not in CASELESS_PARTICLES)
        if taken == (LONGEST_CASELESS if alone else 2):
            break
    return end


def _titled_caseless(text: str) -> Iterator[Span]:
    """Yield what stands behind a title of a script without capitals, anywhere in the text."""
    for match in CASELESS_TITLE.finditer(text):
        name = re.compile(NAMES).match(text, match.end())
        if name is not None and _caseless(name.group()) and name.group().split()[0] not in stops():
            yield Span(match.end(), _caseless_end(text, match.end(), name.end(), alone=False), PERSON, 0.7)


def _apart(text: str, end: int, start: int) -> bool:
    """Whether what stands between two words ends a name: a full stop does, but after an initial or a title."""
    between = text[end:start].strip(" \xa0")
    abbreviated = not text[max(0, end - 4) : end].isalpha()
    return bool(between.strip(".")) or ("." in between and not abbreviated)


def _may_be_name(word: str) -> bool:
    folded = word.casefold()
    if folded.partition("'")[0].partition("’")[0] in stops() or (is_institution(word) and not is_name(word)):
        return False
    if word[0].isupper() or not word[0].islower():
        return True
    return is_name(folded) or zipf(folded) < 3.5


def _capitals(value: str) -> bool:
    return value[:1].isupper() and not (value.isupper() and len(value) > 12 and " " not in value)


def _rare(value: str) -> bool:
    return all(is_name(w) or not is_common(w) for w in value.split())


def _plausible(parts: list[str], *, lower_too: bool) -> bool:
    words = [p.strip(".") for p in parts]
    if any(w.casefold() in stops() for w in words):
        return False
    if all(w[:1].isupper() or not w[:1].islower() for w in words):
        known = any(is_name(w) for w in words)
        return known or not all(is_common(w) for w in words)
    return lower_too and all(is_name(w) for w in words)


def _header_lines(text: str) -> Iterator[Span]:
    for pair in QUOTED_PAIR.finditer(text) if '"' in text else ():
        yield Span(*pair.span(1), PERSON, 0.75)
    for match in HEADER.finditer(text):
        more = CONTINUED.match(text, match.end(1))
        colon = text.rindex(":", match.start(), match.start(1))
        for pair in LAST_FIRST.finditer(text, colon, more.end() if more else match.end(1)):
            yield Span(*pair.span(1), PERSON, 0.75)
        for part in ADDRESSEE.finditer(text, match.start(1), match.end(1)):
            value = part.group()
            words = list(WORD.finditer(value))
            if 0 < len(words) <= LONGEST_NAME and _plausible([w.group() for w in words], lower_too=True):
                yield Span(part.start() + words[0].start(), part.start() + words[-1].end(), PERSON, 0.6)


def _vocatives(text: str) -> Iterator[Span]:
    for match in VOCATIVE.finditer(text):
        for word in WORD.finditer(text, match.start(1), match.end(1)):
            value = word.group()
            folded = value.casefold()
            titled = folded in phrase_set("titles") or folded in phrase_set("greetings") or folded in stops()
            if value[0].isupper() and is_name(value) and not titled and zipf(value) < 5.6:
                yield Span(word.start(), word.end(), PERSON, 0.6)
