"""Phrases in text: what `Clues` does not name, `AnyOf` must not find."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tasks.lexica import AnyOf, Clues, fold

PHRASES = (
    "Sent from my",
    "n'est pas le destinataire",
    "Straße gesperrt",
    "Отправлено с",
    "ΣΟΦΟΣ",
    "أرسلت من",
    "原始邮件",
)


@pytest.mark.parametrize(
    "text",
    [
        "SENT\u00a0FROM\n> MY phone",
        "qui N\u2019EST pas\tle destinataire",
        "die STRASSE gesperrt",
        "die Stra\u1e9ee gesperrt",
        "ОТПРАВЛЕНО\u3000с телефона",
        "σοφος",
        "-- أرسلت من هاتفي",
        "---原始邮件---",
        "\ud800 sent from my phone",
    ],
)
def test_a_clue_needs_no_folding(text: str) -> None:
    assert Clues({"any": PHRASES}).within(text) == {"any"}


@pytest.mark.parametrize("text", ["", "sent from", "sentfrommy", "die Strase gesperrt", "n est pas le destinataire"])
def test_no_phrase_no_clue(text: str) -> None:
    assert Clues({"any": PHRASES}).within(text) == frozenset()
    assert not AnyOf(PHRASES).within(fold(text))


def test_every_letter_folds_as_it_does_in_a_phrase() -> None:
    folding = [chr(code) for code in range(0x110000) if chr(code).casefold() != chr(code)]
    cased = Clues({"any": [f"x{letter.casefold()}x" for letter in folding]})
    assert all(cased.within(f"x{letter}x") for letter in folding)


@given(
    st.text(alphabet="aßſKıİéﬁ'’ >\u00a0\n", max_size=6), st.text(alphabet="aAßẞSſkKıİiÉéﬁfI'’ >\u00a0\n", max_size=40)
)
def test_clues_never_say_too_little(phrase: str, text: str) -> None:
    if AnyOf([phrase]).within(fold(text)):
        assert Clues({"any": [phrase]}).within(text)


def test_any_of_names_what_it_finds_once() -> None:
    phrases = AnyOf(["Unsubscribe", "to unsubscribe", "UNSUBSCRIBE", "view in browser"])
    assert sorted(phrases.found("to unsubscribe, or view in browser")) == [
        "to unsubscribe",
        "unsubscribe",
        "view in browser",
    ]
    assert phrases.count("to unsubscribe, or view in browser") == 2
    assert AnyOf([]).found("anything") == []
