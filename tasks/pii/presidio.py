"""Our detectors as recognizers of Presidio's analyzer, beside any of Presidio's own that the settings name.

Presidio's registry decides what runs and its analyzer merges what is found; no spaCy pipeline runs below it: the
recognizers bring what they need. So an `EntityRecognizer` of Presidio works here as it does there.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from functools import cache
from typing import Any

from tasks.errors import ConfigError
from tasks.pii.spans import Span

Finder = Callable[[str], Iterable[Span]]


def analyze(text: str, finders: Mapping[str, Finder], names: tuple[str, ...]) -> list[Span]:
    """Return what our finders and Presidio's recognizers of these class names find; overlaps are still in it.

    Raises ConfigError for a name that Presidio does not know.
    """
    from tasks.pii.recognizers import CANONICAL, LANGUAGE, Detector  # noqa: PLC0415 - imports Presidio: seconds

    detectors = [Detector(name, find) for name, find in finders.items()]
    results = _analyzer(names).analyze(text, LANGUAGE, ad_hoc_recognizers=detectors, score_threshold=0.0)
    return [Span(r.start, r.end, r.entity_type, r.score, _canonical(r, CANONICAL)) for r in results]


def _canonical(result: Any, key: str) -> str:
    return str((result.recognition_metadata or {}).get(key) or "")


@cache
def _analyzer(names: tuple[str, ...]) -> Any:
    """Return an analyzer with Presidio's recognizers of these class names; ours come with each call."""
    from presidio_analyzer import AnalyzerEngine, RecognizerRegistry  # noqa: PLC0415 - seconds

    from tasks.pii.recognizers import LANGUAGE, Detector, NoEnhancer, NoPipeline  # noqa: PLC0415

    nothing = Detector("nothing", lambda _: ())  # an empty registry would be filled with Presidio's defaults
    chosen = [nothing, *map(_predefined, names)]
    return AnalyzerEngine(
        registry=RecognizerRegistry(recognizers=chosen, supported_languages=[LANGUAGE]),
        nlp_engine=NoPipeline(),
        supported_languages=[LANGUAGE],
        context_aware_enhancer=NoEnhancer(),
    )


def _predefined(name: str) -> Any:
    from presidio_analyzer import predefined_recognizers  # noqa: PLC0415 - seconds

    from tasks.pii.recognizers import LANGUAGE  # noqa: PLC0415

    made = getattr(predefined_recognizers, name, None)
    if not name.endswith("Recognizer") or made is None:
        known = ", ".join(sorted(n for n in dir(predefined_recognizers) if n.endswith("Recognizer")))
        raise ConfigError(f"Presidio has no recognizer {name!r}", remedy=f"Known: {known}.")
    return made(supported_language=LANGUAGE)
