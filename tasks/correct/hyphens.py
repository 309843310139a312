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

Frequency = Callable[[str], float]


def joined(text: str, frequency: Frequency) -> Iterator[Edit]:
    r"""Yield the edits that join broken words.

    `frequency` of a word decides between `co-operate` and `cooperate`; when it knows neither, a lower-case second half
    loses the hyphen and a capitalized one (`Saint-\nDenis`) keeps it. What frames a line breaks no word.
    """
    framed = {line.start() for line in FRAMED.finditer(text)}
    for found in BROKEN.finditer(text):
        first, _, second = found.groups()
        if text.rfind("\n", 0, found.start()) + 1 in framed:
            continue
        if not second[0].islower():
            kept = "-" if first[0].isupper() else None
        else:
            whole, compound = frequency((first + second).lower()), frequency(f"{first}-{second}".lower())
            kept = "-" if compound > whole else ""
        if kept == "":
            yield cut(found.start(2), found.start(3), "hyphen")
        elif kept:
            yield cut(found.start(2) + 1, found.start(3), "hyphen_kept")


def run_on(text: str, frequency: Frequency) -> Iterator[Edit]:
    """Yield the edits that join `prison- er`: only where the whole is a word, and no compound with a hyphen."""
    for found in RUN_ON.finditer(text):
        first, _, second = found.groups()
        whole, compound = frequency((first + second).lower()), frequency(f"{first}-{second}".lower())
        if second.islower() and second not in JOINING_WORDS and whole > compound:
            yield cut(found.start(2), found.start(3), "hyphen")


def dashed(text: str, frequency: Frequency) -> Iterator[Edit]:
    """Yield the edits that join words broken with a dash: only where the whole is a word and the halves are not two."""
    for found in DASHED.finditer(text):
        first, _, second = found.groups()
        halves = min(frequency(first.lower()), frequency(second))
        if second.islower() and halves < COMMON and frequency((first + second).lower()) > halves:
            yield cut(found.start(2), found.start(3), "hyphen")
