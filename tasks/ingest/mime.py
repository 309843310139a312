"""The part tree of a message: our own walk over the bytes, linear, with the caps checked while it walks.

The standard library's parser recurses once per nested part and takes seconds for 300,000 empty ones; here depth and
count are bounded before anything is built, and no bytes are copied until a part is decoded.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from tasks.errors import RecordError
from tasks.ingest import headers, transfer
from tasks.ingest.flags import Flags
from tasks.ingest.headers import Headers

BLANK_LINE = re.compile(rb"\n\r?\n")
KNOWN_FIELD = re.compile(
    rb"^(?:from|to|cc|subject|date|received|message-id|mime-version|content-[a-z-]+|return-path|reply-to|sender"
    rb"|delivered-to|in-reply-to|references|x-[!-9;-~]+)[ \t]*:",
    re.IGNORECASE | re.MULTILINE,
)
FIELDS = re.compile(rb"(?:(?:>?From |[!-9;-~]+[ \t]*:)[^\n]*(?:\n[ \t][^\n]*)*+(?:\n|\Z))*+")
GUESS = re.compile(rb"^--([^\s-][^\r\n]{0,300}+)\r?$", re.MULTILINE)
MESSAGE_TYPES = frozenset(("message/rfc822", "message/global", "message/news"))


@dataclass(frozen=True, slots=True)
class Limits:
    """Caps on the structure of one message (DESIGN.md, Untrusted input)."""

    depth: int = 20
    parts: int = 1_000
    header_bytes: int = 2**20


@dataclass(slots=True)
class Part:
    """One node of the tree. `media_type` is in lower case, `children` those of a multipart or an attached message."""

    headers: Headers
    media_type: str
    params: dict[str, str]
    buffer: bytes = field(repr=False)
    start: int
    end: int
    children: list[Part] = field(default_factory=list, repr=False)
    first: bool = False
    """Whether it is the first part of a multipart: there even a named text is the body (RFC 8621 4.1.4)."""

    @property
    def body(self) -> bytes:
        """The part's bytes, before the transfer encoding is undone."""
        return self.buffer[self.start : self.end]

    @property
    def encoding(self) -> str:
        """The transfer encoding in lower case, without comments."""
        value = self.headers.get("content-transfer-encoding") or ""
        return value.partition("(")[0].partition(";")[0].strip(" \t\"'").lower()

    @property
    def is_multipart(self) -> bool:
        """Whether the part holds parts."""
        return self.media_type.startswith("multipart/")

    def content(self, flags: Flags) -> bytes | None:
        """Return the decoded bytes; None when a text part is base64 garbage."""
        return transfer.decoded(self.body, self.encoding, flags, text=self.media_type.startswith("text/"))

    def walk(self) -> Iterator[Part]:
        """Yield this part and all below it, in order."""
        yield self
        for child in self.children:
            yield from child.walk()


def parse(data: bytes, limits: Limits, flags: Flags) -> Part:
    """Return the part tree of a message.

    Raises RecordError: headers_too_large, mime_depth, mime_parts. Flags: no_header, no_boundary, truncated.
    """
    if b"\n" not in data and b"\r" in data:
        data = data.replace(b"\r", b"\n")  # line ends of the old Mac
    return _Walker(limits, flags).part(data, 0, len(data), 0, "text/plain", top=True)


class _Walker:
    def __init__(self, limits: Limits, flags: Flags) -> None:
        self.limits = limits
        self.flags = flags
        self.count = 0

    def part(self, data: bytes, start: int, end: int, depth: int, default: str, *, top: bool = False) -> Part:
        self.count += 1
        if self.count > self.limits.parts + 1:  # the message itself is not one of its parts
            raise RecordError("mime_parts", f"more than {self.limits.parts}")
        block, body = self._head(data, start, end, top=top)
        fields = headers.parse(block)
        media_type, params = _content_type(fields, default, self.flags)
        part = Part(fields, media_type, params, data, body, end)
        if part.is_multipart:
            self._check_depth(depth)
            self._open_multipart(part, depth + 1)
        elif media_type in MESSAGE_TYPES:
            self._check_depth(depth)
            self._open_message(part, depth + 1)
        return part

    def _check_depth(self, depth: int) -> None:
        if depth >= self.limits.depth:
            raise RecordError("mime_depth", f"deeper than {self.limits.depth}")

    def _head(self, data: bytes, start: int, end: int, *, top: bool) -> tuple[bytes, int]:
        """Return the header block with LF line ends, and where the body begins."""
        if data.startswith((b"\n", b"\r\n"), start, end):
            return b"", data.find(b"\n", start) + 1
        blank = BLANK_LINE.search(data, start, min(end, start + self.limits.header_bytes + 2))
        stop = blank.start() + 1 if blank else end
        if stop - start > self.limits.header_bytes:
            raise RecordError("headers_too_large", f"more than {self.limits.header_bytes} bytes")
        block = data[start:stop]
        kept = _fields_end(block)
        if kept == 0 and top:
            self.flags.add("no_header")
        if kept < len(block):
            return _lf(block[:kept]), start + kept
        return _lf(block), blank.end() if blank else end

    def _open_multipart(self, part: Part, depth: int) -> None:
        said = part.params.get("boundary", "").encode("utf-8", "surrogateescape")
        spans, closed = self._first_spans(part, dict.fromkeys((said, said.strip())))
        if not spans:
            self.flags.add("no_boundary")
            spans, closed = self._first_spans(part, (_guess(part),))
        if spans and not closed:
            self.flags.add("truncated")
        default = "message/rfc822" if part.media_type == "multipart/digest" else "text/plain"
        part.children = [self.part(part.buffer, start, end, depth, default) for start, end in spans]
        if part.children:
            part.children[0].first = True
        else:
            part.media_type = "text/plain"

    def _first_spans(self, part: Part, boundaries: Iterable[bytes]) -> tuple[list[tuple[int, int]], bool]:
        for boundary in filter(None, boundaries):
            spans, closed = self._spans(part, boundary)
            if spans:
                return spans, closed
        return [], False

    def _spans(self, part: Part, boundary: bytes) -> tuple[list[tuple[int, int]], bool]:
        """Return the byte ranges between the delimiter lines, and whether a closing one was met."""
        spans: list[tuple[int, int]] = []
        begun = -1
        for start, stop, closing in _delimiters(part.buffer, part.start, part.end, boundary):
            if begun >= 0 and closing and _declared_within(part.buffer, begun, start, boundary + b"--"):
                continue
            if begun >= 0:
                spans.append((begun, _before(part.buffer, begun, start)))
            if closing:
                return spans, True
            begun = stop
            if len(spans) > self.limits.parts:
                raise RecordError("mime_parts", f"more than {self.limits.parts}")
        if begun >= 0:
            spans.append((begun, part.end))
        return spans, False

    def _open_message(self, part: Part, depth: int) -> None:
        data, start, end = part.buffer, part.start, part.end
        if part.encoding in ("base64", "quoted-printable"):
            data = part.content(self.flags) or b""
            start, end = 0, len(data)
        part.children = [self.part(data, start, end, depth, "text/plain")]


def _delimiters(data: bytes, start: int, end: int, boundary: bytes) -> Iterator[tuple[int, int, bool]]:
    """Yield (start, end, closing) of the delimiter lines; a longer line that begins alike is none."""
    mark = b"--" + boundary
    found = data.find(mark, start, end)
    while found >= 0:
        after = found + len(mark)
        if found == start or data[found - 1] in b"\r\n":
            rest = data[after : min(after + 100, end)].partition(b"\n")[0].strip()
            if rest in (b"", b"--"):
                line_end = data.find(b"\n", after, end)
                yield found, end if line_end < 0 else line_end + 1, rest == b"--"
        found = data.find(mark, after, end)


def _declared_within(data: bytes, start: int, end: int, boundary: bytes) -> bool:
    """Say whether an inner multipart calls its boundary what looks like our closing delimiter."""
    return data.find(b'boundary="' + boundary + b'"', start, end) >= 0


def _before(data: bytes, begun: int, delimiter: int) -> int:
    """Return where the content ends: the line end before a delimiter belongs to the delimiter."""
    end = delimiter
    if end > begun and data[end - 1] == 10:
        end -= 1
        if end > begun and data[end - 1] == 13:
            end -= 1
    return end


def _guess(part: Part) -> bytes:
    """Return the boundary of a multipart that does not name its own: a line `--x` that is met again."""
    match = GUESS.search(part.buffer, part.start, part.end)
    if not match:
        return b""
    boundary = match[1].rstrip(b" \t")
    return boundary if part.buffer.find(b"--" + boundary, match.end(), part.end) >= 0 else b""


def _fields_end(block: bytes) -> int:
    """Return where the fields end: at a line that is none and after which no known field follows."""
    position = FIELDS.match(block).end()  # type: ignore[union-attr]  # it matches the empty string
    if position == len(block):
        return position
    last = max((match.start() for match in KNOWN_FIELD.finditer(block)), default=-1)
    while position < len(block):
        if last < position:
            return position
        position = block.find(b"\n", position) + 1 or len(block)
        match = FIELDS.match(block, position)
        position = match.end() if match else position
    return position


def _lf(block: bytes) -> bytes:
    return block.replace(b"\r\n", b"\n").replace(b"\r", b"\n") if b"\r" in block else block


def _content_type(fields: Headers, default: str, flags: Flags) -> tuple[str, dict[str, str]]:
    value = fields.get("content-type")
    if value is None:
        return default, {}
    media_type, params = headers.valued(value, flags)
    media_type = re.sub(r"\s", "", media_type)
    if media_type.count("/") != 1 or not all(media_type.split("/")):
        # RFC 2045 5.2: what can't be read is plain text
        return {"text": "text/plain", "html": "text/html", "multipart": "multipart/mixed"}.get(
            media_type.strip("/"), "text/plain" if not media_type.startswith("multipart") else "multipart/mixed"
        ), params
    return media_type, params
