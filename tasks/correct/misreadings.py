"""How likely a word was read as a string on one page: a weighted edit distance with confusions of up to three letters.

The generic weights are for a page on which a letter in ten or more is wrong. All probabilities are base-10 logarithms.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise

from tasks.correct.channel import Confusion

REPLACED, ADDED, LOST = math.log10(5e-4), -3.0, -3.0
"""A small letter in place of any other; a letter that nothing on the paper made; a letter that was not read."""
ODD = math.log10(4e-3)
"""A capital within a word, or a sign, in place of any letter: nothing but a misreading puts it there."""
UNSEEN = 0.02
"""Share of a letter's places at which it is read in ways that the table does not list."""
SUREST, SOUNDEST = 0.7, 0.3
"""No letter is believed to be misread more often than this, nor read right less often."""
BAND = 4
"""How far the two strings may be out of step, where their lengths do not part them more."""
HABIT = 0.03
"""Share of places from which on a confusion is undone in strings that no list holds."""
MAX_PLACES = 5
LONGEST = 3
NEVER = -1e9

MOSTLY_RIGHT = math.log10(1 - UNSEEN)
Place = tuple[int, int]
"""How much was read, and how much of the word stands for it."""
Step = tuple[str, str]
"""What was read, and what stood there: equal where it was read right."""


@dataclass(frozen=True)
class Misreadings:
    """One page's confusions with their shares of places, and which of them are its habits."""

    shares: Mapping[Confusion, float]
    habits: frozenset[Confusion] = frozenset()

    @cached_property
    def _logs(self) -> Mapping[str, Mapping[str, float]]:
        logs = defaultdict[str, dict[str, float]](dict)
        for (read, stood), share in self.shares.items():
            logs[read][stood] = math.log10(share)
        return dict(logs)

    @cached_property
    def _right(self) -> Mapping[str, float]:
        wrong = defaultdict[str, float](float)
        for (_, stood), share in self.shares.items():
            if len(stood) == 1:
                wrong[stood] += share
        return {letter: math.log10(max(SOUNDEST, 1 - min(SUREST, share) - UNSEEN)) for letter, share in wrong.items()}

    def right(self, text: str) -> float:
        """Return the log probability that every letter was read as it stands."""
        return sum(self._right.get(letter, MOSTLY_RIGHT) for letter in text[:1].lower() + text[1:])

    def weighed(self, read: str, word: str, needed: float = NEVER) -> float:
        """Return the log probability that `word` was read as `read`, NEVER when it is less than `needed`."""
        return self._walked(read, word, needed)[0][len(read)][len(word)]

    def steps(self, read: str, word: str) -> list[Step]:
        """Return the likeliest way in which `word` was read as `read`, a capital at its start as a small letter."""
        _, back = self._walked(read, word, NEVER)
        at, steps = (len(read), len(word)), []
        while at != (0, 0):
            before = back[at]
            step = (read[before[0] : at[0]], word[before[1] : at[1]])
            steps.append((step[1], step[1]) if before[0] == 0 and step[0].lower() == step[1] else step)
            at = before
        return steps[::-1]

    def _walked(self, read: str, word: str, needed: float) -> tuple[list[list[float]], dict[Place, Place]]:
        """Return the best log probability of each pair of beginnings, and the pair it comes from."""
        best = [[NEVER] * (len(word) + 1) for _ in range(len(read) + 1)]
        best[0][0] = 0.0
        back: dict[Place, Place] = {}
        band = max(BAND, abs(len(read) - len(word)))
        for i in range(len(read) + 1):
            listed = self._listed(read, i)
            for j in range(max(0, i - band), min(len(word), i + band) + 1):
                here = best[i][j]
                if here < needed:
                    continue
                for row, column, log in self._reached(read, word, (i, j), listed):
                    if here + log > best[row][column]:
                        best[row][column] = here + log
                        back[row, column] = (i, j)
        return best, back

    def _listed(self, read: str, at: int) -> list[tuple[int, Mapping[str, float]]]:
        """Return what the table knows of the next one, two and three letters, with where they end."""
        ends = range(at + 1, min(len(read), at + LONGEST) + 1)
        return [(end, self._logs[read[at:end]]) for end in ends if read[at:end] in self._logs]

    def _reached(
        self, read: str, word: str, at: Place, listed: list[tuple[int, Mapping[str, float]]]
    ) -> list[tuple[int, int, float]]:
        i, j = at
        if j == len(word):
            return [(i + 1, j, ADDED)] if i < len(read) else []
        reached = [(i, j + 1, LOST)]
        if i < len(read):
            letter = read[i]
            other = REPLACED if letter.islower() else ODD
            same = letter == word[j] or (i == 0 and letter.lower() == word[j])
            replaced = self._right.get(word[j], MOSTLY_RIGHT) if same else other
            reached += [(i + 1, j, ADDED), (i + 1, j + 1, replaced)]
        for end, options in listed:
            for stop in range(j + 1, min(len(word), j + LONGEST) + 1):
                log = options.get(word[j:stop])
                if log is not None:
                    reached.append((end, stop, log))
        return reached

    def undone(self, read: str) -> Iterator[tuple[str, float]]:
        """Yield the strings that undo the page's habits at some places, with their log probabilities."""
        places = [
            (at, len(seen), stood, log)
            for at in range(len(read))
            for seen, stood, log in self._habits_at(read, at)
        ][:MAX_PLACES]  # fmt: skip
        for chosen in range(1, 2 ** len(places)):
            picked = [place for index, place in enumerate(places) if chosen >> index & 1]
            if all(one[0] + one[1] <= two[0] for one, two in pairwise(picked)):
                built, kept, at = "", "", 0
                for start, length, stood, _ in picked:
                    built, kept, at = built + read[at:start] + stood, kept + read[at:start], start + length
                yield (built + read[at:]).lower(), sum(one[3] for one in picked) + self.right(kept + read[at:])

    def _habits_at(self, read: str, at: int) -> Iterator[tuple[str, str, float]]:
        for size in range(1, LONGEST + 1):
            seen = read[at : at + size]
            for stood, log in self._logs.get(seen, {}).items() if len(seen) == size else ():
                if (seen, stood) in self.habits and log >= math.log10(HABIT):
                    yield seen, stood, log


def confusions(steps: list[Step]) -> list[Confusion]:
    """Return the confusions of one word: touching ones as one, and what was added or lost with either neighbour."""
    blocks: list[Step] = []
    for read, stood in steps:
        if blocks and read != stood and blocks[-1][0] != blocks[-1][1] and "" in (read, stood, *blocks[-1]):
            blocks[-1] = (blocks[-1][0] + read, blocks[-1][1] + stood)
        else:
            blocks.append((read, stood))
    found = list[Confusion]()
    for index, (read, stood) in enumerate(blocks):
        if read == stood:
            continue
        if read and stood:
            found.append((read, stood))
            continue
        behind, before = blocks[index + 1 : index + 2], blocks[max(0, index - 1) : index]
        found += [(read + one, stood + one) for one, other in behind if one == other]
        found += [(one + read, one + stood) for one, other in before if one == other]
    return [one for one in found if max(map(len, one)) <= LONGEST]
