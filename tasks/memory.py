"""How much memory a worker may hold while it reads hostile input: past it, it ends itself, with its own exit code.

A limit of the kernel on addresses would have to leave room for what models and Arrow reserve and never touch (1 to 2
GB), and libraries that meet it die like any crash. So a thread looks at what is really held, many times a second; the
decoders that we use let other threads run.
"""

from __future__ import annotations

import multiprocessing
import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

EXIT = 86
"""Exit code of a worker that held too much."""
EVERY_SECONDS = 0.05
"""Between looks. What grows fastest here, a buffer that is filled, grows by some 100 MB meanwhile."""
_STATM = Path("/proc/self/statm")
_PAGE_BYTES = os.sysconf("SC_PAGE_SIZE")


def held() -> int:
    """Return the bytes that this process holds for itself: without mapped files, which can be dropped at any time."""
    _, resident, shared, *_ = _STATM.read_bytes().split()
    return (int(resident) - int(shared)) * _PAGE_BYTES


@contextmanager
def capped(most: int) -> Iterator[None]:
    """End this worker as soon as it holds more than `most` bytes.

    Outside a worker nothing happens (a test or a notebook must not be killed), nor where the kernel does not tell.
    """
    if multiprocessing.parent_process() is None or not _STATM.exists():
        yield
        return
    done = threading.Event()
    threading.Thread(target=_watch, args=(most, done), daemon=True).start()
    try:
        yield
    finally:
        done.set()


def _watch(most: int, done: threading.Event) -> None:
    while not done.wait(EVERY_SECONDS):
        if held() > most:
            os._exit(EXIT)
