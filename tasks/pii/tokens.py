"""Words of a text as known values are compared with them: folded, and what else each may stand for."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from tasks.pii.lexicon import is_common
from tasks.pii.words import stems

OCR = str.maketrans("01|5347", "ollseat")
"""OCR's usual exchanges, both sides folded to the same letter."""
DIACRITIC = re.compile("[\u0300-\u036f\u064b-\u065f\u0670]+")
TOKEN = re.compile(rf"(?:[^\W_](?:{DIACRITIC.pattern})?)+")
NUMBERED = re.compile(r"(?<=[^\W\d_])\d{1,4}$")
"""The number behind a name in a handle."""
BROKEN = re.compile(r"-[ \t]{0,2}\r?\n[ \t>]{0,8}")
"""A hyphen that breaks a word at the end of a line."""
SPACED = re.compile(r"(?<!\w)[^\W\d_](?:([ .*_-])[^\W\d_])(?:\1{1,3}[^\W\d_]){2,40}(?!\w)")
"""Letters set apart: T h a n d e k a."""
HANDLE, MISREAD = 4, 5
"""Letters above which a number behind a word, and `rn` for m within one, are looked through."""


@dataclass(frozen=True, slots=True)
class Token:
    """A word of a text as it is compared; `trimmed`: without the number behind it; `spent`: words of the text it is."""

    word: str
    start: int
    end: int
    trimmed: str
    spent: int = 1


def fold(text: str) -> str:
    """Return the text in lower case, without accents, OCR's exchanges undone; of the same length."""
    if text.isascii():
        return text.lower().translate(OCR)
    return "".join(_bare(c) for c in text).translate(OCR)


@lru_cache(maxsize=16384)
def _bare(character: str) -> str:
    lowered = character.lower()
    base = unicodedata.normalize("NFD", lowered)[0]
    return base if len(lowered) <= 2 else character


def tokens_of(text: str, folded: str) -> Iterator[Token]:
    """Yield the words of a text; `folded` is what `fold` makes of it."""
    for match in TOKEN.finditer(folded):
        start, end = match.span()
        number = NUMBERED.search(text[start:end])
        word = DIACRITIC.sub("", match.group())
        yield Token(
            word, start, end, folded[start : start + number.start()] if number and number.start() > HANDLE else word
        )


def variants(text: str, folded: str, tokens: list[Token], index: int) -> Iterator[Token]:
    """Yield what else a word may be: a name behind a prefix, the first half of a broken one, misread letters."""
    token = tokens[index]
    for left, right in stems(text[token.start : token.end]):
        start, end = token.start + left, token.start + right
        yield Token(folded[start:end], start, end, folded[start:end])
    if index + 1 < len(tokens) and BROKEN.fullmatch(text, token.end, tokens[index + 1].start):
        word = token.word + tokens[index + 1].word
        yield Token(word, token.start, tokens[index + 1].end, word, spent=2)
    if "rn" in token.word and len(token.word) > MISREAD and not is_common(token.word):
        word = token.word.replace("rn", "m")
        yield Token(word, token.start, token.end, word)
