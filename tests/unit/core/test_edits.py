import pytest
from hypothesis import given
from hypothesis import strategies as st

from tasks.edits import Edit, apply, cut, difference, replay

TEXT = st.text(st.characters(codec="utf-8"), max_size=40)


@st.composite
def edited_texts(draw):
    """A text, and edits that are in order and don't overlap."""
    text = draw(TEXT)
    places = sorted(draw(st.lists(st.integers(0, len(text)), max_size=8)))
    pairs = list(zip(places[::2], places[1::2], strict=False))
    edits = [Edit(a, b, draw(TEXT), "r") for a, b in pairs]
    return text, edits


@given(edited_texts(), st.randoms())
def test_replay_does_not_depend_on_the_order_of_the_edits(drawn, random):
    text, edits = drawn
    shuffled = edits[:]
    random.shuffle(shuffled)
    assert replay(text, shuffled) == replay(text, edits) == apply(text, shuffled).text


@given(edited_texts())
def test_replay_keeps_what_no_edit_touches(drawn):
    text, edits = drawn
    removed = sum(edit.end - edit.start for edit in edits)
    inserted = sum(len(edit.insert) for edit in edits)
    assert len(replay(text, edits)) == len(text) - removed + inserted
    assert replay(text, ()) == text


@given(TEXT, TEXT)
def test_the_difference_of_two_texts_replays(before, after):
    edits = difference(before, after, "rule")
    assert replay(before, edits) == after
    assert bool(edits) == (before != after)


@given(TEXT, TEXT)
def test_the_difference_leaves_common_ends_alone(before, after):
    for edit in difference(before, after, "rule"):
        removed, inserted = before[edit.start : edit.end], edit.insert
        assert not (removed and inserted and (removed[0] == inserted[0] or removed[-1] == inserted[-1]))


@pytest.mark.parametrize(
    ("text", "edits", "expected"),
    [
        ("abc", [Edit(1, 2, "", "r")], "ac"),
        ("abc", [cut(0, 3, "r")], ""),
        ("abc", [Edit(3, 3, "d", "r"), Edit(0, 0, "_", "r")], "_abcd"),
        ("abc", [Edit(1, 1, "x", "r"), Edit(1, 2, "y", "r")], "axyc"),
        ("a\U0001f600b", [Edit(2, 3, "", "r")], "a\U0001f600"),  # code points, not UTF-16 units
        ("", [], ""),
    ],
)
def test_replay(text, edits, expected):
    assert replay(text, edits) == expected


@pytest.mark.parametrize(
    ("text", "edits"),
    [("abc", [Edit(0, 2, "", "r"), Edit(1, 3, "", "r")]), ("abc", [Edit(2, 4, "", "r")]), ("", [Edit(0, 1, "", "r")])],
)
def test_replay_refuses_overlap_and_edits_outside(text, edits):
    with pytest.raises(ValueError, match="overlaps another or leaves the text"):
        replay(text, edits)


@pytest.mark.parametrize(("start", "end"), [(2, 1), (-1, 0)])
def test_an_edit_out_of_order_is_refused(start, end):
    with pytest.raises(ValueError, match="out of order"):
        Edit(start, end, "", "r")
