"""correct-ocr leaves what a document means as it stands: brands, abbreviations, terms, slang, old spellings."""

from __future__ import annotations

import pytest

from tasks.correct import channel
from tasks.correct.condition import condition_of
from tasks.correct.context import model
from tasks.correct.lexicon import lexicon
from tasks.correct.noisy_channel import like
from tasks.correct.ocr_text import CorrectOcrParams, correct
from tasks.correct.spelling import consonants
from tasks.correct.tokens import runs

PARAMS = CorrectOcrParams()
RECEIPT = """TAX INVOICE
MYNEWS RETAIL
2L CLOVER FF MILK        34.99
TASTIC RICE 2KG          39.99
SUBTOTAL                 74.98
RND ADJ                  -0.08
TTL ATF RND              74.90
PAYMENT {paid}
CARD VISA RRN 402218338110
CHANGE (NGN)              5.10
"""


@pytest.mark.parametrize(
    "text",
    [
        RECEIPT.format(paid="80.00"),
        "The PayFast, SnapScan, PalmPay, CashSend, InstantMoney, JazzCash and MyNews machines work.",
        "const userName = getUser(ctx) and then savedModel opens the ResourcePool again.",
        "The veld behind the kraal is closed and snakes were seen near the donga and the old windpump.",
        "Print the lineno, the hostname and the errno; then call fclose and strlen.",
    ],
    ids=["receipt", "brands", "identifiers", "compound", "functions"],
)
def test_brands_abbreviations_and_identifiers_stay(text):
    assert correct(text, "en", PARAMS).text == text


OLD = (
    "Shee would provide them a good breakefast, and he marched about and threatned him, nor never entred into the "
    "churche, and insteed of greace hee tooke a greate fatte henne. Thou shal haue asmuch as he himselfe did keepe, "
    "quoth the olde souldier that vvoulde goe againe, and the two coniurers wished that they had beene awaye."
)


@pytest.mark.parametrize(
    "word", ["breakefast", "threatned", "entred", "insteed", "shal", "coniurers", "himselfe", "vvoulde"]
)
def test_an_old_document_keeps_its_spelling(word):
    assert word in correct(OLD, "en", PARAMS).text


@pytest.mark.parametrize(("one", "other"), [("entred", "entered"), ("insteed", "instead"), ("shal", "shall")])
def test_old_spellings_agree_in_their_consonants(one, other):
    assert consonants(one) == consonants(other)
    assert consonants("aud") != consonants("and")


SLANG = (
    "hey bruv wyd tmrw? cant come gt work lol k thx bye. pls lmk wen u get dis, ya dis fing iz getn outa hand fr fr. "
    "u gon b der or nah? ur mom sed no tho haha. idk rly, mayb sunday? btw jst bcz he sed so dnt mean its tru."
)


def test_words_that_nothing_mends_are_the_documents_own():
    english, grams = lexicon("en"), model("en")
    found = list(runs(SLANG))
    before = condition_of(found, english, grams)
    after = condition_of(found, english, grams, mended=frozenset({"getn"}))
    assert before.jargon == 0.0
    assert after.jargon > 1.0
    assert after.noise < before.noise
    mended = frozenset(run.text for run in found)
    assert condition_of(found, english, grams, mended).jargon == 0.0


def test_a_string_that_stands_there_often_is_the_documents_own():
    text = "The cscope tool is used to browse code. " + "Run cscope and let cscope build the cscope index. " * 4
    assert correct(text, "en", PARAMS).text == text


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("He said that all shaU be weU with them.", "He said that all shall be well with them."),
        ("The goods were clamaged in transit.", "The goods were damaged in transit."),
        ("There is nothmg to be done about it.", "There is nothing to be done about it."),
        ("Please follovv this and wait for an ansvver.", "Please follow this and wait for an answer."),
        ("He was kdled by the train that night.", "He was killed by the train that night."),
        ("Please return the Ietter to our office.", "Please return the letter to our office."),
    ],
)
def test_what_other_engines_make_of_letters_is_mended(text, expected):
    assert correct(text, "en", PARAMS).text == expected


def test_the_classic_confusions_do_not_replace_learned_ones():
    learned, table = channel.learned(), channel.roman()
    assert all(table[one] == log for one, log in learned.items())
    assert ("cl", "d") in table


@pytest.mark.parametrize(
    ("pattern", "word", "expected"),
    [
        ("Ietter", "letter", "letter"),
        ("Thls", "this", "This"),
        ("IETTER", "letter", "LETTER"),
        ("Ilalf", "half", "Half"),
    ],
)
def test_a_capital_i_for_an_l_is_no_capital(pattern, word, expected):
    assert like(pattern, word) == expected
