"""Sources: how the items of a folder become records.

A source splits a file into items (an mbox into mails; most files are one item) and reads one item into rows of the
EXTRACTED schema. Both run in a worker on hostile input: caps come before any library call.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from io import BytesIO
from pathlib import Path
from typing import Any, BinaryIO

from tasks.lineage import fingerprint
from tasks.origins import base_name
from tasks.step import Params


@dataclass(frozen=True, slots=True)
class Item:
    """One input: a file, or a byte range of it. `path` is where its bytes lie now, `uri` where they came from."""

    uri: str
    path: Path
    offset: int = 0
    length: int = 0

    @property
    def name(self) -> str:
        """The file's name at its origin: a hint only."""
        return base_name(self.uri)

    @property
    def whole_uri(self) -> str:
        """The uri with its byte range, where the item is only a part of the file."""
        return f"{self.uri}#offset={self.offset}" if self.offset else self.uri

    def open(self) -> BinaryIO:
        """Open the file at the item's offset. The caller reads at most `length` bytes."""
        file = self.path.open("rb")
        file.seek(self.offset)
        return file

    def read(self) -> bytes:
        """Return the item's bytes."""
        with self.open() as file:
            return file.read(self.length)


@dataclass(frozen=True, slots=True)
class Held(Item):
    """An item whose bytes were read already: what was hashed and kept is what is read, and the file is left alone."""

    data: bytes = field(default=b"", repr=False)

    def open(self) -> BinaryIO:
        """Open the bytes."""
        return BytesIO(self.data)

    def read(self) -> bytes:
        """Return the bytes."""
        return self.data


class Skip(Exception):
    """The file is not for this source; it is counted as skipped. `media_type` says what it looks like."""

    def __init__(self, media_type: str) -> None:
        super().__init__(media_type)
        self.media_type = media_type


@dataclass(frozen=True, slots=True)
class Embedded:
    """A file inside an item (a mail's attachment) for another source to read; its records join the item's thread."""

    name: str
    media_type: str
    data: bytes = field(repr=False)
    parent: dict[str, Any] = field(default_factory=dict, repr=False)


@dataclass(frozen=True, slots=True)
class Rejected:
    """A part of an item (a row of a table) that is unusable, while the rest goes on. `place` is its part path."""

    place: str
    reason: str
    detail: str = ""


Row = dict[str, Any]
"""A row of EXTRACTED. The source fills what it knows; `record_id`, `source` and `source_uri` are the reader's
(`tasks.extract`), which takes the row's `part` (a path such as "0" or "comment/3", unique in the item) out of it."""


@dataclass(frozen=True)
class Source:
    """A named, versioned reader of one kind.

    `split(path, params)` yields (offset, length) of the items in a file; it raises Skip when the file is of another
    type and RecordError when it pretends to be of this type but is unusable.
    `read(item, params)` yields rows, rejected parts and embedded files; RecordError makes the whole item unusable.
    """

    name: str
    kind: str
    version: int
    params: type[Params]
    split: Callable[[Path, Any], Iterator[tuple[int, int]]]
    read: Callable[[Item, Any], Iterator[Row | Rejected | Embedded]]

    @property
    def summary(self) -> str:
        """First line of the read function's docstring."""
        return (inspect.getdoc(self.read) or "").split("\n")[0]

    def fingerprint(self, params: Params) -> str:
        """Return what goes into lineage: name, version and the digest of the params."""
        return fingerprint(self.name, self.version, params.model_dump(mode="json"))
