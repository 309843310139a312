"""Our detectors as recognizers of Presidio's analyzer, beside any of Presidio's own that the settings name.

Presidio's registry decides what runs and its analyzer merges what is found; no spaCy pipeline runs below it: the
recognizers bring what they need. So a user's `EntityRecognizer` plugs in as it would in Presidio itself.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import cache
from typing import Any

from presidio_analyzer import (
    AnalyzerEngine,
    EntityRecognizer,
    RecognizerRegistry,
    RecognizerResult,
    predefined_recognizers,
)
from presidio_analyzer.nlp_engine import NlpArtifacts, NlpEngine

from tasks.errors import ConfigError
from tasks.pii.spans import Span

LANGUAGE = "xx"
"""One language for all: our detectors know languages better than a registry keyed by them."""
CANONICAL = "canonical"
Finder = Callable[[str], Iterable[Span]]


class Detector(EntityRecognizer):  # type: ignore[misc]  # Presidio has no types
    """A function that finds spans, as a recognizer."""

    def __init__(self, name: str, find: Finder) -> None:
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


class NoPipeline(NlpEngine):  # type: ignore[misc]
    """An NLP engine that does nothing: no tokens, no entities."""

    def load(self) -> None:
        """Nothing to load."""

    def is_loaded(self) -> bool:
        """Tell that there is nothing to wait for."""
        return True

    def process_text(self, text: str, language: str) -> NlpArtifacts:  # noqa: ARG002 - Presidio's signature
        """Return empty artifacts."""
        return NlpArtifacts([], [], [], [], self, language)

    def process_batch(self, texts: Iterable[str], language: str, **_: Any) -> Iterator[tuple[str, NlpArtifacts]]:
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


@cache
def analyzer(names: tuple[str, ...]) -> AnalyzerEngine:
    """Return an analyzer with Presidio's recognizers of these class names; ours come with each call.

    Raises ConfigError for a name that Presidio does not know.
    """
    registry = RecognizerRegistry(recognizers=[_predefined(name) for name in names], supported_languages=[LANGUAGE])
    return AnalyzerEngine(registry=registry, nlp_engine=NoPipeline(), supported_languages=[LANGUAGE])


def _predefined(name: str) -> EntityRecognizer:
    made = getattr(predefined_recognizers, name, None)
    if not name.endswith("Recognizer") or made is None:
        known = ", ".join(sorted(n for n in dir(predefined_recognizers) if n.endswith("Recognizer")))
        raise ConfigError(f"Presidio has no recognizer {name!r}", remedy=f"Known: {known}.")
    return made(supported_language=LANGUAGE)


def analyze(text: str, detectors: Sequence[Detector], names: tuple[str, ...]) -> list[Span]:
    """Return what our detectors and Presidio's recognizers of these names find; overlaps are still in it."""
    results = analyzer(names).analyze(text, LANGUAGE, ad_hoc_recognizers=list(detectors), score_threshold=0.0)
    return [Span(r.start, r.end, r.entity_type, r.score, _canonical(r)) for r in results]


def _canonical(result: RecognizerResult) -> str:
    return str((result.recognition_metadata or {}).get(CANONICAL) or "")
