"""Words by their neighbours: what is meant where, and what is left."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tasks.correct.context import END, NUMBER, START, Neighbours, model
from tasks.correct.ocr_text import CorrectOcrParams, correct
from tasks.correct.tokens import runs

PARAMS = CorrectOcrParams()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("They arrived at the fame time as before.", "They arrived at the same time as before."),
        ("Search was made for the girl, hut it was found that she had gone.", "girl, but it was found"),
        ("The jury found tbe prisoner guilty of murder.", "found the prisoner guilty"),
        ("He was a man of great fame and wealth.", "of great fame and wealth"),
        ("The hut stood at the end of the lane.", "The hut stood"),
        ("We bought a new hub for the wheel.", "a new hub for the wheel"),
    ],
)
def test_words_that_are_wrong_where_they_stand(text, expected):
    assert expected in correct(text, "en", PARAMS).text


def test_old_spelling_is_left_in_an_old_text():
    old = (
        "And when hee had done so, the olde man tooke his booke and beganne to reade, and bee bade him goe unto his "
        "owne house and doe no more, for hee had beene there inough."
    )
    assert correct(old, "en", PARAMS).text == old


def around(text, word):
    return Neighbours.of(text).around(text.index(word), word)


@pytest.mark.parametrize(
    ("text", "word", "before", "behind"),
    [
        ("One two three four five.", "three", ("two", "one"), ("four", "five")),
        ("Begin here. Then go", "Then", (START,), ("go", END)),
        ("He met Mr. Smith today", "Smith", ("mr", "met"), ("today", END)),
        ("paid 20 pounds", "pounds", (NUMBER, "paid"), (END,)),
        ("one para\n\nnext", "next", (START,), (END,)),
        ("the prisoner’s hat", "hat", ("prisoner's", "the"), (END,)),
        ("alone", "alone", (START,), (END,)),
    ],
)
def test_neighbours_end_with_the_sentence(text, word, before, behind):
    found = around(text, word)
    assert (found.before, found.behind) == (before, behind)


def test_a_piece_of_a_word_has_no_neighbours():
    assert Neighbours.of("the prisoner's hat").around(4, "prisoner") is None


@given(st.text("ab .!?'\n1É-", max_size=40))
def test_every_run_finds_its_place_or_none(text):
    neighbours = Neighbours.of(text)
    for run in runs(text):
        found = neighbours.around(run.start, run.text)
        assert found is None or (1 <= len(found.before) <= 2 and 1 <= len(found.behind) <= 2)


def test_the_model_prefers_the_pairs_of_the_language():
    english = model("en")
    assert english is model("en")
    here = around("at the same time", "same")
    assert english.gain("same", here) > 1
    assert english.gain("fame", here) < 0
    assert "xqzv" not in english
    assert model("fr") is None
