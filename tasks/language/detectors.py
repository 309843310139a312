"""The detectors that daytwo combines, and langdetect for comparison. Each loads once for each worker process."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

from tasks.language.detector import Evidence, LanguageDetector, unknown
from tasks.language.letters import letters
from tasks.language.ngram_model import NgramModel
from tasks.language.tags import column_of

DATA = Path(__file__).parent / "data"


class NgramDetector:
    """The character n-gram model of our own, made by infra/train/language.py: the best of all on short text."""

    name = "ngrams"

    def __init__(self, data: Path = DATA) -> None:
        self.model = NgramModel.load(data / "ngrams.npz")
        self._columns = [column for tag in self.model.languages if (column := column_of(tag)) is not None]

    def evidence(self, texts: Sequence[str]) -> Evidence:
        """Return summed log-probabilities above the model's floor; `amount` counts n-grams."""
        found, amount = self.model.score(letters(texts), len(texts))
        score = unknown(len(texts))
        score[:, self._columns] = found
        return Evidence(score, amount)


class Cld2Detector:
    """Compact Language Detector 2 (Apache-2.0): shares of up to three languages; fast, good from 30 letters on."""

    name = "cld2"

    def evidence(self, texts: Sequence[str]) -> Evidence:
        """Return shares (0–1); `amount` counts bytes."""
        score = np.zeros_like(unknown(len(texts)))
        amount = np.zeros(len(texts))
        for row, text in enumerate(texts):
            amount[row], found = _cld2(text)
            for code, share in found:
                column = column_of(code)
                if column is not None:
                    score[row, column] += share
        return Evidence(score, amount)


def _cld2(text: str) -> tuple[int, list[tuple[str, float]]]:
    import pycld2  # type: ignore[import-untyped] # noqa: PLC0415 - heavy

    try:
        _, size, found = pycld2.detect(text.encode("utf-8", "replace"), isPlainText=True, bestEffort=True)
    except pycld2.error:  # it refuses some control characters
        return 0, []
    return size, [(code, percent / 100) for _, code, percent, _ in found if percent]


class LangidDetector:
    """py3langid (BSD-3-Clause): naive Bayes over byte n-grams, 130 languages; knows Nigerian Pidgin."""

    name = "langid"

    def __init__(self) -> None:
        self._identifier = _langid()
        known = [
            (i, column) for i, tag in enumerate(self._identifier.nb_classes) if (column := column_of(tag)) is not None
        ]
        known.sort(key=lambda pair: pair[1])
        self._take = np.array([i for i, _ in known])
        columns = np.array([column for _, column in known])
        self._starts = np.flatnonzero(np.diff(columns, prepend=-1))
        self._columns = columns[self._starts]

    def evidence(self, texts: Sequence[str]) -> Evidence:
        """Return log-posteriors; `amount` counts bytes."""
        raw = np.full((len(texts), len(self._identifier.nb_classes)), np.nan)
        amount = np.zeros(len(texts))
        for row, text in enumerate(texts):
            encoded = self._identifier._encode(text)  # noqa: SLF001 - its public rank() is 3 times slower
            found = self._identifier._raw_score(encoded)  # noqa: SLF001
            amount[row] = len(encoded)
            if found[0] > np.finfo(np.float32).min:  # else it saw no feature at all
                raw[row] = found
        score = unknown(len(texts))
        # a language that it knows in two spellings gets the better of both scores
        score[:, self._columns] = np.maximum.reduceat(raw[:, self._take], self._starts, axis=1)
        return Evidence(score, amount)


@cache
def _langid() -> Any:
    from py3langid.langid import _load_identifier  # type: ignore[import-untyped] # noqa: PLC0415 - heavy

    return _load_identifier()


class LangdetectDetector:
    """langdetect (Apache-2.0), seeded. Not in the combination: slow, and it knows 3 African languages."""

    name = "langdetect"

    def evidence(self, texts: Sequence[str]) -> Evidence:
        """Return probabilities; `amount` is 1 where it found features."""
        from langdetect import DetectorFactory, detect_langs  # noqa: PLC0415 - heavy
        from langdetect.lang_detect_exception import LangDetectException  # noqa: PLC0415

        score, amount = np.zeros_like(unknown(len(texts))), np.zeros(len(texts))
        DetectorFactory.seed = 0
        for row, text in enumerate(texts):
            try:
                found = detect_langs(text)
            except LangDetectException:
                continue
            amount[row] = 1
            for language in found:
                if (column := column_of(language.lang)) is not None:
                    score[row, column] = language.prob
        return Evidence(score, amount)


@cache
def combined() -> tuple[LanguageDetector, ...]:
    """Return the detectors whose evidence `tasks.language.combine` weighs."""
    return NgramDetector(), Cld2Detector(), LangidDetector()
