"""Where an id came from and what became of it: provenance only, never a text.

Everything stands in the restricted root already (ledger, quarantine, extracted); who may read that may read this.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from tasks import batch as batches
from tasks.lake import Lake, query
from tasks.ledger import Ledger
from tasks.publish.quarantine import kept, kind
from tasks.publish.versions import Versions

ID = re.compile(r"(rec|itm|thr|exa)_[a-z2-7]{1,64}")
"""An id of ours; nothing else may stand in a predicate."""
Row = dict[str, Any]


@dataclass(frozen=True)
class Place:
    """Where an input was found.

    `item` is its number in the file (`3 of 12`), `offset` its first byte, `length` its bytes; `fate` is what the night
    made of it: read, known_item, or why it waits.
    """

    uri: str
    item_id: str | None = None
    item: str | None = None
    offset: int | None = None
    length: int | None = None
    sha256: str | None = None
    run_id: str | None = None
    fate: str | None = None


@dataclass(frozen=True)
class Stay:
    """The example that a record went into, and the versions that hold it: from `first` up to, but without, `end`.

    `published` is false while it is only staged (a held version).
    """

    dataset: str
    example_id: str
    first: int
    end: int | None
    published: bool


@dataclass(frozen=True)
class Trail:
    """What is known of an id or a file.

    `kind`: record, item, part (a row or attachment that was refused), file, thread or example. `fate`: published,
    dropped or quarantined, with `reason`; read or known_item for an item; None for what has several (see `places`,
    `records`). `row`: which row of its item a record is.
    """

    id: str
    kind: str
    fate: str | None = None
    reason: str | None = None
    step: str | None = None
    detail: str | None = None
    run_id: str | None = None
    source: str | None = None
    source_kind: str | None = None
    row: str | None = None
    thread_id: str | None = None
    places: tuple[Place, ...] = ()
    stays: tuple[Stay, ...] = ()
    records: tuple[Mapping[str, str | None], ...] = ()


def trace(lake: Lake, name: str) -> Trail | None:
    """Return what is known of a record, item, thread or example by its id, or of a file by its uri."""
    if not ID.fullmatch(name):
        return _Tracer(lake).file(name)
    find = {"rec": _Tracer.record, "itm": _Tracer.item, "thr": _Tracer.thread, "exa": _Tracer.example}
    return find[name[:3]](_Tracer(lake), name)


class _Tracer:
    """Looks ids up in one lake; each table is read once."""

    def __init__(self, lake: Lake) -> None:
        self.lake = lake
        self.ledger = Ledger(lake.restricted / "ledger")

    @cached_property
    def items(self) -> pa.Table:
        return self.ledger.items()

    @cached_property
    def records(self) -> pa.Table:
        return self.ledger.records()

    @cached_property
    def extracts(self) -> pa.Table:
        return self.ledger.extracts()

    def record(self, id_: str) -> Trail | None:
        fate = next(iter(_where(self.records, "record_id", id_)), None)
        held = self._held(id_)
        extract = self._extract_of(id_)
        if not fate and not held and not extract:
            return None
        known = self._fate(fate, held)
        if extract:
            known |= self._extracted(extract, id_)
            places = self._by_content(extract["sha256"]) or (Place(known.pop("uri")),)
        else:
            places = self._by_uri(held["pointer"]) if held and held["pointer"] else ()
        known.pop("uri", None)
        what = kind(held) if held and not extract else "record"
        return Trail(id_, what, **known, places=places, stays=self._stays(f"array_has(record_ids, '{id_}')"))

    def item(self, id_: str) -> Trail | None:
        met = sorted(_where(self.items, "item_id", id_), key=lambda row: row["run_id"])
        held = self._held(id_)
        if not met and not held:
            return None
        if not met:
            return Trail(id_, kind(held or {}), **self._fate(None, held), places=self._by_uri((held or {})["pointer"]))
        last = met[-1]
        was_read = last["fate"] in {"read", "known_item"}
        known = {"fate": last["fate"], "run_id": last["run_id"]} if was_read else self._fate(None, held)
        return Trail(id_, "item", **known, places=self._places(met), records=self._records_of(last["sha256"]))

    def file(self, uri: str) -> Trail | None:
        items = _where(self.items, "uri", uri)
        refused = next((row for row in kept(self.lake) if row["kind"] == "file" and row["pointer"] == uri), None)
        if not items and not refused:
            return None
        newest = max((row["run_id"] for row in items), default="")
        known = self._fate(None, refused) if refused and refused["run_id"] > newest else {}
        contents = dict.fromkeys(row["sha256"] for row in items)
        records = tuple(record for sha256 in contents for record in self._records_of(sha256))
        return Trail(uri, "file", **known, places=self._places(items), records=records)

    def thread(self, id_: str) -> Trail | None:
        rows = _where(self.records, "thread_id", id_)
        stays = self._stays(f"thread_id = '{id_}'")
        return Trail(id_, "thread", stays=stays, records=_told(rows)) if rows or stays else None

    def example(self, id_: str) -> Trail | None:
        stays = self._stays(f"example_id = '{id_}'")
        if not stays:
            return None
        threads, ids = self._made_of(stays[-1])
        rows = self.records.filter(pc.is_in(self.records["record_id"], pa.array(ids, pa.string()))).to_pylist()
        return Trail(id_, "example", thread_id=threads, stays=stays, records=_told(rows))

    def _held(self, id_: str) -> Row | None:
        """Return the newest row of the quarantine with an id, whether it waits still or not."""
        return next((row for row in kept(self.lake) if row["record_id"] == id_), None)

    @staticmethod
    def _fate(fate: Row | None, held: Row | None) -> Row:
        """Return what became of a record last: of the ledger's row and the quarantine's the newer one counts."""
        if fate and (not held or held["run_id"] < fate["run_id"]):
            return {name: fate[name] for name in ("fate", "reason", "run_id", "thread_id")}
        if not held:
            return {}
        known = {name: held[name] for name in ("reason", "step", "detail", "run_id")}
        return known | {"fate": "quarantined", "thread_id": fate["thread_id"] if fate else None}

    def _extract_of(self, id_: str) -> Row | None:
        """Return the ledger's row on the item whose reading gave a record; None when no item did."""
        lists = self.extracts["record_ids"].combine_chunks()
        at = pc.index(lists.flatten(), id_).as_py() if len(lists) else -1
        if at < 0:
            return None
        return dict(self.extracts.slice(lists.value_parent_indices()[at].as_py(), 1).to_pylist()[0])

    def _extracted(self, extract: Row, id_: str) -> Row:
        """Return the provenance that stands in a record's own row; its text is not read."""
        ids = extract["record_ids"]
        known: Row = {"row": f"{ids.index(id_) + 1} of {len(ids)}", "uri": None}
        path = Path(extract["path"])
        if path.exists():
            columns = ["record_id", "source", "source_kind", "source_uri"]
            rows = _where(batches.load(path, columns), "record_id", id_)
            known |= {"source": rows[0]["source"], "source_kind": rows[0]["source_kind"], "uri": rows[0]["source_uri"]}
        return known

    def _by_content(self, sha256: str) -> tuple[Place, ...]:
        return self._places(_where(self.items, "sha256", sha256))

    def _by_uri(self, pointer: str) -> tuple[Place, ...]:
        """Return the places that a pointer of the quarantine means: `uri`, or `uri#offset=123`."""
        uri, _, offset = pointer.partition("#offset=")
        found = [row for row in _where(self.items, "uri", uri) if row["offset"] == int(offset or 0)]
        return self._places(found) or (Place(uri, offset=int(offset) if offset else None),)

    def _places(self, rows: Iterable[Row]) -> tuple[Place, ...]:
        """Return each place once, as the newest night saw it."""
        newest: dict[tuple[str, int, str], Row] = {}
        for row in sorted(rows, key=lambda row: row["run_id"]):
            newest[row["uri"], row["offset"], row["sha256"]] = row
        names = ("uri", "item_id", "offset", "length", "sha256", "run_id", "fate")
        return tuple(Place(**{name: row[name] for name in names}, item=self._number(row)) for row in newest.values())

    def _number(self, row: Row) -> str:
        """Return which item of its file it is, as that night saw the file."""
        beside = self.items.filter(pc.equal(self.items["uri"], row["uri"]))
        offsets = beside.filter(pc.equal(beside["run_id"], row["run_id"]))["offset"].to_pylist()
        return f"{sum(offset <= row['offset'] for offset in offsets)} of {len(offsets)}"

    def _records_of(self, sha256: str) -> tuple[Mapping[str, str | None], ...]:
        ids = [id_ for row in _where(self.extracts, "sha256", sha256) for id_ in row["record_ids"]]
        rows = self.records.filter(pc.is_in(self.records["record_id"], pa.array(ids, pa.string()))).to_pylist()
        fates = {row["record_id"]: row for row in rows}
        return _told(fates.get(id_, {"record_id": id_}) for id_ in dict.fromkeys(ids))

    def _stays(self, predicate: str) -> tuple[Stay, ...]:
        """Return the examples that a predicate of opaque ids finds, in every dataset."""
        found = []
        for table in sorted((self.lake.shared / "curated").glob("*/_delta_log")):
            dataset = table.parent.name
            latest = Versions(self.lake.records, dataset).latest_number()
            sql = f"select example_id, valid_from, valid_to from t where {predicate} order by valid_from"  # noqa: S608
            for row in query(table.parent, sql).to_pylist():
                first = row["valid_from"]
                found.append(Stay(dataset, row["example_id"], first, row["valid_to"], published=first <= latest))
        return tuple(found)

    def _made_of(self, stay: Stay) -> tuple[str, list[str]]:
        holds = f"example_id = '{stay.example_id}' and valid_from = {stay.first}"
        sql = f"select thread_id, record_ids from t where {holds}"  # noqa: S608 - an opaque id and a number
        row = query(self.lake.curated(stay.dataset), sql).to_pylist()[0]
        return row["thread_id"], list(row["record_ids"])


def _where(table: pa.Table, column: str, value: str) -> list[Row]:
    return list(table.filter(pc.equal(table[column], value)).to_pylist())


def _told(rows: Iterable[Row]) -> tuple[Mapping[str, str | None], ...]:
    return tuple({name: row.get(name) for name in ("record_id", "fate", "reason")} for row in rows)
