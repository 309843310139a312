"""Names as address books of companies write them in the headers of quoted mail: last name first."""

import pytest

from tasks.pii.structure import find_by_place


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("From: \tParks, Joe  \nSent:\tFri", ["Parks, Joe"]),
        (
            "To:\tGros, Terry D.; Hall, Bob M;\nRub, Jenny\nCc: Webb, Jay\n",
            ["Gros, Terry D.", "Hall, Bob M", "Rub, Jenny"],
        ),
        ("> Cc: Webb, Jay; Nel, Riana [IT]\n", ["Webb, Jay", "Nel, Riana"]),
        ('"Walkup, David C" (DURBAN) wrote', ["Walkup, David C"]),
        ('To: "Zogheib, Lisa" <lisa@example.org>', ["Zogheib, Lisa"]),
    ],
)
def test_a_last_name_before_the_first_is_one_name(text, names):
    found = {text[s.start : s.end] for s in find_by_place(text, "en")}
    assert set(names) <= found


@pytest.mark.parametrize(
    "text", ["Address: Durban, Natal; Paris, France", "we say: To be, or not; to be", "Sizes: Small, Large;"]
)
def test_other_pairs_with_a_comma_stay(text):
    assert list(find_by_place(text, "en")) == []
