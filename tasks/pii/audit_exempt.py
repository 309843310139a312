"""What the audit takes for the scrubber's own writing: its exact shapes, and nothing that only looks like them."""

from __future__ import annotations

import re
import tomllib
from functools import cache
from importlib.resources import files

LIKENESS = re.compile(r"<([A-Z][A-Z0-9_]{1,60}?(?:_[a-z2-7]{12,13})?)>|‹([A-Z][A-Z0-9_]{1,60}?(?:_[a-z2-7]{12,13})?)›")
"""What could be a replacement, or an escaped likeness of one."""
SHAPE = re.compile(r"([A-Z][A-Z0-9_]*?[A-Z])(?:_(?:[a-z2-7]{12,13}|\d{1,4}))?")
"""A type; with a keyed tag of base 32, or a number of the thread."""
SEARCHED = (
    "PERSON", "LOCATION", "STREET_ADDRESS", "POSTAL_ADDRESS", "ORGANIZATION", "EMAIL_ADDRESS", "URL", "USERNAME",
    "DOMAIN_NAME", "PHONE_NUMBER", "SECRET", "FILE_NAME", "DATE_TIME", "CUSTOM", "CITY", "STATE", "ZIP_CODE",
)  # fmt: skip
"""Types that no pack names."""
MIN_DIGITS = 7
"""Digits in a made-up tag from which it is a number that somebody has hidden there."""


@cache
def known_types() -> frozenset[str]:
    """Return the entity types that the scrubber writes: those of its packs, and those of its other detectors."""
    folder = files(__package__).joinpath("packs")
    packs = [tomllib.loads(p.read_text(encoding="utf-8")) for p in folder.iterdir() if p.name.endswith(".toml")]
    return frozenset(rule["type"] for pack in packs for rule in pack["rule"]).union(SEARCHED)


def unmasked(text: str) -> str:
    """Return the text, of the same length, with replacements blank and likenesses of them opened to the search."""
    return LIKENESS.sub(_searchable, text)


def _searchable(match: re.Match[str]) -> str:
    shape = SHAPE.fullmatch(match.group(1) or match.group(2))
    if shape is not None and shape.group(1) in known_types():
        return " " * len(match.group())
    return match.group().replace("_", " ")


def hidden(text: str) -> list[tuple[int, int, str]]:
    """Return where a made-up tag of a known type holds a long number: `<PERSON_92072008000861>`."""
    return [(m.start(), m.end(), "NATIONAL_ID") for m in HIDDEN.finditer(text) if m.group(1) in known_types()]


HIDDEN = re.compile(rf"[<‹]([A-Z][A-Z0-9_]*?[A-Z])_\d{{{MIN_DIGITS},40}}[>›]")
