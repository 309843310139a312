"""Types by content: what the first bytes of a file or attachment say, whatever its name claims."""

from __future__ import annotations

import re

MAGIC: tuple[tuple[bytes, str], ...] = (
    (b"%PDF-", "application/pdf"),
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"II*\0", "image/tiff"),
    (b"MM\0*", "image/tiff"),
    (b"GIF87a", "image/gif"),
    (b"GIF89a", "image/gif"),
    (b"BM", "image/bmp"),
    (b"PK\x03\x04", "application/zip"),
    (b"PK\x05\x06", "application/zip"),
    (b"Rar!\x1a\x07", "application/vnd.rar"),
    (b"7z\xbc\xaf\x27\x1c", "application/x-7z-compressed"),
    (b"\x1f\x8b", "application/gzip"),
    (b"BZh", "application/x-bzip2"),
    (b"\xfd7zXZ\0", "application/x-xz"),
    (b"\x28\xb5\x2f\xfd", "application/zstd"),
    (b"\x7fELF", "application/x-executable"),
    (b"MZ", "application/vnd.microsoft.portable-executable"),
    (b"\xca\xfe\xba\xbe", "application/x-mach-binary"),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "application/x-ole-storage"),
    (b"{\\rtf", "application/rtf"),
    (b"OggS", "application/ogg"),
    (b"ID3", "audio/mpeg"),
    (b"fLaC", "audio/flac"),
    (b"RIFF", "application/x-riff"),
    (b"\x78\x9f\x3e\x22", "application/ms-tnef"),
    (b"PAR1", "application/vnd.apache.parquet"),
    (b"SQLite format 3\0", "application/vnd.sqlite3"),
    (b"%!PS", "application/postscript"),
    (b"\0asm", "application/wasm"),
)
"""First bytes -> media type, tried in order."""

ANY_MAGIC = tuple(magic for magic, _ in MAGIC)
PROSE = frozenset((b"BM", b"MZ", b"ID3", b"BZh", b"PAR1", b"RIFF", b"OggS"))
"""Magic numbers that a text may begin with: they count only where bytes follow that no text has."""

PICTURES = frozenset(("application/pdf", "image/png", "image/jpeg", "image/tiff"))
"""What read-scans reads."""

ARCHIVES = frozenset(
    f"application/{kind}"
    for kind in (
        *("zip", "x-zip-compressed", "vnd.rar", "x-rar-compressed", "x-7z-compressed", "gzip", "x-gzip", "x-bzip2"),
        *("x-xz", "zstd", "x-tar", "vnd.android.package-archive", "java-archive"),
    )
)
"""What is never opened: a bomb, a link or a path out of the folder can lie in it (catalogue B6-B10)."""

TEXTUAL: tuple[tuple[re.Pattern[bytes], str], ...] = (
    (re.compile(rb"\s*(?:<!doctype html|<html|<head|<body|<!--)", re.IGNORECASE), "text/html"),
    (re.compile(rb"\s*<\?xml"), "application/xml"),
    (re.compile(rb"\s*[\[{]\s*(?:[\"\[{\]}]|\d)"), "application/json"),
    (re.compile(rb"#!"), "text/x-script"),
    (re.compile(rb"BEGIN:V(?:CARD|CALENDAR)", re.IGNORECASE), "text/directory"),
)
CSV_LINE = re.compile(rb"(?:\"[^\"\n]*\"|[^,;\t\"\n]*)(?:([,;\t])(?:\"[^\"\n]*\"|[^,;\t\"\n]*))+\r?")


def binary_type(head: bytes) -> str | None:
    """Return the media type that the first bytes prove, or None for text and the unknown."""
    if not head.startswith(ANY_MAGIC):
        return "video/mp4" if head[4:8] == b"ftyp" else None
    for magic, media_type in MAGIC:
        if head.startswith(magic) and (magic not in PROSE or b"\0" in head[:512]):
            return media_type
    return None


def text_type(head: bytes) -> str:
    """Return the media type that a text looks like: HTML, XML, JSON, CSV, or plain."""
    for pattern, media_type in TEXTUAL:
        if pattern.match(head):
            return media_type
    lines = [line for line in head[:4096].split(b"\n")[:4] if line.strip()]
    marks = [match[1] for match in map(CSV_LINE.fullmatch, lines[:3]) if match]
    if len(marks) == min(3, len(lines)) and len(set(marks)) == 1 and len(lines) > 1:
        return "text/csv"
    return "text/plain"


def is_binary(head: bytes) -> bool:
    """Say whether bytes that match no magic number are no text in any charset: NULs outside UTF-16, or controls."""
    sample = head[:4096]
    controls = sum(sample.count(bytes([code])) for code in (*range(1, 8), *range(14, 27), 28, 29, 30, 31))
    if controls > len(sample) // 20:
        return True
    nuls = sample.count(0)
    return nuls > 0 and not 0.3 < nuls / len(sample) < 0.6 and nuls > len(sample) // 50
