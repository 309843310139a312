"""What the neighbours of a word say: how much likelier it is between them than anywhere.

English only. The model is the generic US English trigram model that comes with the package pocketsphinx (Carnegie
Mellon University, BSD licence): 72,000 words, 2.1 million pairs, 1.7 million triples, 27 MB, read as installed. No
other language has a model that may be used. All probabilities are base-10 logarithms.
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cache, lru_cache
from pathlib import Path
from typing import Protocol

DECADE = math.log10(1.0001)
"""Decades per unit of the package's logarithms, whose base is 1.0001."""
WEIGHT = 1.0
"""How much a decade of the model counts: with 0.8 fewer words are corrected, and none fewer made worse."""
MOST, LEAST = 3.0, -2.5
"""Bounds of what neighbours may say: they may be misread themselves."""


class _NGrams(Protocol):
    def prob(self, words: Sequence[str]) -> int: ...


class Model:
    """The trigram model of one language."""

    def __init__(self, ngrams: _NGrams) -> None:
        self._ngrams = ngrams
        self._unknown = ngrams.prob(("\x00",))
        self._single = lru_cache(50_000)(lambda word: ngrams.prob((word,)))

    def __contains__(self, word: str) -> bool:
        return self._single(word) != self._unknown

    def gain(self, word: str, around: Around) -> float:
        """Return the decades by which a word (or words with a blank between) is likelier between its neighbours.

        Unknown words gain nothing by themselves.
        """
        before = around.before
        total = 0
        for part in word.split(" "):
            if part in self:
                total += self._ngrams.prob((part, *before)) - self._single(part)
            before = (part, *before[:1])
        for place, part in enumerate(around.behind):
            total += self._ngrams.prob((part, *before)) - self._ngrams.prob((part, *around.behind[:place]))
            before = (part, *before[:1])
        return max(LEAST, min(MOST, WEIGHT * total * DECADE))


@cache
def model(lang: str) -> Model | None:
    """Return the model of a language (primary subtag), None where there is none."""
    if lang != "en":
        return None
    import pocketsphinx  # noqa: PLC0415

    path = Path(pocketsphinx.get_model_path()) / "en-us" / "en-us.lm.bin"
    return Model(pocketsphinx.NGramModel.readfile(str(path)))


@dataclass(frozen=True, slots=True)
class Around:
    """The two words before a place, nearest first, and the two behind it; fewer at the ends of a sentence."""

    before: tuple[str, ...] = ()
    behind: tuple[str, ...] = ()


START, END = "<s>", "</s>"
"""The model's names for the ends of a sentence."""
NUMBER = "\x01"
"""Stands for what has a digit in it: no word of the model."""
_TOKEN = re.compile(r"[^\W_]+(?:['’][^\W\d_]+)*|[.!?]|\n\s*\n")
_ABBREVIATED = frozenset(
    "mr mrs dr st messrs rev hon esq no vol capt col lieut gen co viz sergt jun sen prof".split()  # noqa: SIM905
)
"""What a full stop behind does not end a sentence. The list may be short: an end too many only loses a neighbour."""


@dataclass
class Neighbours:
    """The words of a text in order, and where each starts. Corrections made on the way are seen by what follows."""

    words: list[str] = field(default_factory=lambda: [START])
    places: dict[int, int] = field(default_factory=dict)

    @classmethod
    def of(cls, text: str) -> Neighbours:
        """Cut a text into sentences and words."""
        new = cls()
        for token in _TOKEN.finditer(text):
            if token[0] in ".!?":
                if new._ends_sentence(token[0], text[token.end() : token.end() + 3].strip()):
                    new.words += (END, START)
            elif token[0].isspace():
                new.words += (END, START)
            else:
                new.places[token.start()] = len(new.words)
                new.words.append(_plain(token[0]))
        new.words.append(END)
        return new

    def _ends_sentence(self, mark: str, follows: str) -> bool:
        last = self.words[-1]
        if len(last) == 1 or last in _ABBREVIATED or last == START:
            return False
        return mark != "." or not follows[:1].islower()

    def around(self, start: int, word: str) -> Around | None:
        """Return the neighbours of the word that starts at an offset, None where it is only a piece of one."""
        place = self.places.get(start)
        if place is None or self.words[place] != _plain(word):
            return None
        return self._around(place, place)

    def across(self, start: int, last: int) -> Around | None:
        """Return the neighbours of the words from the one that starts at an offset to the one that starts at `last`."""
        if start not in self.places or last not in self.places:
            return None
        return self._around(self.places[start], self.places[last])

    def _around(self, place: int, last: int) -> Around:
        first, second = self.words[place - 1], self.words[place - 2]
        before = (first,) if first == START or place < 2 else (first, second)
        third, *fourth = self.words[last + 1 : last + 3]
        return Around(before, (third,) if third == END else (third, *fourth))

    def put(self, start: int, word: str) -> None:
        """Note that another word stands at an offset now."""
        self.words[self.places[start]] = word


def _plain(word: str) -> str:
    if any(letter.isdigit() for letter in word):
        return NUMBER
    return word.lower().replace("’", "'").replace("ſ", "s")
