"""The order of lines on receipts, invoices and forms: row by row, where Tesseract read column by column.

Tesseract takes a wide gap for the space between two columns of an article. What stands in the columns tells: prose is
left as it was read, cells (amounts, codes) and answers go behind what stands on their left.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from itertools import groupby, pairwise
from statistics import median

from tasks.ocr.engine import Word, mean_confidence, runs_leftward

SAME_ROW = 0.5
"""Share of the lower line's height in which two lines of a row overlap."""
COLUMN_LINES = 3
"""Fewer lines are a heading, a page number or specks."""
PROSE_LETTERS, PROSE_FILL = 20, 0.85
"""Letters of the middle line of a column of prose, and how much of the column's width it fills: the narrowest newspaper
columns have 25 letters, and their ragged lines fill nine tenths."""
CELL_LETTERS, CELL_WORDS, CELL_DIGITS = 4, 3, 0.5
"""What a table's cell is: a code of up to four letters, or up to three words of which half the letters are digits."""
ALIGNED = 0.6
"""Share of a column's lines that must stand in a row with the other column's."""
LOOSE = 1.9
"""Distance of lines, in their heights, from which lines stand alone: letters have 1.2 to 1.7, forms 2 and more."""
NARROW = 0.6
"""Gap, in heights of a line, that parts no number: a word's space is wider in the print of receipts."""
GUTTER = 1.0
"""Width, in heights of a line, of the empty strip between two documents on one page."""

Box = tuple[int, int, int, int]
Link = tuple["Line", "Line"]


@dataclass(frozen=True, eq=False)
class Line:
    """The words of one line as Tesseract found it, with its box (left, top, right, bottom)."""

    words: Sequence[Word]

    @property
    def block(self) -> int:
        """Tesseract's number of the block."""
        return self.words[0].line[0]

    @cached_property
    def box(self) -> Box:
        """Left, top, right and bottom."""
        left, top = min(word.left for word in self.words), min(word.top for word in self.words)
        right = max(word.left + word.width for word in self.words)
        return left, top, right, max(word.top + word.height for word in self.words)

    @property
    def height(self) -> int:
        """Pixels from top to bottom."""
        return self.box[3] - self.box[1]

    @property
    def text(self) -> str:
        """The words."""
        return " ".join(word.text for word in self.words)

    @property
    def is_cell(self) -> bool:
        """Tell whether it is an amount, a number or a code."""
        return self.is_number or 0 < len(self.letters) <= CELL_LETTERS

    @cached_property
    def letters(self) -> str:
        """Its letters and digits."""
        return "".join(letter for letter in self.text if letter.isalnum())

    @property
    def is_number(self) -> bool:
        """Tell whether it is mostly digits."""
        digits = sum(letter.isdigit() for letter in self.letters)
        return len(self.words) <= CELL_WORDS and digits > 0 and digits >= CELL_DIGITS * len(self.letters)


@dataclass(frozen=True)
class Column:
    """The lines of one block, and what they seem to be."""

    lines: list[Line] = field(default_factory=list)

    @cached_property
    def is_prose(self) -> bool:
        """Tell whether its lines are those of running text."""
        widths = [line.box[2] - line.box[0] for line in self.lines]
        is_long = median(len(line.text) for line in self.lines) >= PROSE_LETTERS
        return len(widths) >= COLUMN_LINES and is_long and median(widths) >= PROSE_FILL * max(widths)

    @cached_property
    def is_cells(self) -> bool:
        """Tell whether most of its lines are cells, and enough to be no specks beside the text."""
        is_long = len(self.lines) >= COLUMN_LINES
        cells = sum(line.is_cell if is_long else line.is_number for line in self.lines)
        return cells > len(self.lines) / 2

    @cached_property
    def is_list(self) -> bool:
        """Tell whether its lines stand for themselves: one, loosely set, or labels with a colon."""
        tops = sorted(line.box[1] for line in self.lines)
        steps = [low - high for high, low in pairwise(tops)]
        is_loose = not steps or median(steps) >= LOOSE * median(line.height for line in self.lines)
        return is_loose or sum(line.text.endswith(":") for line in self.lines) > len(self.lines) / 2


def by_rows(words: Sequence[Word]) -> list[Word]:
    """Return the words of an upright page with the lines of its tables row by row, all others where they were."""
    lines = [Line(tuple(line)) for _, line in groupby(words, key=lambda word: word.line)]
    if len({line.block for line in lines}) < 2:
        return list(words)
    links = _links(lines)
    return _joined(lines, links) if links else list(words)


def _links(lines: Sequence[Line]) -> list[Link]:
    """Return the pairs of lines that belong in one row."""
    columns: dict[int, Column] = defaultdict(Column)
    for line in lines:
        columns[line.block].lines.append(line)
    beside: dict[tuple[int, int], list[Link]] = defaultdict(list)
    for left, right in _neighbours(lines):
        beside[left.block, right.block].append((left, right))
    is_article = any(columns[one].is_prose and columns[two].is_prose for one, two in beside)
    found = {
        pair: links
        for pair, links in beside.items()
        if _is_table(columns[pair[0]], columns[pair[1]], len(links), is_article=is_article)
    }
    return _without_gutters(lines, [link for links in found.values() for link in links])


def _is_table(left: Column, right: Column, rows: int, *, is_article: bool) -> bool:
    """Tell whether two neighbouring columns, `rows` of whose lines lie beside one another, are a table's."""
    for cells, other in ((left, right), (right, left)):
        is_speck = other.is_prose and len(cells.lines) < COLUMN_LINES
        if cells.is_cells and not is_speck and rows >= ALIGNED * len(cells.lines):
            return True
    if is_article or left.is_prose or right.is_prose or not (left.is_list and right.is_list):
        return False
    return rows >= ALIGNED * min(len(left.lines), len(right.lines))


def _neighbours(lines: Sequence[Line]) -> Iterable[Link]:
    """Yield every line with the nearest one on its right in the same row, where that is of another block."""
    import numpy as np  # noqa: PLC0415

    boxes = np.array([line.box for line in lines])
    left, top, right, bottom = boxes.T
    for line, box in zip(lines, boxes, strict=True):
        overlap = np.minimum(bottom, box[3]) - np.maximum(top, box[1])
        is_beside = overlap > SAME_ROW * np.minimum(bottom - top, box[3] - box[1])
        after = np.where(is_beside & (left >= box[2]), left, right.max() + 1)
        nearest = int(after.argmin())
        if after[nearest] <= right.max() and lines[nearest].block != line.block:
            yield line, lines[nearest]


def _without_gutters(lines: Sequence[Line], links: Sequence[Link]) -> list[Link]:
    """Return the links, without those between two documents that lie side by side: each has its own amounts."""
    kept = list(links)
    for middle in _gutters(lines):
        within = [link for link in links if not _spans(*link, middle)]
        amounts = [left.box[2] < middle for left, right in within if left.is_cell != right.is_cell]
        if min(amounts.count(True), amounts.count(False)) >= COLUMN_LINES:
            kept = [link for link in kept if link in within]
    return kept


def _spans(left: Line, right: Line, middle: float) -> bool:
    return left.box[2] <= middle <= right.box[0]


def _gutters(lines: Sequence[Line]) -> Iterable[float]:
    """Yield the middles of the empty strips from the top of the page to its end."""
    least, reach = GUTTER * median(line.height for line in lines), 0
    for left, _, right, _ in sorted(line.box for line in lines):
        if reach and left - reach >= least:
            yield (left + reach) / 2
        reach = max(reach, right)


def _joined(lines: Sequence[Line], links: Sequence[Link]) -> list[Word]:
    """Return the words of all lines, those of linked blocks row by row in the place of their first block."""
    blocks, rows = _Groups(), _Groups()
    for left, right in links:
        blocks.join(left.block, right.block)
        rows.join(id(left), id(right))
    tables: dict[int, dict[int, list[Line]]] = {}
    for line in lines:
        if line.block in blocks:
            tables.setdefault(blocks.first(line.block), {}).setdefault(rows.first(id(line)), []).append(line)
    words: list[Word] = []
    for line in lines:
        if line.block not in blocks:
            words += line.words
        else:
            words += _table(tables.pop(blocks.first(line.block), {}))
    return words


def _table(rows: dict[int, list[Line]]) -> Iterable[Word]:
    """Yield the words of a table; its rows get numbers of their own in the block of the first."""
    ordered = sorted(rows.values(), key=lambda row: sum(line.box[1] + line.box[3] for line in row) / len(row))
    block = min((line.block for row in ordered for line in row), default=0)
    leftward = runs_leftward(word for row in ordered for line in row for word in line.words)
    for number, row in enumerate(ordered):
        words = [word for line in sorted(row, key=lambda line: line.box[0], reverse=leftward) for word in line.words]
        yield from (replace(word, line=(block, 0, number)) for word in _whole_numbers(words))


def _whole_numbers(words: Sequence[Word]) -> list[Word]:
    """Return the words of a row with the numbers whole that the end of a column cut behind the point."""
    whole: list[Word] = []
    for word in words:
        before = whole[-1] if whole else None
        if before and _is_rest(before, word):
            whole[-1] = _together(before, word)
        else:
            whole.append(word)
    return whole


_HEAD, _REST = re.compile(r"\d[.,]$"), re.compile(r"\d")


def _is_rest(head: Word, rest: Word) -> bool:
    gap = rest.left - head.left - head.width
    is_near = head.line[0] != rest.line[0] and abs(gap) < NARROW * max(head.height, rest.height)
    return bool(is_near and _HEAD.search(head.text) and _REST.match(rest.text))


def _together(head: Word, rest: Word) -> Word:
    top = min(head.top, rest.top)
    width, bottom = rest.left + rest.width - head.left, max(head.top + head.height, rest.top + rest.height)
    sure = mean_confidence((head, rest)) or 0.0
    return replace(head, text=head.text + rest.text, confidence=sure, top=top, width=width, height=bottom - top)


class _Groups:
    """Sets of things that belong together, each known by the first of them."""

    def __init__(self) -> None:
        self._first: dict[int, int] = {}

    def __contains__(self, one: int) -> bool:
        return one in self._first

    def first(self, one: int) -> int:
        """Return the first of the group, the thing itself outside of all groups."""
        while self._first.get(one, one) != one:
            one = self._first[one]
        return one

    def join(self, one: int, other: int) -> None:
        """Put two things and all that belong to them in one group."""
        self._first.setdefault(one, one)
        self._first.setdefault(other, other)
        self._first[self.first(other)] = self.first(one)
