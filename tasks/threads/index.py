"""The thread index: what is kept of every known message, in the restricted root, so that a later night can join it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import fields
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from expectations.schema import EXTRACTED, KNOWN_VALUES, STRINGS, Privacy, column
from tasks import batch as batches
from tasks.threads.message import Message
from tasks.threads.values import Value

PERSONAL = Privacy.PERSONAL

THREAD_INDEX = pa.schema(
    [
        EXTRACTED.field("record_id"),
        EXTRACTED.field("source_kind"),
        column("thread_id", pa.string(), "Thread the message is in now.", Privacy.PSEUDONYM, required=True),
        column("generation", pa.int64(), "Night of the index in which it came: 1, 2, …", required=True, minimum=1),
        column("turn_index", pa.int32(), "Place in the thread, 0 first.", minimum=0),
        column("role", pa.string(), "Who speaks, as resolved."),
        column("given_role", pa.string(), "Who speaks, as the source said."),
        column("own", STRINGS, "Keys that name the message.", PERSONAL, required=True),
        column("references", STRINGS, "Keys of its ancestors, the oldest first.", PERSONAL),
        column("shared", STRINGS, "Further keys of its thread.", PERSONAL),
        column("buckets", STRINGS, "Hashes of subject and company, where the fallbacks look.", PERSONAL),
        column("moment", pa.int64(), "When it was written.", unit="µs since 1970"),
        column("is_reply", pa.bool_(), "Its subject says that it is a reply."),
        column("dangling", pa.bool_(), "A reply that does not say to what."),
        column("sender", pa.string(), "Address of its author.", PERSONAL),
        column("customers", STRINGS, "Addresses that its ticket names as the requester's.", PERSONAL),
        column("turn", pa.int64(), "Place in its ticket, as exported.", minimum=0),
        column("values", KNOWN_VALUES, "Personal values that its headers and fields name.", PERSONAL),
    ]
)
"""One row per known message."""

_STORED = [field.name for field in fields(Message)]
_TUPLES = ("own", "references", "shared", "buckets", "customers")


def index_row(message: Message, thread_id: str, turn_index: int, role: str | None) -> dict[str, Any]:
    """Return the THREAD_INDEX row of a message."""
    row = {name: getattr(message, name) for name in _STORED if name != "values"}
    row["values"] = [value._asdict() for value in message.values]
    return row | {"thread_id": thread_id, "turn_index": turn_index, "role": role}


def from_index(index: pa.Table) -> Iterator[Message]:
    """Yield the messages of THREAD_INDEX rows."""
    for row in index.select(_STORED).to_pylist():
        row |= {name: tuple(row[name] or ()) for name in _TUPLES}
        row["values"] = tuple(Value(value["value"], value["entity_type"]) for value in row["values"] or ())
        yield Message(**row)


def having(index: pa.Table, name: str, wanted: Iterable[str]) -> Iterator[tuple[int, str]]:
    """Yield (row number, value) for each wanted value in a column of string lists; vectorized."""
    lists = index.column(name).combine_chunks()
    flat, rows = pc.list_flatten(lists), pc.list_parent_indices(lists)
    mask = pc.is_in(flat, value_set=pa.array(sorted(wanted), pa.string()))
    yield from zip(pc.filter(rows, mask).to_pylist(), pc.filter(flat, mask).to_pylist(), strict=True)


def of_threads(index: pa.Table, thread_ids: Iterable[str]) -> pa.Table:
    """Return the index rows of some threads."""
    return index.filter(pc.is_in(index.column("thread_id"), value_set=pa.array(sorted(thread_ids), pa.string())))


def without(index: pa.Table, record_ids: Iterable[str]) -> pa.Table:
    """Return the index without some records."""
    wanted = pa.array(sorted(record_ids), pa.string())
    return index.filter(pc.invert(pc.is_in(index.column("record_id"), value_set=wanted)))


def to_table(rows: Iterable[Mapping[str, Any]]) -> pa.Table:
    """Return THREAD_INDEX rows as a table, in the order of their record ids."""
    return batches.from_rows(sorted(rows, key=lambda row: str(row["record_id"])), THREAD_INDEX)
