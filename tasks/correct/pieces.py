"""Words that OCR tore, letters that it read where none stood, and its strokes: `t he`, `the e prisoner`, `nO`, `| am`.

A torn word is joined where the whole is likelier there than its pieces, given how seldom OCR makes up a blank. A letter
alone is dropped where it means nothing and the words around it belong together, in a document that is noisy.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from tasks.correct.condition import Condition, condition_of
from tasks.correct.context import Model, Neighbours
from tasks.correct.lexicon import Lexicon
from tasks.correct.noisy_channel import UNLISTED
from tasks.correct.tokens import runs
from tasks.edits import Edit, cut

TORN = re.compile(r"(?<![^\s(\[\"“‘'])([^\W\d_]{1,12})(\.? )([^\W\d_]{1,12})(?![\w'’-])")
"""Two strings of letters with a blank, or the point that a hyphen became, between them."""
TEAR = -3.0
"""Log probability that a blank is made up within a word; noise raises it."""
MARGIN = 1.2
FREQUENT = -6.0
"""A whole must be a known word more frequent than this."""
SHORTEST = 3
LETTER = -4.0
"""Log share of letters alone among words."""
WORDS_OF_ONE = frozenset("aio")
LONE = re.compile(r"(?<=[^\W\d_] )([^\W\d_]) (?=([^\W\d_]{2,}))")
"""A letter alone between words."""
PRONOUN = re.compile(r"(?<![^\s(\[\"“‘'])(?<!\d )([l|])(?= [a-z]{2,})")
"""A stroke alone before a small word, but no litres: Tesseract's usual reading of I."""
CALLED_FOR = 0.5
"""Decades that the neighbours must want an I by: in five sets, four right and one wrong (drawn and real pages)."""
BELONG = 0.8
"""Decades that a word must gain by those before the letter, without it;"""
MEANT = 0.0
"""and that the letter may gain at most."""
NOISY = 0.3
"""Noise, in decades, without which letters and capitals are meant: twice the unknown words of sound text."""
CASE_FREQUENT = -4.5


@dataclass(frozen=True)
class Pieces:
    """Mends a text in a language with a model."""

    text: str
    lexicon: Lexicon
    model: Model

    def edits(self) -> Iterator[Edit]:
        """Yield the edits, apart from each other."""
        end = 0
        for edit in sorted([*self._pronouns(), *self._joined(), *self._dropped(), *self._in_small_letters()]):
            if edit.start >= end:
                yield edit
                end = edit.end

    @cached_property
    def _condition(self) -> Condition:
        return condition_of(list(runs(self.text)), self.lexicon, self.model)

    @cached_property
    def _neighbours(self) -> Neighbours:
        return Neighbours.of(self.text)

    def _pronouns(self) -> Iterator[Edit]:
        places = [found.start(1) for found in PRONOUN.finditer(self.text)]
        neighbours = Neighbours.of(PRONOUN.sub("I", self.text)) if places else self._neighbours
        for at in places:
            start, end = self.text.rfind("\n", 0, at) + 1, self.text.find("\n", at)
            is_table = self.text.count("|", start, len(self.text) if end < 0 else end) > 1
            around = neighbours.around(at, "I")
            if around and not is_table and self.model.gain("i", around) >= CALLED_FOR:
                yield Edit(at, at + 1, "I", "word")

    def _joined(self) -> Iterator[Edit]:
        at = 0
        while found := TORN.search(self.text, at):
            is_torn = self._is_torn(found)
            at = found.end() if is_torn else found.start(3)
            if is_torn:
                yield cut(found.start(2), found.end(2), "join")

    def _is_torn(self, found: re.Match[str]) -> bool:
        first, second = found[1].lower(), found[3]
        whole = self.lexicon.log_frequency(first + second)
        if not second.islower() or whole is None or whole < FREQUENT or len(first + second) < SHORTEST:
            return False
        if found[2] == " " and min(len(first), len(second)) > 1:
            return False  # two syllables: a line end whose hyphen is lost
        if first + second not in self.model or (self._is_word(first) and self._is_word(second)):
            return False
        around = self._neighbours.across(found.start(1), found.start(3))
        if around is None:
            return False
        together = whole + self.model.gain(first + second, around) + TEAR + self._condition.noise
        return together > self._log(first) + self._log(second) + MARGIN + self._condition.strangeness

    def _is_word(self, piece: str) -> bool:
        return piece in WORDS_OF_ONE if len(piece) == 1 else piece in self.model

    def _log(self, piece: str) -> float:
        if len(piece) == 1 and piece not in WORDS_OF_ONE:
            return LETTER
        own = self.lexicon.log_frequency(piece)
        return self.lexicon.log_unknown(piece) + UNLISTED if own is None else own

    def _dropped(self) -> Iterator[Edit]:
        if self._condition.noise < NOISY:
            return
        for found in LONE.finditer(self.text):
            letter, behind = found.groups()
            here = self._neighbours.around(found.start(1), letter)
            if letter in WORDS_OF_ONE or letter == "l" or not letter.islower() or here is None:
                continue
            without = self._neighbours.across(found.start(1), found.start(2))
            if (
                without
                and self.model.gain(letter, here) <= MEANT
                and self.model.gain(behind.lower(), without) >= BELONG
            ):
                yield cut(found.start(1), found.start(2), "letter")

    def _in_small_letters(self) -> Iterator[Edit]:
        if self._condition.noise < NOISY:
            return
        for run in runs(self.text):
            small = run.text.lower()
            is_odd = run.text[0].islower() and small != run.text
            if is_odd and small in self.model and (self.lexicon.log_frequency(small) or FREQUENT) > CASE_FREQUENT:
                yield Edit(run.start, run.end, small, "case")
