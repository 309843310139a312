from datetime import UTC, datetime

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from expectations.schema import EXTRACTED, WORK
from tasks.batch import BatchRef, conform, from_rows, load, read, with_column, write
from tasks.errors import ContractError, TransientError

SCHEMA = pa.schema([("record_id", pa.string()), ("n", pa.int64()), ("flags", pa.list_(pa.string()))])
TABLE = pa.table({"record_id": ["a", "b"], "n": [1, None], "flags": [["x"], None]}, schema=SCHEMA)


def test_a_batch_reads_back_as_it_was_written(tmp_path):
    ref = write(TABLE, tmp_path / "new" / "b.parquet")
    assert ref.rows == 2
    assert read(ref).equals(TABLE)
    assert [path.name for path in (tmp_path / "new").iterdir()] == ["b.parquet"]


def test_the_same_batch_has_the_same_reference(tmp_path):
    assert write(TABLE, tmp_path / "b.parquet") == write(TABLE, tmp_path / "b.parquet")


def test_a_batch_repeats_no_value_in_its_statistics(tmp_path):
    ref = write(pa.table({"text": ["zebra-crossing-41"] * 9}), tmp_path / "b.parquet")
    column = pq.ParquetFile(ref.uri).metadata.row_group(0).column(0)
    assert column.statistics is None
    assert pq.ParquetFile(ref.uri).metadata.num_rows == 9


def test_a_batch_that_is_gone_may_come_back(tmp_path):
    with pytest.raises(TransientError, match=r"b\.parquet is gone"):
        read(BatchRef(str(tmp_path / "b.parquet"), "0", 1))


def test_a_batch_that_was_changed_is_refused(tmp_path):
    ref = write(TABLE, tmp_path / "b.parquet")
    write(TABLE.slice(1), tmp_path / "b.parquet")
    with pytest.raises(ContractError, match="has changed"):
        read(ref)


def test_a_path_that_looks_like_a_partition_adds_no_column(tmp_path):
    ref = write(TABLE, tmp_path / "month=2026-01" / "b.parquet")
    assert read(ref).column_names == TABLE.column_names


def test_rows_without_a_field_have_null_there():
    assert from_rows([{"n": 1}, {"record_id": "b", "other": 2}], SCHEMA).to_pylist() == [
        {"record_id": None, "n": 1, "flags": None},
        {"record_id": "b", "n": None, "flags": None},
    ]


@pytest.mark.parametrize(
    ("row", "column"),
    [
        ({"n": "one"}, "n"),
        ({"n": 2**63}, "n"),
        ({"n": -(2**70)}, "n"),
        ({"record_id": "\ud800"}, "record_id"),
        ({"record_id": 7}, "record_id"),
        ({"record_id": b"\xff"}, "record_id"),
        ({"flags": ["\ud800"]}, "flags"),
        ({"flags": 5}, "flags"),
    ],
)
def test_a_value_that_does_not_fit_is_named_by_its_column_only(row, column):
    with pytest.raises(ContractError, match=f"^column {column} does not hold"):
        from_rows([{"n": 1}, row], SCHEMA)


@pytest.mark.parametrize(
    "row",
    [
        {"headers": "abc"},
        {"headers": [("a",)]},
        {"headers": 5},
        {"participants": [7]},
        {"participants": {"name": "x"}},
        {"created_at": "yesterday"},
        {"created_at": 2**65},
        {"turn_index": 2**40},
        {"pages": [{"number": "one"}]},
    ],
)
def test_no_shape_of_a_record_breaks_out_of_the_contract(row):
    with pytest.raises(ContractError):
        from_rows([row], EXTRACTED)


@given(st.lists(st.fixed_dictionaries({"record_id": st.text(), "n": st.integers(-(2**63), 2**63 - 1) | st.none()})))
def test_rows_come_out_as_they_went_in(rows):
    try:
        table = from_rows(rows, SCHEMA)
    except ContractError:
        assert any(not row["record_id"].isascii() for row in rows)
    else:
        assert [{"record_id": r["record_id"], "n": r["n"]} for r in table.to_pylist()] == rows


def test_conform_orders_fills_and_leaves_out():
    table = conform(pa.table({"other": [1], "n": [2], "record_id": ["a"]}), SCHEMA)
    assert table.schema.equals(SCHEMA)
    assert table.to_pylist() == [{"record_id": "a", "n": 2, "flags": None}]


def test_conform_casts_only_what_fits():
    assert conform(pa.table({"n": pa.array([1], pa.int8())}), SCHEMA).column("n").type == pa.int64()
    with pytest.raises(ContractError, match="column n holds string"):
        conform(pa.table({"n": ["one"]}), SCHEMA)
    with pytest.raises(ContractError, match="column flags holds struct"):
        conform(pa.table({"flags": [{"a": 1}]}), SCHEMA)


def test_conform_keeps_the_field_metadata():
    assert conform(pa.table({"text": ["x"]}), WORK).schema.equals(WORK, check_metadata=True)


def test_a_column_is_set_in_its_old_place_or_appended():
    field = pa.field("n", pa.int64())
    assert with_column(TABLE, field, [5, 6]).column_names == ["record_id", "n", "flags"]
    added = with_column(TABLE, WORK.field("created_at"), [datetime(2026, 1, 1, tzinfo=UTC), None])
    assert added.column_names == ["record_id", "n", "flags", "created_at"]
    assert with_column(TABLE, field, pa.array([5, 6])).column("n").to_pylist() == [5, 6]


def test_a_damaged_file_of_the_lake_says_so_and_what_to_do(tmp_path):
    (tmp_path / "b.parquet").write_bytes(b"zebra")
    with pytest.raises(ContractError, match="is damaged") as caught:
        load(tmp_path / "b.parquet")
    assert "Restore" in caught.value.remedy
    write(TABLE, tmp_path / "b.parquet")
    assert load(tmp_path / "b.parquet", ["n"]).column_names == ["n"]


def test_a_full_disk_leaves_nothing_half_written_and_says_what_to_do(tmp_path, small_disk):
    ref = write(TABLE, tmp_path / "b.parquet")
    large = pa.table({"text": [f"{number:x}" for number in range(200_000)]})
    with small_disk(), pytest.raises(TransientError, match="File too large") as caught:
        write(large, tmp_path / "b.parquet")
    assert "run again" in caught.value.remedy
    assert [path.name for path in tmp_path.iterdir()] == ["b.parquet"]
    assert read(ref).equals(TABLE), "what was there before is whole"
