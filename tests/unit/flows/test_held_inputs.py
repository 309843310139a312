"""Inputs that wait in quarantine are read again once their reader has changed, and then no more."""

from __future__ import annotations

import pytest

from expectations.schema import QUARANTINE
from flows.held_inputs import held_inputs
from tasks import batch as batches
from tasks.ledger import ITEMS


def _items(*fates):
    rows = [
        {"run_id": f"run{n}", "item_id": "itm_a", "sha256": "aa", "uri": "file:///a.png", "fate": fate}
        for n, fate in enumerate(fates)
    ]
    return batches.from_rows(rows, ITEMS)


@pytest.fixture(name="quarantine")
def _quarantine(tmp_path):
    def quarantine(*fingerprints):
        for n, fingerprint in enumerate(fingerprints):
            row = {"record_id": "itm_a", "step": "read-scans", "reason": "low_confidence", "fingerprint": fingerprint}
            batches.write(batches.from_rows([row], QUARANTINE), tmp_path / f"run{n}.parquet")
        return tmp_path

    return quarantine


@pytest.mark.parametrize(
    ("fates", "seen_by", "again"),
    [
        ([], [], False),
        (["read"], [], False),
        (["low_confidence"], ["new"], False),
        (["low_confidence"], ["old"], True),
        (["low_confidence", "low_confidence"], ["old", "new"], False),
        (["low_confidence", "read"], ["old"], False),
        (["read", "known_item"], ["old"], False),
        (["low_confidence", "known_item"], ["old"], True),
    ],
)
def test_what_is_read_again(quarantine, fates, seen_by, again):
    held = held_inputs(_items(*fates), quarantine(*seen_by))
    assert held.reopens("aa", "new") is again
    assert held.reopens_file("file:///a.png", "new") is again
    assert not held.reopens("bb", "new")
    assert not held.reopens_file("file:///b.png", "new")
