"""The origin that a source's `path` names."""

from __future__ import annotations

import re
from pathlib import Path

from tasks.errors import ConfigError
from tasks.origins import Origin
from tasks.origins.folder import Folder
from tasks.origins.s3 import Bucket, S3Access

SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*)://")
SCHEMES = ("s3",)
NO_ACCESS = S3Access()


def scheme_of(place: str) -> str:
    """Return the scheme of a URL in lower case, "" for a path on disk."""
    match = SCHEME.match(place)
    return match[1].lower() if match else ""


def is_remote(place: str) -> bool:
    """Tell whether the files of a source have to be fetched."""
    return scheme_of(place) != ""


def origin_of(place: str, s3: S3Access = NO_ACCESS) -> Origin:
    """Return the origin for the `path` of a source: a path on disk, or s3://bucket/prefix.

    Raises ConfigError that names the known schemes, or what is wrong with the URL.
    """
    scheme = scheme_of(place)
    if not scheme:
        return Folder(Path(place))
    if scheme == "s3":
        return Bucket(place, s3)
    known = ", ".join(f"{name}://" for name in SCHEMES)
    raise ConfigError(f"no source can be read from {scheme}://", remedy=f"Known: a path on disk, {known}.")
