"""Words of a text with what a name finder wants to know about them: case, place in the sentence, offsets."""

from __future__ import annotations

import re
from dataclasses import dataclass

MARKS = "\u0300-\u036f"
"""Combining marks that stay after NFC, as in Yoruba."""
WORD = re.compile(rf"(?:[^\W\d_][{MARKS}]*)+(?:['’ʼ‘\-](?:[^\W\d_][{MARKS}]*)+)*")
SENTENCE_END = frozenset('.!?:;\n\r\t|•*>"“”„«‹([{<_=~#።፡؟…–—\x0b')
"""A word after one of these stands first in its sentence, cell or quote, where a capital says little."""


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
