"""The lake: two roots, so that pulling a dataset needs no right to see raw text."""

from __future__ import annotations

import os
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa

from tasks import batch as batches
from tasks.errors import ConfigError, ContractError, no_room, storage_error
from tasks.store.local import LocalStore

RESTRICTED_ROOMS = ("raw", "extracted", "threads", "subjects", "edits", "scans", "quarantine", "ledger", "scratch")
PREDICATE_IDS = 5000
"""Ids that one predicate lists; a million of them would be no predicate."""
SHARED_ROOMS = ("clean", "curated", "versions", "tags", "reports", "audit")


@dataclass(frozen=True)
class Lake:
    """Paths of the two roots. Restricted holds what may be personal, shared what was scrubbed."""

    restricted: Path
    shared: Path

    @property
    def raw(self) -> LocalStore:
        """The originals, by SHA-256."""
        return LocalStore(self.restricted / "raw")

    @property
    def records(self) -> LocalStore:
        """Version records, tags and reports: small objects of the shared root."""
        return LocalStore(self.shared)

    def curated(self, dataset: str) -> Path:
        """The Delta table of a dataset."""
        return self.shared / "curated" / dataset

    def scratch(self, run_id: str) -> Path:
        """The scratch folder of a run: raw text between steps; swept when the run ends or the next one starts."""
        return self.restricted / "scratch" / run_id

    def prepare(self) -> None:
        """Make both roots with mode 0700, and check that they can be written.

        Raises ConfigError when they can't.
        """
        for root, rooms in ((self.restricted, RESTRICTED_ROOMS), (self.shared, SHARED_ROOMS)):
            try:
                root.mkdir(parents=True, exist_ok=True)
                if root == self.restricted:
                    root.chmod(0o700)
                for room in rooms:
                    (root / room).mkdir(exist_ok=True, mode=0o700)
                probe = root / f".probe-{os.getpid()}"
                probe.write_bytes(b"")
                probe.unlink()
            except OSError as error:
                raise ConfigError(
                    f"cannot write to the lake at {root}: {error.strerror}",
                    remedy="Correct [lake] in daytwo.toml, or let daytwo write there.",
                ) from None

    def sweep(self) -> None:
        """Remove what killed runs left in scratch. Only the holder of the run lock may call this."""
        for folder in (self.restricted / "scratch").iterdir():
            shutil.rmtree(folder, ignore_errors=True)


def append(table: pa.Table, path: Path, partition_by: Sequence[str] = ()) -> None:
    """Append rows to a Delta table, making it when it is not there; no rows, no commit.

    Column statistics are off: Delta would write the least and greatest values into its log.

    Raises TransientError when the disk is full; then no reader sees a row of it.
    """
    from deltalake import write_deltalake  # noqa: PLC0415 - costs 0.1 s that the workbench need not pay
    from deltalake.exceptions import DeltaError  # noqa: PLC0415

    if table.num_rows:
        configuration = {"delta.dataSkippingNumIndexedCols": "0"}
        by = list(partition_by) or None
        data = _plain(table)
        try:
            write_deltalake(
                path, data, mode="append", schema_mode="merge", partition_by=by, configuration=configuration
            )
        except (DeltaError, OSError) as error:
            if not no_room(error):
                raise
            raise storage_error(error, path) from None


def scan(path: Path, schema: pa.Schema, columns: Sequence[str] | None = None) -> pa.Table:
    """Return all rows of a Delta table, or no rows of `schema` when it was never written."""
    schema = schema if columns is None else pa.schema([schema.field(name) for name in columns])
    if not (path / "_delta_log").is_dir():
        return schema.empty_table()
    there = {field.name for field in _delta(path).schema().fields}  # a table of an older release lacks columns
    wanted = ", ".join(f'"{name}"' for name in schema.names if name in there)
    return batches.conform(query(path, f"select {wanted} from t"), schema)  # noqa: S608 - our own column names


def replace(table: pa.Table, path: Path, key: str) -> None:
    """Append rows to a Delta table in place of those with the same `key`, which must be an opaque id."""
    if (path / "_delta_log").is_dir():
        ids = table.column(key).to_pylist()
        for start in range(0, len(ids), PREDICATE_IDS):
            listed = ", ".join(f"'{id_}'" for id_ in ids[start : start + PREDICATE_IDS])
            _delta(path).delete(f"{key} in ({listed})")
    append(table, path)


def query(path: Path, sql: str) -> pa.Table:
    """Run SQL over one Delta table, called `t`. Predicates must hold opaque ids only, never text.

    Raises ContractError when the table is damaged.
    """
    from deltalake import QueryBuilder  # noqa: PLC0415 - costs 0.1 s that the workbench need not pay

    table = _delta(path)
    try:
        return pa.table(QueryBuilder().register("t", table).execute(sql).read_all())
    except OSError:
        raise
    except Exception as error:  # noqa: BLE001 - DataFusion raises nothing more exact, also for a file that is gone
        raise _damaged(path, error) from None


def _delta(path: Path) -> Any:
    from deltalake import DeltaTable  # noqa: PLC0415 - costs 0.1 s that the workbench need not pay
    from deltalake.exceptions import DeltaError  # noqa: PLC0415

    try:
        return DeltaTable(path)
    except DeltaError as error:
        raise _damaged(path, error) from None


def _damaged(path: Path, error: Exception) -> ContractError:
    """Return what is told of a table that can't be read; messages of libraries may quote its rows."""
    told = f"the table {path} cannot be read ({type(error).__name__})"
    return ContractError(told, remedy="Restore it from a backup.")


def _plain(table: pa.Table) -> pa.Table:
    """Return the table without our field metadata: Delta would store it, and it changes when a docstring does."""
    fields = [pa.field(field.name, field.type, field.nullable) for field in table.schema]
    return pa.Table.from_arrays(table.columns, schema=pa.schema(fields))
