"""read-mail: .eml, mbox, Maildir, Apple .emlx and Outlook .msg files, each also gzipped, become one row per mail."""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from pathlib import Path
from tempfile import SpooledTemporaryFile
from typing import BinaryIO, cast

from pydantic import Field

from tasks import sandbox
from tasks.errors import RecordError, blamed
from tasks.ingest import mail_files, mbox
from tasks.ingest.mail_files import MailFile
from tasks.ingest.message import read_message
from tasks.ingest.mime import Limits
from tasks.source import Embedded, Item, Rejected, Row, Skip, Source
from tasks.step import Params

GZIP = b"\x1f\x8b"
GZIP_FLOOR = 50 * 2**20
"""A gzip file may always unpack to this many bytes, whatever its ratio."""
SPOOL_BYTES = 16 * 2**20
"""Unpacked files larger than this go to a nameless temporary file."""


class MailParams(Params):
    """Params of read-mail: the limits on untrusted mail (DESIGN.md, Untrusted input)."""

    mime_depth: int = Field(20, ge=1, le=100, description="Nested multiparts and attached messages.")
    mime_parts: int = Field(1_000, ge=1, description="Parts of one mail.")
    header_bytes: int = Field(2**20, ge=1_000, description="Bytes of one header block.")
    message_bytes: int = Field(50 * 2**20, ge=1_000, description="Bytes of one mail.")
    message_seconds: float = Field(
        30, gt=0, description="Wall clock per mail of a gzip file, then its worker is ended."
    )
    addresses: int = Field(1_000, ge=1, description="Mailboxes read of one address header.")
    unpacked_bytes: int = Field(2 * 2**30, ge=1_000, description="Bytes that a gzip file may unpack to.")
    gzip_ratio: int = Field(100, ge=1, description="Unpacked bytes per packed byte, above 50 MiB.")

    @property
    def limits(self) -> Limits:
        """The caps on one message's structure."""
        return Limits(self.mime_depth, self.mime_parts, self.header_bytes)


def split(path: Path, _params: MailParams) -> Iterator[tuple[int, int]]:
    """Yield (offset, length) of the mails in a file; a gzip file is one item, whatever it holds.

    Raises Skip for a file of another type, RecordError: empty_file, not_mail, type_mismatch, malformed.
    """
    size = path.stat().st_size
    if mail_files.beside_mail(path):
        raise Skip("application/x-maildir")
    with path.open("rb") as file:
        head = file.read(mail_files.HEAD_BYTES)
        kind = mail_files.kind_of(head, path)
        yield from _spans(file, head, kind, size)


def _spans(file: BinaryIO, head: bytes, kind: MailFile, size: int) -> Iterator[tuple[int, int]]:
    if kind is MailFile.MBOX:
        yield from mbox.spans(file, size)
    elif kind is MailFile.EMLX:
        yield _emlx_span(head, size)
    else:
        yield 0, size


def _emlx_span(head: bytes, size: int) -> tuple[int, int]:
    """Return where the mail lies in Apple's .emlx: after a line with its length, before a property list."""
    match = mail_files.EMLX.match(head)
    assert match is not None  # that is how the kind was found
    return match.end(), min(int(match[1]), size - match.end())


def read(item: Item, params: MailParams) -> Iterator[Row | Rejected | Embedded]:
    """Read a mail into one row: its text, participants, dates and flags; then its attachments that are pages.

    Raises RecordError: too_large, headers_too_large, mime_depth, mime_parts, malformed.
    """
    if item.length <= params.message_bytes:
        data = item.read()
        if not data.startswith(GZIP):
            yield from _one(data, "0", params)
            return
    else:
        with item.open() as file:
            if file.read(2) != GZIP:
                raise RecordError("too_large", f"more than {params.message_bytes} bytes")
    yield from _packed(item, params)


def _one(data: bytes, part: str, params: MailParams) -> Iterator[Row | Embedded]:
    if len(data) > params.message_bytes:
        raise RecordError("too_large", f"more than {params.message_bytes} bytes")
    if data.startswith(b"\xd0\xcf\x11\xe0"):
        from tasks.ingest import outlook  # noqa: PLC0415 - imports olefile, which most nights need not

        yield from outlook.read(data, part, params.limits, params.addresses)
    else:
        yield from read_message(data, part, params.limits, params.addresses)


def _packed(item: Item, params: MailParams) -> Iterator[Row | Rejected | Embedded]:
    """Read the mails of a gzip file; a bad one is rejected, the others are read."""
    with SpooledTemporaryFile(max_size=SPOOL_BYTES) as spool:
        size = _unpack(item, cast("BinaryIO", spool), params)
        spool.seek(0)
        head = spool.read(mail_files.HEAD_BYTES)
        kind = mail_files.kind_of(head, Path(item.name.removesuffix(".gz")))
        if kind is MailFile.GZIP:
            raise RecordError("type_mismatch", "gzip within gzip")
        for number, (offset, length) in enumerate(list(_spans(cast("BinaryIO", spool), head, kind, size))):
            sandbox.watch(params.message_seconds)
            spool.seek(offset)
            data = spool.read(min(length, params.message_bytes + 1))
            yield from _alone(data, str(number), params) if kind is MailFile.MBOX else _one(data, str(number), params)


def _alone(data: bytes, part: str, params: MailParams) -> Iterator[Row | Rejected | Embedded]:
    """Read one mail of many; whatever is wrong with it, the others are read."""
    try:
        yield from list(_one(data, part, params))
    except Exception as error:  # noqa: BLE001 - hostile bytes may make a parser raise anything
        why = blamed(error)
        yield Rejected(part, why.reason, why.detail)


def _unpack(item: Item, target: BinaryIO, params: MailParams) -> int:
    """Unpack a gzip file in a bounded stream (catalogue B9) and return its size."""
    most = min(params.unpacked_bytes, max(GZIP_FLOOR, item.length * params.gzip_ratio))
    unzip, written = zlib.decompressobj(31), 0
    with item.open() as file:
        while block := unzip.unconsumed_tail or unzip.unused_data or file.read(2**18):
            if unzip.eof:
                if not block.startswith(GZIP):
                    return written
                unzip = zlib.decompressobj(31)  # members may follow each other, as `cat` of two files makes them
            try:
                piece = unzip.decompress(block, 2**20)
            except zlib.error:
                raise RecordError("malformed", "gzip") from None
            written += len(piece)
            if written > most:
                raise RecordError("too_large", f"unpacks to more than {most} bytes")
            target.write(piece)
    if unzip.eof:
        return written
    raise RecordError("malformed", "truncated gzip")


READ_MAIL = Source("read-mail", "email", 2, MailParams, split, read)
