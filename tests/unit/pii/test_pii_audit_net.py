"""The net under the scrubber: with any one recognizer switched off, audit-leaks tells wherever anything can."""

import re

import pytest

from tasks.pii import engine, rules
from tasks.pii.audit import AUDIT_LEAKS, find_leaks
from tasks.pii.known import Known, known_values
from tasks.pii.scrub import SCRUB_PII, ScrubParams, settings_of

TYPES = sorted({rule.entity_type for name in ScrubParams().packs for rule in rules.pack(name).rules})
CANNOT_TELL = {
    "IP_ADDRESS": "four numbers with dots are a version number too, unless `IP` stands before them",
    "KE_LICENSE_PLATE": "letters and digits are a product code too, unless `plate` stands before them",
    "NG_NIN": "every tenth row of eleven digits passes Verhoeff: without `NIN` it may be an order number",
    "NG_VEHICLE_REGISTRATION": "letters and digits are a product code too, unless `plate` stands before them",
    "ZIP_CODE": "four or five digits are any number, and a town's number is nobody's",
}
"""Types of which some values, as the corpus writes them, look like business numbers to any reader without context."""
PARTLY = 0.5
"""Share of a value that another recognizer may leave: the rest is no longer the value."""


def redacted(text):
    """Return the text as the engine leaves it, blanks for what it found."""
    out = list(text)
    for span in engine.find([text], None, known_values(()), settings_of(ScrubParams(names=False)))[0]:
        out[span.start : span.end] = " " * span.length
    return "".join(out)


def told(text, start, end):
    """Whether a value is gone, or the audit sees it. A first digit of 0 is how our stand-ins begin: it passes both."""
    value = text[start:end]
    left = redacted(text)
    letters = [i for i in range(start, end) if value[i - start].isalnum()]
    if sum(left[i].isalnum() for i in letters) <= PARTLY * len(letters) or re.match(r"[^\W\d]*0", value):
        return True
    return any(a < end and start < b for a, b, _ in find_leaks(left, []))


@pytest.mark.parametrize("kind", TYPES)
def test_a_type_that_is_switched_off_is_told_by_the_audit(kind, identifiers, monkeypatch):
    find = rules.find
    monkeypatch.setattr(engine.rules, "find", lambda *args: (s for s in find(*args) if s.entity_type != kind))
    cases = [(c["text"], a, b) for c in identifiers for a, b, found in c["spans"] if found == kind]
    assert cases, "every type of the packs stands in the corpus"
    untold = [text for text, start, end in cases if not told(text, start, end)]
    assert bool(untold) == (kind in CANNOT_TELL), untold


THREAD = [{"value": "Sipho Dlamini", "entity_type": "PERSON"}, {"value": "0821234567", "entity_type": "PHONE_NUMBER"}]
DETECTORS = {
    "find_emails": ("write to alice@example.org", "EMAIL_ADDRESS"),
    "find_phones": ("call 082 123 4567 or +254 712 345678", "PHONE_NUMBER"),
    "find_secrets": ("my password: Zebra!55 and AKIAIOSFODNN7EXAMPLE", "SECRET"),
    "find_islands": ("YWxpY2VAZXhhbXBsZS5vcmc=", "EMAIL_ADDRESS"),
    "find_names": ("yesterday Sipho Dlamini came", "PERSON"),
    "find_by_place": ("Regards,\nSipho Dlamini", "PERSON"),
}
UNTOLD = {
    "find_urls": "a profile or a home folder names nobody whom a checksum knows; the thread knows some of them",
    "find_addresses": "a street is no number; the thread knows the addresses of its ticket fields",
}


@pytest.mark.parametrize("name", DETECTORS)
def test_a_detector_that_is_switched_off_is_told_by_the_audit(name, work_table, monkeypatch):
    text, kind = DETECTORS[name]
    for off in {name, "find_names", "find_by_place"} if kind == "PERSON" else {name}:
        monkeypatch.setattr(engine, off, lambda *_: iter(()))
    monkeypatch.setattr(Known, "find", lambda *_: [])  # what the thread knows is the audit's alone here
    row = {"text": text, "known_values": THREAD if kind == "PERSON" else None}
    assert kind in AUDIT_LEAKS(SCRUB_PII(work_table(row)).batch).report


def test_every_detector_is_in_one_of_the_tables():
    named = {name for name in vars(engine) if name.startswith("find_") and name != "find_again"}
    assert named == DETECTORS.keys() | UNTOLD.keys()


def test_what_the_thread_knows_is_told_when_it_is_not_searched(work_table, monkeypatch):
    monkeypatch.setattr(Known, "find", lambda *_: [])
    row = {"text": "sipho dlamini, 0821234567", "known_values": THREAD}
    report = AUDIT_LEAKS(SCRUB_PII(work_table(row), ScrubParams(names=False, phone_regions=())).batch).report
    assert report.keys() == {"PERSON"} or report.keys() == {"PERSON", "PHONE_NUMBER"}


@pytest.mark.parametrize(
    "text",
    [
        "order 4111111111111112, item A12345, 12.50 dollars", "account number please", "IP 127.0.0.1 and 255.255.255.0",
        "the PIN was wrong", "we paid 500 into the account", "plate of food for 2", "version 1.2.3.4", "ID no",
        "tin can 12", "your passport photo", "born in Durban", "call account 99", "1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNb",
    ],
)  # fmt: skip
def test_the_audit_is_silent_on_what_nobody_would_call_personal(text):
    assert find_leaks(text, []) == []
