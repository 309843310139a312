"""Read items through their source into EXTRACTED rows. Runs in a worker; the worker's clock is armed for each item."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pyarrow as pa

from expectations.schema import EXTRACTED, QUARANTINE
from tasks import batch as batches
from tasks.discover import Piece
from tasks.errors import RecordError
from tasks.keys import keyring
from tasks.registry import source_of
from tasks.sandbox import Progress
from tasks.source import Embedded, Item, Rejected, Row, Skip, Source
from tasks.step import Params

ITEM_SECONDS = {"email": 30.0, "tickets": 600.0, "scans": 120.0}
"""Wall clock per item by kind (DESIGN.md: 30 s a mail, 120 s a page, armed anew for each page by the reader)."""
EMBEDDED_PER_ITEM = 50
"""At most so many attachments of one mail are read; a bomb of tiny pictures must not cost a night."""


@dataclass(frozen=True)
class Extracted:
    """What a batch of items gave: EXTRACTED rows, QUARANTINE rows, and per item its fate: (item_id, rows, reason)."""

    records: pa.Table
    quarantine: pa.Table
    fates: tuple[tuple[str, int, str | None], ...]


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


def extract(pieces: Sequence[Piece], progress: str, reading: Reading) -> Extracted:
    """Run in a worker: read every item; one that can't be read goes to quarantine with its reason."""
    clock = Progress(Path(progress))
    rows: list[Row] = []
    held: list[dict[str, Any]] = []
    fates = []
    for index, piece in enumerate(pieces):
        clock.begin(index, ITEM_SECONDS[reading.kind])
        reader = _ItemReader(piece, reading)
        reader.read()
        rows += reader.rows
        held += reader.held
        fates.append((item_id(piece), len(reader.rows), reader.reason))
    clock.end()
    return Extracted(batches.from_rows(rows, EXTRACTED), batches.from_rows(held, QUARANTINE), tuple(fates))


def lost(piece: Piece, reason: str, reading: Reading) -> Extracted:
    """Return the outcome of an item whose worker died on it."""
    reader = _ItemReader(piece, reading)
    reader.refuse(RecordError(reason))
    fate = (item_id(piece), 0, reason)
    return Extracted(EXTRACTED.empty_table(), batches.from_rows(reader.held, QUARANTINE), (fate,))


class _ItemReader:
    """Reads one item: completes the rows, keeps what is refused, follows embedded files."""

    def __init__(self, piece: Piece, reading: Reading) -> None:
        self.piece = piece
        self.reading = reading
        self.rows: list[Row] = []
        self.held: list[dict[str, Any]] = []
        self.reason: str | None = None

    def read(self) -> None:
        embedded: list[Embedded] = []
        try:
            for got in self.reading.source.read(self.piece.item, self.reading.params):
                if isinstance(got, Embedded):
                    embedded.append(got)
                elif isinstance(got, Rejected):
                    self._hold(
                        self._record_id(got.place),
                        got.reason,
                        f"{got.place}: {got.detail}" if got.detail else got.place,
                    )
                else:
                    self.rows.append(self._complete(got))
        except RecordError as error:
            self.refuse(error)
        except OSError as error:
            self.refuse(RecordError("unreadable", type(error).__name__))
        except Exception as error:  # noqa: BLE001 - a parser may raise anything on hostile bytes; the item is kept back
            self.refuse(RecordError("malformed", type(error).__name__))
        if self.reading.attachments and self.rows:
            for number, file in enumerate(embedded[:EMBEDDED_PER_ITEM]):
                self._follow(file, number, self.rows[0])

    def refuse(self, error: RecordError) -> None:
        """Hold back the whole item; rows read so far go with it, so that nothing is half in."""
        self.rows = []
        self.reason = error.reason
        self._hold(item_id(self.piece), error.reason, error.detail)

    def _hold(self, id_: str, reason: str, detail: str) -> None:
        source = self.reading.source
        row = {"record_id": id_, "step": source.name, "reason": reason, "detail": detail or None}
        row |= {"fingerprint": source.fingerprint(self.reading.params), "pointer": self.piece.item.whole_uri}
        self.held.append(row)

    def _record_id(self, part: str) -> str:
        return keyring().opaque_id("rec", self.piece.sha256, part)

    def _complete(self, row: Row) -> Row:
        part = str(row.pop("part", "0"))
        fixed = {"record_id": self._record_id(part), "source": self.reading.name}
        fixed |= {"source_uri": self.piece.item.whole_uri, "source_kind": self.reading.kind}
        return {"lang_hint": self.reading.lang_hint, **{k: v for k, v in row.items() if v is not None}, **fixed}

    def _follow(self, file: Embedded, number: int, parent: Row) -> None:
        """Read an attachment through the source that knows its type; its rows answer to the parent's message."""
        with TemporaryDirectory(prefix="daytwo-part-") as folder:
            path = Path(folder, "attachment")
            path.write_bytes(file.data)
            item = Item(self.piece.item.uri, path, 0, len(file.data))
            try:
                for place, row in enumerate(self._attachment_rows(item)):
                    self.rows.append(self._adopt(row, parent, f"attachment/{number}/{place}"))
            except RecordError as error:
                self._hold(self._record_id(f"attachment/{number}"), error.reason, error.detail)
            except Exception as error:  # noqa: BLE001 - as for the item itself: hostile bytes may raise anything
                self._hold(self._record_id(f"attachment/{number}"), "malformed", type(error).__name__)

    def _attachment_rows(self, item: Item) -> Iterator[Row]:
        for kind, params in self.reading.attachments:
            source = source_of(kind)
            try:
                spans = list(source.split(item.path, params))
            except Skip:
                continue
            for offset, length in spans:
                part = Item(item.uri, item.path, offset, length)
                yield from (row for row in source.read(part, params) if isinstance(row, dict))
            return

    def _adopt(self, row: Row, parent: Row, part: str) -> Row:
        native = parent.get("native_id") or hashlib.sha256(parent["record_id"].encode()).hexdigest()
        inherited = {name: parent.get(name) for name in ("participants", "created_at")}
        kinship = {
            "part": part,
            "native_id": f"{native}/{part}",
            "role": "document",
            "headers": {"in-reply-to": native},
        }
        return self._complete({**row, **inherited, **kinship}) | {"source_kind": "scans"}
