"""Objects by key: on local disk or in S3, behind one protocol.

Keys are our own, never a user's text; whatever could climb out of the root is refused.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Protocol

from tasks.errors import ConfigError, ContractError

KEY = re.compile(r"(?!\.{1,2}(/|$))[A-Za-z0-9._+=-]+(/(?!\.{1,2}(/|$))[A-Za-z0-9._+=-]+)*\Z")
KEY_CHARS = 512
"""Longest key: S3 allows 1,024 bytes, and the bucket's prefix needs some."""


class Store(Protocol):
    """Where objects lie. All writes are atomic: an object is there whole or not at all."""

    def put(self, key: str, data: bytes) -> None:
        """Write an object, replacing an older one."""

    def put_if_absent(self, key: str, data: bytes) -> bool:
        """Write an object unless the key is taken; return whether it was written."""

    def get(self, key: str) -> bytes:
        """Return an object. Raises KeyError when there is none."""

    def keys(self, prefix: str) -> Iterator[str]:
        """Yield the keys under a folder-like prefix, sorted."""

    def delete(self, key: str) -> None:
        """Remove an object; nothing happens when there is none."""


def checked(key: str) -> str:
    """Return the key.

    Raises ContractError when it is not one of ours.
    """
    if len(key) > KEY_CHARS or not KEY.match(key):
        raise ContractError("refused an object key with other than letters, digits and ._+=- between slashes")
    return key


PROBE_WRITERS = 8
PROBE_ROUNDS = 3


def probe(store: Store) -> None:
    """Make sure that of many writers of one key exactly one wins: versions are published by that.

    Some S3 stores take the condition and don't enforce it, or only one after the other: both are tried.

    Raises ConfigError when the store can't be trusted with a version.
    """
    with ThreadPoolExecutor(PROBE_WRITERS) as threads:
        for _ in range(PROBE_ROUNDS):
            key = f"probe/{secrets.token_hex(12)}"
            try:
                won = list(threads.map(lambda n, key=key: store.put_if_absent(key, b"%d" % n), range(PROBE_WRITERS)))
                again = store.put_if_absent(key, b"late")
                if won.count(True) != 1 or again or store.get(key) != b"%d" % won.index(True):
                    raise ConfigError(
                        "the store lets two writers win: it does not enforce If-None-Match on PUT",
                        remedy="Use AWS S3 or another store that enforces it; on Ceph, a bucket without versioning.",
                    )
            finally:
                store.delete(key)
