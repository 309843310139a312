"""How a document is spelt: `aen` for `aan`, `iako` for `jako`, as often as its own legible words have it.

Words of old prints are on no list: a reader that only knows today's would modernize or mangle them. The reforms of the
orthographies since 1600 (`reforms.tsv`: Siegenbeek 1804, De Vries and Te Winkel 1863 and Marchant 1934 for Dutch; 1876,
1901 and 1996 for German; 1830 and 1936 for Polish; 1809, 1842 and 1849 for Czech) are undone in today's list, each as
often as the document's legible words have it.
"""

from __future__ import annotations

import math
import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

KNOWN = -5.3
"""Log share of running text from which on a word tells, by the form in which it stands there, how a document spells."""
RESPELT = -5.7
"""Log share from which on a word is expected in its old forms."""
RARE = -6.0
"""A form this rare on the list counts as not listed: `naer` and `aen` are on it, as names."""
FLOOR = -6.8
"""Log share under which a form is not kept."""
SHORTEST = 3
KINDS = 2
"""Different words in which a reform must be missing before the document is believed to be older."""
DOUBT, EXPECTED = 8.0, 0.02
"""Places seen before the document's own share weighs as much as what is expected of any document."""
BELIEVED = 0.06
"""Share of places from which on a reform is applied at all."""
MOST_FORMS = 60


@dataclass(frozen=True)
class Reform:
    """One change of spelling: what is written today (a pattern), and what was written before."""

    today: re.Pattern[str]
    once: str

    def undone(self, word: str) -> set[str]:
        """Return the old forms of a word: changed everywhere, and at one place each."""
        places = list(self.today.finditer(word))
        forms = {word[: place.start()] + self.once + word[place.end() :] for place in places}
        return (forms | {self.today.sub(self.once, word)}) - {word}


@cache
def reforms(lang: str) -> tuple[Reform, ...]:
    """Return the reforms of a language, in the order in which they are undone."""
    lines = files(__package__).joinpath("reforms.tsv").read_text(encoding="utf-8").splitlines()
    rows = [line.split("\t") for line in lines if not line.startswith("#")]
    return tuple(Reform(re.compile(today), once) for language, today, once in rows if language == lang)


def shares(counts: Mapping[str, int], listed: Mapping[str, float], lang: str) -> dict[Reform, float]:
    """Return how often the document has each old form where it could, estimated from its words (how often each)."""
    standing = Counter[str]()
    for word, count in counts.items():
        if len(word) >= SHORTEST:
            standing[word.lower()] += count
    return {reform: _share(reform, standing, listed) for reform in reforms(lang)}


def _share(reform: Reform, standing: Mapping[str, int], listed: Mapping[str, float]) -> float:
    today = old = 0
    kinds = set[str]()
    for word, log in listed.items():
        if log < KNOWN or not reform.today.search(word):
            continue
        today += standing.get(word, 0)
        forms = {form for form in reform.undone(word) if form in standing and listed.get(form, FLOOR) < RARE}
        old += sum(standing[form] for form in forms)
        kinds |= forms
    seen = old if len(kinds) >= KINDS else 0
    return (seen + DOUBT * EXPECTED) / (seen + today + DOUBT)


def respelt(listed: Mapping[str, float], found: Mapping[Reform, float]) -> dict[str, float]:
    """Return the words as the document may spell them, with the logs of their shares of running text."""
    believed = [
        (reform, math.log10(min(0.9, share)), math.log10(max(0.1, 1 - share)))
        for reform, share in found.items()
        if share >= BELIEVED
    ]
    words = dict(listed)
    if not believed:
        return words
    for word, log in listed.items():
        if log >= RESPELT:
            for form, likely in _forms(word, log, believed):
                words[form] = max(likely, words.get(form, likely))
    return words


def _forms(word: str, log: float, believed: list[tuple[Reform, float, float]]) -> Iterator[tuple[str, float]]:
    forms = {word: log}
    for reform, undone, kept in believed:
        after = defaultdict[str, float](lambda: FLOOR)
        for form, likely in forms.items():
            old = reform.undone(form)
            after[form] = max(after[form], likely + (kept if old else 0.0))
            for one in old:
                after[one] = max(after[one], likely + undone)
        kept_forms = sorted(
            ((form, likely) for form, likely in after.items() if likely > FLOOR), key=lambda one: -one[1]
        )
        forms = dict(kept_forms[:MOST_FORMS])
    yield from forms.items()
