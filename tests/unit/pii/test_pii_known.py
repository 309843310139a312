"""Known values are found again in any usual form; ordinary words that look like them stay."""

import pytest

from tasks.pii.canonical import canonical
from tasks.pii.known import known_values

KNOWN = known_values(
    [
        ("Sipho Dlamini", "PERSON"),
        ("Grace Okafor", "PERSON"),
        ("sipho.dlamini@example.org", "EMAIL_ADDRESS"),
        ("support@example.org", "EMAIL_ADDRESS"),
        ("+27 82 123 4567", "PHONE_NUMBER"),
        ("ACC-778899", "BANK_ACCOUNT"),
    ]
)


@pytest.mark.parametrize(
    "form",
    [
        "Sipho Dlamini", "SIPHO DLAMINI", "Dlamini, Sipho", "S. Dlamini", "Sipho", "Dlamini", "dlamini", "sdlamini",
        "siphodlamini", "sipho.dlamini", "sipho_dlamini", "S1pho", "D1amini", "Síphò", "sipho.dlamini@example.org",
        "sipho.dlamini @ example.org",
        "082 123 4567", "+27821234567", "Grace", "ACC-778899", "acc 778899", "support@example.org",
    ],
)  # fmt: skip
def test_form_of_a_known_value_is_found(form):
    text = f"as {form} said"
    assert any(text[s.start : s.end] == form for s in KNOWN.find(text))


@pytest.mark.parametrize(
    "text",
    ["a grace period", "the sip honours", "Siphokazi", "support is slow", "082 123 4568", "example.org", "SD", ""],
)
def test_other_words_stay(text):
    assert KNOWN.find(text) == []


def test_one_person_has_one_canonical_value_in_all_forms():
    text = "Sipho, S. Dlamini, Dlamini and sdlamini"
    assert {s.canonical for s in KNOWN.find(text)} == {"sipho dlamini"}


@pytest.mark.parametrize(
    ("kind", "forms"),
    [
        (
            "EMAIL_ADDRESS",
            ["Alice@X.org", " alice@x.org ", "alice [at] x [dot] org", "alice@x.org.", "ali\u200bce@x.org"],
        ),
        ("PHONE_NUMBER", ["082 123 4567", "+27 82 123 4567", "0027821234567", "(082) 123-4567"]),
        ("PERSON", ["Sipho Dlamini", "SIPHO  DLAMINI", "Dlamini, Sipho", "Mr. Sipho Dlamini", "Sipho Dlamini's"]),
        ("CREDIT_CARD", ["4111 1111 1111 1111", "4111-1111-1111-1111", "４１１１１１１１１１１１１１１１"]),
        ("PERSON", ["Adébáyọ̀", "Ade\u0301ba\u0301yo\u0323\u0300"]),
    ],
)
def test_forms_of_one_value_have_one_canonical_form(kind, forms):
    assert len({canonical(kind, form) for form in forms}) == 1


def test_secrets_are_told_apart_by_case():
    assert canonical("SECRET", "Abc") != canonical("SECRET", "abc")


@pytest.mark.parametrize("text", ["yes please\n\ngrace", "ok\n> grace,\nbye"])
def test_a_name_that_is_a_word_is_a_name_alone_on_its_line(text):
    assert [text[s.start : s.end] for s in KNOWN.find(text)] == ["grace"]


def test_a_short_handle_of_a_participant_is_found():
    text = "my handle is gnel or gnel1"
    assert [s.start for s in known_values([("Gerhard Nel", "PERSON")]).find(text)] == [13]
