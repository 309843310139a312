"""Words broken at a line end become whole again; compounds keep their hyphen."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from tasks.edits import Edit, cut

BROKEN = re.compile(r"([^\W\d_]+)([-­‐¬⸗])[ \t]*\n[ \t]*([^\W\d_]+)")
"""Letters, a hyphen (also soft, typographic, the sign ¬ that OCR makes of it, Fraktur's), line end, letters."""

Frequency = Callable[[str], float]


def joined(text: str, frequency: Frequency) -> Iterator[Edit]:
    r"""Yield the edits that join broken words.

    `frequency` of a word decides between `co-operate` and `cooperate`; when it knows neither, a lower-case second half
    loses the hyphen and a capitalized one (`Saint-\nDenis`) keeps it.
    """
    for found in BROKEN.finditer(text):
        first, _, second = found.groups()
        if not second[0].islower():
            kept = "-" if first[0].isupper() else None
        else:
            whole, compound = frequency((first + second).lower()), frequency(f"{first}-{second}".lower())
            kept = "-" if compound > whole else ""
        if kept == "":
            yield cut(found.start(2), found.start(3), "hyphen")
        elif kept:
            yield cut(found.start(2) + 1, found.start(3), "hyphen_kept")
