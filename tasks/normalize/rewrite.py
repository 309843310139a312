"""Several passes over one text, kept as one list of edits against the text that came in."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import groupby

from tasks.edits import Edit, Edited


@dataclass(frozen=True, slots=True)
class _Piece:
    """A stretch of the input (`start`..`end`) and what it is now; `rule` is empty while it is unchanged."""

    start: int
    end: int
    text: str
    rule: str = ""


class Rewrite:
    """A text on its way through passes of edits. Offsets of each pass are into the text as the pass finds it."""

    def __init__(self, text: str) -> None:
        self.text = text
        self._pieces: list[_Piece] = [_Piece(0, len(text), text)] if text else []

    def apply(self, edits: Iterable[Edit]) -> bool:
        """Apply one pass of edits; return whether it changed anything.

        Edits that touch what an earlier pass replaced are merged with it, under both rules.
        Raises ValueError when edits overlap or leave the text.
        """
        ordered = sorted(edit for edit in edits if edit.insert != self.text[edit.start : edit.end])
        if ordered:
            self._pieces = list(_sweep(self._pieces, ordered, len(self.text)))
            self.text = "".join(piece.text for piece in self._pieces)
        return bool(ordered)

    def edited(self, flags: Iterable[str] = ()) -> Edited:
        """Return the result with edits against the original text."""
        changed = [piece for piece in self._pieces if piece.rule]
        # insertions at one place become one edit: sorted apart, they could not keep their order
        together = [list(group) for _, group in groupby(changed, lambda p: (p.start, p.start == p.end or object()))]
        edits = (Edit(g[0].start, g[0].end, "".join(p.text for p in g), _rules(p.rule for p in g)) for g in together)
        return Edited(self.text, tuple(edits), tuple(flags))


def _rules(rules: Iterable[str]) -> str:
    """Return the rules joined by `+`, each once."""
    return "+".join(dict.fromkeys(one for rule in rules for one in rule.split("+") if one))


def _sweep(pieces: list[_Piece], edits: list[Edit], length: int) -> Iterator[_Piece]:
    """Yield the pieces after `edits`, walking both lists once."""
    source = _Reader(pieces)
    for edit in edits:
        if edit.start < source.position or edit.end > length:
            raise ValueError(f"edit {edit.rule} at {edit.start}..{edit.end} overlaps another or leaves the text")
        yield from source.until(edit.start)
        yield source.replace(edit)
    yield from source.until(length)


class _Reader:
    """Reads pieces from left to right; `position` counts characters of the current text."""

    def __init__(self, pieces: list[_Piece]) -> None:
        self._rest = pieces[::-1]
        self.position = 0
        self._origin = 0

    def until(self, position: int) -> Iterator[_Piece]:
        """Yield what lies before `position`."""
        while self._rest and self.position < position:
            yield self._take(position - self.position)
        while self._rest and not self._rest[-1].text:
            yield self._take(0)

    def replace(self, edit: Edit) -> _Piece:
        """Return one piece for the edit and every earlier replacement that it cuts into."""
        taken = []
        while self._rest and self.position < edit.end:
            taken.append(self._take(edit.end - self.position))
        start = min((piece.start for piece in taken), default=self._origin)
        end = max((piece.end for piece in taken), default=self._origin)
        return _Piece(start, end, edit.insert, _rules([*(piece.rule for piece in taken), edit.rule]))

    def _take(self, size: int) -> _Piece:
        piece = self._rest.pop()
        if len(piece.text) > size:
            piece, rest = _split(piece, size)
            self._rest.append(rest)
        self.position += len(piece.text)
        self._origin = piece.end
        return piece


def _split(piece: _Piece, size: int) -> tuple[_Piece, _Piece]:
    """Cut a piece after `size` characters; the second half of a replacement inserts at its end."""
    if not piece.rule:
        middle = piece.start + size
        return _Piece(piece.start, middle, piece.text[:size]), _Piece(middle, piece.end, piece.text[size:])
    return (
        _Piece(piece.start, piece.end, piece.text[:size], piece.rule),
        _Piece(piece.end, piece.end, piece.text[size:], piece.rule),
    )
