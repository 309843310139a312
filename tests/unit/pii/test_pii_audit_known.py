"""Audit-leaks finds a known person by each telling name, however written; ordinary words and scrubbed texts pass."""

import pytest

from tasks.pii.audit import AUDIT_LEAKS, find_leaks
from tasks.pii.scrub import SCRUB_PII, ScrubParams

KNOWN = [
    ("Thandeka Mabuza", "PERSON"),
    ("t.mabuza@mweb.co.za", "EMAIL_ADDRESS"),
    ("Grace Hope", "PERSON"),
    ("Mark May", "PERSON"),
    ("Gift", "PERSON"),
    ("Thabo Baraka", "PERSON"),
    ("أحمد المنصوري", "PERSON"),
    ("አበበ ቢቂላ", "PERSON"),
]


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("then Thandeka called", "Thandeka"),
        ("as mabuza said", "mabuza"),
        ("then Thabo came", "Thabo"),
        ("T. Mabuza came", "Mabuza"),
        ("uThandeka Mabuza uthi", "Thandeka Mabuza"),
        ("ask Thandeka\nMabuza", "Thandeka\nMabuza"),
        ("file thandeka-mabuza.pdf", "thandeka-mabuza"),
        ("ask Thаndekа now", "Thаndekа"),  # Cyrillic а
        ("ask Th4ndeka Mabuza", "Th4ndeka Mabuza"),
        ("write t.mabuza at mweb dot co dot za", "t.mabuza at mweb dot co dot za"),
        ("said Hope, Grace", "Hope, Grace"),
        ("قلت لأحمد أمس", "أحمد"),
        ("ለአበበ ነው", "አበበ"),
    ],
)
def test_a_known_person_is_found_however_written(text, value):
    hits = {text[a:b] for a, b, _ in find_leaks(text, KNOWN)}
    assert value in hits


@pytest.mark.parametrize(
    "text",
    [
        "we hope you mark the gift by the grace of May", "thandekas", "in May 2024, 1978", "dial at four dot five",
        "<PERSON_k7f3a9m2q4xz> and Hope", "4471 74", "thabo is joy",
    ],
)  # fmt: skip
def test_ordinary_words_are_no_leak(text):
    assert find_leaks(text, KNOWN) == []


MAIL = (
    "Sawubona Thandeka,\n\nuThandeka uthi kuMabuza: thandeka.mabuza92, T. Mabuza, MABUZA, Mabuza's file "
    "thandeka-mabuza.pdf and Th4ndeka; we hope Grace marks the gift in May. Write t.mabuza at mweb dot co dot za.\n"
    "From: Mabuza, Thandeka\n> Thand-\n> eka Mabuza wrote: قلت لأحمد وبأحمد and ለአበበ እና ቢቂላ\n\nRegards,\nMark May"
)


@pytest.mark.parametrize("style", ["keyed", "numbered", "surrogate", "mask"])
def test_what_scrub_leaves_raises_no_alarm(work_table, style):
    known = [{"value": v, "entity_type": t} for v, t in KNOWN]
    row = {"text": MAIL, "subject": "Thandeka Mabuza", "known_values": known, "lang": "en"}
    assert AUDIT_LEAKS(SCRUB_PII(work_table(row), ScrubParams(style=style, names=False)).batch).report == {}
