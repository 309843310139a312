"""What kind of file lies in a mail folder: decided by content; the name only says what it pretends to be."""

from __future__ import annotations

import re
import zlib
from enum import StrEnum
from pathlib import Path, PurePath

from tasks.errors import RecordError
from tasks.ingest import media
from tasks.source import Skip

HEAD_BYTES = 65_536
"""The type is decided on this many bytes."""
MAIL_SUFFIXES = frozenset((".eml", ".msg", ".mbox", ".mbx", ".emlx", ".mail", ".email", ".mbs"))
OUTLOOK_MARK = "__properties_version1.0".encode("utf-16-le")
FIRST_FIELD = re.compile(rb"\s{0,200}(?:>?From |[!-9;-~]{1,100}[ \t]*:)")
KNOWN_FIELD = re.compile(
    rb"^(?:from|to|cc|bcc|subject|date|received|message-id|mime-version|content-(?:type|transfer-encoding|disposition)"
    rb"|return-path|reply-to|sender|delivered-to|in-reply-to|references|resent-[a-z-]+|list-[a-z-]+|dkim-signature"
    rb"|authentication-results|arc-[a-z-]+|x-[\w-]+|newsgroups|envelope-to)[ \t]*:",
    re.IGNORECASE | re.MULTILINE,
)
EMLX = re.compile(rb"(\d{1,10})[ \t]*\r?\n(?=[!-9;-~]{1,100}:)")
UTF16_FIELD = re.compile(r"\ufeff?\s{0,50}(?:From |[!-9;-~]{1,100}:)")


SERVICE_FILE = re.compile(r"dovecot|courier|maildir(?:folder|size)\Z|subscriptions\Z|\.")
"""What servers keep beside the mails of a Maildir (https://cr.yp.to/proto/maildir.html; Dovecot's and Courier's)."""


class MailFile(StrEnum):
    """The containers of mail that are read."""

    MESSAGE = "message/rfc822"
    MBOX = "application/mbox"
    EMLX = "application/x-emlx"
    OUTLOOK = "application/vnd.ms-outlook"
    GZIP = "application/gzip"


def kind_of(head: bytes, path: PurePath) -> MailFile:
    """Return the container of a file from its first HEAD_BYTES.

    Raises Skip when it is of another type, and RecordError: empty_file, not_mail (blank, or text without a header that
    may be a broken mail), type_mismatch (a file that calls itself mail and holds something else).
    """
    if not head:
        raise RecordError("empty_file")
    claimed = claims_mail(path)
    binary = media.binary_type(head)
    if binary == "application/gzip":
        kind_of(_unpacked_head(head), path.with_suffix("") if path.suffix.lower() == ".gz" else path)
        return MailFile.GZIP
    if binary == "application/x-ole-storage" and (OUTLOOK_MARK in head or path.suffix.lower() == ".msg"):
        return MailFile.OUTLOOK
    if binary:
        raise RecordError("type_mismatch", binary) if claimed else Skip(binary)
    found = _text_kind(head)
    if found:
        return found
    if media.is_binary(head) and not utf16(head):
        raise RecordError("type_mismatch", "application/octet-stream") if claimed else Skip("application/octet-stream")
    if claimed and not head.strip():
        raise RecordError("not_mail", "blank")
    if claimed:
        return MailFile.MESSAGE
    kind = media.text_type(head)
    raise RecordError("not_mail", kind) if kind == "text/plain" else Skip(kind)


def _text_kind(head: bytes) -> MailFile | None:
    text = head.removeprefix(b"\xef\xbb\xbf")
    if text.startswith(b"From ") and b"\n" in text:
        return MailFile.MBOX
    if EMLX.match(text):
        return MailFile.EMLX
    if FIRST_FIELD.match(text):
        block = re.split(rb"\n\s*\n", text.lstrip(), maxsplit=1)[0]
        if KNOWN_FIELD.search(block):
            return MailFile.MESSAGE
    return MailFile.MESSAGE if utf16(head) else None


def claims_mail(path: PurePath) -> bool:
    """Say whether the name pretends to be mail: by its suffix, or by its place in a Maildir."""
    return path.suffix.lower() in MAIL_SUFFIXES or path.parent.name in ("cur", "new")


def beside_mail(path: Path) -> bool:
    """Say whether a file of a Maildir is no mail: a delivery under way (in tmp), or one of the server's own."""
    in_tmp = path.parent.name == "tmp" and (path.parent.parent / "cur").is_dir()
    return in_tmp or (SERVICE_FILE.match(path.name) is not None and (path.parent / "cur").is_dir())


def utf16(head: bytes) -> str | None:
    """Return the codec when the bytes are a mail in UTF-16, as some exports are; else None."""
    sample = head[:400]
    if sample[:2] not in (b"\xff\xfe", b"\xfe\xff") and not 0.3 < sample.count(0) / max(1, len(sample)) < 0.6:
        return None
    for codec in ("utf-16",) if sample[:2] in (b"\xff\xfe", b"\xfe\xff") else ("utf-16-le", "utf-16-be"):
        text = sample[: len(sample) & ~1].decode(codec, "replace")
        if UTF16_FIELD.match(text):
            return codec
    return None


def _unpacked_head(head: bytes) -> bytes:
    """Return the first bytes of what gzip packed.

    Raises RecordError: malformed.
    """
    try:
        return zlib.decompressobj(31).decompress(head, HEAD_BYTES)
    except zlib.error:
        raise RecordError("malformed", "gzip") from None
