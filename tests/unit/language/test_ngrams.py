"""The n-gram machinery: windows, hashes, scripts, pieces, the adapters' contract."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tasks.language.combine import log_softmax
from tasks.language.detectors import Cld2Detector, LangdetectDetector, LangidDetector, NgramDetector
from tasks.language.hashing import EDGE, LONGEST_WORD, SHORTEST, WORD, features, ngrams, words
from tasks.language.letters import letters
from tasks.language.ngram_model import prepared
from tasks.language.segments import segments
from tasks.language.tags import ALIASES, CLD2_UNKNOWN, COLUMN, KIN, LANGID_KNOWS, LANGUAGES, column_of
from tasks.language.visible import NOT_LANGUAGE, SUSPECT, visible


def windows(text, order):
    code, _ = prepared(letters([text]))
    gram = next(g for g in ngrams(code, order) if g.order == order)
    show = lambda c: " " if c == EDGE else chr(c)  # noqa: E731
    return ["".join(show(c) for c in code[last - order + 1 : last + 1]) for last in gram.last]


def test_ngrams_touch_word_edges_but_do_not_cross_them():
    assert windows("ab, cd", 3) == [" ab", "ab ", " cd", "cd "]


def test_equal_ngrams_have_equal_hashes_wherever_they_stand():
    code, owner = prepared(letters(["kodi ya", "ya kodi"]))
    last = {gram.order: gram for gram in ngrams(code, 4)}[4]
    first, second = (sorted(last.hashed[owner[last.last] == row].tolist()) for row in (0, 1))
    assert set(first) & set(second)


def whole_words(*texts):
    code, owner = prepared(letters(texts))
    found = words(code)
    return list(zip(owner[found.last].tolist(), found.hashed.tolist(), strict=True))


def test_whole_words_are_the_same_wherever_they_stand_and_short_and_endless_ones_are_none():
    first, second = whole_words("sawubona, mngane wami", "Mngane! sawubona")[:2], whole_words("Mngane! sawubona")
    assert {hashed for _, hashed in first} == {hashed for _, hashed in second}
    assert whole_words("yami imal", "x" * (LONGEST_WORD + 1), "") == []
    assert len({hashed for _, hashed in whole_words("bhala bhale bhalo", "babho bhala")}) == 4


def test_whole_words_belong_to_their_text():
    assert [owner for owner, _ in whole_words("molo ndicela uncedo", "12", "enkosi kakhulu")] == [0, 0, 2, 2]


@given(st.lists(st.text(alphabet="abcé \u0301-", max_size=40), max_size=4))
def test_features_are_ngrams_from_the_shortest_on_and_words_of_the_text(texts):
    code, _ = prepared(letters(texts))
    grams = list(features(code, 6))
    assert [gram.order for gram in grams] == [*range(SHORTEST, 7), WORD]
    sizes = [len(word) for word in "".join(" " if c == EDGE else chr(c) for c in code).split()]
    assert len(grams[-1].last) == sum(5 <= size <= LONGEST_WORD for size in sizes)


def test_vowel_signs_of_indic_scripts_leave_a_word_whole():
    assert windows("हिन्दी", 8) == [" हिन्दी "]


@given(st.lists(st.text(max_size=30), max_size=5))
def test_every_ngram_belongs_to_a_text(texts):
    code, owner = prepared(letters(texts))
    for gram in ngrams(code, 3):
        assert (owner[gram.last] < len(texts)).all()
        assert gram.order == 1 or (code[gram.last - 1] > 0).all()


def test_marks_without_composed_form_leave_a_word_whole():
    assert windows("ẹ́ni", 3) == windows("ẹni", 3)


@given(st.text(max_size=600))
def test_segments_lose_no_word(text):
    assert " ".join(segments(text)).split() == text.split()


def test_tables_of_tags_agree():
    assert len(set(LANGUAGES)) == len(LANGUAGES)
    for tag in (*KIN, *KIN.values(), *CLD2_UNKNOWN, *LANGID_KNOWS, *ALIASES.values()):
        assert tag in COLUMN
    assert column_of("TW") == COLUMN["ak"]
    assert column_of("xx-Qaai") is None


@pytest.mark.parametrize(
    "text",
    [
        "see https://a.example/x?y=1",
        "mail a.b@c.example now",
        "id 4f3a9b2c1d8e7f60aa",
        "path /usr/lib/x.so here",
        "use my_var_name",
    ],
)
def test_visible_keeps_words_only(text):
    kept = visible(f"{text} because of that").split()
    assert set(kept) <= {"see", "mail", "now", "id", "path", "here", "use", "because", "of", "that"}


@pytest.mark.parametrize("detector", [NgramDetector, Cld2Detector, LangidDetector, LangdetectDetector])
def test_detectors_keep_their_contract(detector):
    texts = ["Bonjour tout le monde, comment allez-vous ?", "", "\x00\x01", "12 34", "habari gani rafiki yangu"]
    found = detector().evidence(texts)
    assert found.score.shape == (5, len(LANGUAGES))
    assert found.amount.shape == (5,)
    assert LANGUAGES[int(np.nanargmax(found.score[0]))] == "fr"


def test_log_softmax_leaves_the_unknown_unknown():
    row = log_softmax(np.array([[1.0, np.nan, 1.0]]))
    assert row[0, 0] == pytest.approx(np.log(0.5))
    assert np.isnan(row[0, 1])


ODD = st.text(alphabet="abcdefxyzABCF019+/=_-@#<>&;:.\\ \n\u0663é", max_size=60)


@given(
    st.one_of(ODD, st.lists(st.sampled_from(["www.", "a@b", "deadbeef", "x" * 24, "-" * 24, "ok", " "])).map("".join))
)
def test_what_is_no_language_never_passes_for_unsuspicious(text):
    assert SUSPECT.search(text) or not NOT_LANGUAGE.search(text)


def test_trigrams_of_long_texts_are_counted_but_not_looked_up():
    found = NgramDetector().model.score(letters(["thandiwe " * 4, "thandiwe " * 40]), 2)
    assert found[1].tolist() == [4 * (8 + 7 + 6 + 5 + 1), 40 * (8 + 7 + 6 + 5 + 1)]
    assert found[0][1].max() < 10 * found[0][0].max()


@pytest.mark.parametrize(
    "text", ["REF: ZX81-QWE-99 / TRK 00984", "MTN LTE 4G SIM", "SKU-AB-99 / XK-771 / QTY 4", "PO 8812"]
)
def test_codes_in_capitals_are_no_language(text):
    assert visible(text) == ""


@pytest.mark.parametrize("text", ["HELP ME", "WHERE IS MY ORDER 66", "Oda 66 iko wapi", "ORDER 4 NAIROBI", "Ọjọ 4"])
def test_words_beside_numbers_are_language(text):
    assert visible(text).strip()
