"""Word lists, phrases and layouts per language, as data files that a user can extend with a file of their own."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

from tasks.errors import ConfigError

Lexicon = Mapping[str, Any]


@cache
def load(name: str) -> Lexicon:
    """Return the lexicon that ships as `tasks/lexica/<name>.toml`."""
    return tomllib.loads(files(__package__).joinpath(f"{name}.toml").read_text(encoding="utf-8"))


def extended(name: str, extra: Path | None) -> Lexicon:
    """Return the shipped lexicon with a user's file merged into it: tables joined, lists appended.

    Raises ConfigError when the file cannot be read or is no TOML.
    """
    return load(name) if extra is None else merged(load(name), _read(extra))


def _read(path: Path) -> Lexicon:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise ConfigError(
            f"cannot read the lexicon {path} ({type(error).__name__})", remedy="Correct the path or the file."
        ) from None


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
