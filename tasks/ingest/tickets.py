"""The ticket reader."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

from tasks.errors import RecordError
from tasks.source import Item, Rejected, Row, Source
from tasks.step import Params


class TicketParams(Params):
    """Params of read-tickets. `mapping`: our field to the export's column."""

    mapping: dict[str, str] = {}


def split(path: Path, _params: TicketParams) -> Iterator[tuple[int, int]]:
    """Yield the one item of a ticket export."""
    size = path.stat().st_size
    if not size:
        raise RecordError("empty_file")
    yield 0, size


def read(item: Item, params: TicketParams) -> Iterator[Row | Rejected]:
    """Read a ticket export: one record a comment, or a row."""
    names = {"text": "text", "subject": "subject", "native_id": "id"} | params.mapping
    with item.open() as file:
        for number, line in enumerate(file):
            try:
                row = json.loads(line)
            except ValueError:
                yield Rejected(f"row/{number}", "malformed_row")
                continue
            text = row.get(names["text"]) or row.get("description")
            if not isinstance(text, str):
                yield Rejected(f"row/{number}", "missing_column")
                continue
            native = row.get(names["native_id"]) or row.get("_id")
            yield {
                "part": f"row/{number}",
                "text": text,
                "subject": row.get(names["subject"]),
                "native_id": None if native is None else str(native),
                "flags": [],
            }


READ_TICKETS = Source("read-tickets", "tickets", 1, TicketParams, split, read)
