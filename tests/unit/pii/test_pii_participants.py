"""A participant is one person, however the thread writes the name."""

import pytest

from tasks.pii.known import known_values
from tasks.pii.structure import find_by_place


@pytest.mark.parametrize("values", [
    [("John Smith", "PERSON"), ("john.smith@home.example", "EMAIL_ADDRESS")],
    [("john.smith@home.example", "EMAIL_ADDRESS"), ("John Smith", "PERSON")],
    [("john.smith@home.example", "EMAIL_ADDRESS")],
])  # fmt: skip
def test_a_name_is_a_person_also_where_it_is_the_local_part_of_an_address(values):
    text = "My name is John Smith and my order is late."
    found = {(s.entity_type, text[s.start : s.end], s.canonical) for s in known_values(values).find(text)}
    (whole,) = known_values([("John Smith", "PERSON")]).find(text)[:1]
    assert ("PERSON", "John Smith", whole.canonical) in found
    assert {entity_type for entity_type, _, _ in found} == {"PERSON"}


def test_the_whole_address_stays_an_address():
    text = "Write to john.smith@home.example today."
    found = known_values([("john.smith@home.example", "EMAIL_ADDRESS"), ("John Smith", "PERSON")]).find(text)
    assert ("EMAIL_ADDRESS", "john.smith@home.example") in {(s.entity_type, text[s.start : s.end]) for s in found}


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("My name is John Smith. Call me tomorrow.", "John Smith"),
        ("I am Canarina Zweep. Call her.", "Canarina Zweep"),
        ("My name is J. Smith. Call me.", "J. Smith"),
        ("I am Dr. Thandi Mokoena, good day.", "Dr. Thandi Mokoena"),
    ],
)
def test_a_name_ends_at_the_full_stop_but_not_after_an_initial_or_title(text, name):
    found = {text[s.start : s.end] for s in find_by_place(text, "en")}
    assert any(part in (name, name.removeprefix("Dr. ")) for part in found), found
    assert not any("Call" in part for part in found)
