"""Files in a mail: their names made harmless, their types proved by content."""

from __future__ import annotations

import hashlib
import re
import urllib.parse
from dataclasses import dataclass, field
from typing import Any

from tasks.ingest import headers, media
from tasks.ingest.flags import Flags

NAME_CHARS = 255
"""File names are kept up to here, as file systems do."""
SMALLEST_PICTURE = 8_192
"""Pictures below this many bytes are logos and tracking pixels; no page of text fits into them."""
UNSAFE_NAME = re.compile(r"[\x00-\x1f\x7f/\\:\u200e\u200f\u202a-\u202e\u2066-\u2069]")
MEDIA_TYPE = re.compile(r"[a-z0-9!#$&^_.+-]{1,127}/[a-z0-9!#$&^_.+-]{1,127}")
"""A type by the grammar of RFC 6838 4.2; what else a header says is no type, and may be anything."""
UNKNOWN = "application/octet-stream"
SURROGATES = re.compile(r"[\ud800-\udfff]")


@dataclass(slots=True)
class Attachment:
    """A file in a mail. `data` are its decoded bytes."""

    name: str | None
    media_type: str
    data: bytes = field(repr=False)
    inline: bool = False

    def row(self) -> dict[str, Any]:
        """Return the element of the `attachments` column."""
        digest = hashlib.sha256(self.data).hexdigest()
        return {"name": self.name, "media_type": self.media_type, "size": len(self.data), "sha256": digest}

    @property
    def readable(self) -> bool:
        """Whether read-scans may find a page in it."""
        return (
            self.media_type in media.PICTURES
            and not self.inline
            and (len(self.data) >= SMALLEST_PICTURE or self.media_type == "application/pdf")
        )


def safe_name(name: str | None, flags: Flags, hints: tuple[str, ...] = ()) -> str | None:
    """Return a file name without what a path or a terminal could take amiss; it is only ever metadata.

    Flags: filename_unsafe.
    """
    if not name:
        return None
    plain = headers.words(name, flags, hints)
    if "%2" in plain.lower() or "%5c" in plain.lower() or "%00" in plain:
        plain = urllib.parse.unquote(plain)
    if UNSAFE_NAME.search(plain) or len(plain) > NAME_CHARS or plain in (".", ".."):
        flags.add("filename_unsafe")
        plain = UNSAFE_NAME.sub("_", re.split(r"[/\\]", plain)[-1])
    return SURROGATES.sub("\ufffd", plain)[:NAME_CHARS].strip(" .") or headers.UNNAMED


def proven_type(data: bytes, claimed: str, flags: Flags) -> str:
    """Return the media type that the content proves, else the one claimed.

    A ZIP may be any office document, so its claim stands. Flags: attachment_mismatch.
    """
    claimed = claimed if MEDIA_TYPE.fullmatch(claimed) else UNKNOWN
    proven = media.binary_type(data[:64])
    if proven is None or claimed in (proven, UNKNOWN):
        return proven or claimed
    family = claimed.partition("/")[0]
    lies = family in ("image", "text", "audio") or claimed == "application/pdf"
    if lies and proven.partition("/")[0] != family:
        flags.add("attachment_mismatch")
    return proven if lies or proven not in ("application/zip", "application/x-ole-storage") else claimed
