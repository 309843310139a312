"""The layouts of `reply_layouts.toml`, compiled: field names, separators and the words of attribution lines."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache

from tasks.lexica import AnyOf, Lexicon, extended, fold

FIELDS = ("from", "date", "to", "cc", "subject", "other")
SEPARATORS = ("original", "forward", "forwarded_by", "above_line")
FRAME = "-_*=#~—–―─═‐‑‒ \t\u00a0:>.[]|+"
FRAMES = frozenset(FRAME)
"""What stands around the words of a separator: "-----Original Message-----", "##- … -##", "*From:*"."""


@dataclass(frozen=True, slots=True)
class Layouts:
    """Compiled layouts of all languages together: mails mix them.

    `phrases`: for `Clues`; without one of "separator" no line is a separator.
    `fields`: folded field name → from, date, to, cc, subject, other. `separators`: folded words → kind.
    `forwarded_by`, `reply_to`: how lines of Lotus Notes begin. `verbs`, `wrote`, `on`, `quoting`: words and patterns
    for a folded line.
    `forward_subject`: pattern for a subject. `receipt`: what an Outlook receipt says above the header block.
    """

    phrases: Mapping[str, Sequence[str]]
    fields: Mapping[str, str]
    separators: Mapping[str, str]
    forwarded_by: tuple[str, ...]
    reply_to: tuple[str, ...]
    verbs: AnyOf
    wrote: re.Pattern[str]
    on: re.Pattern[str]
    quoting: re.Pattern[str]
    forward_subject: re.Pattern[str]
    receipt: frozenset[str]

    def field(self, bare: str) -> str | None:
        """Return which header field a line is ("from", "date" …), or None."""
        head, colon, _ = bare[:50].lstrip(FRAME).replace("：", ":").partition(":")
        return self.fields.get(fold(head.rstrip(FRAME))) if colon else None

    def separator(self, bare: str) -> str | None:
        """Return the kind of a separator line ("original", "forward" …), or None."""
        if bare[0] not in FRAMES and bare[-1] not in FRAMES:
            return self.separators.get(bare.casefold())
        words = fold(bare.strip(FRAME))
        if words.startswith(self.forwarded_by) and bare[:1] in "-_*=":
            return "forwarded_by"
        return self.separators.get(words)


@cache
def layouts(extra: str) -> Layouts:
    """Return the compiled layouts, with a user's file (or "")."""
    languages = list(extended("reply_layouts", extra).values())
    return Layouts(
        phrases={"separator": [words for kind in SEPARATORS for words in _all(languages, kind)]},
        fields={fold(name): kind for kind in reversed(FIELDS) for name in _all(languages, kind)},
        separators={fold(words): kind for kind in reversed(SEPARATORS) for words in _all(languages, kind)},
        forwarded_by=tuple(fold(words) for words in _all(languages, "forwarded_by")),
        reply_to=tuple(fold(words) for words in _all(languages, "reply_to")),
        verbs=AnyOf(_all(languages, "wrote")),
        wrote=_any(_all(languages, "wrote"), whole=True),
        on=_any(_all(languages, "on"), start=True),
        quoting=_any(_all(languages, "quoting"), start=True, whole=True),
        forward_subject=_any([f"{prefix}:" for prefix in _all(languages, "forward_subject")], start=True),
        receipt=frozenset(fold(words) for words in _all(languages, "receipt")),
    )


def _all(languages: Iterable[Lexicon], kind: str) -> Iterator[str]:
    return (words for language in languages for words in language.get(kind, ()))


def _any(words: Iterable[str], *, start: bool = False, whole: bool = False) -> re.Pattern[str]:
    """Return a pattern for any of the words, folded, the longest first.

    Scripts without blanks between words (Ethiopic prefixes, Chinese) have no word boundary to ask for.
    """
    listed = sorted({fold(word) for word in words}, key=len, reverse=True)
    parts = [re.escape(word) + (r"(?!\w)" if whole and word.isascii() else "") for word in listed]
    head = r"^[^\w<\"']{0,4}" if start else r"(?<![a-z])" if whole else ""
    return re.compile(head + "(?:" + "|".join(parts) + ")") if parts else re.compile(r"(?!)")
