"""What a file holds, by its first bytes: its name is a hint only."""

from __future__ import annotations

import mimetypes
from collections.abc import Iterator
from pathlib import Path

from tasks.errors import RecordError
from tasks.source import Skip

HEAD_BYTES = 1024
"""A PDF's header may stand anywhere in the first 1,024 bytes (ISO 32000-1, annex H.3.4.1)."""

SIGNATURES: tuple[tuple[int, bytes, str], ...] = (
    (0, b"\x89PNG\r\n\x1a\n", "image/png"),
    (0, b"\xff\xd8\xff", "image/jpeg"),
    (0, b"II*\x00", "image/tiff"),
    (0, b"MM\x00*", "image/tiff"),
    (0, b"II+\x00", "image/tiff"),
    (0, b"MM\x00+", "image/tiff"),
    (8, b"WEBP", "image/webp"),
    (0, b"GIF87a", "image/gif"),
    (0, b"GIF89a", "image/gif"),
    (0, b"\x00\x00\x00\x0cjP  \r\n\x87\n", "image/jp2"),
    (0, b"\xff\x4f\xff\x51", "image/jp2"),
    (4, b"ftypheic", "image/heic"),
    (4, b"ftypheix", "image/heic"),
    (4, b"ftypmif1", "image/heic"),
)
"""Offset, bytes, media type. BMP has no signature worth the name (two letters) and is left out with its relatives."""

SUFFIXES = {
    ".pdf": "application/pdf",
    ".png": "image/png",
    ".jpg": "image/jpeg",
    ".jpeg": "image/jpeg",
    ".jpe": "image/jpeg",
    ".tif": "image/tiff",
    ".tiff": "image/tiff",
    ".webp": "image/webp",
    ".gif": "image/gif",
    ".jp2": "image/jp2",
    ".j2k": "image/jp2",
    ".heic": "image/heic",
    ".heif": "image/heic",
}


def sniff(head: bytes) -> str | None:
    """Return the media type that the first bytes of a file tell, or None when it is nothing we read."""
    for offset, signature, media_type in SIGNATURES:
        if head[offset : offset + len(signature)] == signature:
            return media_type
    return "application/pdf" if b"%PDF-" in head[:HEAD_BYTES] else None


def promised(path: Path) -> str | None:
    """Return the media type that the file's name promises, if it is one we read."""
    return SUFFIXES.get(path.suffix.lower())


def media_type(path: Path) -> str:
    """Return what the file holds, one of the types in SUFFIXES.

    Raises Skip when neither name nor content is ours; RecordError `empty_file`, `unreadable`, or `type_mismatch` when
    the name promises a page and the content is none.
    """
    try:
        with path.open("rb") as file:
            head = file.read(HEAD_BYTES)
    except OSError as error:
        raise RecordError("unreadable", type(error).__name__) from None
    found = sniff(head)
    if found:
        return found
    if promised(path) is None:
        raise Skip(mimetypes.guess_type(path.name)[0] or "application/octet-stream")
    raise RecordError("type_mismatch" if head else "empty_file")


def split(path: Path, _params: object) -> Iterator[tuple[int, int]]:
    """Yield the file as one item; see `media_type` for what it raises."""
    media_type(path)
    yield 0, path.stat().st_size
