"""What a file is by its content, and how to open it: bytes out of gzip within bounds, text in its encoding."""

from __future__ import annotations

import gzip
import io
import os
import re
import stat
import zipfile
import zlib
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Literal, TextIO, cast

from tasks.errors import RecordError
from tasks.ingest.ticket_encodings import detect, errors_for
from tasks.source import Skip

HEAD = 1 << 16
"""Bytes that decide what a file is."""
SUFFIXES = (".csv", ".tsv", ".json", ".jsonl", ".ndjson", ".xlsx", ".xlsm")
"""Names that promise a ticket export: such a file that holds something else is an error, not skipped."""
RATIO = 100
"""A gzip or zip that grows by more is taken for a bomb, once it has given `FREE` bytes (NASTY_INPUTS.md B8)."""
FREE = 64 << 20
WORKBOOK = 1 << 30
"""Largest workbook, unpacked: its shared strings are held in memory, and Excel's million rows seldom come near."""

Kind = Literal["json", "jsonl", "csv", "xlsx"]

_MAGIC: tuple[tuple[bytes, str], ...] = (
    (b"%PDF-", "application/pdf"),
    (b"\x89PNG\r\n", "image/png"),
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"GIF8", "image/gif"),
    (b"II*\0", "image/tiff"),
    (b"MM\0*", "image/tiff"),
    (b"\x7fELF", "application/x-executable"),
    (b"MZ\x90\0", "application/x-msdownload"),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "application/x-ole-storage"),
    (b"{\\rtf", "application/rtf"),
    (b"BZh", "application/x-bzip2"),
    (b"7z\xbc\xaf\x27\x1c", "application/x-7z-compressed"),
    (b"Rar!\x1a\x07", "application/vnd.rar"),
    (b"\xfd7zXZ\0", "application/x-xz"),
    (b"\x28\xb5\x2f\xfd", "application/zstd"),
    (b"PAR1", "application/vnd.apache.parquet"),
    (b"SQLite format 3\0", "application/vnd.sqlite3"),
    (b"PK\x03\x04", "application/zip"),
    (b"PK\x05\x06", "application/zip"),
)
_HEADER_LINE = re.compile(
    r"(Received|Return-Path|From|To|Date|Subject|Message-ID|MIME-Version|Delivered-To|Content-Type|X-[\w-]+|DKIM-\w+"
    r"|Reply-To|Cc|Sender|Status|References|In-Reply-To): ",
    re.IGNORECASE,
)
_MBOX_LINE = re.compile(r"From \S+ +\w{3} \w{3} +\d")


@dataclass(frozen=True, slots=True)
class Opened:
    """A ticket export and how to read it. `mismatched`: its content is of another kind than its name says."""

    path: Path
    kind: Kind
    encoding: str
    zipped: bool
    limit: int
    mismatched: bool = False

    def text(self) -> TextIO:
        """Open the text. Line ends become LF; no other character ends a line."""
        return io.TextIOWrapper(
            cast("BinaryIO", io.BufferedReader(_open(self.path, self.zipped, self.limit), 1 << 18)),
            encoding=self.encoding,
            errors=errors_for(self.encoding),
            newline=None,
        )

    def bytes(self) -> io.RawIOBase:
        """Open the bytes, out of gzip."""
        return _open(self.path, self.zipped, self.limit)


def suffix(path: Path) -> str:
    """Return the extension in lower case, the one before `.gz` for a gzip."""
    name = path.name.lower()
    return Path(name.removesuffix(".gz")).suffix


def inspect(path: Path, *, limit: int, encoding: str | None = None) -> Opened:
    """Return what kind of export a file is, judged by its content; `limit` bounds its bytes out of gzip.

    Raises Skip when it is of another type, RecordError (empty_file, type_mismatch, too_large, malformed) when its name
    promises an export and the content is none.
    """
    with _open(path, zipped=False, limit=1 << 62) as raw:
        start = raw.read(2) or b""
    if not start:
        raise RecordError("empty_file")
    zipped = start == b"\x1f\x8b"
    with _open(path, zipped, limit) as file:
        head = _read(file, HEAD)
    if not head:
        raise RecordError("empty_file", "nothing inside the gzip" if zipped else "")
    if media := _binary_type(head):
        return _table_of_cells(path, media, zipped, limit)
    with io.BufferedReader(_open(path, zipped, limit)) as file:
        codec = encoding or detect(cast("BinaryIO", file))
    text = io.TextIOWrapper(io.BytesIO(head), codec, errors_for(codec), newline=None).read()
    if not text.strip("﻿ \t\n\0"):
        raise RecordError("empty_file", "only white space")
    kind = _text_kind(text, path)
    expected = suffix(path) in _SUFFIXES_OF[kind] or suffix(path) not in SUFFIXES
    return Opened(path, kind, codec, zipped, limit, not expected)


_SUFFIXES_OF: dict[Kind, tuple[str, ...]] = {
    "json": (".json", ".jsonl", ".ndjson"),
    "jsonl": (".json", ".jsonl", ".ndjson"),
    "csv": (".csv", ".tsv"),
    "xlsx": (".xlsx", ".xlsm"),
}


def _binary_type(head: bytes) -> str | None:
    if head[257:262] == b"ustar":
        return "application/x-tar"
    if b"%PDF-" in head[:1024]:
        return "application/pdf"
    return next((media for magic, media in _MAGIC if head.startswith(magic)), None)


def other_type(path: Path, media: str) -> Skip | RecordError:
    """Return what to raise for a file that is no ticket export: an error only if its name says that it is one."""
    if suffix(path) in SUFFIXES:
        return RecordError("type_mismatch", f"named {suffix(path)}, but the content is {media}")
    return Skip(media)


def _table_of_cells(path: Path, media: str, zipped: bool, limit: int) -> Opened:
    if media != "application/zip":
        raise other_type(path, media)
    opened = Opened(path, "xlsx", "utf-8", zipped, limit, suffix(path) not in (".xlsx", ".xlsm"))
    with io.BytesIO(_read(opened.bytes(), min(limit, WORKBOOK))) if zipped else path.open("rb") as file:
        _check_workbook(file, path, limit)
    return opened


def _check_workbook(file: BinaryIO, path: Path, limit: int) -> None:
    try:
        entries = zipfile.ZipFile(file).infolist()
    except (zipfile.BadZipFile, ValueError, OSError, NotImplementedError):
        raise RecordError("malformed", "a broken zip") from None
    if not any(entry.filename.startswith("xl/workbook") for entry in entries):
        raise other_type(path, "application/zip")
    size, packed = sum(entry.file_size for entry in entries), sum(entry.compress_size for entry in entries)
    if size > min(limit, WORKBOOK) or (size > FREE and size > packed * RATIO):
        raise RecordError("too_large", "the workbook grows beyond the limit when unpacked")


def _text_kind(text: str, path: Path) -> Kind:
    start = text.lstrip("﻿ \t\n")
    named = suffix(path) in SUFFIXES
    if media := _foreign_text(start):
        raise other_type(path, media)
    if start[0] in "{[" and re.match(r"[{\[]\s*(?:[\"{\[\]}\d-]|true|false|null|$)", start):
        return "jsonl" if _by_lines(start, named=suffix(path) in (".jsonl", ".ndjson")) else "json"
    if suffix(path) in (".jsonl", ".ndjson", ".json") and re.search(r'^\s*\{\s*"', text, re.MULTILINE):
        return "jsonl"
    if _control_share(text) > 0.05:
        raise other_type(path, "application/octet-stream")
    if suffix(path) in (".jsonl", ".ndjson", ".json") and not re.search(r"[,;\t|]", text.split("\n", 1)[0]):
        raise other_type(path, "text/plain")
    return _maybe_csv(path, named=named)


def _maybe_csv(path: Path, *, named: bool) -> Kind:
    """Text that is nothing else may be a table; by another name only one whose header says so (the reader's check)."""
    if not named and suffix(path) not in ("", ".txt", ".dat", ".xls"):
        raise Skip("text/plain")
    return "csv"


def _foreign_text(start: str) -> str | None:
    if start.startswith("<"):
        return (
            "text/html"
            if re.match(r"<(!doctype html|html|head|body|table|div)\b", start, re.IGNORECASE)
            else "text/xml"
        )
    if _MBOX_LINE.match(start):
        return "application/mbox"
    if start.startswith(("BEGIN:VCALENDAR", "BEGIN:VCARD")):
        return "text/calendar" if "CALENDAR" in start[:20] else "text/vcard"
    lines = [line for line in start.split("\n", 12)[:12] if line and line[0] not in " \t"]
    headers = sum(1 for line in lines if _HEADER_LINE.match(line))
    return "message/rfc822" if headers >= 2 and _HEADER_LINE.match(lines[0]) else None


def _by_lines(start: str, *, named: bool) -> bool:
    """Tell JSON Lines from a JSON document: most lines are whole objects by their ends (half, if the name says so)."""
    *lines, last = [line.strip() for line in start.split("\n") if line.strip()]
    lines += [last] if last.endswith("}") else []
    whole = sum(1 for line in lines if line[0] == "{" and line[-1] == "}")
    return len(lines) >= 2 and whole * 2 + named > len(lines)


def _control_share(text: str) -> float:
    return sum(1 for char in text if char < " " and char not in "\t\n\r\f\0") / len(text)


class _Gunzip(io.RawIOBase):
    """The bytes inside a gzip, up to a limit and a ratio.

    Raises RecordError (too_large, malformed) while reading.
    """

    def __init__(self, path: Path, packed: io.RawIOBase, limit: int) -> None:
        self._packed_size = path.stat().st_size
        self._file = gzip.GzipFile(fileobj=cast("BinaryIO", packed))
        self._packed = packed
        self._limit = limit
        self._given = 0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        try:
            data = self._file.read(min(len(buffer), 1 << 18))
        except (OSError, EOFError, zlib.error):
            raise RecordError("malformed", "a broken gzip") from None
        self._given += len(data)
        if self._given > self._limit or self._given > max(FREE, self._packed_size * RATIO):
            raise RecordError("too_large", "the gzip grows beyond the limit when unpacked")
        buffer[: len(data)] = data
        return len(data)

    def close(self) -> None:
        self._file.close()
        self._packed.close()
        super().close()


def _open(path: Path, zipped: bool, limit: int) -> io.RawIOBase:
    """Open a regular file without following a link.

    Raises RecordError (unreadable) for anything else.
    """
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError as error:
        raise RecordError("unreadable", type(error).__name__) from None
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise RecordError("unreadable", "not a regular file")
    raw = os.fdopen(descriptor, "rb", buffering=0)
    return _Gunzip(path, raw, limit) if zipped else raw


def _read(file: io.RawIOBase, limit: int) -> bytes:
    with io.BufferedReader(file) as buffered:
        return buffered.read(limit)
