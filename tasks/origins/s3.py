"""A prefix of an S3 bucket, listed page by page. Reading needs s3:ListBucket and s3:GetObject, nothing more."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import quote, unquote

from tasks.errors import ConfigError, RecordError, TransientError
from tasks.origins import Found, Gone, hidden
from tasks.s3 import BODY_ATTEMPTS, S3Access, breaks_off, client, code_of, explain, failures

URL = re.compile(r"s3://(?P<bucket>[A-Za-z0-9][A-Za-z0-9._-]{1,62})(/(?P<prefix>.*))?\Z", re.DOTALL | re.IGNORECASE)
ARCHIVED = {"GLACIER", "DEEP_ARCHIVE"}
"""Storage classes whose objects can't be read at once."""
CHUNK = 1 << 20
LOST = {"NoSuchKey", "PreconditionFailed", "404", "412"}
CLIMBS = re.compile(r"(^|/)\.{1,2}(/|$)")


class Bucket:
    """The objects under s3://bucket/prefix. Implements `Origin`.

    A prefix is taken as a path: `in` is the object `in` or what lies under `in/`, not `in-2025/x`. One that ends in `*`
    is taken as it stands. Empty objects that stand for folders are no files; archived objects are left alone.

    Raises ConfigError when the URL is none.
    """

    def __init__(self, url: str, access: S3Access) -> None:
        match = URL.match(url)
        if match is None:
            raise ConfigError("the s3:// path of a source names no bucket", remedy="Write s3://bucket/prefix.")
        self.bucket = match["bucket"]
        self.prefix = match["prefix"] or ""
        self.access = access
        self.left: Counter[str] = Counter()

    def listing(self) -> Iterator[Found]:
        """Yield the objects in the order of the store, which is that of the keys with S3 itself.

        Raises ConfigError when the bucket is not there or may not be listed, TransientError when it doesn't answer.
        """
        self.left.clear()
        for entry in self._entries():
            if entry["Key"].endswith("/") and not entry["Size"]:
                continue  # it stands for a folder
            if entry.get("StorageClass") in ARCHIVED:
                self.left["archived object"] += 1
            else:
                uri = f"s3://{self.bucket}/{quote(entry['Key'], safe='/')}"
                yield Found(uri, entry["Size"], entry["ETag"].strip('"'))

    def _entries(self) -> Iterator[dict[str, Any]]:
        try:
            store = client(self.access)
            for given in self._queries():
                for page in store.get_paginator("list_objects_v2").paginate(Bucket=self.bucket, **given):
                    yield from page.get("Contents", ())
        except failures() as error:
            raise explain(error, self.access, f"bucket {self.bucket}") from None

    def _queries(self) -> Iterator[dict[str, Any]]:
        """Yield what to list: all that begins with the prefix, or the object of that key and what lies under it."""
        if self.prefix.endswith("*"):
            yield {"Prefix": self.prefix[:-1]}
        elif not self.prefix or self.prefix.endswith("/"):
            yield {"Prefix": self.prefix}
        else:
            page = client(self.access).list_objects_v2(Bucket=self.bucket, Prefix=self.prefix, MaxKeys=1)
            if any(entry["Key"] == self.prefix for entry in page.get("Contents", ())):
                yield {"Prefix": self.prefix, "PaginationConfig": {"MaxItems": 1}}
            yield {"Prefix": f"{self.prefix}/"}

    def fetch(self, found: Found, folder: Path, ahead: Sequence[Found] = ()) -> Found:  # noqa: ARG002 - the protocol's
        """Return the object with its bytes in `folder`; one that was fetched already is not fetched again.

        Raises Gone when it vanished or changed, RecordError(unreadable) when this object can't be read, TransientError
        when the store or the disk fails, ConfigError when the store lets us in no longer.
        """
        if CLIMBS.search(self._key(found)):
            raise RecordError("unreadable", "a segment . or .. in its key")  # what is between us and S3 may resolve it
        path = hidden(found, folder)
        if not path.exists():
            self._bring(found, path)
        return Found(found.uri, found.size, found.version, path)

    def _key(self, found: Found) -> str:
        return unquote(found.uri.removeprefix(f"s3://{self.bucket}/"))

    def _bring(self, found: Found, path: Path) -> None:
        given = {"Bucket": self.bucket, "Key": self._key(found), "IfMatch": f'"{found.version}"'}
        for attempt in range(1, BODY_ATTEMPTS + 1):
            try:
                _write(client(self.access).get_object(**given)["Body"], found.size, path)
            except failures() as error:
                if not breaks_off(error) or attempt == BODY_ATTEMPTS:
                    raise self._meaning(error) from None
            except OSError as error:
                remedy = "Make room on the disk of lake.restricted, and let daytwo write there."
                raise TransientError(f"cannot write what was fetched: {error.strerror}", remedy=remedy) from None
            else:
                return

    def _meaning(self, error: Exception) -> Exception:
        code = code_of(error)
        if code in LOST:
            return Gone()
        if code in ("AccessDenied", "InvalidObjectState") or code.startswith(("KMS.", "Kms")):
            return RecordError("unreadable", code)
        return explain(error, self.access, f"bucket {self.bucket}")


def _write(body: Any, size: int, path: Path) -> None:
    """Write a body to `path`, whole or not at all.

    Raises Gone when it is not of the size that was listed.
    """
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    partial = path.with_name(f"{path.name}.partial")
    written = 0
    with partial.open("wb") as file:
        for chunk in body.iter_chunks(CHUNK):
            written += len(chunk)
            if written > size:
                break  # a store that sends more than it said shall not fill the disk
            file.write(chunk)
    if written != size:
        partial.unlink()
        raise Gone
    partial.replace(path)
