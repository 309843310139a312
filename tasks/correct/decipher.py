"""Words of a page that was misread throughout: what it is misread by is learned from the page itself.

A blackletter page read by a model of Roman type has a word in three wrong, in ways that no table foresees but that are
the same all over the page. Every string is matched with the words of its language, as the document spells them, by
P(word) P(string | word); what the sure matches were misread by gives new weights for the next round (hard expectation
maximization, as Tong and Evans 1996, "A statistical approach to automatic OCR error correction in context", learn
their confusions from the text that they correct).
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field

from tasks.correct import channel, orthography
from tasks.correct.channel import Confusion
from tasks.correct.lexicon import Lexicon
from tasks.correct.misreadings import Misreadings, Step, confusions
from tasks.correct.spelling import is_reform, is_respelled, without_accents
from tasks.correct.tokens import Run, runs
from tasks.correct.vocabulary import Vocabulary
from tasks.edits import Edit

LANGUAGES = frozenset({"cs", "de", "nl", "pl"})
"""Languages whose misread pages are deciphered: others had no such pages to measure, or lost by it (Slovene)."""
ROUNDS = 4
LISTED = -6.5
"""Log share of running text under which a word is not looked for."""
RARE, SHORT = -5.5, 6
"""Words of fewer letters must be this frequent."""
UNLISTED = -0.9
"""Log share of words that no list holds, in such a document."""
LEAD = 0.4
"""Decades by which the best match must be ahead of the next one."""
HABIT_BONUS = 1.5
"""Decades by which undoing the document's habits alone may be less sure."""
HABIT_TYPES, LEARNED_TYPES = 3, 2
"""Different strings in which a confusion must show to be a habit, and to count at all."""
PRIOR_PLACES = 15
"""Places seen before the document's own share of a confusion weighs as much as the table's."""
LIKELIEST = 0.8
OWN = math.log10(0.3)
"""Log weight of the document's own words beside the list: what stands there twice may well stand there again."""
GENERIC = 1e-4
TABLES, TABLE_WEIGHT = ("confusions.tsv", "blackletter.tsv"), 0.5

_STRING = re.compile(r"(?:[^\W\d_]|[©®£§&$¥€{}|\\])+")
"""Letters, and the signs that are read in place of fancy capitals."""
_GUARDED = re.compile(r"[\d@_#=<>~^]|://|www\.|\w\.\w|\w:\w")


def strings(text: str) -> Iterator[Run]:
    """Yield the strings that may be words: no half of one at a line end, and nothing beside digits or in addresses."""
    for run in runs(text, _STRING, _GUARDED):
        if not run.is_part and sum(map(str.isalpha, run.text)) > 1:
            yield run


def deciphered(text: str, lexicon: Lexicon, margin: float) -> list[Edit]:
    """Return the corrections of a document that was misread throughout.

    `margin` is by how many decades the best match must be ahead of the string as it stands.
    """
    found = list(strings(text))
    words = Decipherer(Counter(one.text for one in found), lexicon, margin).words()
    edits = [Edit(one.start, one.end, words[one.text], "word") for one in found if one.text in words]
    return [edit for edit in edits if edit.insert != text[edit.start : edit.end]]


def as_read(string: str) -> str:
    """Return the letters that were read; capitals are letters of their own, but where all are capitals."""
    return string.lower() if string.isupper() else string


def in_case(string: str, word: str, first: Step, within: Collection[str]) -> str:
    """Return `word` in the case of what was read.

    Signs stand for capitals. Capitals `within` words of this page stand for small letters; so does one at a word's
    start when it was misread (`first`: what was read there, and what stands there).
    """
    letters = [letter for letter in string if letter.isalpha()]
    if len(letters) > 1 and all(map(str.isupper, letters)):
        return word.upper()
    small = string[0].islower() or (string[0] in within and first[0] != first[1])
    return word if small else word[0].upper() + word[1:]


@dataclass
class Decipherer:
    """Matches the strings of one document (how often each) with words, round after round."""

    counts: Mapping[str, int]
    lexicon: Lexicon
    margin: float
    matched: dict[str, str] = field(default_factory=dict)
    """What was meant by a string, where the last round was sure."""

    def __post_init__(self) -> None:
        self._running = sum(self.counts.values())
        self._standing = self._as_corrected()
        listed = self.lexicon.above(LISTED)
        spelt = orthography.shares(self.counts, listed, self.lexicon.lang)
        self._vocabulary = Vocabulary.of(orthography.respelt(listed, spelt))
        self._options = self._vocabulary.near_all({one: {_small_first(one)} for one in self.counts})

    def words(self) -> dict[str, str]:
        """Return what should stand in place of each string that is sure to be misread."""
        learned, habits = dict(_prior()), frozenset[Confusion]()
        for number in range(ROUNDS):
            misreadings = Misreadings(learned, habits)
            if number == ROUNDS - 1:
                self._look_further(misreadings)
            steps = self._match(misreadings)
            self._standing = self._as_corrected()
            learned, habits = self._learned(steps)
        within = self._capitals_within()
        firsts = {string: misreadings.steps(as_read(string), word)[0] for string, word in self.matched.items()}
        return {string: in_case(string, word, firsts[string], within) for string, word in self.matched.items()}

    def _capitals_within(self) -> set[str]:
        """Return the capitals that stand within words time and again."""
        types = Counter(letter for string in self.counts if not string.isupper() for letter in {*string[1:]})
        return {letter for letter, count in types.items() if letter.isupper() and count >= HABIT_TYPES}

    def _match(self, misreadings: Misreadings) -> dict[str, list[Confusion]]:
        """Match every string anew, and return what the sure ones were misread by."""
        self.matched, steps = {}, {}
        for string in self.counts:
            read = as_read(string)
            word = self._best(string, read, misreadings)
            if word is None:
                continue
            done = [one for one in misreadings.steps(read, word) if one[0] != one[1]]
            if not any(map(is_respelled, done)) and not all(map(is_reform, done)):
                self.matched[string] = word
                steps[string] = confusions(misreadings.steps(read, word))
        return steps

    def _best(self, string: str, read: str, misreadings: Misreadings) -> str | None:
        """Return the word that is surely meant by a string, None to leave it."""
        plain = string.lower()
        itself = max(self._unlisted(plain), self._own(plain, self.counts[string])) + misreadings.right(read)
        scores, best = dict[str, float](), itself + self.margin
        for word, prior in self._plausible(string):
            scores[word] = prior + misreadings.weighed(read, word, best - LEAD - prior)
            best = max(best, scores[word])
        for word, log in misreadings.undone(read):
            if word != plain:
                score = max(self._unlisted(word) + HABIT_BONUS, self._own(word, 0)) + log
                scores[word] = max(scores.get(word, score), score)
        ranked = sorted(scores.items(), key=lambda one: (-one[1], one[0]))[:2]
        if not ranked or ranked[0][1] - itself <= self.margin:
            return None
        return ranked[0][0] if len(ranked) == 1 or ranked[0][1] - ranked[1][1] > LEAD else None

    def _plausible(self, string: str) -> Iterator[tuple[str, float]]:
        """Yield the words near a string with their log shares, but for those that only its accents part from it."""
        plain = string.lower()
        for word in self._options[string]:
            log = self._vocabulary.logs[word]
            rare = log < RARE and len(word) < SHORT
            if not rare and word != plain and without_accents(word) != without_accents(plain):
                yield word, max(log, self._own(word, 0))

    def _unlisted(self, word: str) -> float:
        log = self._vocabulary.logs.get(word)
        log = self.lexicon.log_frequency(word) if log is None else log
        unlisted = UNLISTED + self.lexicon.log_unknown(word)
        return unlisted if log is None else max(log, unlisted)

    def _own(self, word: str, but: int) -> float:
        """Return the log share that a word's other occurrences in this document give it."""
        count = self._standing[word] - but
        return math.log10(count / self._running) + OWN if count > 1 else -math.inf

    def _as_corrected(self) -> Counter[str]:
        standing = Counter[str]()
        for string, count in self.counts.items():
            standing[self.matched.get(string, string.lower())] += count
        return standing

    def _learned(self, steps: Mapping[str, list[Confusion]]) -> tuple[dict[Confusion, float], frozenset[Confusion]]:
        """Return the shares of places at which each confusion was seen, and the habits among them."""
        seen, types, places = Counter[Confusion](), Counter[Confusion](), Counter[str]()
        for string, done in steps.items():
            for one in done:
                if not is_reform(one):
                    seen[one] += self.counts[string]
                    types[one] += 1
        for word, count in self._standing.items():
            for size in range(1, 4):
                for at in range(len(word) - size + 1):
                    places[word[at : at + size]] += count
        prior = _prior()
        shares = {}
        for one in {*prior, *(one for one in seen if types[one] >= LEARNED_TYPES)}:
            count = seen[one] if types[one] >= LEARNED_TYPES else 0
            expected = prior.get(one, GENERIC)
            shares[one] = min(LIKELIEST, (count + PRIOR_PLACES * expected) / (places[one[1]] + PRIOR_PLACES))
        return shares, frozenset(one for one in seen if types[one] >= HABIT_TYPES)

    def _look_further(self, misreadings: Misreadings) -> None:
        """Look for words near what is left of a string when the document's habits are undone."""
        likely = {}
        for string in self.counts:
            undone = [(self.lexicon.log_unknown(word) + log, word) for word, log in misreadings.undone(as_read(string))]
            if undone:
                likely[string] = {max(undone)[1]}
        for string, words in self._vocabulary.near_all(likely).items():
            self._options[string] = list(dict.fromkeys([*self._options[string], *words]))


def _small_first(string: str) -> str:
    """Return what was read in the case of the lists; other capitals match nothing there."""
    return string.lower() if string.isupper() else string[0].lower() + string[1:]


def _prior() -> dict[Confusion, float]:
    """Return the shares of the shipped tables, each believed by half."""
    prior = dict[Confusion, float]()
    for name in TABLES:
        for (read, stood), log in channel.learned(name).items():
            prior[read, stood] = max(TABLE_WEIGHT * 10**log, prior.get((read, stood), 0.0))
    return prior
