"""Objects as files on a disk."""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from tasks.errors import storage_error
from tasks.store import checked


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
        return self.root / checked(key)

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

    def keep(self, key: str, data: bytes) -> None:
        """Write an object whose key holds its hash, so that whoever writes it writes the same; safe after `settle`.

        One of another size was torn by a crash before that, and is written anew.
        """
        path = self.path(key)
        with suppress(FileNotFoundError):
            if path.stat().st_size == len(data):
                return
        self._partial(path, data, durable=False).replace(path)

    def settle(self) -> None:
        """Make what was kept safe from a power failure: once for many objects, for each costs milliseconds."""
        os.sync()

    def get(self, key: str) -> bytes:
        """Return an object. Raises KeyError when there is none."""
        try:
            return self.path(key).read_bytes()
        except FileNotFoundError:
            raise KeyError(key) from None

    def keys(self, prefix: str) -> Iterator[str]:
        """Yield the keys under a folder-like prefix, sorted; half-written files are not among them."""
        paths = (Path(folder, name) for folder, _, names in os.walk(self.path(prefix), onerror=_seen) for name in names)
        yield from sorted(path.relative_to(self.root).as_posix() for path in paths if path.suffix != ".partial")

    def delete(self, key: str) -> None:
        """Remove an object; nothing happens when there is none."""
        self.path(key).unlink(missing_ok=True)

    def _partial(self, path: Path, data: bytes, *, durable: bool = True) -> Path:
        partial = path.with_name(f".{path.name[:64]}.{secrets.token_hex(6)}.partial")
        try:
            path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            with partial.open("xb") as file:
                file.write(data)
                file.flush()
                if durable:
                    os.fsync(file.fileno())
        except OSError as error:
            with suppress(OSError):
                partial.unlink(missing_ok=True)
            raise storage_error(error, path.parent) from None
        return partial


def _seen(error: OSError) -> None:
    """Raise what keeps a folder from being listed: one that may not be read must not look empty."""
    if not isinstance(error, FileNotFoundError):
        raise error
