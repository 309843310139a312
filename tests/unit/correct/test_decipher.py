"""Misread documents are deciphered: by what they are misread by, in the spelling that they have."""

from __future__ import annotations

import math
from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tasks.correct import orthography
from tasks.correct.decipher import as_read, deciphered, in_case, strings
from tasks.correct.lexicon import lexicon
from tasks.correct.misreadings import NEVER, Misreadings, confusions
from tasks.correct.vocabulary import Vocabulary
from tasks.edits import replay

DUTCH = (
    "Doen quam de Schipper naer de haven ende vraeghde oft het schip gereet was om te varen. De knecht seyde dat het "
    "water noch te laegh stont, ende dat sy tot den avont moesten wachten. Daer waren twee vrouwen die haer kinderen "
    "mede brachten, ende een oudt man met een langhen baert. Sy hadden al haer goet op eenen wagen geladen, want in "
    "de stadt was de sieckte uytgebroken ende niemant wilde daer langer blijven. De wint quam uyt het zuyden, en het "
    "was een schoone dagh. De schipper nam het gelt aen ende gaf elck een plaets op het schip. "
)
MARGIN = 1.2


def misread(text: str) -> str:
    """Return the text as a model of Roman type reads blackletter."""
    for stood, seen in (("d", "b"), ("h", "R"), ("s", "f"), ("v", "b"), ("w", "tu")):
        text = text.replace(stood, seen)
    return text


def mended(text: str, lang: str = "nl") -> str:
    words = lexicon(lang)
    assert words
    return replay(text, deciphered(text, words, MARGIN))


def distance(one: str, other: str) -> int:
    from rapidfuzz.distance import Levenshtein

    return Levenshtein.distance(one, other)


def test_a_misread_page_comes_out_in_its_own_spelling():
    seen = misread(DUTCH)
    got = mended(seen)
    assert distance(got, DUTCH) < 0.5 * distance(seen, DUTCH)
    for word in ("naer", "ende", "schip", "hadden", "het", "blijven."):
        assert word in got.split()
    assert "naar" not in got


def test_what_is_read_right_stays():
    assert distance(mended(DUTCH), DUTCH) < 0.02 * len(DUTCH)


@settings(max_examples=25, deadline=None)
@given(
    st.lists(
        st.sampled_from(["12", "a1b2", "3u", "x@y.nl", "www.a.nl", "http://a.b", "1o", "be", "ban", "Ret", "enbe"]),
        max_size=30,
    )
)
def test_no_chunk_with_a_digit_or_an_address_is_touched(chunks):
    before = " ".join(chunks)
    after = mended(before).split(" ")
    kept = [index for index, chunk in enumerate(chunks) if any(c.isdigit() or c in "@:." for c in chunk)]
    assert [after[index] for index in kept] == [chunks[index] for index in kept]


def test_the_spelling_is_that_of_the_legible_words():
    words = lexicon("nl")
    assert words
    listed = words.above(-6.5)
    counts = Counter(found.text for found in strings(DUTCH))
    old = orthography.respelt(listed, orthography.shares(counts, listed, "nl"))
    modern = Counter(["de", "man", "gaat", "naar", "het", "huis", "van", "zijn", "vader"])
    today = orthography.shares(modern, listed, "nl")
    assert old["straet"] > -6
    assert old["tijt"] > -6
    assert max(today.values()) < orthography.BELIEVED


def test_reforms_are_undone_everywhere_and_at_one_place():
    (reform,) = [one for one in orthography.reforms("nl") if one.today.pattern == "aa"]
    assert reform.undone("staataal") == {"staetaal", "staatael", "staetael"}
    assert reform.undone("boek") == set()


@given(st.text("abcdef", max_size=12), st.text("abcdef", max_size=12))
def test_steps_make_up_both_strings(read, word):
    channel = Misreadings({("ab", "c"): 0.2, ("d", "b"): 0.3})
    steps = channel.steps(read, word)
    assert "".join(seen for seen, _ in steps) == read
    assert "".join(stood for _, stood in steps) == word
    assert channel.weighed(read, word) <= 0


ODD = st.text(st.sampled_from("abdefnrsRBﬁßſìœıİǅ©&|{'’-– \n"), max_size=60)


@settings(max_examples=40, deadline=None)
@given(st.lists(ODD | st.sampled_from(["enbe", "ban", "gRebaen", "bet"]), max_size=40), st.integers(1, 300))
def test_whatever_stands_there_comes_out(pieces, length):
    text = " ".join([*pieces, "fb" * length])
    assert isinstance(mended(text), str)


def test_a_listed_confusion_weighs_less_than_an_unlisted_one():
    channel = Misreadings({("b", "d"): 0.3})
    assert channel.weighed("ber", "der") > channel.weighed("bex", "ber")
    assert channel.weighed("ber", "xyz", needed=-2.0) == NEVER


def test_habits_are_undone_at_any_places():
    channel = Misreadings({("f", "s"): 0.5, ("b", "d"): 0.001}, frozenset({("f", "s")}))
    assert {word for word, _ in channel.undone("fafb")} == {"safb", "fasb", "sasb"}
    assert all(math.isfinite(log) for _, log in channel.undone("fafb"))


@pytest.mark.parametrize(
    ("steps", "found"),
    [
        ([("b", "d"), ("e", "e")], [("b", "d")]),
        ([("b", ""), ("d", "d"), ("e", "e")], [("bd", "d")]),
        ([("i", "i"), ("", "c"), ("h", "h")], [("h", "ch"), ("i", "ic")]),
        ([("r", "m"), ("n", "")], [("rn", "m")]),
        ([("a", "a")], []),
    ],
)
def test_confusions_of_one_word(steps, found):
    assert confusions(steps) == found


@pytest.mark.parametrize(
    ("read", "word", "first", "insert"),
    [
        ("gReg", "hier", ("g", "h"), "hier"),
        ("BER", "der", ("b", "d"), "DER"),
        ("Ber", "der", ("B", "d"), "Der"),
        ("©er", "der", ("©", "d"), "Der"),
        ("Ret", "het", ("R", "h"), "het"),
        ("Rijk", "rijk", ("r", "r"), "Rijk"),
    ],
)
def test_the_case_is_that_of_the_page(read, word, first, insert):
    assert in_case(read, word, first, within={"R"}) == insert


def test_all_capitals_are_read_as_small_letters():
    assert (as_read("gRefegt"), as_read("Baer"), as_read("BAER")) == ("gRefegt", "Baer", "baer")


def test_halves_of_words_and_what_stands_beside_digits_are_left():
    assert [one.text for one in strings("ge- varen 3u «Der (alte) be- eit ©enetael")] == ["Der", "alte", "©enetael"]


def test_near_words_come_the_likeliest_first():
    words = Vocabulary.of({"der": -1.5, "den": -2.0, "dorf": -4.0})
    assert words.near_all({"ber": {"ber"}})["ber"] == ["der"]
    assert words.near_all({"x": {"dorn"}, "y": {"dex", "den"}}) == {"x": ["der", "den", "dorf"], "y": ["den", "der"]}
