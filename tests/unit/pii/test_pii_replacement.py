"""Replacement styles, key epochs, escapes, surrogates."""

import re

import pytest

from tasks.pii.audit import find_leaks
from tasks.pii.pseudonyms import LIKENESS, keyed
from tasks.pii.scrub import SCRUB_PII, ScrubParams
from tasks.pii.surrogates import surrogate

TEXT = "Mail alice@example.org or ALICE@example.org, card 4111 1111 1111 1111, tel +27 82 123 4567."


def scrubbed(work_table, text, **params):
    return SCRUB_PII(work_table({"text": text, "lang": "en"}), ScrubParams(names=False, **params)).batch.to_pylist()[0][
        "text"
    ]


def test_keyed_pseudonyms_are_equal_for_equal_values_and_carry_60_bits(work_table):
    mail, again = re.findall(r"<EMAIL_ADDRESS_([a-z2-7]+)>", scrubbed(work_table, TEXT))
    assert mail == again
    assert len(mail) * 5 >= 60


def test_another_epoch_gives_other_pseudonyms():
    assert keyed("PERSON", "Sipho", 1) != keyed("PERSON", "Sipho", 2)
    assert keyed("PERSON", "Sipho") == keyed("PERSON", " sipho ", 2)


def test_numbered_style_counts_within_the_thread(work_table):
    table = work_table(
        {"thread_id": "t1", "text": "a@example.org b@example.org"},
        {"thread_id": "t1", "text": "b@example.org"},
        {"thread_id": "t2", "text": "b@example.org"},
    )
    texts = SCRUB_PII(table, ScrubParams(names=False, style="numbered")).batch.column("text").to_pylist()
    assert texts == ["<EMAIL_ADDRESS_1> <EMAIL_ADDRESS_2>", "<EMAIL_ADDRESS_2>", "<EMAIL_ADDRESS_1>"]


def test_style_by_entity_type(work_table):
    text = scrubbed(work_table, TEXT, styles={"CREDIT_CARD": "mask", "PHONE_NUMBER": "numbered"})
    assert "<CREDIT_CARD>" in text
    assert "<PHONE_NUMBER_1>" in text
    assert "<EMAIL_ADDRESS_" in text


@pytest.mark.parametrize("likeness", ["<PERSON_1>", "<PERSON_abcdefghijkl>", "<EMAIL_ADDRESS_22>"])
def test_text_that_looks_like_a_pseudonym_is_escaped(work_table, likeness):
    text = scrubbed(work_table, f"I am {likeness} here")
    assert not LIKENESS.search(text)
    assert likeness[1:-1] in text


def test_surrogates_keep_kind_and_layout_and_are_nobodys(work_table):
    text = scrubbed(work_table, TEXT, style="surrogate")
    mails = re.findall(r"[\w.]+@person\.example", text)
    assert len(set(mails)) == 1
    assert len(mails) == 2
    assert re.search(r"card \d{4} \d{4} \d{4} \d{4},", text)
    assert re.search(r"tel \+27 00 000 \d{4}\.", text)
    assert find_leaks(text, []) == []


def test_surrogate_names_follow_language_and_gender(work_table):
    row = {"text": "Sawubona Thandeka,\nsiyabonga.", "lang": "zu"}
    text = SCRUB_PII(work_table(row), ScrubParams(style="surrogate")).batch.to_pylist()[0]["text"]
    assert re.match(r"Sawubona (Ayanda|Nomvula|Nonhlanhla|Zanele|Zodwa),", text)


@pytest.mark.parametrize(("name", "lang"), [("Thandeka Zungu", "zu"), ("فاطمة الإدريسي", "en"), ("Alice Baker", "en")])
def test_a_surrogate_keeps_no_part_of_a_name_and_is_nobody_of_the_thread(name, lang):
    made = {surrogate("PERSON", name, f"<PERSON_{i}>", lang, "nomvula cele") for i in range(200)}
    assert len(made) > 5
    assert not {w for m in made for w in m.split()} & {*name.split(), "Nomvula", "Cele"}


def test_an_arabic_woman_stays_one_in_a_text_of_another_language():
    made = {surrogate("PERSON", "فاطمة", f"<PERSON_{i}>", "en") for i in range(50)}
    assert made <= {"خديجة", "سلمى", "نادية", "ليلى", "هدى"}


PERSON = {"name": "Thandi Nkosi", "address": "thandi@example.org", "role": "from"}


@pytest.mark.parametrize("style", ["keyed", "numbered", "surrogate", "mask"])
def test_participants_and_files_are_called_as_the_text_calls_them(work_table, style):
    row = {"text": "Thandi Nkosi, thandi@example.org", "lang": "en", "participants": [PERSON]}
    row |= {"attachments": [{"name": "Thandi.pdf", "media_type": None, "size": None, "sha256": None}]}
    done = SCRUB_PII(work_table(row), ScrubParams(names=False, style=style)).batch.to_pylist()[0]
    shown = done["participants"][0]
    assert done["text"] == f"{shown['name']}, {shown['address']}"
    assert shown["role"] == "from"
    assert "Thandi" not in done["attachments"][0]["name"]
    assert done["attachments"][0]["name"].endswith(".pdf")


def test_a_participants_style_may_differ_by_type_and_the_index_stays_keyed(work_table):
    row = {"text": "x", "participants": [PERSON]}
    done = SCRUB_PII(work_table(row), ScrubParams(names=False, style="numbered", styles={"EMAIL_ADDRESS": "mask"}))
    assert done.batch.to_pylist()[0]["participants"][0] == {
        "name": "<PERSON_1>",
        "address": "<EMAIL_ADDRESS>",
        "role": "from",
    }
    assert {entry["subject"] for entry in done.restricted["subjects"].to_pylist()} == {
        keyed("PERSON", "Thandi Nkosi"),
        keyed("EMAIL_ADDRESS", "thandi@example.org"),
    }


def test_the_first_region_decides_whose_national_number_it_is(work_table):
    row = {"text": "call 0712 345678 or +254 712 345678 or +27 71 234 5678"}
    for regions, same in ((("KE", "ZA"), (0, 1)), (("ZA", "KE"), (0, 2))):
        params = ScrubParams(names=False, phone_regions=regions)
        tags = re.findall(r"<PHONE_NUMBER_\w+>", SCRUB_PII(work_table(row), params).batch.to_pylist()[0]["text"])
        assert tags[same[0]] == tags[same[1]]
        assert len(set(tags)) == 2


def test_a_number_found_by_a_region_is_one_with_its_international_form(work_table):
    row = {"text": "call (415) 555-2671 or +1 415 555 2671"}
    params = ScrubParams(names=False, phone_regions=("US",))
    first, second = re.findall(r"<PHONE_NUMBER_\w+>", SCRUB_PII(work_table(row), params).batch.to_pylist()[0]["text"])
    assert first == second
