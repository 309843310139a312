"""Outlook .msg files (MS-OXMSG) through python-oxmsg."""

from __future__ import annotations

from collections.abc import Iterator

from tasks.errors import RecordError
from tasks.ingest.mime import Limits
from tasks.source import Embedded, Row


def read(data: bytes, part: str, limits: Limits, most_addresses: int) -> Iterator[Row | Embedded]:
    """Read one .msg file."""
    del data, part, limits, most_addresses
    raise RecordError("malformed", "not yet")
    yield
