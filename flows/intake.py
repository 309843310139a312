"""The first half of a night: find what is new in the sources and read it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from threading import Lock
from typing import Any

import pyarrow as pa

from expectations.schema import QUARANTINE
from flows.arrival import arrivals
from flows.context import Context, results
from flows.held_inputs import HeldInputs, held_inputs
from tasks import batch as batches
from tasks.batch import BatchRef
from tasks.discover import Piece, Refused, cut_items, split_files
from tasks.extract import Fate, Kept, Reading, extract_partition, item_id
from tasks.keys import keyring
from tasks.ledger import EXTRACTS
from tasks.origins import Found
from tasks.partitions import Selection
from tasks.prefect_tasks import submit
from tasks.publish.quarantine import DISCOVER
from tasks.sandbox import Lost, Workers

FILES_PER_SPLIT = 2000
"""Files that a worker looks into at once."""


_noting = Lock()
"""Task runs are threads; one at a time writes to the ledger."""


@dataclass
class Intake:
    """What came in: rows for the ledger, selected extracted rows, the manifest of contents, what was refused."""

    files: list[dict[str, Any]] = field(default_factory=list)
    items: list[dict[str, Any]] = field(default_factory=list)
    selections: list[Selection] = field(default_factory=list)
    manifest: list[str] = field(default_factory=list)
    quarantine: list[pa.Table] = field(default_factory=list)


def collect(context: Context) -> Intake:
    """List the sources, split what is new into items, and read the items that were never read before."""
    intake = Intake()
    pieces: list[tuple[Reading, Piece]] = []
    held = held_inputs(context.ledger.items(), context.lake.restricted / "quarantine")
    for arrival in arrivals(context, held):
        reading = arrival.reading
        for file, outcome in zip(arrival.files, _split(context, reading, arrival.files), strict=True):
            pieces += [(reading, piece) for piece in _note_file(context, intake, reading, file, outcome)]
        for file, refused in arrival.refused:  # the ledger does not know them then: they are asked for again
            _note_refused(context, intake, reading, file, refused)
    _extract(context, intake, _unseen(context, intake, pieces, held))
    return intake


def _split(context: Context, reading: Reading, files: Sequence[Found]) -> Iterator[list[Piece] | Refused]:
    chunks = [files[start : start + FILES_PER_SPLIT] for start in range(0, len(files), FILES_PER_SPLIT)]
    futures = [
        submit("discover", f"discover · {reading.name} · {number}", partial(_split_chunk, context.pool, reading, chunk))
        for number, chunk in enumerate(chunks, 1)
    ]
    for outcomes in results(futures):
        yield from outcomes


def _split_chunk(pool: Workers, reading: Reading, chunk: Sequence[Found]) -> list[list[Piece] | Refused]:
    outcomes: list[list[Piece] | Refused] = []
    for got in pool.each(split_files, chunk, reading.kind, reading.params):
        outcomes += [Refused(got.item.uri, got.reason)] if isinstance(got, Lost) else got
    return outcomes


def _note_file(
    context: Context, intake: Intake, reading: Reading, file: Found, outcome: list[Piece] | Refused
) -> list[Piece]:
    fate = outcome.reason if isinstance(outcome, Refused) else "read"
    row = {"uri": file.uri, "size": file.size, "version": file.version, "fate": fate}
    intake.files += [row] if fate != "unreadable" else []  # its permissions may be mended without a new version
    if isinstance(outcome, list):
        return outcome
    if outcome.reason == "other_type":
        context.report.files["skipped"] += 1
    else:
        _note_refused(context, intake, reading, file, outcome)
    return []


def _note_refused(context: Context, intake: Intake, reading: Reading, file: Found, refused: Refused) -> None:
    context.report.files["quarantined"] += 1
    id_ = keyring().opaque_id("itm", file.uri, str(file.size), file.version)
    held = {"record_id": id_, "step": DISCOVER, "reason": refused.reason, "detail": refused.detail or None}
    held |= {"fingerprint": reading.source.fingerprint(reading.params), "pointer": file.uri}
    context.report.refuse([held])
    intake.quarantine.append(batches.from_rows([held], QUARANTINE))


def _unseen(
    context: Context, intake: Intake, pieces: Sequence[tuple[Reading, Piece]], held: HeldInputs
) -> list[tuple[Reading, Piece]]:
    """Return the items whose content was never seen, or not by this reader; the others are noted as known."""
    known, met, waiting = context.ledger.known_contents(), set[str](), 0
    fresh = []
    for reading, piece in pieces:
        context.report.items["in"] += 1
        again = held.reopens(piece.sha256, reading.source.fingerprint(reading.params))
        if piece.sha256 in met or (piece.sha256 in known and not again):
            context.report.items["known_item"] += 1
            intake.items.append(_item_row(piece, "known_item", 0))
            continue
        waiting += again
        met.add(piece.sha256)
        intake.manifest.append(piece.sha256)
        fresh.append((reading, piece))
    if waiting:
        context.report.notes.append(
            f"Read again, since the reader or its settings changed: {waiting} held back before."
        )
    return fresh


def _item_row(piece: Piece, fate: str, rows: int) -> dict[str, Any]:
    item = piece.item
    place = {"uri": item.uri, "offset": item.offset, "length": item.length}
    return place | {"item_id": item_id(piece), "sha256": piece.sha256, "fate": fate, "rows": rows}


def _extract(context: Context, intake: Intake, fresh: Sequence[tuple[Reading, Piece]]) -> None:
    """Read items, but for those whose rows lie in the lake already (a run that died, a held version)."""
    kept = _Kept(context.ledger.extracts())
    futures, partitions = [], []
    for reading in {reading.name: reading for reading, _ in fresh}.values():
        mine = [piece for owner, piece in fresh if owner is reading]
        again = [piece for piece in mine if kept.has(piece.sha256, reading)]
        for piece in again:
            selection = kept.selection(piece.sha256, reading)
            intake.selections.append(selection)
            _note_item(context, intake, piece, Fate("", piece.sha256, selection.record_ids))
        todo = [piece for piece in mine if not kept.has(piece.sha256, reading)]
        if reading.kind == "scans":
            todo.sort(key=lambda piece: -piece.item.length)  # a book that is begun last keeps one worker alone up
        for number, part in enumerate(cut_items(todo, reading.kind, *context.partition_size)):
            stem = context.lake.restricted / "extracted" / f"{context.run_id}-{reading.name}-{number:04d}"
            call = partial(_read, context, part, reading, stem)
            label = f"{reading.source.name} · {reading.name} · partition {number}"
            futures.append(submit(reading.source.name, label, call))
            partitions.append((reading, part))
    for (reading, part), done in zip(partitions, results(futures), strict=True):
        _take(context, intake, reading, part, done)


def _read(context: Context, part: Sequence[Piece], reading: Reading, stem: Path) -> Kept:
    """Read a partition, and note at once where its rows lie: a night that dies later costs no second OCR."""
    done = extract_partition(context.pool, part, reading, context.lake, stem)
    place = {"path": done.records.uri, "batch_sha256": done.records.sha256, "rows": done.records.rows}
    place["fingerprint"] = reading.source.fingerprint(reading.params)
    read = [fate for fate in done.fates if fate.reason is None]
    rows = [place | {"sha256": fate.sha256, "record_ids": list(fate.record_ids)} for fate in read]
    with _noting:
        context.ledger.note_extracts(batches.from_rows(rows, EXTRACTS))
    return done


def _take(context: Context, intake: Intake, reading: Reading, part: Sequence[Piece], done: Kept) -> None:
    """Note what a partition gave, and where its rows lie."""
    context.report.seconds[reading.source.name] += done.seconds
    intake.quarantine.append(batches.read(done.quarantine))
    context.report.refuse(intake.quarantine[-1].to_pylist())
    for piece, fate in zip(part, done.fates, strict=True):
        _note_item(context, intake, piece, fate)
        if fate.reason is None:
            intake.selections.append(Selection(done.records, fate.record_ids))


def _note_item(context: Context, intake: Intake, piece: Piece, fate: Fate) -> None:
    context.report.items["quarantined" if fate.reason else "read"] += 1
    intake.items.append(_item_row(piece, fate.reason or "read", len(fate.record_ids)))


class _Kept:
    """Where the rows of items lie that were read before by the same source with the same params."""

    def __init__(self, extracts: pa.Table) -> None:
        rows = extracts.to_pylist()
        self._rows = {(row["sha256"], row["fingerprint"]): row for row in rows}

    def has(self, sha256: str, reading: Reading) -> bool:
        return (sha256, reading.source.fingerprint(reading.params)) in self._rows

    def selection(self, sha256: str, reading: Reading) -> Selection:
        row = self._rows[sha256, reading.source.fingerprint(reading.params)]
        return Selection(BatchRef(row["path"], row["batch_sha256"], row["rows"]), tuple(row["record_ids"]))


def merge(selections: Sequence[Selection]) -> list[Selection]:
    """Return one selection per file, so that no file is read once per item."""
    ids: dict[tuple[BatchRef, bool], list[str]] = {}
    for selection in selections:
        ids.setdefault((selection.ref, selection.fresh), []).extend(selection.record_ids)
    return [Selection(ref, tuple(found), fresh) for (ref, fresh), found in ids.items()]
