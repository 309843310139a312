"""The noisy channel with neighbours: a string is what is likely to be written *there* and to be misread so.

What a candidate and the string itself gain by their neighbours (`context`) is added to their scores. So a word that
fits nowhere is doubted however frequent it is, and a correction that breaks a good pair is not made. The document says
how noisy it is, and whether it is old: then a strange word is more likely an old spelling than a misreading.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from string import ascii_lowercase

from tasks.correct.candidates import MIN_LOG, Candidate, Walk, near
from tasks.correct.condition import USUAL, Condition, condition_of, spellings
from tasks.correct.context import Around, Model, Neighbours
from tasks.correct.lexicon import NEVER
from tasks.correct.noisy_channel import LEAD, NUMERAL, RARE, SOUND, Speller, like
from tasks.correct.spelling import is_respelled, modern_forms, without_accents
from tasks.correct.tokens import Run, runs
from tasks.edits import Edit

COMMON = -2.3
"""Words more frequent than one in two hundred are never doubted: `the`, `of`, `in`."""
FITS = -4.5
"""Listed words that are more likely than this where they stand are not doubted (frequency and neighbours)."""
STRANGE = -5.0
"""A word rarer than this that the model does not know is as doubtful as one on no list: lists hold every `tbe`."""
GAINS = 0.6
"""and neither are those that gain this much by their neighbours."""
KNOWN = 0.0
"""Decades by which the correction of a word that the model knows must lead more."""
UNLISTED_STRANGER = 0.7
"""How much of the document's strangeness counts for unlisted strings."""
OLD_WORD = -6.5
"""What a string is an old spelling of is at least this frequent."""
PIECE = 0.8
"""Decades more for what is only a piece of what stands between blanks."""
REPEATED = 1.2
"""Cost, in decades, of a string that stands there several times, more often than the word that it is taken for."""
SHAPE = -3.3
"""A word that the model knows is only replaced by what is often read so: log probability of the confusion."""
WIDE = 0.7
"""Decades that neighbours may add to a candidate that would else be out of reach; for listed words,"""
WIDER = 2.0
"""which lose by their neighbours, too."""
WITNESS = 0.5
"""Decades of context that an unlisted confusion needs in a name, a short or a repeated string, or at a word's end."""
NEAR_LENGTH = 3
"""Shorter strings are not changed by an unlisted confusion."""


@dataclass
class ContextSpeller(Speller):
    """Corrects the words of one document by their neighbours."""

    model: Model = field(kw_only=True)
    condition: Condition = field(init=False, default=USUAL)
    _options_of: dict[tuple[str, bool], list[Option]] = field(init=False, default_factory=dict)

    def edits(self, text: str) -> Iterator[tuple[Edit, Candidate]]:
        """Yield the corrections of a text, in order and apart from each other."""
        found = list(runs(text))
        self.condition = condition_of(found, self.lexicon, self.model)
        self._options_of.clear()
        neighbours = Neighbours.of(text)
        for run in found:
            around = neighbours.around(run.start, run.text)
            best = self._here(run, around)
            if best and (insert := like(run.text, best.word)) != run.text:
                yield Edit(run.start, run.end, insert, "split" if " " in insert else "word"), best
                if around and " " not in best.word:
                    neighbours.put(run.start, best.word)

    def _here(self, run: Run, around: Around | None) -> Candidate | None:
        """Return what should stand in place of a run, None to leave it."""
        shortest = 2 if "f" in run.text else self.manner.shortest
        if run.is_part or len(run.text) < shortest or NUMERAL.fullmatch(run.text):
            return None
        word = run.text.lower()
        own, known = self.lexicon.log_frequency(word), word in self.model
        if own is not None and (run.elided or own > (COMMON if around and known else self.manner.common)):
            return None
        if own is not None and own < (RARE if known else STRANGE):
            own = None
        gained = self._gain(word, around) if own is not None and known else 0.0
        if own is not None and known and around and (own + gained > FITS or gained > GAINS):
            return None
        scored = sorted(self._scored(run, own, around), key=lambda pair: (-pair[0], pair[1].word))
        if not scored or scored[0][0] < self._in_place(run, gained, around) + self._margin(run, own, around):
            return None
        return None if len(scored) > 1 and scored[0][0] - scored[1][0] < LEAD else scored[0][1]

    def _margin(self, run: Run, own: float | None, around: Around | None) -> float:
        usual, strangeness = self.caution.listed, self.condition.strangeness
        if own is None:
            usual, strangeness = self.caution.unlisted, strangeness * UNLISTED_STRANGER
        elif run.text.lower() in self.model:
            usual += KNOWN
        return usual + strangeness + (0.0 if around else PIECE) + self.margin(run.start)

    def _gain(self, word: str, around: Around | None) -> float:
        return self.model.gain(word, around) if around else 0.0

    def _in_place(self, run: Run, gained: float, around: Around | None) -> float:
        """Return the log probability of the string as it stands: itself, or an old spelling of a common word."""
        old = [
            log + self.condition.old + self._gain(form, around)
            for form, log in spellings(run.text.lower(), self.lexicon, OLD_WORD)
        ]
        return max([self._itself(run) + gained, *old])

    def _scored(self, run: Run, own: float | None, around: Around | None) -> Iterator[tuple[float, Candidate]]:
        shape = SHAPE if own is not None and run.text.lower() in self.model else NEVER
        for one in self._all_options(run, own):
            candidate = one.candidate
            gain = 0.0 if candidate.unlisted else self._gain(candidate.word, around)
            if candidate.log >= shape and (gain >= WITNESS or not one.needs_witness):
                yield one.score + gain - self._repeated(run, candidate), candidate

    def _repeated(self, run: Run, candidate: Candidate) -> float:
        """Return what it costs that a string stands there more often than the word that it is taken for."""
        times = self._times[run.text.lower()]
        return REPEATED if times > 1 and self._times[candidate.word] < times and not self._is_habit(candidate) else 0.0

    @cached_property
    def _times(self) -> Counter[str]:
        times = Counter[str]()
        for text, count in self.counts.items():
            times[text.lower()] += count
        return times

    def _all_options(self, run: Run, own: float | None) -> list[Option]:
        key = (run.text, run.may_be_name)
        if key not in self._options_of:
            self._options_of[key] = list(self._scored_options(run, own))
        return self._options_of[key]

    def _scored_options(self, run: Run, own: float | None) -> Iterator[Option]:
        noise = self.condition.noise
        needed = self._itself(run) + self.caution.unlisted - LEAD - noise - (WIDE if own is None else WIDER)
        walk = Walk(run.text, self.lexicon, self.channel, needed, MIN_LOG - noise)
        options = [Option(self._score(one), one) for one in walk.candidates()]
        if own is None:
            options += self._near(run, {one.candidate.word for one in options})
        options = [one for one in options if self._is_possible(run, one.candidate)]
        undone = [] if own is not None else list(self._variants(run))
        if self.strict or (undone and self.manner is SOUND):
            options = [one for one in options if self._is_habit(one.candidate)]
        if len(run.text) < self.manner.shortest:
            options = [one for one in options if self._is_short_with_long_s(one.candidate)]
        for one in options:
            lift = noise if one.candidate.word in self.model else 0.0
            yield Option(one.score + lift, one.candidate, one.needs_witness)
        for candidate in [*undone, *(self._splits(run) if own is None and not self.strict else ())]:
            yield Option(self._score(candidate), candidate)

    def _near(self, run: Run, reached: set[str]) -> Iterator[Option]:
        if len(run.text) < NEAR_LENGTH:
            return
        odd, start = self._is_odd(run), run.text[:-1].lower()
        for one in near(run.text, self.lexicon, -1, ascii_lowercase):
            if one.word not in reached and one.word in self.model:
                reached.add(one.word)
                yield Option(self._score(one), one, not odd or one.word.startswith(start))

    def _is_possible(self, run: Run, candidate: Candidate) -> bool:
        word = run.text.lower()
        if not self._is_habit(candidate) and candidate.word in modern_forms(word) | {without_accents(word)}:
            return False
        return self._is_usual(candidate) and not any(map(is_respelled, candidate.confusions))


@dataclass(frozen=True, slots=True)
class Option:
    """A candidate with its score, neighbours apart; whether these must speak for it."""

    score: float
    candidate: Candidate
    needs_witness: bool = False
