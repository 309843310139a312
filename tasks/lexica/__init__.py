"""Word lists, phrases and layouts per language, as data files that a user can extend with a file of their own."""

from __future__ import annotations

import hashlib
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Annotated, Any

from pydantic import AfterValidator

from tasks.errors import ConfigError

Lexicon = Mapping[str, Any]


@cache
def load(name: str) -> Lexicon:
    """Return the lexicon that ships as `tasks/lexica/<name>.toml`."""
    return tomllib.loads(files(__package__).joinpath(f"{name}.toml").read_text(encoding="utf-8"))


def extended(name: str, extra: str) -> Lexicon:
    """Return the shipped lexicon with a user's file (a `UserFile`, or "") merged into it.

    Raises ConfigError when the file cannot be read, is no TOML, or has changed since the params were made.
    """
    return merged(load(name), _read(extra)) if extra else load(name)


def merged(old: Lexicon, new: Lexicon) -> Lexicon:
    """Return both: tables joined key by key, lists appended, single values of `new` instead of those of `old`."""
    joined = dict(old)
    for key, value in new.items():
        before = joined.get(key)
        if isinstance(before, Mapping) and isinstance(value, Mapping):
            joined[key] = merged(before, value)
        elif isinstance(before, list) and isinstance(value, list):
            joined[key] = [*before, *value]
        else:
            joined[key] = value
    return joined


def fold(text: str) -> str:
    """Return text for comparison: case folded, blanks and apostrophes of one kind."""
    return " ".join(text.casefold().replace("’", "'").split())


@dataclass(frozen=True, slots=True)
class AnyOf:
    """Phrases to look for in folded text, one after the other: ten times as fast as one pattern of all of them."""

    ascii: tuple[str, ...]
    other: tuple[str, ...]

    def found(self, folded: str) -> Iterator[str]:
        """Yield the phrases that stand in the text."""
        for phrase in self.ascii if folded.isascii() else self.ascii + self.other:
            if phrase in folded:
                yield phrase

    def within(self, folded: str) -> bool:
        """Say whether one of the phrases stands in the text."""
        return next(self.found(folded), None) is not None

    def count(self, folded: str) -> int:
        """Return how many different phrases stand in the text; one inside another found one does not count."""
        found = list(self.found(folded))
        return sum(not any(phrase in other and phrase != other for other in found) for phrase in found)


def any_of(phrases: Iterable[str]) -> AnyOf:
    """Return the phrases, folded, each once."""
    folded = dict.fromkeys(fold(phrase) for phrase in phrases)
    return AnyOf(tuple(p for p in folded if p.isascii()), tuple(p for p in folded if not p.isascii()))


def pinned(value: str) -> str:
    """Return `path#sha256=…` for a path, so that params and fingerprint change when the file does.

    Raises ConfigError when the file cannot be read, or is not the one that was pinned.
    """
    path, _, known = value.partition("#sha256=")
    if not path:
        return ""
    found = hashlib.sha256(_bytes(path)).hexdigest()
    if known and known != found:
        raise ConfigError(f"the lexicon {path} has changed since this run began", remedy="Start the run again.")
    return f"{path}#sha256={found}"


UserFile = Annotated[str, AfterValidator(pinned)]
"""Param that takes the path of a user's file, or "" for none; it remembers the file's hash."""


def _read(value: str) -> Lexicon:
    path = pinned(value).partition("#sha256=")[0]
    try:
        return tomllib.loads(_bytes(path).decode())
    except (UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise _unusable(path, error) from None


def _bytes(path: str) -> bytes:
    try:
        return Path(path).read_bytes()
    except OSError as error:
        raise _unusable(path, error) from None


def _unusable(path: str, error: Exception) -> ConfigError:
    return ConfigError(
        f"cannot read the lexicon {path} ({type(error).__name__})", remedy="Correct the path or the file."
    )
