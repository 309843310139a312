"""Words of a text with what a name finder wants to know about them: case, place in the sentence, offsets."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

MARKS = "\u0300-\u036f"
"""Combining marks that stay after NFC, as in Yoruba."""
WORD = re.compile(rf"(?:[^\W\d_][{MARKS}]*)+(?:['’ʼ‘\-](?:[^\W\d_][{MARKS}]*)+)*")
SENTENCE_END = frozenset('.!?:;\n\r\t|•*>"“”„«‹([{<_=~#።፡؟…–—\x0b')
"""A word after one of these stands first in its sentence, cell or quote, where a capital says little."""

AFFIXED = (
    re.compile(r"[^\W\d_]{1,7}?(?=[A-ZÀ-Þ][^\W\d_A-ZÀ-Þ]{2})()"),
    re.compile(r"[وفبلك]{1,2}(?=[\u0621-\u064a]{3})()"),
    re.compile(r"[وف]?[بلك]?(?:ال|لل)(?=[\u0621-\u064a]{3})()"),
    re.compile(r"(?:የ|ለ|በ|ከ|እነ|ስለ|እንደ|ወደ)(?=[\u1200-\u137f]{2})()"),
    re.compile(r"(?:የ|ለ|በ|ከ|እነ|ስለ|እንደ|ወደ)?(?=[\u1200-\u137f]{3}).*(?=(ንም|ን|ና|ም|ስ|ው|ዋ|ዬ|ጋ)$)"),
)
"""Prefixes before a name: class prefixes before a capital (uThandeka, kaMabuza), Arabic and Amharic ones; Amharic
suffixes in the group."""

POSSESSIVE = re.compile(r"(?<=\w)['’ʼ‘][sS]$")


def owner_end(text: str, start: int, end: int) -> int:
    """Return where the name in `text[start:end]` ends without the possessive: Mary of Mary's."""
    match = POSSESSIVE.search(text[start:end])
    return start + match.start() if match else end


def stems(word: str) -> Iterator[tuple[int, int]]:
    """Yield where a name may stand in the word without the prefixes and suffixes of its language."""
    for pattern in AFFIXED[:1] if word.isascii() else AFFIXED:
        match = pattern.match(word) if not word.islower() or not word.isascii() else None
        if match is None:
            continue
        if match.group(1):
            lead = AFFIXED[3].match(word)
            yield 0, match.start(1)
            if lead:
                yield lead.end(), match.start(1)
        else:
            yield match.end(), len(word)


@dataclass(frozen=True, slots=True)
class Word:
    """A word of `text[start:end]`. `first`: it opens a sentence, a line or a quote."""

    start: int
    end: int
    text: str
    first: bool

    @property
    def capital(self) -> bool:
        """Whether it begins with a capital letter."""
        return self.text[0].isupper()

    @property
    def shouting(self) -> bool:
        """Whether it is all capitals, two letters at least: an acronym, or a heading."""
        return len(self.text) > 1 and self.text.isupper()


def words(text: str) -> list[Word]:
    """Return the words of `text` in order."""
    return [Word(m.start(), m.end(), m.group(), _opens(text, m.start())) for m in WORD.finditer(text)]


def _opens(text: str, start: int) -> bool:
    before = start - 1
    while before >= 0 and text[before] in " '‘’\xa0":
        before -= 1
    if (
        before > 0
        and text[before] == "."
        and text[before - 1].isupper()
        and not text[before - 2 : before - 1].isalnum()
    ):
        return False  # an initial
    return before < 0 or text[before] in SENTENCE_END
