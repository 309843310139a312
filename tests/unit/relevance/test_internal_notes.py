"""Comments that the customer never saw are not for training."""

import pytest

from expectations.schema import WORK
from tasks.batch import from_rows
from tasks.relevance.filter import FILTER_IRRELEVANT, FilterIrrelevantParams


@pytest.mark.parametrize(
    ("flags", "on", "reason"),
    [(["internal_note"], True, "internal_note"), (["internal_note"], False, None), (["html"], True, None)],
)
def test_an_internal_note_is_dropped(flags, on, reason):
    row = {"record_id": "1", "text": "He called before, be careful.", "source_kind": "tickets", "flags": flags}
    done = FILTER_IRRELEVANT(from_rows([row], WORK), FilterIrrelevantParams(internal_note=on))
    assert done.batch.column("drop_reason").to_pylist() == [reason]
