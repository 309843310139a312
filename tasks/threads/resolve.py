"""Give each message its thread."""

from __future__ import annotations

from dataclasses import dataclass, field

import pyarrow as pa

from expectations.schema import WORK
from tasks import batch as batches
from tasks.keys import keyring
from tasks.step import Params


class ThreadParams(Params):
    """Params of resolve-threads."""

    own_domains: tuple[str, ...] = ()


@dataclass(frozen=True)
class Resolved:
    """The records with their threads."""

    records: pa.Table
    merged: dict[str, str] = field(default_factory=dict)


def resolve(records: pa.Table, _index: pa.Table | None, _params: ThreadParams) -> Resolved:
    """Return the records, each in a thread of its own."""
    table = batches.conform(records, WORK)
    ids = [keyring().opaque_id("thr", id_) for id_ in table.column("record_id").to_pylist()]
    table = batches.with_column(table, WORK.field("thread_id"), ids)
    table = batches.with_column(table, WORK.field("turn_index"), pa.array([0] * len(ids), pa.int32()))
    roles = ["document" if k == "scans" else "customer" for k in table.column("source_kind").to_pylist()]
    return Resolved(batches.with_column(table, WORK.field("role"), roles))
