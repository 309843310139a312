"""Print that Tesseract left out: spots as high as letters on which no word lies, read once more, put in their lines.

It leaves out amounts that stand far from their line, headings beside a stamp, and what it takes for a picture.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import groupby
from typing import TYPE_CHECKING

from tasks.ocr.engine import Word, mean_confidence, runs_leftward
from tasks.ocr.geometry import threshold

if TYPE_CHECKING:
    import numpy as np
    from PIL import Image

SMALL_SIDE = 1000
"""Longer side in pixels of the copy on which spots are looked for."""
FEWEST_WORDS = 5
"""Fewer words do not tell how high the page's letters are."""
HEIGHTS, WIDEST = (0.4, 1.8), 6.0
"""Height and width of a spot of letters, in heights of the middle word: small letters to capitals that touch."""
AROUND, APART = 0.25, 1.2
"""How far letters stand out of their word's box, and apart from one another, in heights of the middle word."""
FEWEST_SPOTS = 2
SURE = 88.0
"""Confidence from which a word that was overlooked is believed: specks beside a text have up to 86."""
LONG, LIKELY = 12, 55.0
"""Letters of a line that no specks make, and the mean confidence from which the whole of it is believed."""
SAME_ROW = 0.5
"""Share of the lower one's height in which a word overlaps with the line it belongs to."""


def places(picture: Image.Image, words: Sequence[Word], grown: float) -> list[list[Word]]:
    """Return one wordless line for each place on a page that looks like print and has no word on it.

    The words' places, and those returned, are those in a picture `grown` times as large.
    """
    import numpy as np  # noqa: PLC0415
    from scipy import ndimage  # noqa: PLC0415

    if len(words) < FEWEST_WORDS:
        return []
    step = max(1, round(max(picture.size) / SMALL_SIDE))
    small, scale = picture.reduce(step), 1 / (grown * step)
    height = scale * float(np.median([word.height for word in words]))
    spots = _letters(_uncovered(small, words, scale, height), height)
    if not spots.any():
        return []
    across = np.ones((1, 2 * round(APART * height / 2) + 1))
    labels, _ = ndimage.label(ndimage.binary_dilation(spots, across))
    found: list[list[Word]] = []
    for rows, columns in ndimage.find_objects(labels):
        count = ndimage.label(spots[rows, columns], np.ones((3, 3)))[1]
        if count >= FEWEST_SPOTS and rows.stop - rows.start < 2 * height:
            sides = (columns.start, rows.start, columns.stop - columns.start, rows.stop - rows.start)
            left, top, width, tall = (round(side / scale) for side in sides)
            found.append([Word("", 0.0, left, top, width, tall, (0, 0, len(found)))])
    return found


def _uncovered(small: Image.Image, words: Sequence[Word], scale: float, height: float) -> np.ndarray:
    """Return the dark pixels of the small copy that lie on no word."""
    import numpy as np  # noqa: PLC0415

    ink: np.ndarray = np.asarray(small) <= threshold(small)
    slack = AROUND * height
    for word in words:
        top, bottom = word.top * scale - slack, (word.top + word.height) * scale + slack
        left, right = word.left * scale - slack, (word.left + word.width) * scale + slack
        ink[max(0, int(top)) : int(bottom) + 1, max(0, int(left)) : int(right) + 1] = False
    return ink


def _letters(ink: np.ndarray, height: float) -> np.ndarray:
    """Return the pixels of the connected spots that are as high as letters."""
    import numpy as np  # noqa: PLC0415
    from scipy import ndimage  # noqa: PLC0415

    labels, count = ndimage.label(ink, np.ones((3, 3)))
    is_letter = np.zeros(count + 1, dtype=bool)
    low, high = (share * height for share in HEIGHTS)
    for label, (rows, columns) in enumerate(ndimage.find_objects(labels), start=1):
        is_letter[label] = low <= rows.stop - rows.start <= high and columns.stop - columns.start <= WIDEST * height
    spots: np.ndarray = is_letter[labels]
    return spots


def lying_in(words: Sequence[Word], places: Sequence[Sequence[Word]]) -> list[Word]:
    """Return the words whose middle lies in one of the places."""
    return [word for word in words if any(_covers(place, word) for (place,) in places)]


def _covers(place: Word, word: Word) -> bool:
    across, down = word.left + word.width / 2 - place.left, word.top + word.height / 2 - place.top
    return 0 <= across <= place.width and 0 <= down <= place.height


def put_in(words: Sequence[Word], found: Sequence[Word]) -> list[Word]:
    """Return the words with the surely read ones of `found` in the line beside which they stand, else below another."""
    lines = [list(line) for _, line in groupby(words, key=lambda word: word.line)]
    for _, read in groupby(found, key=lambda word: word.line):
        for word in _believed(list(read)):
            _put(lines, word)
    return [word for line in lines for word in line]


def _believed(line: Sequence[Word]) -> Sequence[Word]:
    """Return what of a line is print: all of a long one, else the words that were read surely."""
    if sum(map(_letters_of, line)) >= LONG and (mean_confidence(line) or 0.0) >= LIKELY:
        return line
    return [word for word in line if word.confidence >= SURE and _letters_of(word) >= FEWEST_SPOTS]


def _letters_of(word: Word) -> int:
    return sum(letter.isalnum() for letter in word.text)


def _put(lines: list[list[Word]], word: Word) -> None:
    gaps = {place: gap for place, line in enumerate(lines) if (gap := _gap(line, word)) is not None}
    if gaps:
        line = lines[min(gaps, key=lambda place: gaps[place])]
        leftward = runs_leftward([*line, word])
        before = [place for place, one in enumerate(line, 1) if (one.left > word.left) == leftward]
        line.insert(max(before, default=0), replace(word, line=line[0].line))
        return
    above = [place for place, line in enumerate(lines) if line[0].top < word.top]
    nearest = max(above, key=lambda place: lines[place][0].top, default=-1)
    block, paragraph, _ = lines[max(0, nearest)][0].line
    numbers = [line[0].line[2] for line in lines if line[0].line[:2] == (block, paragraph)]
    lines.insert(nearest + 1, [replace(word, line=(block, paragraph, max(numbers) + 1))])


def _gap(line: Sequence[Word], word: Word) -> float | None:
    """Return how far a word stands from the nearest one of a line, None where it stands in another row."""
    near = min(line, key=lambda one: max(word.left - one.left - one.width, one.left - word.left - word.width))
    overlap = min(near.top + near.height, word.top + word.height) - max(near.top, word.top)
    if overlap <= SAME_ROW * min(near.height, word.height):
        return None
    return max(word.left - near.left - near.width, near.left - word.left - word.width)
