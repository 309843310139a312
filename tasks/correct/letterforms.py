"""Letter forms of print that are no letters of today's spelling: ligatures and the long s."""

from __future__ import annotations

from collections.abc import Iterator

from tasks.edits import Edit

FORMS = {
    "ﬀ": ("ff", "ligature"),
    "ﬁ": ("fi", "ligature"),
    "ﬂ": ("fl", "ligature"),
    "ﬃ": ("ffi", "ligature"),
    "ﬄ": ("ffl", "ligature"),
    "ﬅ": ("st", "ligature"),
    "ﬆ": ("st", "ligature"),
    "ſ": ("s", "long_s"),
}


def modern(text: str) -> Iterator[Edit]:
    """Yield the edits that resolve ligatures and the long s."""
    for index, character in enumerate(text):
        if character in FORMS:
            insert, rule = FORMS[character]
            yield Edit(index, index + 1, insert, rule)
