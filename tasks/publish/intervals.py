"""The curated table by intervals: each row holds from `valid_from` up to, but without, `valid_to`.

Version N is one filter for every engine: `valid_from <= N and (valid_to is null or valid_to > N)`. Staging writes
rows that no published version sees; publishing is the version record alone.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa

from expectations.schema import CURATED
from tasks import batch as batches
from tasks.lake import PREDICATE_IDS, append, query
from tasks.lineage import digest


@dataclass(frozen=True)
class Staged:
    """What staging did: how many rows the coming version adds and how many it closes."""

    version: int
    added: int
    closed: int


class IntervalTable:
    """The Delta table of one dataset."""

    def __init__(self, path: Path) -> None:
        self._path = path

    @property
    def exists(self) -> bool:
        """Whether anything was ever staged."""
        return (self._path / "_delta_log").is_dir()

    def rows(self, version: int, columns: Sequence[str] | None = None) -> pa.Table:
        """Return the rows of a version, sorted by example_id; `columns` limits what is read."""
        schema = CURATED if columns is None else pa.schema([CURATED.field(name) for name in columns])
        if not self.exists:
            return schema.empty_table()
        holds = f"valid_from <= {int(version)} and (valid_to is null or valid_to > {int(version)})"
        wanted = ", ".join(schema.names)
        rows = query(self._path, f"select {wanted} from t where {holds} order by example_id")  # noqa: S608 - numbers only
        return batches.conform(rows, schema)

    def closed(self, version: int) -> int:
        """Return how many rows end with a version: what it replaces or retires."""
        if not self.exists:
            return 0
        return int(query(self._path, f"select 1 from t where valid_to = {int(version)}").num_rows)  # noqa: S608

    def heal(self, latest: int) -> None:
        """Undo what a run that died before it published has staged: later rows go, and what they closed is open."""
        if not self.exists:
            return
        table = self._table()
        if query(self._path, f"select 1 from t where valid_from > {latest} limit 1").num_rows:  # noqa: S608
            table.delete(f"valid_from > {latest}")
        if query(self._path, f"select 1 from t where valid_to > {latest} limit 1").num_rows:  # noqa: S608
            self._table().update(predicate=f"valid_to > {latest}", updates={"valid_to": "null"})

    def stage(self, examples: pa.Table, retired: Sequence[str], version: int) -> Staged:
        """Write the examples that the coming `version` adds or changes, and close the rows that they replace.

        `examples` are all examples built tonight (schema CURATED, intervals null); what is in the table already with
        the same content is left alone. `retired` are ids of examples that are to end.
        """
        current = self.rows(version - 1, ["example_id", "content_hash", "month"])
        known = dict(zip(*(current.column(n).to_pylist() for n in ("example_id", "content_hash")), strict=True))
        months = dict(zip(*(current.column(n).to_pylist() for n in ("example_id", "month")), strict=True))
        ids, hashes = (examples.column(n).to_pylist() for n in ("example_id", "content_hash"))
        fresh = [known.get(id_) != hash_ for id_, hash_ in zip(ids, hashes, strict=True)]
        changed = examples.filter(pa.array(fresh, pa.bool_()))
        closing = [i for i, new in zip(ids, fresh, strict=True) if new and i in known]
        closing = list(dict.fromkeys([*closing, *(i for i in retired if i in known)]))
        self._close(closing, version)
        self._add(changed, months, version)
        return Staged(version, changed.num_rows, len(closing))

    def _close(self, ids: Sequence[str], version: int) -> None:
        for start in range(0, len(ids), PREDICATE_IDS):
            listed = ", ".join(f"'{id_}'" for id_ in ids[start : start + PREDICATE_IDS])
            predicate = f"valid_to is null and example_id in ({listed})"
            self._table().update(predicate=predicate, updates={"valid_to": str(int(version))})

    def _add(self, examples: pa.Table, months: dict[str, str], version: int) -> None:
        """Append rows; an example that replaces another stays in the partition of its first month."""
        if not examples.num_rows:
            return
        pairs = zip(*(examples.column(n).to_pylist() for n in ("example_id", "month")), strict=True)
        placed = batches.with_column(examples, CURATED.field("month"), [months.get(i, m) for i, m in pairs])
        count = examples.num_rows
        opened = batches.with_column(placed, CURATED.field("valid_from"), [version] * count)
        append(batches.with_column(opened, CURATED.field("valid_to"), [None] * count), self._path, ["month"])

    def remove_staged(self, ids: Sequence[str], version: int) -> None:
        """Take rows out of the coming version again (they failed validation); what they closed is open again."""
        for start in range(0, len(ids), PREDICATE_IDS):
            listed = ", ".join(f"'{id_}'" for id_ in ids[start : start + PREDICATE_IDS])
            self._table().delete(f"valid_from = {int(version)} and example_id in ({listed})")
            reopened = f"valid_to = {int(version)} and example_id in ({listed})"
            self._table().update(predicate=reopened, updates={"valid_to": "null"})

    def _table(self) -> Any:
        from deltalake import DeltaTable  # noqa: PLC0415 - costs 0.1 s that the workbench need not pay

        return DeltaTable(self._path)


def content_hash(rows: pa.Table) -> str:
    """Return the digest of a version: its sorted (example_id, content_hash)."""
    return digest(sorted(zip(*(rows.column(n).to_pylist() for n in ("example_id", "content_hash")), strict=True)))
