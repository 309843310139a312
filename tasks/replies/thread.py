"""The earlier messages of a thread as witnesses: text that stands in one of them is a quotation, not the author's."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from tasks.lexica import fold
from tasks.replies.lines import Lines, unquoted

LONG_ENOUGH = 20
"""Shorter lines ("Thanks!") stand in too many messages to tell anything. Characters."""

MOST_KNOWN = 20_000
"""Lines that are remembered of a thread."""

MOST_OPENING = 200
"""Lines of one message that are compared one by one."""

KNOWN_SHARE = 0.6
"""That share of the long lines of a doubtful quotation must be known. Clients re-wrap and shorten."""

LEAST_LINES = 3
"""A quotation without any mark must be the beginning of an earlier message, three lines of it at least."""


@dataclass(slots=True)
class Thread:
    """What the earlier messages of a thread say: their long lines, and each message's first lines."""

    known: set[str] = field(default_factory=set)
    openings: dict[str, tuple[str, list[str]]] = field(default_factory=dict)

    def add(self, lines: Lines, author: str) -> None:
        """Remember a message and who wrote it."""
        said = [folded for i in range(len(lines)) if (folded := _folded(lines.bare[i]))]
        if len(self.known) >= MOST_KNOWN:
            return
        self.known.update(line for line in said if len(line) >= LONG_ENOUGH)
        if len(said) >= LEAST_LINES:
            self.openings.setdefault(said[0], (author, said[:MOST_OPENING]))

    def knows(self, texts: Iterable[str]) -> bool:
        """Say whether most of the long lines among `texts` stand in an earlier message."""
        long = [folded for text in texts if len(folded := _folded(text)) >= LONG_ENOUGH]
        return bool(long) and sum(line in self.known for line in long) >= KNOWN_SHARE * len(long)

    def witness(self, lines: Lines, first: int, end: int) -> bool:
        """Say whether the lines `first` up to `end` are known."""
        return bool(self.known) and self.knows(lines.bare[first:end])


def cut_unmarked(lines: Lines, thread: Thread, author: str) -> None:
    """Cut an earlier message that stands below the answer without any mark, whole and to the end.

    It must be somebody else's: who sends the same again, with a line on top, says it again.
    """
    if not thread.openings:
        return
    content = list(lines.content(0, len(lines)))
    folded = [_folded(lines.bare[i]) for i in content]
    for position in range(1, len(content) - LEAST_LINES + 1):
        writer, opening = thread.openings.get(folded[position], ("", []))
        if opening and writer != author and _repeats(folded[position:], opening):
            lines.cut(content[position], content[-1] + 1, "thread_match")
            return


def _repeats(tail: Sequence[str], opening: Sequence[str]) -> bool:
    """Say whether `tail` is the message `opening`, whole, and perhaps what that one had quoted itself."""
    return len(tail) >= len(opening) and all(a == b for a, b in zip(tail, opening, strict=False))


def _folded(bare: str) -> str:
    return fold(unquoted(bare))
