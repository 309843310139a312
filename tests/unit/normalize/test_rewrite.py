"""Passes of edits are kept as edits against the text that came in."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tasks.edits import Edit, replay
from tasks.normalize.rewrite import Rewrite


@st.composite
def passes(draw):
    text = draw(st.text(alphabet="abc", max_size=12))
    rewrite, current, drawn = Rewrite(text), text, []
    for _ in range(draw(st.integers(0, 4))):
        cuts = sorted(draw(st.lists(st.integers(0, len(current)), max_size=6)))
        edits = [
            Edit(a, b, draw(st.text(alphabet="xyz", max_size=3)), "r")
            for a, b in zip(cuts[::2], cuts[1::2], strict=False)
        ]
        edits = [e for i, e in enumerate(edits) if i == 0 or e.start > edits[i - 1].end]
        drawn.append(edits)
        rewrite.apply(edits)
        current = replay(current, edits)
    return text, rewrite, current


@given(passes())
def test_edits_against_the_original_give_the_last_text(case):
    text, rewrite, current = case
    done = rewrite.edited()
    assert done.text == current
    assert replay(text, done.edits) == current


def test_merges_what_one_pass_put_where_the_next_one_cuts():
    rewrite = Rewrite("one two")
    rewrite.apply([Edit(0, 3, "ONE", "upper")])
    rewrite.apply([Edit(2, 5, "-", "join")])
    assert rewrite.text == "ON-wo"
    assert [edit.rule for edit in rewrite.edited().edits] == ["upper", "upper+join"]


def test_an_edit_that_changes_nothing_is_none():
    rewrite = Rewrite("same")
    assert not rewrite.apply([Edit(0, 4, "same", "noop")])
    assert rewrite.edited().edits == ()


def test_overlap_is_refused():
    with pytest.raises(ValueError, match="overlaps"):
        Rewrite("abcdef").apply([Edit(0, 3, "x", "a"), Edit(2, 4, "y", "b")])
