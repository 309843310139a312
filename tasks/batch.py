"""Batches on their way between steps: one Arrow table in memory, one Parquet file and a `BatchRef` outside.

Only the reference crosses process and Prefect boundaries; it holds no text.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from tasks.errors import ContractError, TransientError, storage_error


@dataclass(frozen=True, slots=True)
class BatchRef:
    """Where a batch lies, the SHA-256 of its file, and how many rows it has."""

    uri: str
    sha256: str
    rows: int


def write(table: pa.Table, path: Path) -> BatchRef:
    """Write a batch as Parquet, without column statistics (they would repeat personal values in the footer).

    The file appears whole or not at all.

    Raises TransientError when the disk is full, ConfigError when daytwo may not write there.
    """
    partial = path.with_name(f"{path.name}.{os.getpid()}.partial")
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        pq.write_table(table, partial, compression="zstd", write_statistics=False)
        sha256 = _sha256(partial)
        partial.replace(path)
    except OSError as error:
        with suppress(OSError):
            partial.unlink(missing_ok=True)
        raise storage_error(error, path.parent) from None
    return BatchRef(str(path), sha256, table.num_rows)


def read(ref: BatchRef) -> pa.Table:
    """Read a batch back.

    Raises TransientError when the file is gone, ContractError when it is not the file that was written.
    """
    path = Path(ref.uri)
    try:
        if _sha256(path) != ref.sha256:
            raise ContractError(f"batch {path.name} has changed since it was written")
        return pq.read_table(path, partitioning=None)
    except FileNotFoundError:
        raise TransientError(f"batch {path.name} is gone") from None


def load(path: Path, columns: Sequence[str] | None = None) -> pa.Table:
    """Read a Parquet file of the lake, or some of its columns.

    Raises ContractError when it is damaged, FileNotFoundError when it is gone.
    """
    try:
        return pq.read_table(path, columns=columns, partitioning=None)
    except pa.ArrowInvalid:
        raise ContractError(f"{path} is damaged", remedy="Restore it from a backup, or remove it.") from None


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def from_rows(rows: Iterable[Mapping[str, Any]], schema: pa.Schema) -> pa.Table:
    """Build a table of `schema` from row dicts; missing fields become null.

    Raises ContractError naming the column that does not fit.
    """
    listed = list(rows)
    columns = []
    for field in schema:
        try:
            columns.append(pa.array([row.get(field.name) for row in listed], type=field.type))
        except (pa.ArrowInvalid, pa.ArrowTypeError, UnicodeEncodeError, OverflowError) as error:
            raise ContractError(f"column {field.name} does not hold {field.type} ({type(error).__name__})") from None
    return pa.Table.from_arrays(columns, schema=schema)


def conform(table: pa.Table, schema: pa.Schema) -> pa.Table:
    """Return `table` with exactly the columns of `schema`: missing ones null, others left out.

    Raises ContractError when a column has another type.
    """
    columns = []
    for field in schema:
        if field.name not in table.column_names:
            columns.append(pa.nulls(table.num_rows, field.type))
        else:
            columns.append(_cast(table.column(field.name), field))
    return pa.Table.from_arrays(columns, schema=schema)


def _cast(values: pa.ChunkedArray, field: pa.Field) -> pa.ChunkedArray:
    if values.type == field.type:
        return values
    try:
        return values.cast(field.type)
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError, pa.ArrowTypeError):
        raise ContractError(f"column {field.name} holds {values.type}, not {field.type}") from None


def with_column(table: pa.Table, field: pa.Field, values: Sequence[Any] | pa.Array) -> pa.Table:
    """Return `table` with the column set, in its old place when it was there."""
    array = values if isinstance(values, pa.Array | pa.ChunkedArray) else pa.array(values, type=field.type)
    index = table.schema.get_field_index(field.name)
    return table.append_column(field, array) if index < 0 else table.set_column(index, field, array)
