"""What every language detector gives: evidence for each of our languages, for a whole batch of texts."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple, Protocol

import numpy as np
import numpy.typing as npt

from tasks.language.tags import LANGUAGES

Matrix = npt.NDArray[np.float64]


class Evidence(NamedTuple):
    """`score`: texts by LANGUAGES, NaN where the detector does not know the language. `amount`: how much it saw.

    Scores are the detector's own (log-likelihoods, shares): `tasks.language.combine` brings them to one scale.
    """

    score: Matrix
    amount: npt.NDArray[np.float64]


class LanguageDetector(Protocol):
    """A detector. `name` is the key of its weights in data/combination.json."""

    name: str

    def evidence(self, texts: Sequence[str]) -> Evidence:
        """Return the evidence for each text. Never raises on a text."""
        ...


def unknown(rows: int) -> Matrix:
    """Return a score matrix in which no language is known."""
    return np.full((rows, len(LANGUAGES)), np.nan)
