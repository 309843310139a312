"""The origin that a source's `path` names."""

from __future__ import annotations

import re
from pathlib import Path

from tasks.errors import ConfigError
from tasks.origins import Origin
from tasks.origins.folder import Folder
from tasks.origins.imap_place import PORTS, Access
from tasks.origins.s3 import Bucket
from tasks.s3 import S3Access

SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*)://")
SCHEMES = ("s3", *PORTS)
NO_ACCESS = S3Access()
NO_LOGIN = Access()


def scheme_of(place: str) -> str:
    """Return the scheme of a URL in lower case, "" for a path on disk."""
    match = SCHEME.match(place)
    return match[1].lower() if match else ""


def is_remote(place: str) -> bool:
    """Tell whether the files of a source have to be fetched."""
    return scheme_of(place) != ""


def is_mailbox(place: str) -> bool:
    """Tell whether a source is a folder of an IMAP server."""
    return scheme_of(place) in PORTS


def origin_of(place: str, s3: S3Access = NO_ACCESS, imap: Access = NO_LOGIN) -> Origin:
    """Return the origin for the `path` of a source: a path on disk, s3://bucket/prefix, or imaps://user@host/folder.

    Raises ConfigError that names the known schemes, or what is wrong with the URL.
    """
    scheme = scheme_of(place)
    if not scheme:
        return Folder(Path(place))
    if scheme == "s3":
        return Bucket(place, s3)
    if scheme in PORTS:
        from tasks.origins.imap import Mailbox  # noqa: PLC0415 - imapclient, which only mailboxes need

        return Mailbox(place, imap)
    known = ", ".join(f"{name}://" for name in SCHEMES)
    raise ConfigError(f"no source can be read from {scheme}://", remedy=f"Known: a path on disk, {known}.")
