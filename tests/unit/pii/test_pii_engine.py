"""What the engine finds: identifiers with near misses, disguises, names in twelve languages, section F."""

import pytest

from tasks.pii import engine
from tasks.pii.known import known_values
from tasks.pii.scrub import ScrubParams, settings_of

NOTHING_KNOWN = known_values(())


def found(text, lang=None, *, names=False):
    spans = engine.find([text], lang, NOTHING_KNOWN, settings_of(ScrubParams(names=names)))[0]
    return [[s.start, s.end, s.entity_type] for s in spans]


def covered(text, value, lang=None, *, names=False):
    start = text.index(value)
    return any(a <= start and start + len(value) <= b for a, b, _ in found(text, lang, names=names))


def test_identifier_has_the_right_span_and_type_and_near_misses_stay(case_of_identifiers):
    assert found(case_of_identifiers["text"]) == case_of_identifiers["spans"]


def test_disguised_value_is_found_whole(case_of_disguises):
    value = case_of_disguises["value"]
    assert covered(f"Contact me on {value} please.", value, "en")


def test_names_are_found_and_ordinary_words_stay(case_of_names):
    text, lang, names = (case_of_names[k] for k in ("text", "lang", "names"))
    assert [n for n in names if not covered(text, n, lang, names=True)] == []
    if not names:
        assert found(text, lang, names=True) == []


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("Name: Alice\nCard: 4111 1111\n1111 1111 expires", "4111 1111\n1111 1111"),  # F4, over a line break
        ("| mail | alice@\n   example.org |", "alice@\n   example.org"),
        ("GET /users/alice.moyo%40example.org/orders", "alice.moyo%40example.org"),  # F7, in a path
        ("https://shop.example.org/reset?mail=alice%40example.org&x=1", "alice%40example.org"),
        ("ftp://alice:Secret99@ftp.example.org/", "alice:Secret99"),
        ('File "/home/thandi.nkosi/app.py", line 3', "thandi.nkosi"),
        ("UPDATE t SET m='alice@example.org' WHERE id=1", "alice@example.org"),
        ("SA ID 8001015009087, NIN 12345678902, KRA A000000001Z", "12345678902"),  # F9, side by side
        (
            "token eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0In0.c2lnbmF0dXJl",
            "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0In0.c2lnbmF0dXJl",
        ),
        ("-----BEGIN RSA PRIVATE KEY-----\nMIIB\n-----END RSA PRIVATE KEY-----", "MIIB"),  # F10
    ],
)
def test_section_f_values_are_found_where_they_hide(text, value):
    assert covered(text, value)


@pytest.mark.timeout(60)  # a guard against a hang, not a measure of speed
@pytest.mark.parametrize(
    "unit",
    ["a.", "1 ", "a@", "A ", "dear ", "1", "&#64", "%41", "e\u0301\u0316", "<b ", "\n", " at ", "(", "From: ", "a_at_",
     "http://a", "password is ", "+27 ", "GB82 ", "\u0430a", "eyJaaaaaaaaaa.", "12 Aa St ", "Regards\n"],
)  # fmt: skip
def test_a_value_behind_a_hostile_text_is_still_found(unit):
    text = unit * 5000 + "\n\nmail alice@example.org now"
    assert covered(text, "alice@example.org")


def test_names_are_off_when_settings_say_so():
    assert found("Dear Thandi,\nhello") == []


def test_what_is_kept_by_setting_stays():
    settings = settings_of(ScrubParams(names=False, keep=("EMAIL_ADDRESS",)))
    assert (
        engine.find(["alice@example.org, card 4111111111111111"], None, NOTHING_KNOWN, settings)[0][0].entity_type
        == "CREDIT_CARD"
    )


def test_order_and_invoice_numbers_stay():
    for text in (
        "Order 0712345678 of 12 May 2024 for R1,250.00",
        "Invoice INV/2024/1234 and PO 386617",
        "RMA-12345, SKU-A1234, TCK12345678",
    ):
        assert found(text, "en", names=True) == []


def test_there_are_at_least_300_identifier_cases_with_near_misses(identifiers):
    assert len(identifiers) >= 300
    assert sum(not case["spans"] for case in identifiers) >= 60
