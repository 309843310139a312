"""What Presidio's analyzer runs: our detectors as recognizers, and below them no pipeline and no enhancer.

Importing this module imports Presidio and spaCy, some seconds: only `tasks.pii.presidio` does, when a text is searched.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any

from presidio_analyzer import ContextAwareEnhancer, EntityRecognizer, RecognizerResult
from presidio_analyzer.nlp_engine import NlpArtifacts, NlpEngine

from tasks.pii.spans import Span

LANGUAGE = "xx"
"""One language for all: our detectors know languages better than a registry keyed by them."""
CANONICAL = "canonical"


class Detector(EntityRecognizer):
    """A function that finds spans, as a recognizer."""

    def __init__(self, name: str, find: Callable[[str], Iterable[Span]]) -> None:
        self._find = find
        super().__init__(supported_entities=["ANY"], name=name, supported_language=LANGUAGE)

    def load(self) -> None:
        """Nothing to load: models are loaded once per process where they are used."""

    def analyze(self, text: str, entities: list[str], nlp_artifacts: NlpArtifacts) -> list[RecognizerResult]:
        """Return what the function finds; `entities` and `nlp_artifacts` are Presidio's and not needed."""
        del entities, nlp_artifacts
        return [
            RecognizerResult(s.entity_type, s.start, s.end, s.score, recognition_metadata={CANONICAL: s.canonical})
            for s in self._find(text)
        ]


class NoPipeline(NlpEngine):
    """An NLP engine that does nothing: no tokens, no entities."""

    def load(self) -> None:
        """Nothing to load."""

    def is_loaded(self) -> bool:
        """Tell that there is nothing to wait for."""
        return True

    def process_text(self, text: str, language: str) -> NlpArtifacts:  # noqa: ARG002 - Presidio's signature
        """Return empty artifacts."""
        return NlpArtifacts([], [], [], [], self, language)  # type: ignore[arg-type]  # a list serves as an empty Doc

    def process_batch(
        self,
        texts: Iterable[str],
        language: str,
        batch_size: int = 1,  # noqa: ARG002
        n_process: int = 1,  # noqa: ARG002
        **_: Any,
    ) -> Iterator[tuple[str, NlpArtifacts]]:
        """Return empty artifacts for every text."""
        return ((text, self.process_text(text, language)) for text in texts)

    def is_stopword(self, word: str, language: str) -> bool:  # noqa: ARG002
        """Tell that no word is a stop word."""
        return False

    def is_punct(self, word: str, language: str) -> bool:  # noqa: ARG002
        """Tell whether a word has no letter and no digit."""
        return not any(c.isalnum() for c in word)

    def get_supported_entities(self) -> list[str]:
        """Return no entity."""
        return []

    def get_supported_languages(self) -> list[str]:
        """Return the one language."""
        return [LANGUAGE]


class NoEnhancer(ContextAwareEnhancer):
    """Leaves results as they are: context words are weighed by the detectors, and lemmas would need a pipeline."""

    def __init__(self) -> None:
        super().__init__(0.0, 0.0, 0, 0)

    def enhance_using_context(
        self, text: str, raw_results: list[RecognizerResult], *_: Any, **__: Any
    ) -> list[RecognizerResult]:
        """Return the results unchanged."""
        del text
        return raw_results
