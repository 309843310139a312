"""mbox files: where each mail begins, streamed in flat memory, and its lines as they were before they were quoted.

Four dialects are met (https://www.loc.gov/preservation/digital/formats/fdd/fdd000383.shtml): mboxo quotes `From ` with
`>`, mboxrd also `>From `; mboxcl and mboxcl2 say Content-Length, the latter without quoting.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import BinaryIO

BLOCK_BYTES = 2**20
"""Read at once; memory stays flat at a few of these."""
CARRY_BYTES = 4_096
"""Carried from one block into the next: a postmark and the line after it are shorter."""
HEAD_BYTES = 65_536
"""Content-Length is looked for in this many bytes of a mail."""

POSTMARK = re.compile(rb"From ([^\r\n]{0,998})\r?\n([^\r\n]{0,200})")
DATED = re.compile(
    rb".*\b(?:(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)\w*,? )?(?:\d{1,2} )?(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)"
    rb"\w* +(?:\d{1,2},? +)?(?:\d{4} )?\d{1,2}:\d{2}(?::\d{2})?\b.*"
)
UNDATED = re.compile(rb"(?:-|\S+@\S+|[\w.-]+)?[ \t]*")
FIELD = re.compile(rb"[!-9;-~]{1,100}[ \t]*:|>?From ")
KNOWN = re.compile(
    rb"(?:from|to|cc|subject|date|received|message-id|mime-version|content-[a-z-]+|return-path|reply-to|sender"
    rb"|delivered-to|status|x-[\w-]+)[ \t]*:",
    re.IGNORECASE,
)
CONTENT_LENGTH = re.compile(rb"^Content-Length:[ \t]*(\d{1,12})[ \t]*\r?$", re.MULTILINE | re.IGNORECASE)
BLANK = re.compile(rb"\n\r?\n")
QUOTED_FROM = re.compile(rb"^>(>*From )", re.MULTILINE)
BOM = b"\xef\xbb\xbf"


def spans(file: BinaryIO, size: int) -> Iterator[tuple[int, int]]:
    """Yield (offset, length) of each mail in an mbox of `size` bytes, in order and without gaps.

    A Content-Length is believed only when a postmark, or the end, stands where it says.
    """
    begun, trusted = 0, 0
    for offset in _postmarks(file):
        if offset <= begun:  # the first one; a byte order mark may stand before it
            trusted = _announced_end(file, offset, size)
        elif offset >= trusted:
            yield begun, offset - begun
            begun, trusted = offset, _announced_end(file, offset, size)
    if size > begun:
        yield begun, size - begun


def _postmarks(file: BinaryIO) -> Iterator[int]:
    """Yield the offset of every line that is a postmark: `From `, a date, and then a header field."""
    base, buffer, last = 0, b"", -1
    while True:
        file.seek(base + len(buffer))
        block = file.read(BLOCK_BYTES)
        buffer += block
        sure = len(buffer) if not block else len(buffer) - CARRY_BYTES
        for start in _line_starts(buffer, 0 if base == 0 else 1, sure):
            first = base + start <= len(BOM)
            if base + start > last and _is_postmark(buffer, start, first=first):
                last = base + start
                yield 0 if first else last
        if not block:
            return
        keep = max(0, len(buffer) - 2 * CARRY_BYTES)
        base, buffer = base + keep, buffer[keep:]


def _line_starts(buffer: bytes, begin: int, end: int) -> Iterator[int]:
    """Yield where lines begin with `From `; a byte order mark may stand before the first."""
    start = buffer.find(b"From ", begin)
    while 0 <= start < end:
        if start == 0 or buffer[start - 1] == 10 or buffer[:start] == BOM:
            yield start
        start = buffer.find(b"From ", start + 5)


def _is_postmark(buffer: bytes, start: int, *, first: bool) -> bool:
    match = POSTMARK.match(buffer, start)
    if match is None:
        return False
    after_blank = first or buffer[max(0, start - 3) : start].replace(b"\r", b"").endswith(b"\n\n")
    if DATED.fullmatch(match[1]):
        return bool(KNOWN.match(match[2]) or (after_blank and (FIELD.match(match[2]) or not match[2])))
    netscape = match[1].rstrip() == b"-"  # written without a free line before it, too
    return bool(UNDATED.fullmatch(match[1]) and KNOWN.match(match[2]) and (after_blank or netscape))


def _announced_end(file: BinaryIO, offset: int, size: int) -> int:
    """Return where the mail's Content-Length says it ends if a postmark or the end is there; else 0."""
    file.seek(offset)
    head = file.read(HEAD_BYTES)
    blank = BLANK.search(head)
    length = CONTENT_LENGTH.search(head, 0, blank.end()) if blank else None
    if blank is None or length is None:
        return 0
    end = offset + blank.end() + int(length[1])
    if end > size:
        return 0
    file.seek(end)
    rest = file.read(8).lstrip(b"\r\n")
    return end if not rest or rest.startswith(b"From ") else 0


def unquoted(data: bytes) -> bytes:
    """Return a mail without its postmark and with `>From ` lines as they were written.

    One `>` goes (mboxo, mboxrd, mboxcl); none when a bare `From ` line shows that nothing was quoted (mboxcl2).
    """
    data = data.removeprefix(BOM)
    if not data.startswith(b"From "):
        return data
    data = data[data.find(b"\n") + 1 :] if b"\n" in data else b""
    if b">From " not in data or b"\nFrom " in data:
        return data
    return QUOTED_FROM.sub(rb"\1", data)
