import json
import subprocess
import sys

import pyarrow as pa
import pytest

from tasks.errors import ConfigError, ContractError, RunLocked, TransientError
from tasks.lake import RESTRICTED_ROOMS, SHARED_ROOMS, Lake, append, replace, scan
from tasks.ledger import EXTRACTS, FILES, ITEMS, RECORDS, Ledger
from tasks.lock import run_lock

SCHEMA = pa.schema([pa.field("id", pa.string(), metadata={"daytwo": "doc"}), ("text", pa.string())])


def rows(*pairs):
    return pa.Table.from_pylist([{"id": i, "text": t} for i, t in pairs], schema=SCHEMA)


@pytest.fixture
def lake(tmp_path):
    made = Lake(tmp_path / "restricted", tmp_path / "shared")
    made.prepare()
    return made


def test_prepare_makes_every_room_and_hides_the_restricted_ones(lake):
    assert {path.name for path in lake.restricted.iterdir()} == set(RESTRICTED_ROOMS)
    assert {path.name for path in lake.shared.iterdir()} == set(SHARED_ROOMS)
    assert lake.restricted.stat().st_mode & 0o077 == 0
    lake.prepare()


@pytest.mark.parametrize("root", ["restricted", "shared"])
def test_a_file_in_the_place_of_a_root_is_an_error_of_the_settings(tmp_path, root):
    (tmp_path / root).write_text("")
    with pytest.raises(ConfigError, match="cannot write to the lake") as caught:
        Lake(tmp_path / "restricted", tmp_path / "shared").prepare()
    assert "[lake]" in caught.value.remedy


def test_sweep_empties_scratch_and_nothing_else(lake):
    (lake.scratch("dead") / "deep").mkdir(parents=True)
    (lake.scratch("dead") / "deep" / "text").write_text("raw")
    lake.raw.put("ab/abc", b"original")
    lake.sweep()
    assert list(lake.scratch("x").parent.iterdir()) == []
    assert lake.raw.get("ab/abc") == b"original"


def test_a_table_that_was_never_written_has_no_rows(tmp_path):
    assert scan(tmp_path / "t", SCHEMA).num_rows == 0
    assert scan(tmp_path / "t", SCHEMA, ["id"]).column_names == ["id"]


def test_append_and_scan(tmp_path):
    append(rows(), tmp_path / "t")
    assert not (tmp_path / "t").exists()
    append(rows(("a", "x")), tmp_path / "t")
    append(rows(("b", None)), tmp_path / "t")
    assert (
        sorted(scan(tmp_path / "t", SCHEMA).to_pylist(), key=lambda r: r["id"])
        == rows(("a", "x"), ("b", None)).to_pylist()
    )
    assert scan(tmp_path / "t", SCHEMA, ["text"]).column_names == ["text"]


def test_the_log_of_a_table_repeats_no_value_and_no_documentation(tmp_path):
    append(rows(("a", "zebra-crossing-41")), tmp_path / "t")
    log = "".join(path.read_text() for path in (tmp_path / "t" / "_delta_log").glob("*.json"))
    assert "zebra" not in log
    assert "daytwo" not in log
    assert [line for line in map(json.loads, log.splitlines()) if "add" in line]


def test_replace_takes_the_place_of_rows_with_the_same_key(tmp_path):
    replace(rows(("a", "old"), ("b", "stays")), tmp_path / "t", "id")
    replace(rows(("a", "new"), ("c", "more")), tmp_path / "t", "id")
    found = {row["id"]: row["text"] for row in scan(tmp_path / "t", SCHEMA).to_pylist()}
    assert found == {"a": "new", "b": "stays", "c": "more"}
    assert scan(tmp_path / "t", SCHEMA).num_rows == 3


def test_replacing_nothing_changes_nothing(tmp_path):
    replace(rows(("a", "old")), tmp_path / "t", "id")
    replace(rows(), tmp_path / "t", "id")
    assert scan(tmp_path / "t", SCHEMA).num_rows == 1


def record(run, record_id, fate, reason=None):
    return {"run_id": run, "record_id": record_id, "thread_id": "t", "fate": fate, "reason": reason, "extracted": "f"}


def night(ledger, run, records):
    files = [{"run_id": run, "uri": f"file:///{run}", "size": 1, "version": "2", "fate": "read"}]
    items = [
        {
            "run_id": run,
            "item_id": "i",
            "sha256": f"s{run}",
            "uri": "u",
            "offset": 0,
            "length": 1,
            "fate": "read",
            "rows": 1,
        }
    ]
    tables = ((files, FILES), (items, ITEMS), ([record(run, *r) for r in records], RECORDS))
    ledger.append(*(pa.Table.from_pylist(r, schema=s) for r, s in tables))


def test_an_empty_ledger_knows_nothing(tmp_path):
    ledger = Ledger(tmp_path)
    assert (ledger.known_files(), ledger.known_contents()) == (set(), set())
    assert ledger.records().num_rows == ledger.extracts().num_rows == 0


def test_the_ledger_knows_files_contents_and_the_last_fate_of_a_record(tmp_path):
    ledger = Ledger(tmp_path)
    night(ledger, "1", [("a", "quarantined", "timeout"), ("b", "published")])
    night(ledger, "2", [("a", "published"), ("c", "dropped", "bulk")])
    night(ledger, "3", [])
    assert ledger.known_files() == {(f"file:///{run}", 1, "2") for run in "123"}
    assert ledger.known_contents() == {"s1", "s2", "s3"}
    fates = {row["record_id"]: (row["run_id"], row["fate"], row["reason"]) for row in ledger.records().to_pylist()}
    assert fates == {"a": ("2", "published", None), "b": ("1", "published", None), "c": ("2", "dropped", "bulk")}


def test_extracts_are_kept_at_once(tmp_path):
    row = {"sha256": "s", "fingerprint": "f", "path": "p", "batch_sha256": "b", "rows": 1, "record_ids": ["r"]}
    Ledger(tmp_path).note_extracts(pa.Table.from_pylist([row], schema=EXTRACTS))
    assert Ledger(tmp_path).extracts().to_pylist() == [row]


def test_the_lock_lets_in_one_and_is_free_afterwards(tmp_path):
    path = tmp_path / "run.lock"
    with run_lock(path):
        with pytest.raises(RunLocked) as caught, run_lock(path):
            pytest.fail("two runs at once")
        assert caught.value.remedy
    with pytest.raises(ZeroDivisionError), run_lock(path):
        raise ZeroDivisionError
    with run_lock(path):
        pass


HOLD = """
import pathlib, sys, time
from tasks.lock import run_lock
with run_lock(pathlib.Path(sys.argv[1])):
    print(1, flush=True)
    time.sleep(60)
"""


def test_the_kernel_lets_go_of_the_lock_of_a_killed_process(tmp_path):
    path = tmp_path / "run.lock"
    with subprocess.Popen([sys.executable, "-c", HOLD, str(path)], stdout=subprocess.PIPE) as holder:
        assert holder.stdout.readline() == b"1\n"
        with pytest.raises(RunLocked), run_lock(path):
            pytest.fail("two runs at once")
        holder.kill()
        holder.wait()
        with run_lock(path):
            pass


@pytest.mark.parametrize("what", ["*.parquet", "_delta_log/*.json"])
def test_a_damaged_table_says_so_and_what_to_do(tmp_path, what):
    append(rows(("a", "one")), tmp_path / "t")
    for path in (tmp_path / "t").glob(what):
        path.write_text("zebra")
    with pytest.raises(ContractError, match="cannot be read") as caught:
        scan(tmp_path / "t", SCHEMA)
    assert "Restore" in caught.value.remedy
    assert "zebra" not in str(caught.value)


def test_a_full_disk_adds_no_row_to_a_table_and_says_what_to_do(tmp_path, small_disk):
    append(rows(("a", "one")), tmp_path / "t")
    large = rows(*((f"{number:x}", f"{number:x}") for number in range(200_000)))
    with small_disk(), pytest.raises(TransientError, match="File too large") as caught:
        append(large, tmp_path / "t")
    assert "run again" in caught.value.remedy
    assert scan(tmp_path / "t", SCHEMA).to_pylist() == [{"id": "a", "text": "one"}]


def test_the_ledger_keeps_by_which_steps_all_was_cleaned(tmp_path):
    ledger = Ledger(tmp_path / "ledger")
    assert ledger.cleaned_by() is None
    for steps in ({"scrub-pii": "scrub-pii@1:a"}, {"scrub-pii": "scrub-pii@2:a"}):
        ledger.note_cleaned_by(steps)
        assert ledger.cleaned_by() == steps
