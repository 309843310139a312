"""Measures against plain Python, with near misses."""

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from expectations import measures as m
from expectations.schema import CURATED
from expectations.suites import RunFacts


def _table(*rows):
    return pa.Table.from_pylist(list(rows), schema=CURATED)


def _one(measure, **columns):
    (value,) = measure(_table(columns)).to_pylist()
    return value


def _turns(*contents, role="user"):
    return [{"role": role, "content": content} for content in contents]


MAIL = [
    ("write to joe.bloggs@shop.co.za today", 1),
    ("two: a@b.ke, c_d+tag@mail.example-shop.com.ng.", 2),
    ("ünal@büro.de and наташа@почта.рф", 2),
    ("x@sub.example.com.evil.org", 1),
    ("x@example.company.za", 1),
    ("<EMAIL_ADDRESS_k7f3a9m2q4xz> wrote", 0),
    ("<PERSON_k7f3a9m2q4xz>@reset", 0),
    ("surrogates: sipho@example.com, a@mail.shop.example. And c@x.invalid", 0),
    ("Surrogate@EXAMPLE.ORG", 0),
    ("two at 3 @ 4.50 each, @handle, a@b, 12@5", 0),
    ("", 0),
    (None, 0),
]


@pytest.mark.parametrize(("text", "expected"), MAIL)
def test_mail_addresses_are_counted_in_the_text(text, expected):
    assert _one(m.mail_addresses, text=text, messages=[]) == expected


@pytest.mark.parametrize(("text", "expected"), MAIL)
def test_mail_addresses_are_counted_in_turns(text, expected):
    assert _one(m.mail_addresses, text="clean", messages=_turns("before", text, None)) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("<|im_start|>system", 1),
        ("a [INST] b [/INST] <<SYS>>", 3),
        ("<|eot_id|><|start_header_id|>", 2),
        ("a <| b |> c, [INSTALL], <PERSON_abc>, |im_start|", 0),
    ],
)
def test_template_tokens(text, expected):
    assert _one(m.template_tokens, text=text, messages=None) == expected


@pytest.mark.parametrize(
    ("text", "expected"), [("", 0), (" \u200b\u00a0…!", 0), ("é", 1), ("ሰላም 7", 4), ("👍", 0), (None, None)]
)
def test_text_words(text, expected):
    assert _one(m.text_words, text=text) == expected


@pytest.mark.parametrize(("text", "expected"), [("", 0.0), ("abcd", 0.0), ("\ufffdbcd", 0.25), (None, None)])
def test_replacement_share(text, expected):
    assert _one(m.replacement_share, text=text) == expected


@pytest.mark.parametrize(
    ("messages", "unknown", "blank", "last"),
    [
        (None, 0, 0, None),
        ([], 0, 0, None),
        (_turns("hi"), 0, 0, "user"),
        (_turns("hi", role="agent"), 1, 0, "unknown"),
        (_turns("hi", role=None), 1, 0, "unknown"),
        ([*_turns("hi"), *_turns("  \n", None, role="system")], 0, 2, "system"),
    ],
)
def test_turns(messages, unknown, blank, last):
    row = {"messages": messages, "n_turns": 2, "text": ""}
    assert _one(m.turns_of_unknown_role, **row) == unknown
    assert _one(m.turns_blank, **row) == blank
    assert _one(m.last_role, **row) == last
    assert _one(m.turns_uncounted, **row) == (None if messages is None else 2 - len(messages))


MESSAGES = st.none() | st.lists(
    st.fixed_dictionaries({"role": st.sampled_from([*m.ROLES, "agent"]), "content": st.just("Hello.")}),
    max_size=4,
)


@given(st.lists(MESSAGES, max_size=6), st.integers(0, 6), st.integers(0, 6))
def test_turns_of_any_slice_add_up_as_in_plain_python(rows, start, length):
    table = _table(*({"messages": messages, "n_turns": 0, "text": "x"} for messages in rows)).slice(start, length)
    given_rows = [messages or [] for messages in rows[start : start + length]]
    unknown = [sum(turn["role"] not in m.ROLES for turn in messages) for messages in given_rows]
    last = [messages[-1]["role"] if messages else None for messages in given_rows]
    assert m.turns_of_unknown_role(table).to_pylist() == unknown
    assert m.last_role(table).to_pylist() == [role if role != "agent" else "unknown" for role in last]


@given(st.text())
def test_lengths_are_code_points(text):
    assert _one(m.chars_uncounted, text=text, n_chars=len(text)) == 0


def test_versions_spanned_is_null_for_a_current_row():
    assert _one(m.versions_spanned, valid_from=3, valid_to=None) is None
    assert _one(m.versions_spanned, valid_from=3, valid_to=3) == 0


EMPTY, TWO = _table(), _table({"lang": "und", "split": "train"}, {"lang": "zu", "split": "test"})


@pytest.mark.parametrize(
    ("measured", "expected"),
    [
        (m.examples(TWO, RunFacts(kept={"train": 5}, failing=1)), 6),
        (m.failing_share(TWO, RunFacts(failing=1), sample=2), 0.5),
        (m.failing_share(TWO, RunFacts(failing=1), sample=3), None),
        (m.failing_share(EMPTY, RunFacts(), sample=0), None),
        (m.quarantined_share(TWO, RunFacts(read=4, quarantined=1), sample=4), 0.25),
        (m.quarantined_share(TWO, RunFacts(read=3, quarantined=3), sample=4), None),
        (m.quarantined_share(TWO, RunFacts(), sample=1), None),
        (m.undetermined_share(TWO, RunFacts(), sample=2), 0.5),
        (m.undetermined_share(EMPTY, RunFacts(), sample=0), None),
        (m.splits_missing(TWO, RunFacts(), large=2), 1),
        (m.splits_missing(TWO, RunFacts(kept={"validation": 1}), large=2), 0),
        (m.splits_missing(TWO, RunFacts(kept={"validation": 0}), large=2), 1),
        (m.splits_missing(TWO, RunFacts(), large=3), None),
        (m.volume_change(TWO, RunFacts(previous=4), large=4), -0.5),
        (m.volume_change(TWO, RunFacts(previous=4, kept={"train": 4}), large=4), 0.5),
        (m.volume_change(TWO, RunFacts(previous=4), large=5), None),
        (m.volume_change(TWO, RunFacts(), large=1), None),
    ],
)
def test_table_measures(measured, expected):
    assert measured == expected
