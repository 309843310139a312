"""What only looks like a replacement is searched, by the scrubber and by the audit; the scrubber's own is exempt."""

import pytest

from tasks.pii import engine
from tasks.pii.audit import find_leaks
from tasks.pii.audit_exempt import known_types, unmasked
from tasks.pii.known import known_values
from tasks.pii.pseudonyms import Replacer, likenesses
from tasks.pii.scrub import ScrubParams, settings_of

FAKES = ["<CARD_4242424242424242>", "<PERSON_92072008000861>", "‹4242 4242 4242 4242›", "‹t.mabuza@example.co.za›"]


@pytest.mark.parametrize("fake", FAKES)
def test_made_up_replacement_is_a_leak(fake):
    assert find_leaks(f"see {fake} here", ()) != []


@pytest.mark.parametrize("fake", [*FAKES, "<TEL_0821234567>"])
def test_scrubber_searches_a_made_up_replacement(fake):
    found = engine.find([f"see {fake} here"], None, known_values(()), settings_of(ScrubParams(names=False)))[0]
    assert len(found) == 1


def test_known_name_in_a_made_up_replacement_is_a_leak():
    assert find_leaks("from <THABO_MABUZA> today", [("Thabo Mabuza", "PERSON")]) != []


@pytest.mark.parametrize("style", ["keyed", "numbered", "mask"])
def test_own_replacements_of_every_type_are_exempt_and_so_are_their_escapes(style):
    replacer = Replacer(style, {}, None)
    for entity_type in known_types():
        made = replacer.stand_in(entity_type, "x", "x")
        assert unmasked(made).strip() == ""
        assert all(unmasked(escaped).strip() == "" for _, _, escaped in likenesses(made))


def test_length_stays():
    text = "a <PERSON_1> b <CARD_4242424242424242> ‹x›"
    assert len(unmasked(text)) == len(text)


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("id 920720 0800 08 6", "ZA_ID_NUMBER"),
        ("IDno.9207200800086thanks", "ZA_ID_NUMBER"),
        ("920720/0800/08/6", "ZA_ID_NUMBER"),
        ("My NIN: 123 4567 8901", "NG_NIN"),
        ("والبطاقة الوطنية BK123456", "MA_CIN"),
        ("wachtwoord: geheim12", "SECRET"),
        ("call me on 212661234567", "PHONE_NUMBER"),
        ("phone=27821234567&x=1", "PHONE_NUMBER"),
    ],
)
def test_audit_finds_the_printed_spacings_and_labels(text, kind):
    assert kind in {k for _, _, k in find_leaks(text, ())}
