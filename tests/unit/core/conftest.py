"""Tables for the tests of this package."""

import resource
from contextlib import contextmanager

import pytest

from expectations.schema import WORK
from tasks.batch import from_rows


@pytest.fixture
def work_table():
    """Return a function that makes a WORK table of the given rows, with ids."""
    return lambda *rows: from_rows([{"record_id": f"r{i}", **row} for i, row in enumerate(rows)], WORK)


@pytest.fixture
def small_disk():
    """A context in which no file may grow over 100 kB: what a full disk is, for this process alone."""

    @contextmanager
    def within():
        before = resource.getrlimit(resource.RLIMIT_FSIZE)
        resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, before[1]))
        try:
            yield
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, before)

    return within
