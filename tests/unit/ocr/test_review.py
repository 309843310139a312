"""The operator's view of a night's scans: rows, counts and the sheet of the worst pages."""

from __future__ import annotations

import csv
import importlib.util
import stat
from pathlib import Path

import pytest
from PIL import Image

from expectations.schema import EDITS, EXTRACTED
from tasks import batch as batches
from tasks.ocr import review as reviews
from tasks.ocr.review import Spot, contact_sheet, counts, document_row, review

_spec = importlib.util.spec_from_file_location("_ocr_review_pdf", Path(__file__).with_name("_pdf.py"))
pdfs = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(pdfs)


def _page(number=1, confidence=90.0, **more):
    read = {
        "number": number,
        "rotation": 0,
        "skew_deg": 0.0,
        "mean_confidence": confidence,
        "ocr": True,
        "text": "word",
    }
    return {**read, **more}


def _record(record_id="rec_a", pages=(), **more):
    return {"record_id": record_id, "source_uri": "x", "source_kind": "scans", "text": "one two three four",
            "flags": [], "pages": list(pages), **more}  # fmt: skip


LAYER = {"mean_confidence": None, "ocr": False}


@pytest.mark.parametrize(
    ("pages", "told"),
    [
        ([_page()], {"read_by": "ocr", "pages": 1, "pages_by_ocr": 1, "mean_confidence": 90.0}),
        ([_page(**LAYER)], {"read_by": "text layer", "pages_by_ocr": 0, "mean_confidence": None}),
        ([_page(), _page(2, **LAYER)], {"read_by": "both", "pages": 2, "pages_by_ocr": 1}),
        ([_page(rotation=90), _page(2, skew_deg=-3.0)],
         {"pages_turned": 1, "pages_straightened": 1, "largest_skew_deg": 3.0}),
        ([_page(confidence=80.0, text="x" * 30), _page(2, confidence=40.0, text="x" * 10)],
         {"mean_confidence": 70.0, "worst_confidence": 40.0}),
        ([_page(confidence=0.0)], {"worst_confidence": 0.0}),
        ([_page(confidence=None, text="")], {"pages_without_text": 1, "mean_confidence": None}),
    ],
)  # fmt: skip
def test_the_row_of_a_document(pages, told):
    row = document_row(_record(pages=pages), 1)
    assert {name: row[name] for name in told} == told
    assert (row["words"], row["words_corrected"], row["corrected_share"]) == (4, 1, 0.25)
    assert row.keys() == set(reviews.DOCUMENTS)


def test_counts_hold_no_text():
    rows = [document_row(_record(pages=[_page(confidence=30.0)], flags=["hidden_text"]), 2),
            document_row(_record("rec_b", pages=[_page(**LAYER)]), 0)]  # fmt: skip
    assert counts(rows) == {
        "documents": 2, "documents read by ocr": 1, "documents read by text layer": 1, "pages": 2,
        "pages read by ocr": 1, "documents with a page read badly": 1, "words": 8, "words corrected": 2,
        "documents flagged hidden_text": 1,
    }  # fmt: skip


@pytest.fixture(name="night")
def _night(tmp_path):
    """Return a function that reviews records, whose originals are given as bytes by record."""

    def night(records, originals, corrections=(), held=()):
        ref = batches.write(batches.from_rows(records, EXTRACTED), tmp_path / "extracted.parquet")
        edits = tmp_path / "correct-ocr-1.parquet"
        rows = [{"record_id": i, "step": "correct-ocr", "rule": "r"} for i in corrections]
        batches.write(batches.from_rows(rows, EDITS), edits)
        origins = {}
        for number, (record_id, data) in enumerate(originals.items()):
            origins[record_id] = f"{number:064x}"
            (tmp_path / "raw" / "00").mkdir(parents=True, exist_ok=True)
            (tmp_path / "raw" / "00" / origins[record_id]).write_bytes(data)
        ids = [record["record_id"] for record in records]
        return review([(ref, ids)], [edits], tmp_path / "raw", origins, held, tmp_path / "scans" / "run")

    return night


def test_rows_and_sheet_lie_in_their_folder_alone(tmp_path, page, night):
    page().save(tmp_path / "page.png")
    document = pdfs.pdf([pdfs.text_page("one"), pdfs.IMAGE_PAGE], image=page())
    got = night(
        [
            _record("rec_a", [_page(confidence=35.0, rotation=90)]),
            _record("rec_b", [_page(**LAYER), _page(2, confidence=50.0)]),
            _record("rec_c", [_page(confidence=95.0)]),
            _record("rec_d", [_page(confidence=10.0)]),
            _record("rec_m", source_kind="email"),
        ],
        {"rec_a": (tmp_path / "page.png").read_bytes(), "rec_b": document, "rec_d": b"From: a@example.org"},
        ["rec_a", "rec_a"],
    )
    assert got.documents["documents"] == 4
    assert got.documents["words corrected"] == 2
    assert got.sheet == tmp_path / "scans" / "run" / "worst-pages.png"
    assert stat.S_IMODE(got.sheet.stat().st_mode) == 0o600
    assert stat.S_IMODE(got.sheet.parent.stat().st_mode) == 0o700
    with Image.open(got.sheet) as sheet:
        assert sheet.width == 2 * reviews.CELL[0]  # the mail of rec_d is no page, rec_c was read well
    rows = list(csv.DictReader(got.sheet.with_name("documents.csv").read_text("utf-8").splitlines()))
    assert [row["record_id"] for row in rows] == ["rec_d", "rec_a", "rec_b", "rec_c"], "the worst first"


def test_a_night_without_scans_writes_nothing(tmp_path, night):
    got = night([_record("rec_m", source_kind="email")], {})
    assert (got.documents, got.sheet) == ({}, None)
    assert not (tmp_path / "scans").exists()


def test_the_sheet_shows_what_the_gate_holds_back(tmp_path, page, night):
    page().save(tmp_path / "page.png")
    got = night([], {"itm_a": (tmp_path / "page.png").read_bytes()}, held=[Spot(31.0, "itm_a", 1, 0)])
    assert got.documents == {"documents held back by the gate": 1}
    assert got.sheet is not None


def test_a_night_of_good_pages_has_no_sheet(night):
    assert night([_record(pages=[_page()])], {}).sheet is None


@pytest.mark.parametrize(("count", "cells"), [(1, (1, 1)), (5, (5, 1)), (6, (5, 2)), (20, (5, 4))])
def test_the_sheet_grows_by_rows(page, count, cells):
    sheet = contact_sheet([(Spot(40.0, "rec_a", number, 0), page()) for number in range(count)])
    assert sheet.size == (cells[0] * reviews.CELL[0], cells[1] * reviews.CELL[1])
    assert sheet.getextrema() == (0, 255)
