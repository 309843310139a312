"""Where an id came from and what became of it, on a lake of two nights made by hand."""

import pytest

from expectations.schema import CURATED, EXTRACTED, QUARANTINE
from tasks.batch import from_rows, write
from tasks.lake import Lake
from tasks.ledger import EXTRACTS, FILES, ITEMS, RECORDS, Ledger
from tasks.publish.intervals import IntervalTable
from tasks.publish.quarantine import keep
from tasks.publish.trace import Place, Stay, trace

MBOX, EXPORT, SCAN, EMPTY = (f"file:///in/{name}" for name in ("a.mbox", "t.csv", "s.png", "e.pdf"))
NIGHT, NEXT = "20260301T000000Z-aaaa", "20260302T000000Z-bbbb"
SECRET = "Thandi called"


def item(id_, uri, offset, sha256, fate, run=NIGHT):
    place = {"uri": uri, "offset": offset, "length": 100, "sha256": sha256}
    return place | {"run_id": run, "item_id": f"itm_{id_}", "fate": fate, "rows": 1}


def record(id_, thread, fate="published", reason=None):
    return {"run_id": NIGHT, "record_id": f"rec_{id_}", "thread_id": f"thr_{thread}", "fate": fate, "reason": reason}


def held(id_, step, reason, pointer=None, detail=None):
    return {"record_id": id_, "step": step, "reason": reason, "pointer": pointer, "detail": detail}


ITEMS_MET = [
    item("one", MBOX, 0, "h1", "read"),
    item("two", MBOX, 100, "h2", "read"),
    item("two", MBOX, 100, "h2", "known_item", NEXT),
    item("copy", EMPTY, 0, "h2", "known_item", NEXT),
    item("table", EXPORT, 0, "h3", "read"),
    item("scan", SCAN, 0, "h4", "low_confidence"),
]
HELD = [
    held("itm_scan", "read-scans", "low_confidence", SCAN, "mean confidence 31"),
    held("itm_gone", "discover", "empty_file", EMPTY),
    held("rec_bad", "read-tickets", "malformed_row", EXPORT, "row/7"),
    held("rec_four", "audit-leaks", "leak_found", detail="PERSON"),
]
READ = {"h1": ["one"], "h2": ["two"], "h3": ["three", "four"]}


@pytest.fixture
def lake(tmp_path):
    made = Lake(tmp_path / "restricted", tmp_path / "shared")
    made.prepare()
    rows, extracts = [], []
    for sha256, ids in READ.items():
        uri = {"h1": MBOX, "h2": f"{MBOX}#offset=100", "h3": EXPORT}[sha256]
        about = {"source": "desk", "source_kind": "email", "source_uri": uri, "text": SECRET}
        rows += [{"record_id": f"rec_{id_}", **about} for id_ in ids]
        extracts.append({"sha256": sha256, "record_ids": [f"rec_{id_}" for id_ in ids]})
    ref = write(from_rows(rows, EXTRACTED), made.restricted / "extracted" / "x.parquet")
    ledger = Ledger(made.restricted / "ledger")
    ledger.note_extracts(from_rows([{"path": ref.uri, "rows": ref.rows, **row} for row in extracts], EXTRACTS))
    files = from_rows([{"run_id": NIGHT, "uri": MBOX, "fate": "read"}], FILES)
    fates = [record("one", "t"), record("two", "t"), record("three", "u", "dropped", "bulk")]
    fates.append(record("four", "u", "quarantined", "leak_found"))
    ledger.append(files, from_rows(ITEMS_MET, ITEMS), from_rows(fates, RECORDS))
    keep([from_rows(HELD, QUARANTINE)], made.restricted / "quarantine", NIGHT)
    example = {"example_id": "exa_t", "thread_id": "thr_t", "record_ids": ["rec_one", "rec_two"], "text": SECRET}
    table = IntervalTable(made.curated("support"))
    table.stage(from_rows([example | {"content_hash": "1", "month": "2026-03"}], CURATED), [], 1)
    made.records.put("versions/support/1.json", b"{}")
    table.stage(from_rows([example | {"content_hash": "2", "month": "2026-03"}], CURATED), [], 2)
    return made


def test_a_published_record_leads_to_every_place_and_every_version(lake):
    found = trace(lake, "rec_two")
    assert (found.kind, found.fate, found.source, found.row, found.thread_id) == (
        "record", "published", "desk", "1 of 1", "thr_t",
    )  # fmt: skip
    first, copy = found.places
    assert first == Place(MBOX, "itm_two", "1 of 1", 100, 100, "h2", NEXT, "known_item")
    assert (copy.uri, copy.item) == (EMPTY, "1 of 1")
    assert found.stays == (
        Stay("support", "exa_t", 1, 2, published=True),
        Stay("support", "exa_t", 2, None, published=False),
    )


def test_a_message_of_an_mbox_has_its_number(lake):
    assert trace(lake, "rec_one").places == (Place(MBOX, "itm_one", "1 of 2", 0, 100, "h1", NIGHT, "read"),)


def test_a_row_has_its_number_and_why_it_was_dropped_or_waits(lake):
    dropped, waits = trace(lake, "rec_three"), trace(lake, "rec_four")
    assert (dropped.row, dropped.fate, dropped.reason, dropped.stays) == ("1 of 2", "dropped", "bulk", ())
    assert (waits.row, waits.fate, waits.reason) == ("2 of 2", "quarantined", "leak_found")
    assert (waits.step, waits.detail, waits.thread_id) == ("audit-leaks", "PERSON", "thr_u")
    assert [place.uri for place in waits.places] == [EXPORT]


def test_a_refused_row_leads_to_its_export(lake):
    found = trace(lake, "rec_bad")
    assert (found.kind, found.reason, found.detail) == ("part", "malformed_row", "row/7")
    assert [(place.uri, place.sha256) for place in found.places] == [(EXPORT, "h3")]


def test_an_item_tells_its_records_or_why_it_waits(lake):
    read, refused = trace(lake, "itm_table"), trace(lake, "itm_scan")
    assert (read.kind, read.fate) == ("item", "read")
    assert [(row["record_id"], row["fate"], row["reason"]) for row in read.records] == [
        ("rec_three", "dropped", "bulk"),
        ("rec_four", "quarantined", "leak_found"),
    ]
    assert (refused.fate, refused.reason, refused.detail) == ("quarantined", "low_confidence", "mean confidence 31")
    assert [place.uri for place in refused.places] == [SCAN]


def test_a_file_that_was_refused_as_a_whole_is_known_by_its_id(lake):
    found = trace(lake, "itm_gone")
    assert (found.kind, found.fate, found.reason, found.places[0].uri) == (
        "file", "quarantined", "empty_file", EMPTY,
    )  # fmt: skip


def test_a_file_tells_its_items_and_records(lake):
    found = trace(lake, MBOX)
    assert (found.kind, [place.item for place in found.places]) == ("file", ["1 of 2", "1 of 1"])
    assert [row["record_id"] for row in found.records] == ["rec_one", "rec_two"]
    assert trace(lake, EMPTY).fate is None, "refused one night, another file the next"


def test_a_thread_and_an_example_tell_their_records_and_versions(lake):
    for id_ in ("thr_t", "exa_t"):
        found = trace(lake, id_)
        assert [row["record_id"] for row in found.records] == ["rec_one", "rec_two"]
        assert len(found.stays) == 2
    assert trace(lake, "thr_u").stays == ()


@pytest.mark.parametrize("id_", ["rec_none", "itm_none", "thr_none", "exa_none", "file:///in/none", "rec_'; drop"])
def test_of_what_is_unknown_nothing_is_known(lake, tmp_path, id_):
    assert trace(lake, id_) is None
    assert trace(Lake(tmp_path / "no" / "a", tmp_path / "no" / "b"), id_) is None


@pytest.mark.parametrize("id_", ["rec_two", "rec_four", "itm_table", "thr_t", "exa_t", MBOX])
def test_no_text_is_told(lake, id_):
    assert SECRET not in str(trace(lake, id_))
