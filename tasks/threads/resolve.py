"""Resolve threads: tonight's messages, and what the index knows of earlier nights, become conversations.

Messages are joined by Message-ID, In-Reply-To and References (https://www.jwz.org/doc/threading.html), by
ticket, then by subject and company as a fallback, and by ticket numbers in mail subjects where the requester takes
part. Every rule looks at two messages only, so the grouping does not depend on the order or night in which they came.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from pydantic import Field

from expectations.schema import KNOWN_VALUES, WORK
from tasks import batch as batches
from tasks.keys import keyring
from tasks.step import Params
from tasks.threads.index import THREAD_INDEX, from_index, having, index_row, of_threads, to_table, without
from tasks.threads.links import DAY, Buckets, Seat, Sets
from tasks.threads.message import Domains, Message, messages
from tasks.threads.order import in_order, roles
from tasks.threads.values import Value

VERSION = 2
"""Raise it whenever the same messages can come out in other threads, order or roles: it belongs into the lineage."""


class ThreadParams(Params):
    """Params of resolve-threads. The defaults join nothing that could be two conversations."""

    own_domains: tuple[str, ...] = Field(
        default=(), description="The company's own mail domains; their subdomains count. They tell agent from customer."
    )
    by_subject: bool = Field(default=True, description="Join replies without references by subject and company.")
    window_days: int = Field(default=14, ge=0, description="How much older the mail may be that such a reply answers.")
    by_ticket_number: bool = Field(default=True, description="Join mails that name a ticket of one who takes part.")
    max_known_values: int = Field(default=2000, ge=1, description="Most personal values listed on a row.")
    max_listed_values: int = Field(
        default=2_000_000, ge=1, description="Most values on all rows of a thread; a huge thread lists fewer on each."
    )


@dataclass(frozen=True)
class Resolved:
    """What `resolve` returns.

    `records`: the given rows in their order, schema WORK, with thread_id, turn_index, role and known_values.
    `index`: their THREAD_INDEX rows. `earlier`: the index rows of earlier messages whose thread grew or was merged,
    with their new thread, turn and role; `rejoin` brings the messages themselves up to date, `update_index` the index.
    `grown`: ids of known threads that got messages or took in another. `merged`: old thread id → the one that survives.
    `known_values`: by thread, what every row of it lists.
    """

    records: pa.Table
    index: pa.Table
    earlier: pa.Table
    grown: tuple[str, ...] = ()
    merged: Mapping[str, str] = field(default_factory=dict)
    known_values: Mapping[str, Sequence[Value]] = field(default_factory=dict, repr=False)


@dataclass
class _Thread:
    """A conversation in the making: the ids it had in earlier nights, and its messages."""

    known_ids: set[str] = field(default_factory=set)
    new: list[Message] = field(default_factory=list)
    earlier: list[Message] = field(default_factory=list)
    id: str = ""


def resolve(records: pa.Table, index: pa.Table | None, params: ThreadParams) -> Resolved:
    """Give every record its thread, its turn, its role and the values known in the thread.

    `records` has the EXTRACTED schema; `index` is THREAD_INDEX of all earlier nights, None in the first. A record that
    the index knows already is taken anew. Deterministic, and independent of the order of rows.
    """
    domains = Domains(tuple(sorted(name.strip().lower().lstrip("@.") for name in params.own_domains)))
    known = batches.conform(index if index is not None else THREAD_INDEX.empty_table(), THREAD_INDEX)
    table = batches.conform(records, WORK)
    tonight = list(messages(table, domains))
    seen = _thread_of(known, [message.record_id for message in tonight])
    known = without(known, seen)
    threads = _grouped(tonight, known, seen, params)
    _recall(threads, known, pc.max(known.column("generation")).as_py() or 0)
    rows = {row["record_id"]: row for thread in threads for row in _rows(thread, domains)}
    values = {thread.id: _values(thread, params) for thread in threads}
    new_ids = {message.record_id for message in tonight}
    return Resolved(
        rejoin(table, rows.values(), values),
        to_table(row for id_, row in rows.items() if id_ in new_ids),
        to_table(row for id_, row in rows.items() if id_ not in new_ids),
        tuple(sorted(t.id for t in threads if t.known_ids and _grew(t, seen))),
        {old: thread.id for thread in threads for old in sorted(thread.known_ids - {thread.id})},
        values,
    )


def _thread_of(known: pa.Table, record_ids: Iterable[str]) -> dict[str, str]:
    mask = pc.is_in(known.column("record_id"), value_set=pa.array(sorted(set(record_ids)), pa.string()))
    hits = known.filter(mask)
    return dict(zip(hits.column("record_id").to_pylist(), hits.column("thread_id").to_pylist(), strict=True))


def _grew(thread: _Thread, seen: Mapping[str, str]) -> bool:
    return len(thread.known_ids) > 1 or any(message.record_id not in seen for message in thread.new)


def _grouped(
    tonight: Sequence[Message], known: pa.Table, seen: Mapping[str, str], params: ThreadParams
) -> list[_Thread]:
    """Return the threads that tonight's messages are in, with the ids of the known threads they touch."""
    sets = Sets()
    for message in tonight:
        sets.union_all(message.keys)
        if message.record_id in seen:
            sets.union(message.keys[0], _node(seen[message.record_id]))
    thread_ids = known.column("thread_id").combine_chunks()
    touched = set(seen.values())
    every_key = {key for message in tonight for key in message.keys}
    for column in ("own", "references", "shared"):
        for row, key in having(known, column, every_key):
            touched.add(thread_ids[row].as_py())
            sets.union(key, _node(thread_ids[row].as_py()))
    buckets, seated = _fallbacks(tonight, known, params)
    buckets.link(sets, params.window_days * DAY)
    threads: defaultdict[str, _Thread] = defaultdict(_Thread)
    for message in tonight:
        threads[sets.find(message.keys[0])].new.append(message)
    for thread_id in touched | seated:
        if (root := sets.find(_node(thread_id))) in threads:
            threads[root].known_ids.add(thread_id)
    return list(threads.values())


def _node(thread_id: str) -> str:
    return "thr:" + thread_id


def _fallbacks(tonight: Sequence[Message], known: pa.Table, params: ThreadParams) -> tuple[Buckets, set[str]]:
    """Return the buckets that tonight's messages are in, and the known threads whose messages are in them too."""
    buckets = Buckets()
    kinds = ("sl" if params.by_subject else "") + ("t" if params.by_ticket_number else "")
    for message in tonight:
        for bucket in message.buckets:
            if bucket[0] in kinds:
                seat = Seat(message.moment, message.keys[0], message.is_reply, message.dangling, message.is_ticket)
                buckets.add(bucket, seat)
    hits = list(having(known, "buckets", buckets.names()))
    places = pa.array([row for row, _ in hits], pa.int64())
    rows = known.select(["moment", "thread_id", "is_reply", "dangling", "source_kind"]).take(places).to_pylist()
    for (_, bucket), row in zip(hits, rows, strict=True):
        seat = Seat(
            row["moment"], _node(row["thread_id"]), row["is_reply"], row["dangling"], row["source_kind"] == "tickets"
        )
        buckets.add(bucket, seat)
    return buckets, {row["thread_id"] for row in rows}


def _recall(threads: Sequence[_Thread], known: pa.Table, generation: int) -> None:
    """Put the earlier messages into the threads, and decide which id each thread has.

    Of several known ids the one that was given first survives; a new thread is named by its root's key.
    """
    thread_of = {id_: thread for thread in threads for id_ in thread.known_ids}
    for message in from_index(of_threads(known, thread_of)):
        thread_of[message.thread_id or ""].earlier.append(message)
    for thread in threads:
        thread.new = [replace(message, generation=generation + 1) for message in thread.new]
        thread.id = _oldest_id(thread) if thread.known_ids else keyring().opaque_id("thr", _root_key(thread.new))


def _oldest_id(thread: _Thread) -> str:
    ages: dict[str, tuple[int, int, str]] = {id_: (1 << 62, 1 << 62, id_) for id_ in thread.known_ids}
    for message in thread.earlier:
        id_ = message.thread_id or ""
        moment = message.moment if message.moment is not None else 1 << 62
        ages[id_] = min(ages[id_], (message.generation, moment, id_))
    return min(ages.values())[2]


def _root_key(thread: Sequence[Message]) -> str:
    """Return the key of the oldest ancestor of the first message, whether that ancestor is here or not."""
    first = min(thread, key=lambda m: (m.moment is None, m.moment or 0, m.references[:1] or m.own, m.record_id))
    return (first.references or first.own)[0]


def _rows(thread: _Thread, domains: Domains) -> Iterable[dict[str, Any]]:
    ordered = in_order([*thread.earlier, *thread.new])
    for turn, (message, role) in enumerate(zip(ordered, roles(ordered, domains), strict=True)):
        yield index_row(message, thread.id, turn, role)


def _values(thread: _Thread, params: ThreadParams) -> list[Value]:
    """Return the personal values of a thread, sorted; of too many those that most messages name."""
    everyone = [*thread.earlier, *thread.new]
    count = Counter(value for message in everyone for value in message.values)
    most = min(params.max_known_values, max(20, params.max_listed_values // max(len(everyone), 1)))
    return sorted(sorted(count, key=lambda value: (-count[value], value))[:most])


def rejoin(
    records: pa.Table, rows: Iterable[Mapping[str, Any]], known_values: Mapping[str, Sequence[Value]]
) -> pa.Table:
    """Return `records` (EXTRACTED or WORK) as WORK rows with the thread, turn, role and values of their index rows.

    For earlier messages of threads that grew: `rejoin(fetched, resolved.earlier.to_pylist(), resolved.known_values)`.
    """
    table = batches.conform(records, WORK)
    by_id = {row["record_id"]: row for row in rows}
    found = [by_id[id_] for id_ in table.column("record_id").to_pylist()]
    for name in ("thread_id", "turn_index", "role"):
        table = batches.with_column(table, WORK.field(name), [row[name] for row in found])
    listed = _listed([row["thread_id"] for row in found], known_values)
    return batches.with_column(table, WORK.field("known_values"), listed)


def _listed(thread_ids: Sequence[str], known_values: Mapping[str, Sequence[Value]]) -> pa.Array:
    """Return the list column that repeats each thread's values on each of its rows."""
    used = list(dict.fromkeys(thread_ids))
    flat = pa.array([v._asdict() for id_ in used for v in known_values[id_]], KNOWN_VALUES.value_type)
    ends = np.cumsum([0, *(len(known_values[id_]) for id_ in used)])
    spans = {id_: (ends[place], ends[place + 1]) for place, id_ in enumerate(used)}
    pieces = [np.arange(*spans[id_]) for id_ in thread_ids]
    offsets = np.cumsum([0, *map(len, pieces)])
    taken = flat.take(pa.array(np.concatenate(pieces) if pieces else np.array([], dtype=np.int64), pa.int64()))
    return pa.ListArray.from_arrays(pa.array(offsets, pa.int32()), taken, type=KNOWN_VALUES)


def update_index(index: pa.Table | None, resolved: Resolved) -> pa.Table:
    """Return the index after a night: new rows added, those of grown and merged threads replaced."""
    fresh = pa.concat_tables([resolved.earlier, resolved.index])
    if index is None:
        return fresh
    kept = without(batches.conform(index, THREAD_INDEX), fresh.column("record_id").to_pylist())
    return pa.concat_tables([kept, fresh])
