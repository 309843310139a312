"""Where a name begins and ends: possessives, capitals, titles with class prefixes; one person has one pseudonym."""

import re

import pytest

from tasks.pii import engine
from tasks.pii.known import known_values
from tasks.pii.scrub import SCRUB_PII, ScrubParams, settings_of


def names(text, lang="en"):
    spans = engine.find([text], lang, known_values(()), settings_of(ScrubParams()))[0]
    return [text[s.start : s.end] for s in spans]


@pytest.mark.parametrize(
    ("text", "lang", "found"),
    [
        ("I met Mary's brother and Thabo's wife.", "en", ["Mary", "Thabo"]),
        ("Dear sir, this is MARY's account.", "en", ["MARY"]),
        ("JABULANI DLAMINI spoke to NALEDI PHIRI about the claim.", "en", ["JABULANI DLAMINI", "NALEDI PHIRI"]),
        ("Sikhulume noMnu. Zulu futhi nguMnu. Khumalo.", "zu", ["Zulu", "Khumalo"]),
        ("Ms Molefe phoned. Lerato Molefe confirmed.", "en", ["Ms Molefe", "Lerato Molefe"]),
    ],
)
def test_a_name_is_found_whole_and_nothing_else(text, lang, found):
    assert [n.removeprefix("noMnu. ").removeprefix("nguMnu. ") for n in names(text, lang)] == found


@pytest.mark.parametrize(
    "text",
    [
        "Ms Molefe phoned. Lerato Molefe confirmed. The claim is closed, Molefe is out.",
        "Mrs Ngcobo phoned us. Later on Li Ngcobo confirmed and Ngcobo left.",
    ],
)
def test_a_surname_of_one_person_is_that_person(work_table, text):
    done = SCRUB_PII(work_table({"text": text, "lang": "en"})).batch.to_pylist()[0]["text"]
    assert len(re.findall(r"<PERSON_\w+>", done)) == 3
    assert len(set(re.findall(r"<PERSON_\w+>", done))) == 1


def test_a_surname_of_two_people_is_neither():
    known = known_values([("Lerato Molefe", "PERSON"), ("Sipho Molefe", "PERSON")])
    by_text = {s.canonical for s in known.find("so Molefe is out")}
    assert by_text == {"molefe"}
    assert {s.canonical for s in known.find("Lerato and S. Molefe")} == {"lerato molefe", "sipho molefe"}
