"""mark-duplicates: what is the same, what only looks the same, and which record stays."""

from datetime import UTC, datetime

import pyarrow as pa
import pytest

from tasks.assemble.duplicates import MARK_DUPLICATES, DuplicateParams
from tasks.keys import Keyring, use


@pytest.fixture(autouse=True)
def _key():
    use(Keyring.random())


def marks(table, params=None):
    batch = MARK_DUPLICATES(table, params).batch
    return batch["duplicate_of"].to_pylist(), batch["cluster_id"].to_pylist()


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("My card is lost", "My card is lost"),
        ("My card is lost.\nHelp", "  My card is  lost.\r\nHelp \n"),
        ("résumé", "re\u0301sume\u0301"),
    ],
)
def test_the_same(work_table, one, other):
    duplicate_of, clusters = marks(work_table({"text": one}, {"text": other}))
    assert duplicate_of == [None, "r0"]
    assert clusters[0] == clusters[1] is not None


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Card ending 11", "Card ending 12"),
        ("I can pay", "I can't pay"),
        ("Where is my card?", "where is my card"),
        ("resume", "résumé"),
        ("", ""),
        (None, None),
        (" \n", "\t"),
    ],
)
def test_not_the_same(work_table, one, other):
    assert marks(work_table({"text": one}, {"text": other})) == ([None, None], [None, None])


def test_the_earliest_stays_whatever_the_order(work_table):
    day = [datetime(2026, 1, n, tzinfo=UTC) for n in (3, 1, 2)]
    table = work_table(*({"text": "same", "created_at": d} for d in (*day, None)))
    assert marks(table)[0] == ["r1", None, "r1", "r1"]
    turned = table.take(pa.array([3, 2, 1, 0]))
    assert marks(turned)[0] == ["r1", "r1", None, "r1"]
    assert marks(turned)[1][0] == marks(table)[1][0]


def test_short_texts_can_be_left_alone(work_table):
    table = work_table({"text": "Thanks!"}, {"text": "Thanks!"})
    assert marks(table, DuplicateParams(shortest=20)) == ([None, None], [None, None])


def test_report_counts(work_table):
    result = MARK_DUPLICATES(work_table(*({"text": t} for t in ("a b", "a  b", "a b", "c"))))
    assert result.report == {"duplicates": 2, "clusters": 1}
