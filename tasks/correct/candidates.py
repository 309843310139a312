"""The words that may have stood where a string was read: a walk through string and word list side by side."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import pairwise

from tasks.correct.channel import ANY, Channel, Confusion
from tasks.correct.lexicon import KNOWN_PREFIX, NEVER, Lexicon

MAX_CONFUSIONS = 3
MIN_LOG = -5.5
"""Ways less likely are not followed: two ordinary confusions."""
ENDING = 1
"""Unlisted confusions are not looked for in this many last letters, where words are inflected."""
MAX_LENGTH = 28
"""Longer strings are not words."""
CASE = -1.0
"""Log probability that a small letter was read as a capital within a word."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """A word, the confusions that would have made what was read, and their log probability."""

    word: str
    log: float
    confusions: tuple[Confusion, ...]
    generic: bool = False
    """Whether one of the confusions is not in the table."""
    unlisted: bool = False
    """Whether the word is on no list."""


Way = tuple[float, tuple[Confusion, ...]]
"""A way so far: the log probability of its confusions, and these."""


@dataclass
class Walk:
    """One walk along `read`, a string of letters, keeping the best way to each beginning of a word.

    Only words whose frequency and way together reach `needed` are of interest.
    """

    read: str
    lexicon: Lexicon
    channel: Channel
    needed: float
    reach: float = MIN_LOG

    def candidates(self) -> list[Candidate]:
        """Return the listed words within reach, each with its likeliest confusions."""
        if len(self.read) > MAX_LENGTH:
            return []
        states: list[dict[str, Way]] = [{} for _ in range(len(self.read) + 1)]
        states[0][""] = (0.0, ())
        start, reach = self.lexicon.best_start.get, self.reach
        for at in range(len(self.read)):
            options = tuple(self.channel.options(self.read, at))
            for built, (log, done) in states[at].items():
                self._same(states, at, built, (log, done))
                if len(done) < MAX_CONFUSIONS:
                    for length, stood, cost in options:
                        after = log + cost
                        # most ways end here, so this looks before it calls
                        if after >= reach and after + start((built + stood)[:KNOWN_PREFIX], NEVER) >= self.needed:
                            done_so = (*done, (self.read[at : at + length], stood))
                            self._reach(states[at + length], built + stood, (after, done_so))
        ends = sorted(states[-1].items())
        return [Candidate(word, log, done) for word, (log, done) in ends if done and word in self.lexicon]

    def _same(self, states: list[dict[str, Way]], at: int, built: str, way: Way) -> None:
        letter = self.read[at]
        same = letter.lower()
        odd_case = same != letter and at > 0 and not self.read.isupper()
        self._reach(states[at + 1], built + same, (way[0] + (CASE if odd_case else 0.0), way[1]))

    def _reach(self, ways: dict[str, Way], built: str, way: Way) -> None:
        known = ways.get(built)
        if (known is None or way[0] > known[0]) and way[0] + self.lexicon.best_log(built) >= self.needed:
            ways[built] = way


def near(read: str, lexicon: Lexicon, ending: int = ENDING, letters: Iterable[str] = ()) -> Iterator[Candidate]:
    """Yield the listed words that one confusion outside the table makes: a letter added, lost or replaced.

    The last `ending` letters are left; with -1 a letter may be added behind the last one, too. `letters`: those that
    may have stood there, else every letter of the language's words.
    """
    word, letters = read.lower(), tuple(letters) or lexicon.alphabet
    for at in range(len(word) - ending):
        head, letter, tail = word[:at], word[at : at + 1], word[at + 1 :]
        options = [(head + tail, (letter, ""))]
        for other in letters:
            options += [(head + other + tail, (letter, other)), (head + other + letter + tail, ("", other))]
        for found, confusion in options:
            if found in lexicon and confusion[0] != confusion[1]:
                yield Candidate(found, ANY, (confusion,), generic=True)


MAX_PLACES = 4
"""Places of one string at which a systematic confusion is undone or not: 16 variants at most."""


def variants(read: str, channel: Channel) -> Iterator[Candidate]:
    """Yield strings that undo the document's systematic confusions at some places, whether or not they are words.

    Names and old spellings are on no list, but a press that has the long s has it in them too.
    """
    places = [(at, length, stood, log) for at in range(len(read)) for length, stood, log in channel.habitual(read, at)][
        :MAX_PLACES
    ]
    for chosen in range(1, 2 ** len(places)):
        picked = [place for index, place in enumerate(places) if chosen >> index & 1]
        if any(one[0] + one[1] > two[0] for one, two in pairwise(picked)):
            continue
        built, at = "", 0
        for start, length, stood, _ in picked:
            built, at = built + read[at:start] + stood, start + length
        log = sum(place[3] for place in picked)
        confusions = tuple((read[start : start + length], stood) for start, length, stood, _ in picked)
        yield Candidate((built + read[at:]).lower(), log, confusions, unlisted=True)
