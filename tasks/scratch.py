"""Folders for temporary files that a killed owner leaves behind: the next one to make its own removes them.

The owner of a folder holds a lock on it, which the kernel lets go of when the process ends, however it ends. A folder
is removed only when nobody holds it, it is this user's, private, and no link.
"""

from __future__ import annotations

import fcntl
import glob
import os
import shutil
import stat
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

PRIVATE = 0o700
_OPEN = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW


class Claimed:
    """A private folder, new and empty; `path` is where it lies. It is removed by `remove`, or by who comes next."""

    def __init__(self, prefix: str, parent: Path | None = None) -> None:
        """Make a folder of that prefix in `parent` (the system's folder of temporary files), and remove stale ones.

        Raises OSError when it can't be made.
        """
        where = parent or Path(tempfile.gettempdir())
        sweep(prefix, where)
        held: int | None = None
        while held is None:
            self.path = Path(tempfile.mkdtemp(prefix=prefix, dir=where))
            held = _claim(self.path)
        self._held = held

    def remove(self) -> None:
        """Remove the folder with all that is in it."""
        shutil.rmtree(self.path, ignore_errors=True)
        os.close(self._held)


@contextmanager
def claimed(prefix: str, parent: Path | None = None) -> Iterator[Path]:
    """Give a folder as `Claimed` makes it for as long as it is needed."""
    folder = Claimed(prefix, parent)
    try:
        yield folder.path
    finally:
        folder.remove()


def sweep(prefix: str, parent: Path) -> None:
    """Remove the folders of that prefix whose owners are gone."""
    with os.scandir(parent) as entries:
        found = [Path(entry.path) for entry in entries if entry.name.startswith(prefix)]
    for path in found:
        try:
            held = os.open(path, _OPEN)
        except OSError:  # gone, a link, a file, or another user's
            continue
        try:
            if _is_stale(held):
                shutil.rmtree(path, ignore_errors=True)
        finally:
            os.close(held)


def _claim(path: Path) -> int | None:
    """Return a descriptor that holds the folder; None when a sweep was faster, and the folder is gone or going."""
    try:
        held = os.open(path, _OPEN)
    except FileNotFoundError:
        return None
    try:
        fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
        is_mine = path.exists()
    except BlockingIOError:
        is_mine = False
    except OSError:  # folders can't be locked here (some network disks): so nobody can lock and sweep this one either
        is_mine = True
    if is_mine:
        return held
    os.close(held)
    return None


def _is_stale(held: int) -> bool:
    """Tell whether an open folder is private, this user's, and nobody holds it."""
    told = os.fstat(held)
    if told.st_uid != os.geteuid() or stat.S_IMODE(told.st_mode) != PRIVATE:
        return False
    try:
        fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True


def sweep_partials(whole: Path) -> None:
    """Remove what killed processes of this user left of a file that was not whole yet: `.<name>.<process id>.partial`.

    A number that some process has again keeps its file.
    """
    for path in whole.parent.glob(f".{glob.escape(whole.name)}.*.partial"):
        owner = path.name.rsplit(".", 2)[1]
        if (
            owner.isdecimal()
            and not path.is_symlink()
            and path.lstat().st_uid == os.geteuid()
            and not _lives(int(owner))
        ):
            path.unlink(missing_ok=True)


def _lives(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except (PermissionError, OverflowError):  # another user's, or no process number: then not ours to remove
        return True
    return True
