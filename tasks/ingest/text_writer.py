"""Lines of plain text as HTML is read: paragraphs, quotation marks, list markers, table cells."""

from __future__ import annotations

import re

QUOTE_DEPTH = 20
"""Quotation marks at most in front of a line."""
BLANK_LINES = re.compile(r"\n{3,}")


class TextWriter:
    """Lines of text with their quotation marks; breaks are asked for and written when text follows."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        self.line: list[str] = []
        self.marker = ""
        self.cell = False
        self.quotes = 0
        self.indent = 0
        self.gap: int | None = None

    def text(self, text: str) -> None:
        """Write text whose spaces are folded already."""
        if not self.line:
            text = text.lstrip(" ")
            if not text:
                return
            if self.gap is not None and self.lines:
                self._push("", min(self.gap, self.quotes))
            self.gap = None
            self.line.append(" " * self.indent + self.marker)
            self.marker = ""
        elif self.cell and text != " ":
            self.line.append(" | ")
            text = text.lstrip(" ")
        elif text.startswith(" ") and self.line[-1].endswith(" "):
            text = text[1:]
        self.cell = self.cell and text in ("", " ")
        self.line.append(text)

    def space(self) -> None:
        """Write a space, unless at the beginning of a line or after another one."""
        if self.line and not self.line[-1].endswith(" "):
            self.line.append(" ")

    def raw(self, text: str) -> None:
        """Write preformatted text."""
        first, *rest = text.expandtabs(8).split("\n")
        self.line.append(first)
        for line in rest:
            self.newline()
            self.line.append(line)

    def newline(self) -> None:
        """End the line, also an empty one (`<br>`)."""
        self._push("".join(self.line).rstrip(), self.quotes)
        self.line, self.cell = [], False

    def block(self) -> None:
        """End the line if there is one."""
        if self.line:
            self.newline()
        self.cell = False

    def paragraph(self) -> None:
        """End the line and leave one line free before the next text."""
        self.block()
        self.gap = self.quotes if self.gap is None else min(self.gap, self.quotes)

    def _push(self, line: str, quotes: int) -> None:
        self.lines.append(("> " * min(quotes, QUOTE_DEPTH) + line).rstrip() if quotes else line)

    def result(self) -> str:
        """Return the text, at most one free line in a row."""
        self.block()
        return BLANK_LINES.sub("\n\n", "\n".join(self.lines)).strip("\n")
