"""JSON read piece by piece: a file of any size gives its objects one at a time, and a broken one spares the others.

The file is cut by brackets and quotes only; each piece is then parsed by the standard library with the doors shut
that it leaves open: NaN and infinities, duplicate keys, numbers of thousands of digits, nesting without end.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, NoReturn, TextIO

from tasks.errors import RecordError

CHUNK = 1 << 18
"""Characters read at a time."""
_SPACE = re.compile(r"[\s﻿]*+")
_TO_BRACKET = re.compile(r'(?:[^"\[\]{}]++|"(?:[^"\\]++|\\.)*+")*+', re.DOTALL)
_IN_STRING = re.compile(r"(?:[^\"\\]++|\\.)*+", re.DOTALL)
_SCALAR = re.compile(r"[^\s,\[\]{}:\"]*+")
_OPENS = {"]": "[", "}": "{"}


def loads(text: str, max_depth: int) -> Any:
    """Parse one JSON value strictly.

    Raises RecordError (malformed_row), whose detail names the kind of fault and no value.
    """
    if _too_deep(text, max_depth):
        raise RecordError("malformed_row", f"nested deeper than {max_depth}")
    try:
        return _DECODER.decode(text)
    except json.JSONDecodeError as error:
        raise RecordError("malformed_row", f"no JSON at character {error.pos}") from None
    except RecursionError:
        raise RecordError("malformed_row", "nested too deep") from None
    except ValueError as error:
        known = isinstance(error, _NotStrictError)
        raise RecordError("malformed_row", str(error) if known else "a number that is too long") from None


def _too_deep(text: str, limit: int) -> bool:
    if text.count("{") + text.count("[") <= limit:
        return False
    depth = 0
    for match in re.finditer(r'"(?:[^"\\]++|\\.)*+"?|[\[\]{}]', text, re.DOTALL):
        depth += {"[": 1, "{": 1, "]": -1, "}": -1}.get(match[0], 0)
        if depth > limit:
            return True
    return False


class _NotStrictError(ValueError):
    """A fault whose message is ours and so safe to show."""


def _no_constant(_name: str) -> NoReturn:
    raise _NotStrictError("NaN or Infinity")


def _finite(digits: str) -> float:
    number = float(digits)
    if not math.isfinite(number):
        raise _NotStrictError("a number out of range")
    return number


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    made = dict(pairs)
    if len(made) != len(pairs):
        raise _NotStrictError("a key that stands twice")
    return made


_DECODER = json.JSONDecoder(parse_constant=_no_constant, parse_float=_finite, object_pairs_hook=_unique)


@dataclass(frozen=True, slots=True)
class Piece:
    """A value of the file: its text (None when it is longer than the limit), and the member of the top object it is in.

    `listed` says that the member is a list of which this is one element; `whole` is False when the file ends inside.
    """

    text: str | None
    member: str | None = None
    listed: bool = True
    whole: bool = True


class Cursor:
    """A place in a stream of characters that can hand over whole JSON values, in memory bounded by `limit`."""

    def __init__(self, stream: TextIO, limit: int) -> None:
        self._stream = stream
        self._limit = limit
        self._buffer = ""
        self._at = 0

    def peek(self) -> str:
        """Return the next character that is no white space, without taking it; '' at the end."""
        while True:
            self._at = _SPACE.match(self._buffer, self._at).end()  # type: ignore[union-attr] # matches everywhere
            if self._at < len(self._buffer):
                return self._buffer[self._at]
            if not self._fill():
                return ""

    def take(self) -> str:
        """Return the next character that is no white space and go past it; '' at the end."""
        char = self.peek()
        self._at += len(char)
        return char

    def _fill(self) -> bool:
        chunk = self._stream.read(CHUNK)
        self._buffer = self._buffer[self._at :] + chunk
        self._at = 0
        return bool(chunk)

    def value(self) -> tuple[str | None, bool]:
        """Take one value. Return its text, None when longer than the limit, and whether the file ends only after it."""
        taken = _Taken(self._limit)
        char = self.peek()
        if char == '"':
            self._advance(1, taken)
            whole = self._string(taken)
        elif char in ("[", "{"):
            whole = self._nested(taken)
        else:
            whole = self._scalar(taken)
        return taken.text(), whole

    def _advance(self, count: int, taken: _Taken) -> None:
        taken.add(self._buffer[self._at : self._at + count])
        self._at += count

    def _string(self, taken: _Taken) -> bool:
        """Go past the rest of a string, its closing quote included."""
        while True:
            end = _IN_STRING.match(self._buffer, self._at).end()  # type: ignore[union-attr] # matches everywhere
            self._advance(end - self._at, taken)
            if self._buffer[end : end + 1] == '"':
                self._advance(1, taken)
                return True
            if not self._fill():
                return False

    def _nested(self, taken: _Taken) -> bool:
        """Go past an array or object. A closing bracket of the wrong kind closes what was left open inside its own."""
        stack: list[str] = []
        while True:
            end = _TO_BRACKET.match(self._buffer, self._at).end()  # type: ignore[union-attr] # matches everywhere
            self._advance(end - self._at, taken)
            char = self._buffer[end : end + 1]
            if not char:
                if not self._fill():
                    return False
            elif char == '"':
                self._advance(1, taken)
                if not self._string(taken):
                    return False
            elif self._bracket(char, stack, taken):
                return True

    def _bracket(self, char: str, stack: list[str], taken: _Taken) -> bool:
        if char in "[{":
            stack.append(char)
        elif _OPENS[char] in stack:
            while stack.pop() != _OPENS[char]:
                pass
        else:
            return True  # it closes what surrounds the value, so it is left there
        self._advance(1, taken)
        return not stack

    def _scalar(self, taken: _Taken) -> bool:
        while True:
            end = _SCALAR.match(self._buffer, self._at).end()  # type: ignore[union-attr] # matches everywhere
            self._advance(end - self._at, taken)
            if self._at < len(self._buffer) or not self._fill():
                return True


class _Taken:
    """The characters of one value, forgotten once they are more than the limit."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._size = 0
        self._parts: list[str] = []

    def add(self, part: str) -> None:
        self._size += len(part)
        if self._size > self._limit:
            self._parts.clear()
        else:
            self._parts.append(part)

    def text(self) -> str | None:
        return None if self._size > self._limit else "".join(self._parts)


def pieces(stream: TextIO, limit: int) -> Iterator[Piece]:
    """Yield the elements of a top array, the members of top objects (elements of lists one by one), or top scalars."""
    cursor = Cursor(stream, limit)
    while char := cursor.peek():
        if char == "[":
            yield from _elements(cursor, None)
        elif char == "{":
            yield from _members(cursor)
        else:
            text, whole = cursor.value()
            if not text:
                cursor.take()  # a stray bracket or comma
            yield Piece(text or char, listed=False, whole=whole)


def _elements(cursor: Cursor, member: str | None) -> Iterator[Piece]:
    cursor.take()
    while (char := cursor.peek()) not in ("]", ""):
        if char == ",":
            cursor.take()
            continue
        text, whole = cursor.value()
        if text == "":
            cursor.take()
            text = char
        yield Piece(text, member, whole=whole)
        if not whole:
            return
    cursor.take()


def _members(cursor: Cursor) -> Iterator[Piece]:
    cursor.take()
    while (char := cursor.peek()) not in ("}", ""):
        if char != '"':
            cursor.take()
            continue
        key, _ = cursor.value()
        if cursor.peek() == ":":
            cursor.take()
        name = _key(key)
        if cursor.peek() == "[":
            yield from _elements(cursor, name)
        else:
            text, whole = cursor.value()
            yield Piece(text, name, listed=False, whole=whole)
    cursor.take()


def _key(text: str | None) -> str:
    try:
        return str(json.loads(text or '""'))
    except ValueError:
        return ""
