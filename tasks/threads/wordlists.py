"""Word lists as they stand in the source: phrases between bars or line ends."""

from __future__ import annotations


def phrases(text: str) -> tuple[str, ...]:
    """Return the phrases of a list, in order, each once."""
    found = (phrase.strip() for line in text.splitlines() for phrase in line.split("|"))
    return tuple(dict.fromkeys(phrase for phrase in found if phrase))
