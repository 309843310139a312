"""Which patterns could match a text at all: one linear pass for all of them, before any is searched.

Regular expressions are widened to RE2 without look-around and put into one automaton over a text's plain bytes. What
it does not name cannot match; what it names is searched as before. So a gate changes the time, never what is found.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache, lru_cache
from typing import Any, Generic, TypeVar

DASHES = re.compile("[\u2010-\u2015]")
"""Dashes of all lengths."""
Name = TypeVar("Name")
ANYTHING = "(?s:.*)"
MEMORY = 16 << 20
"""Bytes for the states of one automaton; when they are used up RE2 starts them anew."""
ASCII = set(range(128))
FOREIGN = {ord("?"), ord("-")}
"""Plain bytes that may stand for a character outside ASCII."""
LETTER = {ord("?")}
"""Plain bytes that may stand for a letter or digit outside ASCII."""
FOLDED_TO = set(b"ikIK") | set(b"sS")
"""Letters with which Python compares foreign ones when case does not count."""
CATEGORIES = {
    kind: {code for code in ASCII if re.match(escape, chr(code))}
    for kind, escape in (("DIGIT", r"\d"), ("SPACE", r"\s"), ("WORD", r"\w"))
}
"""Python's classes by the plain bytes that are in them."""


@lru_cache(maxsize=4)
def plain(text: str) -> bytes:
    """Return one ASCII byte per code point: dashes of all lengths are `-`, other foreign characters `?`."""
    return text.encode() if text.isascii() else DASHES.sub("-", text).encode("ascii", "replace")


def rows(text: str, least: int) -> list[int]:
    """Return where rows of at least so many characters of base64, plain or for URLs, begin."""
    return [match.start() for match in _row(least).finditer(plain(text))]


@cache
def _row(least: int) -> Any:
    import re2  # type: ignore[import-untyped]  # noqa: PLC0415  loaded with the packs only

    return re2.compile(f"[A-Za-z0-9+/_-]{{{least},}}".encode())


class Gate(Generic[Name]):
    """Names of RE2 patterns, and one automaton that tells which of them match somewhere in plain bytes."""

    def __init__(self, patterns: Mapping[Name, str]) -> None:
        import re2  # noqa: PLC0415  loaded with the packs only

        options = re2.Options()
        options.max_mem = MEMORY
        options.encoding = re2.Options.Encoding.LATIN1
        self._names = tuple(patterns)
        self._set = re2.Set.SearchSet(options)
        for pattern in (*patterns.values(), ""):
            self._set.Add(pattern.encode())
        self._set.Compile()

    def possible(self, text: str) -> frozenset[Name]:
        """Return the names of the patterns that match the plain bytes; all of them should the automaton give up."""
        found = self._set.Match(plain(text)) or ()
        if len(self._names) not in found:  # the empty pattern matches everything
            return frozenset(self._names)
        return frozenset(self._names[index] for index in found if index < len(self._names))


def widened(*patterns: re.Pattern[str]) -> str:
    """Return RE2 that matches the plain bytes of whatever the patterns, one behind the other, match.

    Look-around, anchors and upper bounds of repetitions are left out; what is not known counts as anything.
    """
    return "".join(_sequence(_parsed(p), bool(p.flags & re.IGNORECASE)) for p in patterns)


def is_group(pattern: re.Pattern[str]) -> bool:
    """Whether the whole pattern is one capturing group."""
    parsed = _parsed(pattern)
    return len(parsed) == 1 and str(parsed[0][0]) == "SUBPATTERN" and parsed[0][1][0] == 1


def _parsed(pattern: re.Pattern[str]) -> Any:
    return re._parser.parse(pattern.pattern, pattern.flags & ~re.UNICODE)  # type: ignore[attr-defined]  # noqa: SLF001 - no public parser


def _sequence(parsed: Any, folded: bool) -> str:
    return "".join(_element(str(op), value, folded) for op, value in parsed)


def _element(op: str, value: Any, folded: bool) -> str:
    made = ANYTHING
    match op:
        case "LITERAL":
            made = _character(value, folded)
        case "ANY" | "NOT_LITERAL":
            made = "(?s:.)"
        case "IN":
            made = _class(value, folded)
        case "BRANCH":
            made = "(?:" + "|".join(_sequence(one, folded) for one in value[1]) + ")"
        case "SUBPATTERN":
            made = f"(?:{_sequence(value[3], folded or bool(value[1] & re.IGNORECASE))})"
        case "MAX_REPEAT" | "MIN_REPEAT":
            made = f"(?:{_sequence(value[2], folded)})" + _times(value[0], value[1])
        case "ASSERT" | "ASSERT_NOT" | "AT":
            made = ""
    return made


def _times(least: int, most: Any) -> str:
    if most == 1:
        return "?" if least == 0 else ""
    return "*" if least == 0 else f"{{{min(least, 100)},}}"


def _character(code: int, folded: bool) -> str:
    if not folded:
        return _bytes(_codes("LITERAL", code))
    return _class([("LITERAL", ord(c)) for c in {chr(code).lower(), chr(code).upper()} if len(c) == 1], folded)


def _class(members: Any, folded: bool) -> str:
    """Return a class of plain bytes; a foreign character may be in any negated one."""
    inside = {code for op, value in members for code in _codes(str(op), value)}
    if folded:
        inside |= {ord(c) for code in inside for c in (chr(code).lower(), chr(code).upper())}
        inside |= LETTER if inside & FOLDED_TO else set()
    return _bytes((ASCII - inside) | FOREIGN if str(members[0][0]) == "NEGATE" else inside)


def _codes(op: str, value: Any) -> set[int]:
    """Return the plain bytes of a member of a class."""
    if op == "LITERAL":
        return set(plain(chr(value)))
    if op == "RANGE":
        return set(range(value[0], min(value[1], 127) + 1)) | (FOREIGN if value[1] > 127 else set())
    if op == "CATEGORY":
        kind = str(value).removeprefix("CATEGORY_")
        inside = CATEGORIES.get(kind.removeprefix("NOT_"), ASCII)
        return (ASCII - inside) | FOREIGN if kind.startswith("NOT_") else inside | LETTER
    return set()


def _bytes(codes: set[int]) -> str:
    return "[" + "".join(f"\\x{code:02x}" for code in sorted(codes)) + "]"
