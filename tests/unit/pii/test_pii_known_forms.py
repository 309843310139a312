"""Known names behind prefixes, broken over lines, spaced, misread, in handles and halves; words near them stay."""

import pytest

from tasks.pii.known import known_values

PEOPLE = [
    ("Thandeka Nomvula Mabuza", "PERSON"),
    ("أحمد المنصوري", "PERSON"),
    ("አበበ ቢቂላ", "PERSON"),
    ("Funmi Akinwande-Cole", "PERSON"),
    ("Adébáyọ̀ Oyèlọ́wọ̀", "PERSON"),
    ("Mark Hope", "PERSON"),
]
KNOWN = known_values(PEOPLE)


def found(text):
    return [text[s.start : s.end] for s in KNOWN.find(text)]


@pytest.mark.parametrize(
    ("text", "names"),
    [
        (
            "uThandeka; noThandeka; kuThandeka; ngoThandeka; kaMabuza",
            ["Thandeka", "Thandeka", "Thandeka", "Thandeka", "Mabuza"],
        ),
        ("uThandeka Mabuza uthi", ["Thandeka Mabuza"]),
        ("قلت لأحمد وبأحمد والمنصوري", ["أحمد", "أحمد", "المنصوري"]),
        ("አበበን ለአበበ እና ቢቂላ", ["አበበ", "አበበ", "ቢቂላ"]),
        ("handle thandeka.mabuza92 here", ["thandeka.mabuza92"]),
        ("Th4ndeka Mabuza", ["Th4ndeka Mabuza"]),
        ("saw Thand-\neka Mabuza", ["Thand-\neka Mabuza"]),
        ("> saw Thandeka Ma-\n> buza", ["Thandeka", "Ma-\n> buza"]),
        ("I am T h a n d e k a.", ["T h a n d e k a"]),
        ("Mr Rnabuza", ["Rnabuza"]),
        ("akinwande, or AKINWANDE", ["akinwande", "AKINWANDE"]),
        ("ADÉBÁYỌ̀ came", ["ADÉBÁYỌ̀"]),
        ("Oyèlọ́wọ̀", ["Oyèlọ́wọ̀"]),
    ],
)
def test_form_is_found_to_its_last_mark(text, names):
    assert found(text) == names


@pytest.mark.parametrize(
    "text",
    [
        "hope to mark it; a marked hopeful", "thandekas", "A B C D E F", "4471 and 74", "corner barn", "non-\nsense",
        "iPhone and eBay", "ابن أحمدي", "mark92",
    ],
)  # fmt: skip
def test_words_near_a_name_stay(text):
    assert found(text) == []
