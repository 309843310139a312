"""A prefix of an S3 bucket, listed page by page. Reading needs s3:ListBucket and s3:GetObject, nothing more."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tasks.origins import Found


@dataclass(frozen=True, slots=True)
class S3Access:
    """Where S3 is. Credentials come from the environment or an AWS profile, never from settings."""

    endpoint_url: str | None = None
    region: str | None = None


class Bucket:
    """The objects under s3://bucket/prefix. Implements `Origin`."""

    def __init__(self, url: str, access: S3Access) -> None:
        self.url = url
        self.access = access
        self.left: Counter[str] = Counter()

    def listing(self) -> Iterator[Found]:
        raise NotImplementedError

    def fetch(self, found: Found, folder: Path) -> Found:
        raise NotImplementedError
