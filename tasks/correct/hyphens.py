"""Words broken at a line end become whole again; compounds keep their hyphen."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from tasks.edits import Edit, cut

JOINING_WORDS = frozenset(
    [
        "and",
        "or",
        "und",
        "oder",
        "bzw",
        "en",
        "of",
        "et",
        "ou",
        "y",
        "o",
        "e",
        "i",
        "a",
        "ali",
        "in",
        "nebo",
        "lub",
        "oraz",
        "na",
        "da",
        "og",
        "och",
        "eller",
        "et",
    ]
)
"""After a hyphen and a blank they tell a suspended compound (`two- or threefold`), not a broken word."""
RUN_ON = re.compile(r"(?<![\w-])([^\W\d_]{2,})([-­‐¬⸗]) ([^\W\d_]{2,})(?![\w-])")
"""The same where the line end has become a blank."""
BROKEN = re.compile(r"([^\W\d_]+)([-­‐¬⸗])[ \t]*\n[ \t]*([^\W\d_]+)")
"""Letters, a hyphen (also soft, typographic, the sign ¬ that OCR makes of it, Fraktur's), line end, letters."""
FRAMED = re.compile(r"^[ \t]*[-­‐¬⸗]{1,3}(?=[^\s­‐¬⸗-])", re.MULTILINE)
"""A line that begins with a hyphen and no blank: the one at its end frames it (`-TAX INVOICE-`)."""
DASHED = re.compile(r"([^\W\d_]+)([—–~])[ \t]*\n[ \t]*([^\W\d_]+)")
"""The same where OCR took the hyphen for a dash or a tilde."""
COMMON = 1e-5
"""Two words more frequent than this have a dash between them: `so—me`."""

GUARDED = re.compile(r"[\d@_\\#/=<>|~^]|www\.|\w\.\w|\w:\w")
"""What marks a string as an identifier or an address, whose hyphens are its own."""
RARE_WHOLE, HALF, RATIO = 2.8e-7, 5e-6, 100.0
"""Two words more frequent than `HALF` have a hyphen between them where the whole is rarer than `RARE_WHOLE` and they
are so much more frequent than it: `wellknown` and `peutêtre` are on the lists, but one in 15 million; `typewriter` is
not so rare, and of `prisoner` no half is a word."""
PARTICLE = 2e-3
"""Words more frequent than this are in no compound with a blank behind its hyphen."""
SOLID = frozenset({"there", "here", "where"})
"""Adverbs of law that begin so are one word, however rare: `thereunder`."""
HYPHENATING = frozenset({"en", "fr", "pt", "es"})
"""Languages whose compounds have a hyphen, as far as looked at; the Germanic ones write theirs as one word."""

Frequency = Callable[[str], float]


def joined(text: str, frequency: Frequency, keeps_compounds: bool = False) -> Iterator[Edit]:
    r"""Yield the edits that join broken words.

    `frequency` of a word decides between `co-operate` and `cooperate`; when it knows neither, a lower-case second half
    loses the hyphen and a capitalized one (`Saint-\nDenis`) keeps it. `keeps_compounds`: the language writes compounds
    with a hyphen (`well-\nknown`). What frames a line breaks no word, nor do addresses and identifiers.
    """
    framed = {line.start() for line in FRAMED.finditer(text)}
    for found in BROKEN.finditer(text):
        first, _, second = found.groups()
        if text.rfind("\n", 0, found.start()) + 1 in framed or _is_guarded(text, found):
            continue
        is_kept = _is_kept(first, second, frequency, keeps_compounds)
        if is_kept is False:
            yield cut(found.start(2), found.start(3), "hyphen")
        elif is_kept:
            yield cut(found.start(2) + 1, found.start(3), "hyphen_kept")


def _is_guarded(text: str, found: re.Match[str]) -> bool:
    """Tell whether the broken string is an identifier or an address: a part on either line tells."""
    line, start = text.rfind("\n", 0, found.start()) + 1, found.start()
    before = text[line:start].rpartition(" ")[2]
    behind = text[found.end() :].split(maxsplit=1)[0] if text[found.end() : found.end() + 1].strip() else ""
    return bool(GUARDED.search(before + found[1]) or GUARDED.search(found[3] + behind))


def _is_kept(first: str, second: str, frequency: Frequency, keeps_compounds: bool) -> bool | None:
    """Tell whether the hyphen stays, None where the line end does, too."""
    whole, compound = frequency((first + second).lower()), frequency(f"{first}-{second}".lower())
    are_capitals = len(first) > 1 and (first + second).isupper()
    if not second[0].islower() and not (are_capitals and whole > 0):
        return True if first[0].isupper() else None
    may_be_compound = keeps_compounds and (first[0].islower() or are_capitals)  # else a name: `Au-dry`
    return compound > whole or (may_be_compound and _is_compound(first.lower(), second.lower(), whole, frequency))


def _is_compound(first: str, second: str, whole: float, frequency: Frequency) -> bool:
    """Tell whether two common words stand there, rather than two halves of one: `self-employed`, `peut-être`."""
    halves = min(frequency(first), frequency(second))
    return first not in SOLID and whole < RARE_WHOLE and halves > max(HALF, RATIO * whole)


def run_on(text: str, frequency: Frequency, keeps_compounds: bool = False) -> Iterator[Edit]:
    """Yield the edits that join `prison- er`: only where the whole is a word, and no compound with a hyphen."""
    for found in RUN_ON.finditer(text):
        first, _, second = found.groups()
        whole, compound = frequency((first + second).lower()), frequency(f"{first}-{second}".lower())
        is_phrase = max(frequency(first.lower()), frequency(second)) > PARTICLE  # `was- not`
        if keeps_compounds and not is_phrase and _is_compound(first.lower(), second, whole, frequency):
            continue
        if second.islower() and second not in JOINING_WORDS and whole > compound:
            yield cut(found.start(2), found.start(3), "hyphen")


def dashed(text: str, frequency: Frequency) -> Iterator[Edit]:
    """Yield the edits that join words broken with a dash: only where the whole is a word and the halves are not two."""
    for found in DASHED.finditer(text):
        first, _, second = found.groups()
        halves = min(frequency(first.lower()), frequency(second))
        if second.islower() and halves < COMMON and frequency((first + second).lower()) > halves:
            yield cut(found.start(2), found.start(3), "hyphen")
