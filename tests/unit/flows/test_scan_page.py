"""What the night tells of its scans: the documents that the confidence gate holds back are shown too."""

from __future__ import annotations

from expectations.schema import QUARANTINE
from flows.intake import Intake
from flows.scan_page import held_back
from tasks import batch as batches
from tasks.ocr.review import Spot


def test_what_the_gate_holds_back_is_known_by_its_confidence():
    rows = [
        {"record_id": "itm_a", "step": "read-scans", "reason": "low_confidence", "detail": "mean confidence 31"},
        {"record_id": "itm_b", "step": "read-scans", "reason": "no_text", "detail": "1 pages"},
    ]
    assert held_back(Intake(quarantine=[batches.from_rows(rows, QUARANTINE)])) == [Spot(31.0, "itm_a", 1, 0)]
