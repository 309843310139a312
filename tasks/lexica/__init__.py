"""Word lists, phrases and layouts per language, as data files that a user can extend with a file of their own."""

from __future__ import annotations

import hashlib
import tomllib
from collections.abc import Callable, Iterable, Mapping, Sequence
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
    return merged(load(name), read(extra)) if extra else load(name)


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


class AnyOf:
    """Phrases to look for in folded text, all in one pass."""

    def __init__(self, phrases: Iterable[str]) -> None:
        self.phrases = tuple(dict.fromkeys(map(fold, phrases)))
        self._places = _places([_escaped(phrase) for phrase in self.phrases])

    def found(self, folded: str) -> list[str]:
        """Return the phrases that stand in the text."""
        return [self.phrases[i] for i in self._places(folded)]

    def within(self, folded: str) -> bool:
        """Say whether one of the phrases stands in the text."""
        return bool(self._places(folded))

    def count(self, folded: str) -> int:
        """Return how many different phrases stand in the text; one inside another found one does not count."""
        found = self.found(folded)
        return sum(not any(phrase in other and phrase != other for other in found) for phrase in found)


class Clues:
    """Tells which of several lists of phrases a text may hold, in one pass and without folding it.

    It may say too much (a phrase that quote marks interrupt counts), never too little: what it does not name need not
    be looked for.
    """

    def __init__(self, lists: Mapping[str, Iterable[str]]) -> None:
        listed = [(name, fold(phrase)) for name, phrases in lists.items() for phrase in phrases]
        self._names = [name for name, _ in listed]
        self._places = _places([*(_unfolded(phrase) for _, phrase in listed), _unfoldable()])

    def within(self, text: str) -> frozenset[str]:
        """Return the names of the lists of which a phrase may stand in the text."""
        places = self._places(text)
        if len(self._names) in places:
            places = self._places(fold(text))
        return frozenset([self._names[i] for i in places if i < len(self._names)])


BETWEEN_WORDS = r"[\x09-\x0d\x1c-\x20>\x{85}\x{a0}\x{1680}\x{2000}-\x{200a}\x{2028}\x{2029}\x{202f}\x{205f}\x{3000}]+"
"""What `fold` makes one blank of, and the quote marks at the beginning of a line."""
AUTOMATON_BYTES = 64 * 2**20
"""What RE2 may keep of an automaton, which it builds while it reads; when it is full, RE2 begins it anew."""


def _unfolded(phrase: str) -> str:
    """Return a pattern for all that `fold` makes the phrase of, where a letter folds to one letter."""
    return "(?i)" + BETWEEN_WORDS.join("['’]".join(map(_escaped, word.split("'"))) for word in phrase.split())


def _unfoldable() -> str:
    """Return a pattern for the letters that fold to several (ß), for which RE2 knows no other case."""
    letters = map(chr, (*range(0xDF, 0x2000), *range(0xFB00, 0xFB18)))
    return "[" + "".join(letter for letter in letters if len(letter.casefold()) > 1) + "]"


def _places(patterns: Sequence[str]) -> Callable[[str], Sequence[int]]:
    """Return a function that says which patterns a text holds: RE2 makes one automaton of all, linear in the text."""
    import re2  # type: ignore[import-untyped]  # noqa: PLC0415 - loaded with the phrases only

    if not patterns:
        return lambda _text: ()
    options = re2.Options()
    options.max_mem = AUTOMATON_BYTES
    automaton = re2.Set.SearchSet(options)
    for pattern in patterns:
        automaton.Add(pattern)
    automaton.Compile()
    return lambda text: automaton.Match(text.encode("utf-8", "replace")) or ()


def _escaped(words: str) -> str:
    import re2  # noqa: PLC0415 - loaded with the phrases only

    return str(re2.escape(words))


def pinned(value: str) -> str:
    """Return `path#sha256=…` for a path, so that params and fingerprint change when the file does.

    Raises ConfigError when the file cannot be read, or is not the one that was pinned.
    """
    path, _, known = value.partition("#sha256=")
    if not path:
        return ""
    found = hashlib.sha256(_bytes(path)).hexdigest()
    if known and known != found:
        raise ConfigError(f"the file {path} has changed since this run began", remedy="Start the run again.")
    return f"{path}#sha256={found}"


UserFile = Annotated[str, AfterValidator(pinned)]
"""Param that takes the path of a user's file, or "" for none; it remembers the file's hash."""


def read(value: str) -> Lexicon:
    """Return what stands in a user's file (a `UserFile`).

    Raises ConfigError when it cannot be read, is no TOML, or has changed since the params were made.
    """
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
    return ConfigError(f"cannot read the file {path} ({type(error).__name__})", remedy="Correct the path or the file.")
