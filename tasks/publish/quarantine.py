"""The quarantine: what was held back, by run, in the restricted root."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from expectations.schema import QUARANTINE
from tasks import batch as batches
from tasks.lake import Lake
from tasks.ledger import Ledger
from tasks.reasons import REASONS

DISCOVER = "discover"
"""The step of a file that could not be cut into items."""
KINDS = {
    "file": "Files",
    "item": "Mails, exports and scans",
    "part": "Rows and attachments",
    "record": "Records",
}
"""What may wait: a file that could not be cut into items, an item that could not be read, a part of one that was
otherwise read, and a record that was read and that a step held back."""


def kind(row: Mapping[str, Any]) -> str:
    """Return what a row of QUARANTINE holds back: a key of KINDS."""
    if not row["pointer"]:  # only who reads inputs points to them
        return "record"
    if not row["record_id"].startswith("itm_"):
        return "part"
    return "file" if row["step"] == DISCOVER else "item"


def keep(tables: Sequence[pa.Table], folder: Path, run_id: str) -> int:
    """Write the night's quarantine and return how many rows it has."""
    table = pa.concat_tables([QUARANTINE.empty_table(), *(batches.conform(t, QUARANTINE) for t in tables)])
    if table.num_rows:
        batches.write(table, folder / f"{run_id}.parquet")
    return int(table.num_rows)


def listed(lake: Lake) -> list[dict[str, Any]]:
    """Return every row that waits, newest run first, with its `run_id` and its `kind`.

    A record that several runs held back is listed once. What a later run let through waits no more: a record that was
    published or dropped, an item or a file in whose place a readable one was found.
    """
    through = _let_through(lake)
    found: dict[str, dict[str, Any]] = {}
    for row in kept(lake):
        if max((through.get(name, "") for name in _names(row)), default="") <= row["run_id"]:
            found.setdefault(row["record_id"], row)
    return list(found.values())


def kept(lake: Lake) -> Iterator[dict[str, Any]]:
    """Yield every row that any run held back, newest run first, with its `run_id` and its `kind`."""
    folder = lake.restricted / "quarantine"
    nights = folder.iterdir() if folder.exists() else ()  # a glob would take a folder that may not be read for empty
    for path in sorted((path for path in nights if path.suffix == ".parquet"), reverse=True):
        for row in batches.conform(batches.load(path), QUARANTINE).to_pylist():
            yield {"run_id": path.stem, "kind": kind(row), **row}


Name = tuple[str, str]
"""What may let a row through: a record by its id, an item or a file by its place."""


def _names(row: Mapping[str, Any]) -> Iterator[Name]:
    yield ("record", row["record_id"])
    if row["pointer"]:
        yield ("file" if row["kind"] == "file" else "item", row["pointer"])


def _let_through(lake: Lake) -> dict[Name, str]:
    """Return the last run that published or dropped a record, or read what lies at a place."""
    ledger = Ledger(lake.restricted / "ledger")
    records = ledger.records().select(["record_id", "run_id", "fate"]).to_pylist()
    runs = {("record", row["record_id"]): row["run_id"] for row in records if row["fate"] != "quarantined"}
    for what, table in (("file", ledger.files()), ("item", ledger.items())):
        for row in table.filter(pc.equal(table["fate"], "read")).to_pylist():
            offset = f"#offset={row['offset']}" if row.get("offset") else ""
            name = (what, row["uri"] + offset)
            runs[name] = max(runs.get(name, ""), row["run_id"])
    return runs


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
