"""The ledger: what came in and what became of it, by run. With it the lake alone is the truth.

Delta tables in the restricted root. `files` (as the listing saw them), `items` (by content) and `records` (by fate) are
appended to once a run has published: a run that dies before is done again in full and finds its version there.
`extracts` is appended to as soon as a partition was read, so that doing it again costs no second OCR.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

import pyarrow as pa

from tasks.lake import append, scan
from tasks.store.local import LocalStore

STEPS = "steps.json"

FILES = pa.schema(
    [
        ("run_id", pa.string()),
        ("uri", pa.string()),
        ("size", pa.int64()),
        ("version", pa.string()),
        ("fate", pa.string()),
    ]
)
"""A file as it was listed. `fate`: read, other_type, or the reason of its quarantine."""

ITEMS = pa.schema(
    [
        ("run_id", pa.string()),
        ("item_id", pa.string()),
        ("sha256", pa.string()),
        ("uri", pa.string()),
        ("offset", pa.int64()),
        ("length", pa.int64()),
        ("fate", pa.string()),
        ("rows", pa.int64()),
    ]
)
"""An item. `fate`: read, known_item, or the reason of its quarantine."""

EXTRACTS = pa.schema(
    [
        ("sha256", pa.string()),
        ("fingerprint", pa.string()),
        ("path", pa.string()),
        ("batch_sha256", pa.string()),
        ("rows", pa.int64()),
        ("record_ids", pa.list_(pa.string())),
    ]
)
"""Where the rows of an item lie once it was read by a source of that fingerprint: OCR is never done twice."""

RECORDS = pa.schema(
    [
        ("run_id", pa.string()),
        ("record_id", pa.string()),
        ("thread_id", pa.string()),
        ("fate", pa.string()),
        ("reason", pa.string()),
        ("extracted", pa.string()),
    ]
)
"""A record. `fate`: published, dropped or quarantined, the latter two with a reason of `tasks.reasons`."""


class Ledger:
    """The ledger of one lake; `folder` is restricted/ledger."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def known_files(self) -> set[tuple[str, int, str]]:
        """Return `Found.key` of every file that was listed before."""
        rows = scan(self._folder / "files", FILES, ["uri", "size", "version"])
        return set(zip(*(column.to_pylist() for column in rows.columns), strict=True))

    def files(self) -> pa.Table:
        """Return the fates of all files, one row a night in which one was new or changed: schema FILES."""
        return scan(self._folder / "files", FILES)

    def known_contents(self) -> set[str]:
        """Return the SHA-256 of every item that was read before."""
        return set(scan(self._folder / "items", ITEMS, ["sha256"]).column(0).to_pylist())

    def items(self) -> pa.Table:
        """Return the fates of all items, one row a night in which it was met: schema ITEMS."""
        return scan(self._folder / "items", ITEMS)

    def records(self) -> pa.Table:
        """Return the last fate of every record: schema RECORDS, one row a record."""
        rows = scan(self._folder / "records", RECORDS).sort_by("run_id")  # run ids sort by time, a scan has no order
        order = rows.append_column("n", pa.array(range(rows.num_rows), pa.int64())).group_by("record_id")
        last = order.aggregate([("n", "max")]).column("n_max")
        return rows.take(last.sort() if rows.num_rows else last)

    def extracts(self) -> pa.Table:
        """Return where the rows of every item lie: schema EXTRACTS."""
        return scan(self._folder / "extracts", EXTRACTS)

    def note_extracts(self, rows: pa.Table) -> None:
        """Write down where the rows of a partition's items lie."""
        append(rows, self._folder / "extracts")

    def cleaned_by(self) -> dict[str, str] | None:
        """Return the fingerprints of the steps that cleaned all that the lake holds; None when no night noted it."""
        try:
            return dict(json.loads(LocalStore(self._folder).get(STEPS)))
        except (KeyError, ValueError):  # never noted, or damaged: the latest version's tell it then
            return None

    def note_cleaned_by(self, steps: Mapping[str, str]) -> None:
        """Write down that all is cleaned by these steps: a change that changed no row made no version to say so."""
        LocalStore(self._folder).put(STEPS, json.dumps(dict(steps), indent=2).encode())

    def append(self, files: pa.Table, items: pa.Table, records: pa.Table) -> None:
        """Write down a night. Records go first: a crash in between leaves files to be read again, never lost."""
        append(records, self._folder / "records")
        append(items, self._folder / "items")
        append(files, self._folder / "files")
