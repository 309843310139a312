"""Read items through their source into EXTRACTED rows. Runs in a worker; the worker's clock is armed for each item."""

from __future__ import annotations

import hashlib
import secrets
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pyarrow as pa

from expectations.schema import EXTRACTED, QUARANTINE
from tasks import batch as batches
from tasks.batch import BatchRef
from tasks.discover import Piece
from tasks.errors import ConfigError, ContractError, DependencyMissing, RecordError, blamed
from tasks.keys import keyring
from tasks.lake import Lake
from tasks.registry import source_of
from tasks.sandbox import Lost, Progress, Workers
from tasks.source import Embedded, Held, Item, Rejected, Row, Skip, Source
from tasks.step import Params
from tasks.store.local import LocalStore

ITEM_SECONDS = {"email": 30.0, "tickets": 600.0, "scans": 120.0}
"""Wall clock per item by kind (DESIGN.md: 30 s a mail, 120 s a page, armed anew for each page by the reader)."""
TICKET_IDENTITY = ("native_id", "created_at", "subject", "text", "role")
TICKET_HEADERS = ("ticket-turn", "ticket-thread", "in-reply-to")
"""What makes a row of a ticket export the same row in the next export; who it is assigned to may change."""
HELD_BYTES = 16 * 2**20
"""Items up to this size are read from the bytes that were just hashed; larger ones from the file, to save memory."""
EMBEDDED_PER_ITEM = 50
"""At most so many attachments of one mail are read; a bomb of tiny pictures must not cost a night."""


@dataclass(frozen=True)
class Fate:
    """What became of an item: the ids of its rows, and why it has none (a code of `tasks.reasons`)."""

    item_id: str
    sha256: str
    record_ids: tuple[str, ...]
    reason: str | None = None


@dataclass(frozen=True)
class Extracted:
    """What a batch of items gave: EXTRACTED rows, QUARANTINE rows, and the fate of every item."""

    records: pa.Table
    quarantine: pa.Table
    fates: tuple[Fate, ...]


@dataclass(frozen=True)
class Kept:
    """The same, with the tables on disk; `seconds` in the worker."""

    records: BatchRef
    quarantine: BatchRef
    fates: tuple[Fate, ...]
    seconds: float = 0.0

    @property
    def counts(self) -> str:
        """The counts as an operator reads them."""
        text = f"{len(self.fates)} items in, {self.records.rows} records out, {self.quarantine.rows} quarantined"
        return f"{text}, {self.seconds:.1f} s"


@dataclass(frozen=True)
class Reading:
    """How the items of one source of the settings are read.

    `attachments` are the kinds of source that read files inside items, with their params.
    """

    name: str
    kind: str
    params: Params
    lang_hint: str | None = None
    attachments: tuple[tuple[str, Params], ...] = ()

    @property
    def source(self) -> Source:
        """The registered source of this kind."""
        return source_of(self.kind)


def item_id(piece: Piece) -> str:
    """Return the keyed id of an item: its content at its place."""
    return keyring().opaque_id("itm", piece.item.whole_uri, piece.sha256)


def extract(pieces: Sequence[Piece], progress: str, reading: Reading, originals: LocalStore | None = None) -> Extracted:
    """Run in a worker: read every item; one that can't be read goes to quarantine with its reason.

    Where a store for the `originals` is given, each item's bytes are kept there by their hash before it is read.
    """
    clock = Progress(Path(progress))
    readers = []
    for index, piece in enumerate(pieces):
        clock.begin(index, ITEM_SECONDS[reading.kind])
        reader = _ItemReader(piece, reading)
        item = piece.item if originals is None else reader.keep_original(originals)
        if item is not None:
            reader.read(item)
        readers.append(reader)
    clock.end()
    if originals is not None:
        originals.settle()
    records = _records(readers)
    held = batches.from_rows([row for reader in readers for row in reader.held], QUARANTINE)
    return Extracted(records, held, tuple(reader.fate for reader in readers))


def _records(readers: Sequence[_ItemReader]) -> pa.Table:
    """Return the rows of all items; an item whose rows don't fit the schema (a source's bug) is held back alone."""
    try:
        return batches.from_rows([row for reader in readers for row in reader.rows], EXTRACTED)
    except ContractError:
        for reader in readers:
            reader.check()
    return batches.from_rows([row for reader in readers for row in reader.rows], EXTRACTED)


def lost(piece: Piece, reason: str, reading: Reading) -> Extracted:
    """Return the outcome of an item whose worker died on it."""
    reader = _ItemReader(piece, reading)
    reader.refuse(RecordError(reason))
    return Extracted(EXTRACTED.empty_table(), batches.from_rows(reader.held, QUARANTINE), (reader.fate,))


def extract_and_keep(pieces: Sequence[Piece], progress: str, reading: Reading, lake: Lake | None, stem: Path) -> Kept:
    """Run in a worker: keep the originals by hash (in a lake), read the items, and write what they gave at `stem`."""
    began = time.perf_counter()
    extracted = extract(pieces, progress, reading, lake.raw if lake else None)
    return _keep(extracted, stem, time.perf_counter() - began)


def extract_partition(pool: Workers, pieces: Sequence[Piece], reading: Reading, lake: Lake | None, stem: Path) -> Kept:
    """Read a partition in a worker, so that an item that kills its worker is quarantined alone."""
    parts = []
    for number, got in enumerate(pool.each(extract_and_keep, pieces, reading, lake, stem)):
        part = stem.with_name(f"{stem.name}-{number}")
        parts.append(_keep(lost(got.item, got.reason, reading), part) if isinstance(got, Lost) else got)
    return parts[0] if len(parts) == 1 else _join(parts, stem)


def _keep(extracted: Extracted, stem: Path, seconds: float = 0.0) -> Kept:
    records = batches.write(extracted.records, stem.with_name(f"{stem.name}.{secrets.token_hex(4)}.parquet"))
    held = stem.with_name(f"{stem.name}.{secrets.token_hex(4)}.quarantine.parquet")
    return Kept(records, batches.write(extracted.quarantine, held), extracted.fates, seconds)


def _join(parts: Sequence[Kept], stem: Path) -> Kept:
    records = pa.concat_tables([batches.read(part.records) for part in parts])
    held = pa.concat_tables([batches.read(part.quarantine) for part in parts])
    fates = tuple(fate for part in parts for fate in part.fates)
    return _keep(Extracted(records, held, fates), stem, sum(part.seconds for part in parts))


class _ItemReader:
    """Reads one item: completes the rows, keeps what is refused, follows embedded files."""

    def __init__(self, piece: Piece, reading: Reading) -> None:
        self.piece = piece
        self.reading = reading
        self.rows: list[Row] = []
        self.held: list[dict[str, Any]] = []
        self.reason: str | None = None
        self._seen: Counter[tuple[str, ...]] = Counter()
        self._embedded: dict[int, list[Embedded]] = {}  # by the place of their mail in `rows`
        self._followed = count()

    def keep_original(self, store: LocalStore) -> Item | None:
        """Keep the item's bytes by their hash, and return what to read.

        Holds the item back, and returns None, where the bytes are gone or others by now.
        """
        item = self.piece.item
        try:
            data = item.read()
        except OSError as error:
            self.refuse(blamed(error))
            return None
        if hashlib.sha256(data).hexdigest() != self.piece.sha256:
            self.refuse(RecordError("unreadable", "changed while it was read"))
            return None
        store.keep(f"{self.piece.sha256[:2]}/{self.piece.sha256}", data)
        return item if len(data) > HELD_BYTES else Held(item.uri, item.path, item.offset, len(data), data)

    def check(self) -> None:
        """Hold the item back when its rows do not fit the schema."""
        try:
            batches.from_rows(self.rows, EXTRACTED)
        except ContractError as error:
            self.refuse(RecordError("malformed", type(error).__name__))

    def read(self, item: Item) -> None:
        try:
            for got in self.reading.source.read(item, self.reading.params):
                self._take(got)
        except (ConfigError, DependencyMissing):
            raise  # no fault of the item: all others would fail alike
        except Exception as error:  # noqa: BLE001 - a parser may raise anything on hostile bytes; the item is kept back
            self.refuse(blamed(error))
        for place, files in self._embedded.items():
            if self.reading.attachments and self.rows:
                self._follow_all(files, self.rows[place])

    def _take(self, got: Row | Rejected | Embedded) -> None:
        if isinstance(got, Embedded):
            self._embedded.setdefault(len(self.rows) - 1, []).append(got)
        elif isinstance(got, Rejected):
            self._reject(got, got.place)
        else:
            self.rows.append(self._complete(got))

    def _reject(self, part: Rejected, place: str) -> None:
        self._hold(self._record_id(place), part.reason, f"{place}: {part.detail}" if part.detail else place)

    def refuse(self, error: RecordError) -> None:
        """Hold back the whole item; rows read so far go with it, so that nothing is half in."""
        self.rows = []
        self.reason = error.reason
        self._hold(item_id(self.piece), error.reason, error.detail)

    @property
    def fate(self) -> Fate:
        ids = tuple(row["record_id"] for row in self.rows)
        return Fate(item_id(self.piece), self.piece.sha256, ids, self.reason)

    def _hold(self, id_: str, reason: str, detail: str) -> None:
        source = self.reading.source
        row = {"record_id": id_, "step": source.name, "reason": reason, "detail": detail or None}
        row |= {"fingerprint": source.fingerprint(self.reading.params), "pointer": self.piece.item.whole_uri}
        self.held.append(row)

    def _record_id(self, part: str) -> str:
        return keyring().opaque_id("rec", self.piece.sha256, part)

    def _row_id(self, row: Row, part: str) -> str:
        """Return the id of a row: of its own content where the item is a table that is exported anew every night."""
        if self.reading.kind != "tickets":
            return self._record_id(part)
        headers = dict(row.get("headers") or ())
        said = tuple(str(row.get(name) or "") for name in TICKET_IDENTITY)
        content = said + tuple(headers.get(name) or "" for name in TICKET_HEADERS)
        self._seen[content] += 1
        return keyring().opaque_id("rec", "ticket", *content, str(self._seen[content]))

    def _complete(self, row: Row) -> Row:
        part = str(row.pop("part", "0"))
        fixed = {"record_id": self._row_id(row, part), "source": self.reading.name}
        fixed |= {"source_uri": self.piece.item.whole_uri, "source_kind": self.reading.kind}
        return {"lang_hint": self.reading.lang_hint, **{k: v for k, v in row.items() if v is not None}, **fixed}

    def _follow_all(self, files: Sequence[Embedded], parent: Row) -> None:
        if len(files) > EMBEDDED_PER_ITEM:
            parent["flags"] = [*(parent.get("flags") or ()), "attachments_capped"]
        for file, number in zip(files[:EMBEDDED_PER_ITEM], self._followed, strict=False):
            self._follow(file, number, parent)

    def _follow(self, file: Embedded, number: int, parent: Row) -> None:
        """Read an attachment through the source that knows its type; its rows answer to the parent's message."""
        with TemporaryDirectory(prefix="daytwo-part-") as folder:
            path = Path(folder, "attachment")
            path.write_bytes(file.data)
            item = Item(self.piece.item.uri, path, 0, len(file.data))
            try:
                for place, got in enumerate(self._attachment_parts(item)):
                    part = f"attachment/{number}/{place}"
                    if isinstance(got, Rejected):
                        self._reject(got, part)
                    else:
                        self.rows.append(self._adopt(got, parent, part))
            except (ConfigError, DependencyMissing):
                raise
            except Exception as error:  # noqa: BLE001 - as for the item itself: hostile bytes may raise anything
                why = blamed(error)
                self._hold(self._record_id(f"attachment/{number}"), why.reason, why.detail)

    def _attachment_parts(self, item: Item) -> Iterator[Row | Rejected]:
        for kind, params in self.reading.attachments:
            source = source_of(kind)
            try:
                spans = list(source.split(item.path, params))
            except Skip:
                continue
            for offset, length in spans:
                part = Item(item.uri, item.path, offset, length)
                yield from (got for got in source.read(part, params) if not isinstance(got, Embedded))
            return

    def _adopt(self, row: Row, parent: Row, part: str) -> Row:
        native = parent.get("native_id") or hashlib.sha256(parent["record_id"].encode()).hexdigest()
        inherited = {name: parent.get(name) for name in ("participants", "created_at")}
        kinship = {"part": part, "native_id": f"{native}/{part}", "role": "document"}
        headers = {"headers": {"in-reply-to": native}}
        return self._complete({**row, **inherited, **kinship, **headers}) | {"source_kind": "scans"}
