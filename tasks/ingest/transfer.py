"""Transfer encodings of MIME parts, and the encoded blocks that people once put right into the text."""

from __future__ import annotations

import binascii
import re
from collections.abc import Iterator

from tasks.encoded_blocks import Block, blocks
from tasks.ingest import headers
from tasks.ingest.flags import Flags
from tasks.ingest.headers import from_base64

PLAIN = frozenset(("", "7bit", "8bit", "binary", "none", "7-bit", "8-bit", "us-ascii", "utf-8", "unknown", "text"))
UUENCODE = frozenset(("uuencode", "x-uuencode", "uue", "x-uue", "uu"))
BASE64 = re.compile(rb"[A-Za-z0-9+/\s]*+=?\s*=?\s*")
LEGAL = headers.BASE64 + b" \t\r\n\f\v"
GAP = re.compile(rb"(?<=\S) (?=\S)")
PADDED_END = re.compile(rb"=[ \t\r]*\n")
BEGIN = re.compile(r"^begin [0-7]{3,4} ([^\n]{0,255})$", re.MULTILINE)
FOREIGN_SHARE = 0.1
"""More than this share of bytes outside the alphabet, and it is no base64 (line noise of bad gateways is rarer)."""


def decoded(data: bytes, encoding: str, flags: Flags, *, text: bool) -> bytes | None:
    """Return the content of a part, or None for a text part that claims base64 and is garbage.

    Never raises. Flags: base64_garbage, transfer_unknown, uuencode_garbage.
    """
    if encoding in PLAIN:
        return data
    if encoding == "base64":
        return _base64(data, flags, text=text)
    if encoding == "quoted-printable":
        return binascii.a2b_qp(data)
    if encoding in UUENCODE:
        return _uu_part(data, flags)
    flags.add("transfer_unknown")
    return data


def _base64(data: bytes, flags: Flags, *, text: bool) -> bytes | None:
    if text:
        end = PADDED_END.search(data)
        if end and BASE64.fullmatch(data, 0, end.end()):
            return from_base64(data[: end.end()])  # a mailing list may have put its footer behind the code
        if _is_prose(data):
            return data  # text whose header lies about its encoding
    elif BASE64.fullmatch(data):
        try:
            return binascii.a2b_base64(data)
        except binascii.Error:
            return from_base64(data)
    if text and len(data.translate(None, LEGAL)) > len(data) * FOREIGN_SHARE:
        flags.add("base64_garbage")
        return None
    return from_base64(data)


def _is_prose(data: bytes) -> bool:
    """Say whether bytes read as words: spaces within lines, which base64 never has."""
    sample = data[:4096]
    gaps = len(GAP.findall(sample))
    return gaps >= 3 and gaps * 25 > len(sample)


def _uu_part(data: bytes, flags: Flags) -> bytes:
    body = data.decode("latin-1").replace("\r\n", "\n")
    match = BEGIN.search(body)
    content = _uu_lines(body[match.end() + 1 if match else 0 :].split("\nend", 1)[0])
    if content is None:
        flags.add("uuencode_garbage")
        return b""
    return content


def _uu_lines(block: str) -> bytes | None:
    """Return what the lines between begin and end decode to, or None when they are not uuencoded."""
    out = []
    for line in block.split("\n"):
        raw = line.rstrip("\r").encode("latin-1", "replace")
        if not raw or raw in (b"`", b" "):
            continue
        try:
            out.append(binascii.a2b_uu(raw))
        except binascii.Error:
            # encoders that pad lines: keep only what the length byte announces, as CPython's uu module did
            wanted = (((raw[0] - 32) & 63) * 4 + 5) // 3
            try:
                out.append(binascii.a2b_uu(raw[:wanted]))
            except binascii.Error:
                return None
    return b"".join(out)


def files_in(text: str, flags: Flags) -> Iterator[tuple[str, bytes]]:
    """Yield (name, bytes) of the files that were encoded into a text.

    Flags: uuencoded, uuencode_garbage, yenc, binhex.
    """
    for block in blocks(text):
        data = _block_bytes(block)
        flags.add(_BLOCK_FLAGS.get(block.kind) or ("uuencode_garbage" if data is None else "uuencoded"))
        if data is not None:
            yield block.name, data


_BLOCK_FLAGS = {"yenc": "yenc", "binhex": "binhex"}


def _block_bytes(block: Block) -> bytes | None:
    """Return what a block decodes to, None when it is garbage or there is no decoder."""
    if block.kind == "uuencode":
        return _uu_lines(block.code)
    return from_base64(block.code.encode("ascii")) if block.kind == "base64" else None
