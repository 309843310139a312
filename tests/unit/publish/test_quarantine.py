import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from expectations.schema import EXTRACTED, QUARANTINE
from tasks.batch import from_rows, write
from tasks.lake import Lake
from tasks.ledger import EXTRACTS, FILES, ITEMS, RECORDS, Ledger
from tasks.publish.quarantine import SHAPE_CHARS, explain, keep, listed, shape


def held(*pairs):
    rows = [{"record_id": i, "step": "s", "reason": r, "pointer": "file:///thandi.eml"} for i, r in pairs]
    return from_rows(rows, QUARANTINE)


@pytest.fixture
def lake(tmp_path):
    made = Lake(tmp_path / "restricted", tmp_path / "shared")
    made.prepare()
    return made


def test_nothing_held_no_file(lake):
    folder = lake.restricted / "quarantine"
    assert keep([QUARANTINE.empty_table()], folder, "run-1") == 0
    assert listed(lake) == []
    assert list(folder.iterdir()) == []


def test_what_a_later_run_let_through_waits_no_more(lake):
    keep([held(("a", "timeout"), ("b", "timeout"), ("c", "timeout"))], lake.restricted / "quarantine", "run-2")
    fates = [("run-3", "a", "published"), ("run-1", "b", "published"), ("run-3", "c", "quarantined")]
    rows = [{"run_id": run, "record_id": id_, "fate": fate} for run, id_, fate in fates]
    Ledger(lake.restricted / "ledger").append(FILES.empty_table(), ITEMS.empty_table(), from_rows(rows, RECORDS))
    assert sorted(row["record_id"] for row in listed(lake)) == ["b", "c"]


def test_a_record_that_was_held_again_is_listed_once_by_its_newest_run(lake):
    folder = lake.restricted / "quarantine"
    assert keep([held(("a", "timeout")), held(("b", "no_text"))], folder, "run-1") == 2
    keep([held(("a", "leak_found"))], folder, "run-2")
    assert [(r["run_id"], r["record_id"], r["reason"]) for r in listed(lake)] == [
        ("run-2", "a", "leak_found"),
        ("run-1", "b", "no_text"),
    ]


PLACES = [
    ("itm_f", "discover", "file:///empty.eml", "file"),
    ("itm_i", "read-mail", "file:///a.mbox#offset=9", "item"),
    ("rec_p", "read-tickets", "file:///t.csv", "part"),
    ("rec_r", "audit-leaks", None, "record"),
]


def test_files_items_parts_and_records_are_told_apart(lake):
    rows = [{"record_id": i, "step": s, "reason": "malformed", "pointer": p} for i, s, p, _ in PLACES]
    keep([from_rows(rows, QUARANTINE)], lake.restricted / "quarantine", "run-1")
    assert [(row["record_id"], row["kind"]) for row in listed(lake)] == [(i, kind) for i, _, _, kind in PLACES]


def test_what_was_mended_at_its_place_waits_no_more(lake):
    rows = [{"record_id": i, "step": s, "reason": "malformed", "pointer": p} for i, s, p, _ in PLACES]
    keep([from_rows(rows, QUARANTINE)], lake.restricted / "quarantine", "run-1")
    ledger = Ledger(lake.restricted / "ledger")

    def night(run, fate):
        items = [("file:///a.mbox", 9), ("file:///t.csv", 0), ("file:///a.mbox", 0)]
        met = [{"run_id": run, "uri": uri, "offset": offset, "fate": fate} for uri, offset in items]
        files = [{"run_id": run, "uri": "file:///empty.eml", "fate": "read"}] if fate == "read" else []
        ledger.append(from_rows(files, FILES), from_rows(met, ITEMS), RECORDS.empty_table())
        return [row["record_id"] for row in listed(lake)]

    everything = [i for i, *_ in PLACES]
    assert night("run-1", "read") == everything, "an export of which one row was refused is read all the same"
    assert night("run-2", "known_item") == everything, "a file that grew still holds what was refused"
    assert night("run-3", "read") == ["rec_r"]


def test_what_is_shown_of_a_record(lake):
    folder = lake.restricted / "quarantine"
    keep([held(("a", "leak_found"))], folder, "run-1")
    text = "Thandi, call 083 555!" + "y" * 1000
    ref = write(from_rows([{"record_id": "a", "text": text}], EXTRACTED), lake.restricted / "extracted" / "x.parquet")
    row = {
        "sha256": "s",
        "fingerprint": "f",
        "path": ref.uri,
        "batch_sha256": ref.sha256,
        "rows": 1,
        "record_ids": ["a"],
    }
    Ledger(lake.restricted / "ledger").note_extracts(pa.Table.from_pylist([row], schema=EXTRACTS))
    found = explain(lake, "a")
    assert found["meaning"].startswith("Personal data was found")
    assert found["shape"].startswith("xxxxxx, xxxx 999 999!xxx")
    assert len(found["shape"]) == SHAPE_CHARS
    assert "pointer" not in found
    assert "thandi" not in str(found).lower()


def test_an_item_without_a_text_has_no_shape(lake):
    keep([held(("itm", "encrypted"))], lake.restricted / "quarantine", "run-1")
    assert explain(lake, "itm")["shape"] is None
    assert explain(lake, "other") is None


@given(st.text())
def test_a_shape_tells_no_letter_and_no_digit(text):
    masked = shape(text)
    assert not [c for c in masked if c.isalnum() and c not in "x9"]
    assert len(masked) == len(text)
    assert shape(masked) == masked


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Ab 12", "xx 99"),
        ("½ Ⅷ ²", "9 9 9"),
        ("नमस्ते", "xxxxxx"),
        ("مُحَمَّد", "xxxxxxxx"),
        ("a@b.c, \n-", "x@x.x, \n-"),
    ],
)
def test_shape(text, expected):
    assert shape(text) == expected
