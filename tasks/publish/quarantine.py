"""The quarantine: what was held back, by run, in the restricted root."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from expectations.schema import QUARANTINE
from tasks import batch as batches
from tasks.lake import Lake
from tasks.ledger import Ledger
from tasks.reasons import REASONS


def keep(tables: Sequence[pa.Table], folder: Path, run_id: str) -> int:
    """Write the night's quarantine and return how many rows it has."""
    table = pa.concat_tables([QUARANTINE.empty_table(), *(batches.conform(t, QUARANTINE) for t in tables)])
    if table.num_rows:
        batches.write(table, folder / f"{run_id}.parquet")
    return int(table.num_rows)


def listed(lake: Lake) -> list[dict[str, Any]]:
    """Return every row that waits, newest run first, with its `run_id`.

    A record that several runs held back is listed once, one that a later run let through no more.
    """
    through = _let_through(lake)
    found: dict[str, dict[str, Any]] = {}
    for path in sorted((lake.restricted / "quarantine").glob("*.parquet"), reverse=True):
        for row in batches.conform(_read(path), QUARANTINE).to_pylist():
            if through.get(row["record_id"], "") < path.stem:
                found.setdefault(row["record_id"], {"run_id": path.stem, **row})
    return list(found.values())


def _let_through(lake: Lake) -> dict[str, str]:
    """Return the run that published or dropped a record, for those whose last fate that is."""
    rows = Ledger(lake.restricted / "ledger").records().select(["record_id", "run_id", "fate"]).to_pylist()
    return {row["record_id"]: row["run_id"] for row in rows if row["fate"] != "quarantined"}


def _read(path: Path) -> pa.Table:
    return pq.read_table(path, partitioning=None)


SHAPE_CHARS = 400
"""Code points of a text whose shape is shown."""


def explain(lake: Lake, record_id: str) -> dict[str, Any] | None:
    """Return why a record waits, and the shape of its text; None when it does not wait.

    The pointer stays out: a file's name may be a person's.
    """
    found = next((row for row in listed(lake) if row["record_id"] == record_id), None)
    if found is None:
        return None
    reason = REASONS[found["reason"]]
    shown = {name: value for name, value in found.items() if name != "pointer"}
    return shown | {"meaning": reason.meaning, "remedy": reason.remedy, "shape": _shape_of(lake, record_id)}


def _shape_of(lake: Lake, record_id: str) -> str | None:
    for row in Ledger(lake.restricted / "ledger").extracts().to_pylist():
        if record_id in row["record_ids"]:
            table = batches.read(batches.BatchRef(row["path"], row["batch_sha256"], row["rows"]))
            text = table.filter(pc.equal(table.column("record_id"), record_id)).column("text")[0].as_py()
            return shape(text or "")[:SHAPE_CHARS]
    return None


MASK = {"L": "x", "M": "x", "N": "9"}
"""What stands for letters, marks (vowels, in many scripts) and numbers, by their Unicode category."""


def shape(text: str) -> str:
    """Return a text with every letter and mark as x and every number as 9: how it is built, not what it says."""
    return "".join(MASK.get(unicodedata.category(c)[0], c) for c in text)
