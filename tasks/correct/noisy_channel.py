"""Words by the noisy channel: what was meant is what was likely to be written and likely to be misread so.

For a string w, argmax over c of log P(c) + log P(w | c) (Kernighan, Church and Gale 1990), against w itself as a listed
or unlisted word. It abstains unless the candidate is ahead by the margins of `Caution`. Two passes: the first counts
which confusions this document has, the second takes them into account.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cache

from tasks.correct import channel
from tasks.correct.candidates import Candidate, Walk, near, variants
from tasks.correct.channel import Channel, Confusion
from tasks.correct.lexicon import NEVER, Lexicon
from tasks.correct.spelling import is_reform, modern_forms, without_accents
from tasks.correct.tokens import Run, runs
from tasks.edits import Edit

UNLISTED, UNLISTED_NAME = -1.7, -0.7
"""Log probability that a word is on no list: 2 % of small words, 20 % of capitalized ones (running English text)."""
SHORTEST = 3
"""Shorter strings are abbreviations, particles and initials: nothing tells them apart."""
COMMON = -4.0
"""Words more frequent than one in ten thousand are never doubted."""
GENERIC_LENGTH = 5
"""Confusions that no table lists are considered in strings at least this long."""
RARE = -7.3
"""Words rarer than this are too often misspellings themselves to be reached by an unlisted confusion."""
LEAD = 0.5
"""Decades by which the best candidate must be ahead of the next one."""
SPLIT = -2.0
"""Log probability that a blank was lost, raised by what the product of two words' frequencies lacks: words that stand
together are more likely there than apart. Blanks that were made up are left: old texts write `any where`."""
PART = -5.0
"""Both halves of a run-together string must be more frequent than this."""


ALWAYS = frozenset({"en"})
WITH_HABITS = frozenset({"cs", "de", "nl", "pl", "sl"})
"""Languages in which single words are corrected, in every document or only where the page is misread by habit (clean
pages of inflected languages lose). Measured: French, Spanish and Bulgarian lose by it, others were not measured; in all
of these only the habits are undone (a long s read as f)."""
CORRECTED = ALWAYS | WITH_HABITS
UNCOMPOUNDED = frozenset({"en"})
"""Languages in which a long string is more likely two words run together than a compound. Measured: en gains, French
and Spanish do not, the Germanic and Slavic ones lose."""
FOREIGN, ENOUGH = 0.35, 60
"""Share of small-letter words on no list from which on a document is taken for old, mixed or ruined; shorter
documents than so many words tell nothing."""
HABIT_BONUS = 1.0
"""Decades by which a correction that undoes a habit of the document may be less sure."""
SPELLED = -5.7
"""What an old spelling stands for is a word at least this frequent: rare ones resemble everything."""


@dataclass(frozen=True, slots=True)
class Caution:
    """How sure a correction must be, in decades: of an unlisted string, and of a listed word."""

    unlisted: float
    listed: float


@dataclass
class Speller:
    """Corrects the words of one document. `counts` is how often each string stands there."""

    lexicon: Lexicon
    channel: Channel
    caution: Caution
    counts: Mapping[str, int]
    strict: bool = False
    """Whether only the document's habits are undone: it is full of words that no list holds."""
    found: dict[tuple[str, bool], Candidate | None] = field(default_factory=dict)

    def edits(self, text: str) -> Iterator[tuple[Edit, Candidate]]:
        """Yield the corrections of a text, in order and apart from each other."""
        for run in runs(text):
            if best := self.corrected(run):
                insert = like(run.text, best.word)
                if insert != run.text:
                    yield Edit(run.start, run.end, insert, "split" if " " in insert else "word"), best

    def corrected(self, run: Run) -> Candidate | None:
        """Return what should stand in place of a run, None to leave it."""
        if len(run.text) < SHORTEST:
            return None
        key = (run.text, run.may_be_name)
        if key not in self.found:
            self.found[key] = self._best(run)
        return self.found[key]

    def _best(self, run: Run) -> Candidate | None:
        own = self.lexicon.log_frequency(run.text)
        if own is not None and own > COMMON:
            return None
        own = None if own is not None and own < RARE else own
        needed = self._itself(run) + (self.caution.unlisted if own is None else self.caution.listed)
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
        options = [one for one in walked if not one.generic or self._frequency(one.word) > RARE]
        undone = [] if own is not None else list(self._variants(run))
        if self.strict or undone or self._is_spelling(run.text):
            options = [one for one in options if self._is_habit(one)]
        bare = without_accents(run.text.lower())
        options = [one for one in options if without_accents(one.word) != bare]
        if own is None and not self.strict and self.lexicon.lang in UNCOMPOUNDED:
            options += self._splits(run)
        return sorted([*options, *undone], key=lambda one: one.word)

    def _variants(self, run: Run) -> Iterator[Candidate]:
        """Yield unlisted strings without the document's habits; what may be a name stays as likely to be one."""
        lift = UNLISTED_NAME - UNLISTED if run.may_be_name else 0.0
        for one in variants(run.text, self.channel):
            if one.word not in self.lexicon:
                yield replace(one, log=one.log + lift)

    def _is_spelling(self, text: str) -> bool:
        """Tell whether a string is an old or regional spelling of a listed word."""
        return any(len(form) >= SHORTEST and self._frequency(form) > SPELLED for form in modern_forms(text.lower()))

    def _is_habit(self, candidate: Candidate) -> bool:
        """Tell whether the document is misread in these ways all the time."""
        return all(one in self.channel.habits for one in candidate.confusions)

    def _is_odd(self, run: Run) -> bool:
        """Tell whether confusions that no table lists may have been at work: in a longer string, met once, no name."""
        return len(run.text) >= GENERIC_LENGTH and not run.may_be_name and self.counts.get(run.text, 1) == 1

    def _splits(self, run: Run) -> Iterator[Candidate]:
        for at in range(2, len(run.text) - 1):
            first, second = run.text[:at], run.text[at:]
            if self._frequency(first) > PART and self._frequency(second) > PART:
                yield Candidate(f"{first} {second}", SPLIT, ())

    def _frequency(self, word: str) -> float:
        log = self.lexicon.log_frequency(word)
        return NEVER if log is None else log

    def _score(self, candidate: Candidate) -> float:
        words = candidate.word.split(" ")
        bonus = HABIT_BONUS if candidate.confusions and self._is_habit(candidate) else 0.0
        if candidate.unlisted:
            return self.lexicon.log_unknown(candidate.word) + UNLISTED + candidate.log + bonus
        return sum(self._frequency(word) for word in words) + candidate.log + bonus


def like(pattern: str, word: str) -> str:
    """Return `word` in the case of `pattern`: all capitals, a capital first, or small."""
    if pattern.isupper() and len(pattern) > 1:
        return word.upper()
    return word[0].upper() + word[1:] if pattern[0].isupper() else word


def corrected(text: str, lexicon: Lexicon, caution: Caution) -> list[Edit]:
    """Return the word corrections of a document."""
    counts = Counter(run.text for run in runs(text))
    first = Speller(lexicon, Channel.of(channel.learned()), caution, counts)
    seen = Counter[Confusion]()
    for _, candidate in first.edits(text):
        seen.update(one for one in candidate.confusions if not is_reform(one))
    own = channel.adapted(channel.learned(), seen, cache(text.count))
    trusted = lexicon.lang in ALWAYS or (lexicon.lang in WITH_HABITS and own.habits)
    strict = not trusted or is_foreign(counts, lexicon)
    return [edit for edit, _ in Speller(lexicon, own, caution, counts, strict).edits(text)]


def is_foreign(counts: Mapping[str, int], lexicon: Lexicon) -> bool:
    """Tell whether too many of a document's words are on no list to tell errors from words."""
    small = {word: count for word, count in counts.items() if word.islower() and len(word) >= SHORTEST}
    unlisted = sum(count for word, count in small.items() if word not in lexicon)
    words = sum(small.values())
    return words >= ENOUGH and unlisted > FOREIGN * words
