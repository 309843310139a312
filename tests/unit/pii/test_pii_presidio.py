"""Presidio's own recognizers run beside ours when the settings name them."""

import pytest

from tasks.errors import ConfigError
from tasks.pii.presidio import analyze
from tasks.pii.spans import Span

TEXT = "My NHS number is 943 476 5919, says Thandi."


def thandi(text):
    start = text.index("Thandi")
    return [Span(start, start + 6, "PERSON", 0.9, "thandi mokoena")]


def test_our_finders_keep_their_type_score_and_canonical_value():
    assert analyze(TEXT, {"names": thandi}, ()) == [Span(36, 42, "PERSON", 0.9, "thandi mokoena")]


def test_a_named_recognizer_of_presidio_runs_beside_ours():
    found = {(s.entity_type, TEXT[s.start : s.end]) for s in analyze(TEXT, {"names": thandi}, ("NhsRecognizer",))}
    assert found == {("UK_NHS", "943 476 5919"), ("PERSON", "Thandi")}


@pytest.mark.parametrize("name", ["NoSuchRecognizer", "EntityResult", "re"])
def test_an_unknown_recognizer_is_an_error_that_names_the_known_ones(name):
    with pytest.raises(ConfigError) as error:
        analyze(TEXT, {}, (name,))
    assert "NhsRecognizer" in error.value.remedy


def test_a_finder_that_breaks_is_not_passed_over():
    def broken(_text):
        raise ValueError("out of order")

    with pytest.raises(ValueError, match="out of order"):
        analyze(TEXT, {"names": thandi, "broken": broken}, ())
