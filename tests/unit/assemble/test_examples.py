"""Examples: one per thread, split by thread, exact duplicates named."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from expectations.schema import CLEAN, CURATED, SPLITS
from tasks.assemble.examples import AssembleParams, assemble, exact_duplicates, example_id, split
from tasks.batch import from_rows

BEGAN = datetime(2026, 5, 4, tzinfo=UTC)
PARAMS = AssembleParams(month="2026-05")


def clean(*rows):
    facts = {"source_kind": "email", "thread_id": "thr_a", "role": "customer", "lang": "en", "lineage": "l"}
    return from_rows(
        [{**facts, "record_id": f"rec_{n}", "text": f"text {n}", **row} for n, row in enumerate(rows)], CLEAN
    )


def built(*rows, **params):
    return assemble(clean(*rows), AssembleParams(month="2026-05", **params)).examples.to_pylist()


def test_a_thread_is_one_conversation_in_its_order():
    (example,) = built(
        {"turn_index": 2, "role": "customer", "text": "Thanks"},
        {"turn_index": 0, "role": "customer", "text": "Where is it?", "subject": "My parcel"},
        {"turn_index": 1, "role": "agent", "text": "On its way"},
    )
    assert [(turn["role"], turn["content"]) for turn in example["messages"]] == [
        ("user", "My parcel\n\nWhere is it?"),
        ("assistant", "On its way"),
        ("user", "Thanks"),
    ]
    assert example["text"] == "My parcel\n\nWhere is it?\n\nOn its way\n\nThanks"
    assert (example["kind"], example["n_turns"], example["n_chars"]) == ("conversation", 3, len(example["text"]))
    assert example["record_ids"] == ["rec_1", "rec_2", "rec_0"]


def test_rows_without_a_turn_come_by_time_then_id():
    rows = [{"created_at": BEGAN + timedelta(days=1)}, {"created_at": BEGAN}, {}, {}]
    (example,) = built(*rows)
    assert example["record_ids"] == ["rec_1", "rec_0", "rec_2", "rec_3"]
    assert example["created_at"] == BEGAN


@pytest.mark.parametrize("roles", [["document"], ["document", "document"]])
def test_documents_alone_are_a_document(roles):
    (example,) = built(*({"role": role} for role in roles))
    assert example["kind"] == "document"


def test_a_document_in_a_conversation_is_a_turn_of_it():
    (example,) = built({"role": "customer", "turn_index": 0}, {"role": "document", "turn_index": 1})
    assert (example["kind"], example["n_turns"]) == ("conversation", 2)


@pytest.mark.parametrize(("subject", "text"), [("Parcel", "My PARCEL is late"), ("", "x"), (None, "x")])
def test_a_subject_that_says_nothing_new_is_left_out(subject, text):
    (example,) = built({"subject": subject, "text": text})
    assert example["text"] == text


def test_the_language_is_that_of_most_of_the_text():
    rows = [{"lang": "en", "text": "x"}, {"lang": "zu", "text": "x" * 9}, {"lang": "und", "text": "x" * 99}]
    assert built(*rows)[0]["lang"] == "zu"
    assert built({"lang": None})[0]["lang"] == "und"


def test_scores_and_entities_are_gathered():
    entities = [[{"entity_type": "PERSON", "count": 2}], [{"entity_type": "PERSON", "count": 1}], None]
    rows = [{"quality_score": score, "entities": e} for score, e in zip((0.5, None, 0.2), entities, strict=True)]
    (example,) = built(*rows)
    assert example["quality_score"] == 0.2
    assert example["entities"] == [{"entity_type": "PERSON", "count": 3}]


def test_an_example_that_is_too_long_holds_each_of_its_records():
    got = assemble(clean({"text": "x" * 6}, {"text": "y" * 6}), AssembleParams(month="2026-05", max_chars=13))
    assert got.examples.num_rows == 0
    assert [(row["record_id"], row["reason"]) for row in got.quarantine.to_pylist()] == [
        ("rec_0", "text_too_long"),
        ("rec_1", "text_too_long"),
    ]
    assert built({"text": "x" * 6}, {"text": "y" * 6}, max_chars=14)


THREADS = st.lists(st.sampled_from(["thr_a", "thr_b", "thr_c"]), max_size=8)


@given(THREADS, st.randoms())
def test_every_record_is_in_one_example_whatever_the_order_of_rows(threads, random):
    rows = [{"thread_id": thread, "record_id": f"rec_{n}", "text": f"t{n}"} for n, thread in enumerate(threads)]
    examples = assemble(clean(*rows), PARAMS).examples
    assert sorted(id_ for ids in examples.column("record_ids").to_pylist() for id_ in ids) == sorted(
        row["record_id"] for row in rows
    )
    assert len(examples) == len(set(threads))
    random.shuffle(rows)
    assert assemble(clean(*rows), PARAMS).examples.equals(examples)
    assert examples.schema.equals(CURATED)


@given(st.text(min_size=1), st.floats(0, 0.5), st.floats(0, 0.5))
def test_a_thread_keeps_its_split_and_more_share_takes_none_out(thread, validation, test):
    params = AssembleParams(month="2026-05", validation_share=validation, test_share=test)
    assert split(thread, params) in SPLITS
    more = AssembleParams(month="2026-06", validation_share=validation, test_share=min(0.5, test + 0.1))
    assert split(thread, params) != "test" or split(thread, more) == "test"


def test_the_shares_are_about_what_was_asked_for():
    counts = dict.fromkeys(SPLITS, 0)
    for number in range(4000):
        counts[split(f"thr_{number}", AssembleParams(month="2026-05", validation_share=0.1, test_share=0.2))] += 1
    assert abs(counts["test"] - 800) < 120
    assert abs(counts["validation"] - 400) < 90


def test_an_example_keeps_its_id_while_its_thread_grows():
    (before,), (after,) = built({}), built({}, {})
    assert before["example_id"] == after["example_id"] == example_id("thr_a")
    assert before["content_hash"] != after["content_hash"]


@pytest.mark.parametrize("change", [{"role": "agent"}, {"text": "other"}, {"lang": "af"}, {"role": "document"}])
def test_the_content_hash_changes_with_what_is_said(change):
    assert built({"text": "same"})[0]["content_hash"] != built({"text": "same", **change})[0]["content_hash"]


def test_the_content_hash_does_not_depend_on_who_and_when():
    one, other = built({"text": "same"}), built({"text": "same", "thread_id": "thr_b", "created_at": BEGAN})
    assert one[0]["content_hash"] == other[0]["content_hash"]


def twins(*pairs):
    rows = [{"example_id": i, "content_hash": "h", "created_at": BEGAN + timedelta(days=d)} for i, d in pairs]
    return from_rows(rows, CURATED)


@pytest.mark.parametrize(
    ("examples", "current", "gone"),
    [
        ([("a", 2), ("b", 1)], [], {"a"}),
        ([("b", 1), ("a", 1)], [], {"b"}),
        ([("a", 1), ("b", 2)], [("b", 2)], {"a"}),
        ([("a", 1)], [("a", 1)], set()),
        ([], [("a", 1)], set()),
    ],
)
def test_of_examples_that_say_the_same_the_one_in_the_dataset_or_the_oldest_stays(examples, current, gone):
    known = twins(*current).select(["example_id", "content_hash"])
    assert exact_duplicates(twins(*examples), known) == gone


@pytest.mark.parametrize("month", ["2026", "2026-5", "may"])
def test_a_month_is_a_month(month):
    with pytest.raises(ValueError, match="pattern"):
        AssembleParams(month=month)
