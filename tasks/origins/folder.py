"""A folder or a single file on this machine's disk, or on a share that is mounted."""

from __future__ import annotations

import os
import stat
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from tasks.errors import ConfigError
from tasks.origins import Found

KINDS = {
    stat.S_IFLNK: "symbolic link",
    stat.S_IFIFO: "named pipe",
    stat.S_IFSOCK: "socket",
    stat.S_IFCHR: "device",
    stat.S_IFBLK: "device",
}


class Folder:
    """The regular files under `root`, or `root` itself. Implements `Origin`.

    Symbolic links, named pipes, devices and sockets are left alone: a mail folder must not lead to /etc.
    """

    def __init__(self, root: Path) -> None:
        self.root = root.absolute()
        self.left: Counter[str] = Counter()

    def listing(self) -> Iterator[Found]:
        """Yield the files sorted by name, each folder's files before its folders.

        Raises ConfigError when `root` does not exist or a folder may not be listed.
        """
        self.left.clear()
        try:
            facts = self.root.stat()
        except OSError as error:
            remedy = "Correct the path of the source."
            raise ConfigError(f"cannot read {self.root}: {error.strerror}", remedy=remedy) from None
        if stat.S_ISREG(facts.st_mode):
            yield replace(_found(self.root, facts), path=self.root.resolve())  # a link that the settings name is meant
            return
        for folder, folders, names in os.walk(self.root, onerror=_unlistable):
            folders.sort()
            self.left["symbolic link"] += sum(Path(folder, name).is_symlink() for name in folders)
            for name in sorted(names):
                yield from self._file(Path(folder, name))

    def _file(self, path: Path) -> Iterator[Found]:
        try:
            facts = path.lstat()
        except FileNotFoundError:
            return  # it was moved away meanwhile; where it went, it will be found
        if stat.S_ISREG(facts.st_mode):
            yield _found(path, facts)
        else:
            self.left[KINDS.get(stat.S_IFMT(facts.st_mode), "special file")] += 1

    def fetch(self, found: Found, folder: Path, ahead: Sequence[Found] = ()) -> Found:  # noqa: ARG002 - the protocol's
        """Return `found`: its bytes are here already."""
        return found


def _found(path: Path, facts: os.stat_result) -> Found:
    return Found(path.as_uri(), facts.st_size, str(facts.st_mtime_ns), path)


def _unlistable(error: OSError) -> None:
    raise ConfigError(f"cannot list {error.filename}: {error.strerror}", remedy="Let daytwo read the folder.")
