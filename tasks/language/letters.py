"""Texts as arrays of letters: what the n-gram model sees, and which script a text is written in.

Everything works on a whole batch at once, because a Python loop over characters is what makes detectors slow.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from functools import cache
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

PLANE = 0x10000
"""Letters beyond the first plane are not counted: no living language of ours is written there but Adlam's Fula."""
SEPARATOR = "\n"


class Letters(NamedTuple):
    """The characters of a batch, one after the other: `code` (0 where it is no letter), `owner` (row of its text)."""

    code: npt.NDArray[np.uint32]
    owner: npt.NDArray[np.int32]


@cache
def _is_letter() -> npt.NDArray[np.bool_]:
    """Return which characters make up words: letters, and the vowel signs of the Indic scripts, which are marks."""
    signs = {"Mn", "Mc"}
    letter = [(kind := unicodedata.category(chr(c)))[0] == "L" or kind in signs for c in range(PLANE)]
    return np.array(letter) & ~_is_mark()


@cache
def _is_mark() -> npt.NDArray[np.bool_]:
    """Return which characters are dropped so that a word stays whole: combining accents, joiners, soft hyphens."""
    marks = np.zeros(PLANE, dtype=bool)
    marks[0x300:0x370] = True
    marks[[0x200C, 0x200D, 0xAD]] = True
    return marks


def letters(texts: Sequence[str]) -> Letters:
    """Return the lower-cased letters of the texts; accents that have no composed form are left out."""
    lowered = [SEPARATOR + unicodedata.normalize("NFC", text.lower()) + SEPARATOR for text in texts]
    code = np.frombuffer("".join(lowered).encode("utf-32-le", "surrogatepass"), dtype=np.uint32)
    owner = np.repeat(np.arange(len(texts), dtype=np.int32), [len(text) for text in lowered])
    kept = (code < PLANE) & ~_is_mark()[np.minimum(code, PLANE - 1)]
    kept |= code >= PLANE
    code, owner = code[kept], owner[kept]
    letter = (code < PLANE) & _is_letter()[np.minimum(code, PLANE - 1)]
    return Letters(np.where(letter, code, 0).astype(np.uint32), owner)
