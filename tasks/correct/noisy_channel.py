"""Words by the noisy channel: what was meant is what was likely to be written and likely to be misread so.

For a string w, argmax over c of log P(c) + log P(w | c) (Kernighan, Church and Gale 1990), against w itself as a listed
or unlisted word. It abstains unless the candidate is ahead by the margins of `Caution`. Two passes: the first counts
which confusions this document has, the second takes them into account.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cache

from tasks.correct import channel, decipher
from tasks.correct.candidates import Candidate, Walk, near, variants
from tasks.correct.channel import Channel, Confusion
from tasks.correct.diagnosis import Ailment, ailment, is_spelling
from tasks.correct.lexicon import NEVER, Lexicon
from tasks.correct.spelling import is_reform, is_respelled, modern_forms, without_accents
from tasks.correct.tokens import Run, runs
from tasks.edits import Edit

UNLISTED, UNLISTED_NAME = -1.7, -0.7
"""Log probability that a word is on no list: 2 % of small words, 20 % of capitalized ones (running English text)."""
RARE = -7.3
"""Words rarer than this are too often misspellings themselves to be reached by an unlisted confusion."""
SHORT, SHORT_RARE = 4, -5.5
"""Lists hold every abbreviation: a word of so few letters must be this frequent to be what was meant."""
LEAD = 0.5
"""Decades by which the best candidate must be ahead of the next one."""
SHORT_COMMON = -3.2
"""Of two letters only these words are believed to have had a long s: `se`, `so`, `su`."""
OLD = -0.7
"""Log share of an old spelling beside its modern form, in a document that has it."""
SPLIT = -2.0
"""Log probability that a blank was lost, raised by what the product of two words' frequencies lacks: words that stand
together are more likely there than apart. Blanks that were made up are left: old texts write `any where`."""
PART = -5.0
"""Both halves of a run-together string must be more frequent than this."""
ARTICLE = "a"
"""The one word of a single letter that is looked for in a run-together string."""
HABIT_BONUS = 1.0
"""Decades by which a correction that undoes a habit of the document may be less sure."""
HABIT_TYPES = 3
"""Different strings in which a confusion must be seen before it is the document's habit: one word is no habit."""
NUMERAL = re.compile(r"[ivxlcdm]+", re.IGNORECASE)

CORRECTED = frozenset({"en"})
"""Languages in which single words are corrected in every document: clean pages of inflected languages lose."""
HABITS_WHEN_MISREAD = frozenset({"sl"})
"""Languages in which a misread document's habits are undone, whatever they are; those of `decipher.LANGUAGES` are
deciphered. Measured: French, Spanish and Bulgarian lose even by this, others were not measured; in all of these only
the long s that is read as f is undone."""
ADAPTED = CORRECTED | HABITS_WHEN_MISREAD
UNCOMPOUNDED = frozenset({"en"})
"""Languages in which a long string is more likely two words run together than a compound. Measured: en gains, French
and Spanish do not, the Germanic and Slavic ones lose."""
LONG_S = frozenset({("f", "s"), ("ff", "ss"), ("fi", "si"), ("fl", "st")})
"""What Tesseract and its like make of the long s: the only habits believed in a document that is not misread."""


@dataclass(frozen=True, slots=True)
class Caution:
    """How sure a correction must be, in decades: of an unlisted string, and of a listed word."""

    unlisted: float
    listed: float


@dataclass(frozen=True, slots=True)
class Manner:
    """How the strings of a document are doubted."""

    shortest: int = 3
    """Shorter strings are abbreviations, particles and initials: nothing tells them apart."""
    common: float = -4.0
    """Words more frequent than one in ten thousand are never doubted."""
    generic_length: int = 5
    """Confusions that no table lists are considered in strings at least this long,"""
    once: bool = True
    """and only when the string stands there once."""


SOUND = Manner()
MISREAD = Manner(shortest=2, common=-2.6, generic_length=4, once=False)
"""On a page where a third of the words is wrong, `bo` and `ben` are seldom what they look like."""


@dataclass
class Speller:
    """Corrects the words of one document. `counts` is how often each string stands there."""

    lexicon: Lexicon
    channel: Channel
    caution: Caution
    counts: Mapping[str, int]
    manner: Manner = SOUND
    strict: bool = False
    """Whether only the document's habits are undone: it is full of words that no list holds."""
    mended: frozenset[str] | None = None
    """The strings that a first pass corrected, None in that pass."""
    margin: Callable[[int], float] = field(default=lambda _: 0.0, kw_only=True)
    """By how many decades more a correction of the string at an offset must lead."""
    found: dict[tuple[str, bool, bool, float], Candidate | None] = field(default_factory=dict)

    def edits(self, text: str) -> Iterator[tuple[Edit, Candidate]]:
        """Yield the corrections of a text, in order and apart from each other."""
        for run in runs(text):
            if best := self.corrected(run):
                insert = like(run.text, best.word)
                if insert != run.text:
                    yield Edit(run.start, run.end, insert, "split" if " " in insert else "word"), best

    def corrected(self, run: Run) -> Candidate | None:
        """Return what should stand in place of a run, None to leave it."""
        shortest = 2 if "f" in run.text else self.manner.shortest
        if run.is_part or len(run.text) < shortest or NUMERAL.fullmatch(run.text):
            return None
        margin = self.margin(run.start)
        key = (run.text, run.may_be_name, run.elided, margin)
        if key not in self.found:
            self.found[key] = self._best(run, margin)
        return self.found[key]

    def _best(self, run: Run, margin: float) -> Candidate | None:
        own = self.lexicon.log_frequency(run.text)
        if own is not None and (own > self.manner.common or run.elided):
            return None
        own = None if own is not None and own < RARE else own
        needed = self._itself(run) + margin + (self.caution.unlisted if own is None else self.caution.listed)
        scored = sorted(
            ((self._score(one), one) for one in self._options(run, own, needed - LEAD)), key=lambda pair: -pair[0]
        )
        if not scored or scored[0][0] < needed:
            return None
        if len(scored) > 1 and scored[0][0] - scored[1][0] < LEAD:
            return None
        return scored[0][1]

    def _itself(self, run: Run) -> float:
        unlisted = self.lexicon.log_unknown(run.text) + (UNLISTED_NAME if run.may_be_name else UNLISTED)
        own = self.lexicon.log_frequency(run.text)
        return unlisted if own is None else max(own, unlisted)

    def _options(self, run: Run, own: float | None, needed: float) -> list[Candidate]:
        walked = Walk(run.text, self.lexicon, self.channel, needed).candidates()
        reached = {one.word for one in walked}
        if own is None and self._is_odd(run):
            walked += [one for one in near(run.text, self.lexicon) if one.word not in reached]
        options = [one for one in walked if self._is_usual(one) and not any(map(is_respelled, one.confusions))]
        if len(run.text) < self.manner.shortest:
            options = [one for one in options if self._is_short_with_long_s(one)]
        undone = [] if own is not None else list(self._variants(run))
        old = any(is_spelling(one.word, self.lexicon) for one in undone) or is_spelling(run.text, self.lexicon)
        if self.strict or old or (undone and self.manner is SOUND):
            options = [one for one in options if self._is_habit(one)]
        forms = modern_forms(run.text.lower()) | {without_accents(run.text.lower())}
        options = [one for one in options if self._is_habit(one) or not forms & {one.word, without_accents(one.word)}]
        if own is None and not self.strict and self.lexicon.lang in UNCOMPOUNDED:
            options += self._splits(run)
        return sorted([*options, *undone], key=lambda one: one.word)

    def _is_short_with_long_s(self, candidate: Candidate) -> bool:
        return LONG_S.issuperset(candidate.confusions) and self._frequency(candidate.word) > SHORT_COMMON

    def _is_usual(self, candidate: Candidate) -> bool:
        """Tell whether a word is frequent enough to be what was meant."""
        log = self._frequency(candidate.word)
        if len(candidate.word) <= SHORT and log <= SHORT_RARE:
            return self._is_habit(candidate)
        return log > RARE or not candidate.generic

    def _variants(self, run: Run) -> Iterator[Candidate]:
        """Yield unlisted strings without the document's habits; what may be a name stays as likely to be one."""
        lift = UNLISTED_NAME - UNLISTED if run.may_be_name else 0.0
        for one in variants(run.text, self.channel):
            if one.word not in self.lexicon:
                yield replace(one, log=one.log + lift)

    def _is_habit(self, candidate: Candidate) -> bool:
        """Tell whether the document is misread in these ways all the time."""
        return all(one in self.channel.habits for one in candidate.confusions)

    def _is_odd(self, run: Run) -> bool:
        """Tell whether confusions that no table lists may have been at work: in a longer string, no name."""
        often = self.manner.once and self.counts.get(run.text, 1) > 1
        return len(run.text) >= self.manner.generic_length and not run.may_be_name and not often

    def _splits(self, run: Run) -> Iterator[Candidate]:
        for at in range(1, len(run.text)):
            first, second = run.text[:at], run.text[at:]
            if all((len(one) > 1 or one == ARTICLE) and self._frequency(one) > PART for one in (first, second)):
                yield Candidate(f"{first} {second}", SPLIT, ())

    def _frequency(self, word: str) -> float:
        log = self.lexicon.log_frequency(word)
        return NEVER if log is None else log

    def _unlisted(self, word: str) -> float:
        """Return the log probability of a string on no list: any string, or an old spelling of a common word."""
        forms = [self._frequency(form) for form in modern_forms(word) if len(form) >= SOUND.shortest]
        return max([self.lexicon.log_unknown(word) + UNLISTED, *(log + OLD for log in forms)])

    def _score(self, candidate: Candidate) -> float:
        words = candidate.word.split(" ")
        bonus = HABIT_BONUS if candidate.confusions and self._is_habit(candidate) else 0.0
        if candidate.unlisted:
            return self._unlisted(candidate.word) + candidate.log + bonus
        return sum(self._frequency(word) for word in words) + candidate.log + bonus


def like(pattern: str, word: str) -> str:
    """Return `word` in the case of `pattern`: capitals where most of it is, a capital first, or small.

    A capital I in place of an l is none: `Ietter`.
    """
    capitals = sum(letter.isupper() for letter in pattern)
    if len(pattern) > 1 and (capitals == len(pattern) or capitals > max(2, len(pattern) / 2)):
        return word.upper()
    is_capital = pattern[0].isupper() and (pattern[0], word[0]) != ("I", "l")
    return word[0].upper() + word[1:] if is_capital else word


def corrected(text: str, lexicon: Lexicon, caution: Caution, speller: Callable[..., Speller] = Speller) -> list[Edit]:
    """Return the word corrections of a document. `speller` is called like the class Speller."""
    counts = Counter(run.text for run in runs(text))
    ails = ailment(counts, lexicon)
    if ails is Ailment.MISREAD and lexicon.lang in decipher.LANGUAGES:
        return decipher.deciphered(text, lexicon, caution.unlisted)
    misread = ails is Ailment.MISREAD and lexicon.lang in ADAPTED
    base, manner = (channel.with_blackletter(), MISREAD) if misread else (channel.roman(), SOUND)
    first = speller(lexicon, Channel.of(base), caution, counts, manner)
    done = list(first.edits(text))
    seen, habits = _seen(done, text, misread)
    mended = frozenset(text[edit.start : edit.end] for edit, _ in done)
    own = channel.adapted(base, seen, cache(text.count), habits)
    free = lexicon.lang in CORRECTED and ails is not Ailment.UNFAMILIAR
    return [edit for edit, _ in speller(lexicon, own, caution, counts, manner, not free, mended).edits(text)]


def _seen(
    done: list[tuple[Edit, Candidate]], text: str, misread: bool
) -> tuple[Counter[Confusion], frozenset[Confusion]]:
    """Return how often a document has each confusion, and which of them it may have by habit."""
    seen, strings = Counter[Confusion](), defaultdict[Confusion, set[str]](set)
    for edit, candidate in done:
        for one in candidate.confusions:
            if not is_reform(one):
                seen[one] += 1
                strings[one].add(text[edit.start : edit.end])
    believed = {one for one, where in strings.items() if len(where) >= HABIT_TYPES}
    return seen, frozenset(believed if misread else believed & LONG_S)
