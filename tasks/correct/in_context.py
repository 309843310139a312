"""The noisy channel with neighbours: a string is what is likely to be written *there* and to be misread so.

What a candidate and the string itself gain by their neighbours (`context`) is added to their scores. So a word that
fits nowhere is doubted however frequent it is, and a correction that breaks a good pair is not made. The document says
how noisy it is, and whether it is old: then a strange word is more likely an old spelling than a misreading.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from string import ascii_lowercase

from tasks.correct.candidates import MIN_LOG, Candidate, Walk, near
from tasks.correct.condition import USUAL, Condition, condition_of, spellings
from tasks.correct.context import LEAST, Around, Model, Neighbours
from tasks.correct.lexicon import NEVER
from tasks.correct.noisy_channel import LEAD, NUMERAL, RARE, SOUND, Speller, like
from tasks.correct.spelling import consonants, is_respelled, modern_forms, without_accents
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
OLD = 0.9
"""A document's strangeness from which on it is old."""
OLD_WORD, OLDEST_WORD = -6.5, -7.5
"""What a string is an old spelling of is at least this frequent; in an old document."""
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
"""Decades of context that an unlisted confusion needs in a name, a short or a repeated string, at a word's end, or for
a letter too many at its start (`fclose`, `nspawn`)."""
ABBREVIATION, ABBREVIATED = 4, 1.0
"""Capitals of so few letters are abbreviations (`RND ADJ` on receipts), but for this much context."""
PARTICLE, SPLIT_WITNESS, BRAND = -2.7, 0.2, 0.6
"""Two words run together have one this frequent (`Hiswife`), or neighbours that want both: else it is a compound or a
name (`windpump`). In capitals neighbours must always speak for it (`MYNEWS`); at a capital within, plainly: it is a
brand or an identifier (`SnapScan`, `getUser`)."""
SILENT, SPEAKS = 0.01, 1.0
"""Decades of context up to which neighbours say nothing for a candidate, and from which on they plainly do."""
ALONE, ALONE_RARE, COMMONPLACE = 0.5, 1.0, -6.0
"""Decades by which a correction must lead more that neighbours say nothing for: of a listed word, and to a rare one."""
ORDINARY, DAMAGED, ALONE_DAMAGED = 3.0, 0.55, 3.0
"""Decades of one ordinary confusion; for each letter, from which on a string resembles many words; what that costs."""
SPOKEN_JARGON = 0.3
"""How much of a document's jargon counts where neighbours speak."""
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
        self.condition = condition_of(found, self.lexicon, self.model, self.mended)
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
        least = OLDEST_WORD if self.condition.strangeness > OLD else OLD_WORD
        forms = [] if self._has_split_w(run) else spellings(run.text.lower(), self.lexicon, least)
        old = [log + self.condition.old + self._gain(form, around) for form, log in forms]
        return max([self._itself(run) + gained, *old])

    def _scored(self, run: Run, own: float | None, around: Around | None) -> Iterator[tuple[float, Candidate]]:
        shape = SHAPE if own is not None and run.text.lower() in self.model else NEVER
        for one in self._all_options(run, own):
            candidate = one.candidate
            gain = 0.0 if candidate.unlisted else self._gain(candidate.word, around)
            if candidate.log >= shape and gain >= self._witness(run, one):
                yield (
                    one.score + gain - self._repeated(run, candidate) - self._alone(run, own, candidate, gain),
                    candidate,
                )

    def _witness(self, run: Run, option: Option) -> float:
        """Return the decades of context without which a candidate is not considered."""
        if run.text.isupper() and len(run.text) <= ABBREVIATION:
            return ABBREVIATED
        return option.witness

    def _alone(self, run: Run, own: float | None, candidate: Candidate, gain: float) -> float:
        """Return by how much more a candidate must lead that its neighbours do not speak for."""
        extra = self.condition.jargon * (1.0 if gain < SPEAKS else SPOKEN_JARGON)
        if gain > SILENT or " " in candidate.word:
            return extra
        frequency = self._frequency(candidate.word)
        extra += ALONE if own is not None else ALONE_RARE if frequency < COMMONPLACE else 0.0
        is_damaged = not candidate.generic and -candidate.log > max(ORDINARY, DAMAGED * len(run.text))
        return extra + (ALONE_DAMAGED if is_damaged and frequency < COMMON else 0.0)

    def _repeated(self, run: Run, candidate: Candidate) -> float:
        """Return what it costs that a string stands there more often than the word that it is taken for."""
        times = self._times[run.text.lower()]
        if times == 1 or self._times[candidate.word] >= times or self._is_habit(candidate):
            return 0.0
        return REPEATED * math.log2(times)

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
            yield Option(one.score + lift, one.candidate, one.witness)
        for candidate in undone:
            yield Option(self._score(candidate), candidate)
        for candidate in self._splits(run) if own is None and not self.strict else ():
            yield Option(self._score(candidate), candidate, self._split_witness(run, candidate))

    def _split_witness(self, run: Run, split: Candidate) -> float:
        first, second = split.word.split(" ")
        if second[0].isupper() and first[-1].islower():
            return BRAND
        has_particle = max(self._frequency(first), self._frequency(second)) > PARTICLE
        return LEAST if has_particle and not run.text.isupper() else SPLIT_WITNESS

    def _near(self, run: Run, reached: set[str]) -> Iterator[Option]:
        if len(run.text) < NEAR_LENGTH:
            return
        word, odd = run.text.lower(), self._is_odd(run)
        for one in near(run.text, self.lexicon, -1, ascii_lowercase):
            if one.word not in reached and one.word in self.model:
                reached.add(one.word)
                is_sure = odd and not one.word.startswith(word[:-1]) and one.word != word[1:]
                yield Option(self._score(one), one, LEAST if is_sure else WITNESS)

    def _has_split_w(self, run: Run) -> bool:
        """Tell whether the string has a w read as two letters; old prints have these for one (`vvhich`)."""
        return "vv" in run.text.lower() and self.condition.strangeness <= OLD

    def _is_possible(self, run: Run, candidate: Candidate) -> bool:
        word = run.text.lower()
        is_spelling = candidate.word in modern_forms(word) | {without_accents(word)} and not self._has_split_w(run)
        if is_spelling and not self._is_habit(candidate):
            return False
        if self.condition.strangeness > OLD and consonants(candidate.word) == consonants(word):
            return False
        return self._is_usual(candidate) and not any(map(is_respelled, candidate.confusions))


@dataclass(frozen=True, slots=True)
class Option:
    """A candidate with its score, neighbours apart, and the decades that these must add."""

    score: float
    candidate: Candidate
    witness: float = LEAST
