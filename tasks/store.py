"""Objects by key: on local disk for now; the S3 store of part 2 keeps this protocol.

Keys are our own, never a user's text; whatever could climb out of the root is refused.
"""

from __future__ import annotations

import errno
import os
import re
import secrets
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Protocol

from tasks.errors import ConfigError, ContractError, TransientError

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


class LocalStore:
    """Objects as files under a folder of mode 0700. Implements `Store`.

    `put_if_absent` is a hard link onto the final name: the file system lets exactly one writer win.
    """

    def __init__(self, root: Path) -> None:
        self.root = root

    def path(self, key: str) -> Path:
        """Return the file of a key.

        Raises ContractError when the key is not one of ours.
        """
        if len(key) > KEY_CHARS or not KEY.match(key):
            raise ContractError("refused an object key with other than letters, digits and ._+=- between slashes")
        return self.root / key

    def put(self, key: str, data: bytes) -> None:
        """Write an object, replacing an older one."""
        path = self.path(key)
        self._partial(path, data).replace(path)

    def put_if_absent(self, key: str, data: bytes) -> bool:
        """Write an object unless the key is taken; return whether it was written."""
        path = self.path(key)
        if path.exists():
            return False
        partial = self._partial(path, data)
        try:
            os.link(partial, path)
        except FileExistsError:
            return False
        finally:
            partial.unlink()
        return True

    def get(self, key: str) -> bytes:
        """Return an object. Raises KeyError when there is none."""
        try:
            return self.path(key).read_bytes()
        except FileNotFoundError:
            raise KeyError(key) from None

    def keys(self, prefix: str) -> Iterator[str]:
        """Yield the keys under a folder-like prefix, sorted; half-written files are not among them."""
        for path in sorted(self.path(prefix).rglob("*")):
            if path.is_file() and not path.name.endswith(".partial"):
                yield path.relative_to(self.root).as_posix()

    def delete(self, key: str) -> None:
        """Remove an object; nothing happens when there is none."""
        self.path(key).unlink(missing_ok=True)

    def _partial(self, path: Path, data: bytes) -> Path:
        partial = path.with_name(f".{path.name[:64]}.{secrets.token_hex(6)}.partial")
        try:
            path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            with partial.open("xb") as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
        except OSError as error:
            with suppress(OSError):
                partial.unlink(missing_ok=True)
            raise _storage_error(error, path.parent) from None
        return partial


def _storage_error(error: OSError, folder: Path) -> Exception:
    if error.errno in {errno.EACCES, errno.EPERM, errno.EROFS}:
        return ConfigError(f"cannot write to {folder}: {error.strerror}", remedy="Let daytwo write to the lake.")
    return TransientError(f"cannot write to {folder}: {error.strerror}", remedy="Is the disk full?")
