"""Tables for the tests of this package."""

import pytest

from expectations.schema import WORK
from tasks.batch import from_rows


@pytest.fixture
def work_table():
    """Return a function that makes a WORK table of the given rows, with ids."""
    return lambda *rows: from_rows([{"record_id": f"r{i}", **row} for i, row in enumerate(rows)], WORK)
