"""Step audit-leaks: hits by checksum and by known value, silence on pseudonyms, and the net under the scrubber."""

import pytest

from tasks.pii import engine
from tasks.pii.audit import AUDIT_LEAKS, AuditParams, find_leaks
from tasks.pii.scrub import SCRUB_PII, ScrubParams
from tasks.pii.spans import Span

KNOWN = [{"value": "Sipho Dlamini", "entity_type": "PERSON"}, {"value": "082 123 4567", "entity_type": "PHONE_NUMBER"}]


@pytest.mark.parametrize(
    ("text", "value", "kind"),
    [
        ("mail alice@example.org", "alice@example.org", "EMAIL_ADDRESS"),
        ("card 4111 1111 1111 1111", "4111 1111 1111 1111", "CREDIT_CARD"),
        ("id 8001015009087", "8001015009087", "ZA_ID_NUMBER"),
        ("iban GB82 WEST 1234 5698 7654 32", "GB82 WEST 1234 5698 7654 32", "IBAN_CODE"),
        ("pin A000000001Z", "A000000001Z", "KE_KRA_PIN"),
        ("tel +254 712 345678", "+254 712 345678", "PHONE_NUMBER"),
        ("BVN: 22212345678", "22212345678", "NG_BVN"),
        ("key AKIAIOSFODNN7EXAMPLE", "AKIAIOSFODNN7EXAMPLE", "SECRET"),
        ("said SIPHO  dlamini".replace("  ", " "), "SIPHO dlamini", "PERSON"),
        ("Dlamini, Sipho wrote", "Dlamini, Sipho", "PERSON"),
        ("Si\u200bpho Dlamini wrote", "Si\u200bpho Dlamini", "PERSON"),
        ("call 0821234567", "0821234567", "PHONE_NUMBER"),
        ("٠٨٢١٢٣٤٥٦٧", "٠٨٢١٢٣٤٥٦٧", "PHONE_NUMBER"),
        ("U2lwaG8gRGxhbWluaSBpcyBoZXJl", "U2lwaG8gRGxhbWluaSBpcyBoZXJl", "PERSON"),  # base64
        ("q=alice%40example.org", "q=alice%40example.org", "EMAIL_ADDRESS"),
    ],
)
def test_leak_is_found(text, value, kind):
    start = text.index(value)
    assert (start, start + len(value), kind) in find_leaks(text, [(k["value"], k["entity_type"]) for k in KNOWN])


@pytest.mark.parametrize(
    "text",
    [
        "Dear <PERSON_k7f3a9m2q4xz>, call <PHONE_NUMBER_1> or <EMAIL_ADDRESS>",
        "order 4111111111111112 of R1,250.00",
        "id 8001015009088",
        "‹PERSON_1› is escaped",
        "on 2024-10-17 at 12:30, invoice INV/2024/1234",
        "Siphokazi Dlaminis",
        "see https://www.example.org/help?page=2",
        "",
    ],
)
def test_nothing_is_found_where_nothing_is(text):
    assert find_leaks(text, [(k["value"], k["entity_type"]) for k in KNOWN]) == []


def test_nightly_flow_quarantines_and_the_workbench_shows(work_table):
    table = work_table({"text": "alice@example.org"}, {"text": "fine"}, {"text": "ok", "subject": "alice@example.org"})
    held = AUDIT_LEAKS(table)
    assert [(q["record_id"], q["reason"], q["detail"]) for q in held.quarantine.to_pylist()] == [
        ("r0", "leak_found", "EMAIL_ADDRESS"),
        ("r2", "leak_found", "EMAIL_ADDRESS"),
    ]
    shown = AUDIT_LEAKS(table, AuditParams(quarantine=False))
    assert shown.batch.num_rows == 3
    assert shown.batch.to_pylist()[0]["leaks"] == [{"entity_type": "EMAIL_ADDRESS", "start": 0, "end": 17}]
    assert shown.report == {"EMAIL_ADDRESS": 2}


TEXT = (
    "Hi Sipho Dlamini, mail alice@example.org, card 4111 1111 1111 1111, id 8001015009087, "
    "iban GB82WEST12345698765432, KRA A000000001Z, tel +254 712 345678, key AKIAIOSFODNN7EXAMPLE."
)


@pytest.mark.parametrize("style", ["keyed", "numbered", "surrogate", "mask"])
def test_a_scrubbed_text_passes_in_every_style(work_table, style):
    scrubbed = SCRUB_PII(
        work_table({"text": TEXT, "known_values": KNOWN, "lang": "en"}), ScrubParams(style=style)
    ).batch
    assert AUDIT_LEAKS(scrubbed).report == {}


@pytest.mark.parametrize(
    ("disabled", "kind"),
    [("find_emails", "EMAIL_ADDRESS"), ("find_phones", "PHONE_NUMBER"), ("find_secrets", "SECRET")],
)
def test_a_disabled_detector_is_caught(work_table, monkeypatch, disabled, kind):
    monkeypatch.setattr(engine, disabled, lambda *_: iter(()))
    scrubbed = SCRUB_PII(work_table({"text": TEXT, "lang": "en"}), ScrubParams(names=False)).batch
    assert kind in AUDIT_LEAKS(scrubbed).report


@pytest.mark.parametrize(("dropped", "kind"), [("za", "ZA_ID_NUMBER"), ("ke", "KE_KRA_PIN"), ("world", "CREDIT_CARD")])
def test_a_missing_pack_is_caught_where_a_checksum_can_tell(work_table, dropped, kind):
    packs = tuple(p for p in ScrubParams().packs if p != dropped)
    scrubbed = SCRUB_PII(work_table({"text": TEXT}), ScrubParams(names=False, packs=packs)).batch
    assert kind in AUDIT_LEAKS(scrubbed).report


def test_a_name_that_the_scrubber_missed_is_caught_by_the_thread(work_table, monkeypatch):
    monkeypatch.setattr("tasks.pii.known.Known.find", lambda *_: [])
    monkeypatch.setattr(engine, "find_names", lambda *_: [Span(0, 0, "PERSON", 1.0)])
    monkeypatch.setattr(engine, "find_by_place", lambda *_: [])
    scrubbed = SCRUB_PII(work_table({"text": TEXT, "known_values": KNOWN, "lang": "en"})).batch
    assert "PERSON" in AUDIT_LEAKS(scrubbed).report
