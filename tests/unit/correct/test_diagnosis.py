"""What ails a document: misread pages are told from sound ones and from old or foreign spelling."""

from __future__ import annotations

from collections import Counter

import pytest

from tasks.correct import channel
from tasks.correct.diagnosis import Ailment, ailment, is_spelling
from tasks.correct.lexicon import lexicon
from tasks.correct.ocr_text import CorrectOcrParams, correct
from tasks.correct.spelling import is_respelled
from tasks.correct.tokens import runs

SOUND = (
    "Der Knabe ging mit seinem Vater durch den dunklen Wald, und alles war so still, dass sie nur ihre eigenen "
    "Schritte hörten. Da kam ein alter Mann des Weges, der trug einen schweren Sack auf der Schulter und seufzte."
)
MISREAD = (
    "Der Rnabe ging mit fcinem Bater burd ben bunflen Walb, unbd alles mwar fo ftill, bdaß fie nur ihre eigenen "
    "Scdhritte hörten. Da fam ein alter Mann bdes Weges, ber trug einen fdweren Sack auf ber Scdhulter unbd feufgte. "
    "Bon bder Stabt, antwortete jener, unbd ich mwill nach Haufe. Sie halfen idhm unbd gingen fpät in bdas Dorf, wo "
    "bdie Leute fchon fcdliefen."
)
LATIN = (
    "Noverint universi quod nos dicto monasterio concessimus sexaginta sextariis frumenti annui redditus in perpetuum, "
    "et volumus quod eadem abbatia gaudeat omnibus privilegiis hactenus usitatis sine impedimento quocumque."
)
OLD = (
    "He dyde whan the kynge rode wyth hym, and thanne he made grete sorowe bycause theyr frendes were goone ferre "
    "awaye."
)


def words(text):
    return Counter(run.text for run in runs(text))


@pytest.mark.parametrize(
    ("text", "lang", "ails"),
    [
        (SOUND, "de", Ailment.NONE),
        (MISREAD, "de", Ailment.MISREAD),
        (LATIN * 2, "fr", Ailment.UNFAMILIAR),
        (OLD * 2, "en", Ailment.UNFAMILIAR),
        ("xqz wvut", "en", Ailment.NONE),
        ("", "en", Ailment.NONE),
    ],
)
def test_what_ails_a_document(text, lang, ails):
    assert ailment(words(text), lexicon(lang)) is ails


def test_a_misread_page_is_corrected_and_a_sound_one_left():
    mended = correct(MISREAD, "de", CorrectOcrParams()).text
    for piece in ("seinem", "und alles", "so still", "des Weges", "schweren", "und gingen spät in das Dorf"):
        assert piece in mended
    assert correct(SOUND, "de", CorrectOcrParams()).text == SOUND


@pytest.mark.parametrize(("word", "old"), [("kyng", True), ("himselfe", True), ("mwar", False), ("tbe", False)])
def test_old_spellings_of_common_words(word, old):
    assert is_spelling(word, lexicon("en")) is old


@pytest.mark.parametrize(
    ("confusion", "respelled"),
    [(("i", "j"), True), (("f", "z"), True), (("wv", "w"), False), (("u", ""), False), (("f", "s"), False)],
)
def test_modernizing_is_no_correction(confusion, respelled):
    assert is_respelled(confusion) is respelled


def test_a_habit_needs_several_strings_and_a_share():
    seen = Counter({("f", "s"): 4, ("t", "l"): 4, ("a", "o"): 2})
    both = frozenset({("f", "s"), ("t", "l"), ("a", "o")})
    own = channel.adapted({}, seen, lambda letter: 300 if letter == "l" else 6, both)
    assert own.habits == {("f", "s")}
    assert channel.adapted({}, seen, lambda _: 6, frozenset()).habits == frozenset()


def test_blackletter_adds_to_the_table_and_takes_nothing_away():
    roman, both = channel.learned(), channel.with_blackletter()
    assert all(both[one] >= log for one, log in roman.items())
    assert ("f", "k") in both
    assert len(both) > len(roman)
    assert all(log < 0 for log in both.values())


def test_halves_and_elisions_are_marked():
    text = "by a epe- ciol train, ’tis well-known"
    found = {run.text: (run.is_part, run.elided) for run in runs(text)}
    assert found["epe"] == found["ciol"] == (True, False)
    assert found["tis"] == (False, True)
    assert found["well"] == found["known"] == (False, False)
