"""Objects in an S3 bucket, under a prefix. Retries are botocore's; an answer that was lost is looked up."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from tasks.errors import DaytwoError
from tasks.s3 import BODY_ATTEMPTS, S3Access, breaks_off, client, code_of, explain, failures, status_of
from tasks.store import checked

TAKEN = 412
CONFLICT = 409
"""AWS answers so while another conditional write of the key is under way: ask again."""
ATTEMPTS = 8
"""Attempts at a write in conflict."""
AWS = S3Access()


@dataclass(frozen=True)
class S3Store:
    """Objects under s3://bucket/prefix. Implements `Store`.

    `prefix` is empty or ends in a slash. `encryption` asks for encryption at rest, AES256 or aws:kms, where the bucket
    does not by itself. `put_if_absent` is a PUT with If-None-Match: `probe` tells whether the store keeps to it.

    Every method raises ConfigError when the store does not let us in, TransientError when it doesn't answer.
    """

    bucket: str
    prefix: str = ""
    access: S3Access = AWS
    encryption: str | None = None

    def put(self, key: str, data: bytes) -> None:
        """Write an object, replacing an older one."""
        given = self._named(key)
        try:
            self._client.put_object(**given, Body=data, **self._encrypted)
        except failures() as error:
            raise self._explain(error) from None

    def put_if_absent(self, key: str, data: bytes) -> bool:
        """Write an object unless the key is taken; return whether it was written.

        An attempt that was applied and whose answer was lost is told by the object's bytes: they are `data`.
        """
        given = self._named(key)
        for attempt in range(1, ATTEMPTS + 1):
            try:
                self._client.put_object(**given, Body=data, IfNoneMatch="*", **self._encrypted)
            except failures() as error:
                status = status_of(error)
                if status == CONFLICT and attempt < ATTEMPTS:
                    continue
                if status == TAKEN:
                    return _retried(error) and self._holds(key, data)
                if status >= 500 or not status:
                    return self._applied(key, data, error)
                raise self._explain(error) from None
            else:
                return True
        raise AssertionError  # the last attempt returned or raised

    def _applied(self, key: str, data: bytes, error: Exception) -> bool:
        """Return True when a write that was reported as failed was in fact applied; else raise what it means."""
        try:
            there = self._holds(key, data)
        except DaytwoError:
            there = False
        if there:
            return True
        raise self._explain(error) from None

    def _holds(self, key: str, data: bytes) -> bool:
        try:
            return self.get(key) == data
        except KeyError:
            return False

    def get(self, key: str) -> bytes:
        """Return an object. Raises KeyError when there is none."""
        given = self._named(key)
        for attempt in range(1, BODY_ATTEMPTS + 1):
            try:
                return bytes(self._client.get_object(**given)["Body"].read())
            except failures() as error:
                if code_of(error) == "NoSuchKey":
                    raise KeyError(key) from None
                if not breaks_off(error) or attempt == BODY_ATTEMPTS:
                    raise self._explain(error) from None
        raise AssertionError  # the last attempt returned or raised

    def keys(self, prefix: str) -> Iterator[str]:
        """Yield the keys under a folder-like prefix, sorted (some stores list folder by folder)."""
        place = self._named(prefix)
        try:
            pages = self._client.get_paginator("list_objects_v2")
            listed = pages.paginate(Bucket=self.bucket, Prefix=f"{place['Key']}/")
            found = [entry["Key"] for page in listed for entry in page.get("Contents", ())]
        except failures() as error:
            raise self._explain(error) from None
        yield from sorted(key.removeprefix(self.prefix) for key in found)

    def delete(self, key: str) -> None:
        """Remove an object; nothing happens when there is none."""
        given = self._named(key)
        try:
            self._client.delete_object(**given)
        except failures() as error:
            raise self._explain(error) from None

    @property
    def _client(self) -> Any:
        return client(self.access)

    @property
    def _encrypted(self) -> dict[str, str]:
        return {"ServerSideEncryption": self.encryption} if self.encryption else {}

    def _named(self, key: str) -> dict[str, str]:
        return {"Bucket": self.bucket, "Key": self.prefix + checked(key)}

    def _explain(self, error: Exception) -> DaytwoError:
        return explain(error, self.access, f"bucket {self.bucket}")


def _retried(error: Exception) -> bool:
    answer = getattr(error, "response", None) or {}
    return bool(answer.get("ResponseMetadata", {}).get("RetryAttempts", 0))
