"""Torn words, letters alone and capitals within words."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tasks.correct.context import model
from tasks.correct.hyphens import dashed
from tasks.correct.lexicon import lexicon
from tasks.correct.pieces import Pieces
from tasks.edits import replay

NOISY = (
    "Tbe womau was brougbt befote the rnagistrate by coustable Smith, aud the prisouer was seut bacl to the "
    "statiou witb a heavv bruisc. "
)


def mended(text):
    return replay(text, Pieces(text, lexicon("en"), model("en")).edits())


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("and t he prisoner was charged", "and the prisoner was charged"),
        ("it was alto. gether a new case", "it was altogether a new case"),
        ("where the ma n began to run", "where the man began to run"),
        (NOISY + "It was q proved that he had gone.", NOISY + "It was proved that he had gone."),
        (NOISY + "the lAbour of the men", NOISY + "the labour of the men"),
        ("To whom it may concern. | have known her for years.", "To whom it may concern. I have known her for years."),
        ("She said “| am tired” and\n| have to go.", "She said “I am tired” and\nI have to go."),
        ("That is why l have not seen it.", "That is why I have not seen it."),
    ],
)
def test_mended(text, expected):
    assert mended(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "some one came in to the house, and any where you look for a new one",
        "He was in. the house stood empty",
        "a line was drawn from point b to the edge of the page",
        "It cost five shillings and 6 d a piece",
        "I saw a man",
        "Mr. J Smith and Mrs. B Jones came in",
        "Plan b is ready and vitamin c is cheap",
        "my iPhone and his eBay account",
        NOISY + "a man and I saw the end",
        "quick and pierc ing lights",
        "| have | been | paid |",
        "Add 2 l of milk and 1 l of water",
        "the line k | of the drawing",
        "",
    ],
)
def test_left(text):
    assert mended(text) == text


@given(st.text("ab thezMn. ", max_size=60))
def test_joining_takes_only_blanks_and_points_away(text):
    bare = str.maketrans("", "", " .")
    found = list(Pieces(text, lexicon("en"), model("en")).edits())
    assert all(edit.rule in {"join", "letter", "case"} for edit in found)
    joined = [edit for edit in found if edit.rule != "letter"]
    assert replay(text, joined).translate(bare).lower() == text.translate(bare).lower()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a charac—\nter of note", "a character of note"),
        ("the circum~\nstances were", "the circumstances were"),
        ("he said so—\nme too", "he said so—\nme too"),
        ("the night—\nand the day", "the night—\nand the day"),
        ("to Charles—\nWilliam", "to Charles—\nWilliam"),
    ],
)
def test_dashes_that_were_hyphens(text, expected):
    assert replay(text, dashed(text, lexicon("en").share)) == expected
