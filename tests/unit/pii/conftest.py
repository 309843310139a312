"""A key, corpora and tables for the tests of this package."""

import json
from pathlib import Path

import pytest

from expectations.schema import WORK
from tasks import keys
from tasks.batch import from_rows

CORPORA = Path(__file__).parents[2] / "corpora"


@pytest.fixture(autouse=True)
def keyring(monkeypatch):
    """Put a fixed key in force, and take it away again."""
    fixed = keys.Keyring(b"i" * 32, {1: b"a" * 32, 2: b"b" * 32})
    monkeypatch.setattr(keys, "_in_force", [fixed])
    return fixed


@pytest.fixture
def work_table():
    """Return a function that makes a WORK table of the given rows, with ids."""
    return lambda *rows: from_rows([{"record_id": f"r{i}", **row} for i, row in enumerate(rows)], WORK)


def corpus(name):
    """Return the cases of a corpus."""
    return [json.loads(line) for line in (CORPORA / f"{name}.jsonl").read_text(encoding="utf-8").splitlines()]


def pytest_generate_tests(metafunc):
    """Parametrize `case_of_<corpus>` arguments by the lines of tests/corpora/pii_<corpus>.jsonl."""
    for argument in metafunc.fixturenames:
        if argument.startswith("case_of_"):
            cases = corpus("pii_" + argument.removeprefix("case_of_"))
            metafunc.parametrize(argument, cases, ids=[str(i) for i in range(len(cases))])


@pytest.fixture
def identifiers():
    """Return all identifier cases."""
    return corpus("pii_identifiers")
