"""Long-lived worker processes that may be killed: hostile input meets a process, never the run.

Three fences stand around a worker. Resource limits are set when it starts. A wall clock per item is armed by the
worker itself as an interval timer whose signal keeps its default action, so the kernel ends a process that hangs in a
regular expression or in C code, where a Python watchdog would never run. And the parent, when a worker dies, asks the
progress file which item it was at, quarantines that one, and has the others done again in a new process.
"""

from __future__ import annotations

import multiprocessing
import os
import queue
import resource
import signal
import struct
import tempfile
import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path
from types import TracebackType
from typing import Any, Generic, Self, TypeVar

from tasks import memory
from tasks.errors import DaytwoError, TransientError, unexpected
from tasks.scratch import Claimed

MEMORY_BYTES = 6 * 2**30
"""Data a worker may allocate: models need under 1 GiB, the rest is for one large document."""
FILE_BYTES = 4 * 2**30
"""Largest file a worker may write."""
LAST_BREATH_SECONDS = 5.0
"""How long a worker that has closed its pipe, or is told to end, may take for it."""
STILLBORN_TRIES = 3
"""How often a batch is tried whose worker dies before it begins an item (somebody kills workers)."""

T = TypeVar("T")
R = TypeVar("R")


def _limit() -> None:
    """Run in each new worker: limits, no core dumps, one thread per library, and no inherited signal handlers."""
    for limit, value in (
        (resource.RLIMIT_DATA, MEMORY_BYTES),
        (resource.RLIMIT_FSIZE, FILE_BYTES),
        (resource.RLIMIT_CORE, 0),
    ):
        _, hard = resource.getrlimit(limit)
        resource.setrlimit(limit, (value if hard == resource.RLIM_INFINITY else min(value, hard), hard))
    signal.signal(signal.SIGALRM, signal.SIG_DFL)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    os.environ["OMP_THREAD_LIMIT"] = os.environ["OMP_NUM_THREADS"] = "1"


class Progress:
    """Where a worker is in its batch: an integer in a file, read by the parent when the worker is dead."""

    def __init__(self, path: Path) -> None:
        self._file = path.open("r+b", buffering=0)

    def begin(self, index: int, seconds: float) -> None:
        """Note that item `index` is begun and give it `seconds` of wall clock; then the kernel ends the process."""
        os.pwrite(self._file.fileno(), struct.pack("<q", index), 0)
        watch(seconds)

    def end(self) -> None:
        """Disarm the clock: the batch is done."""
        watch(0)
        self._file.close()

    @staticmethod
    def read(path: Path) -> int:
        """Return the item that was begun last, or -1 when none was."""
        index: int = struct.unpack("<q", path.read_bytes())[0]
        return index


def watch(seconds: float) -> None:
    """Arm the wall clock of this worker anew (a document calls it for each page); 0 disarms it.

    Outside a worker nothing happens: a test or a notebook must not be killed.
    """
    if multiprocessing.parent_process() is not None:
        signal.setitimer(signal.ITIMER_REAL, seconds)


def _fenced(function: Callable[..., R], *args: Any) -> R:
    """Run a call in a worker.

    Only errors come out that can be pickled and quote no text, and a clock that a failed call left armed is disarmed.
    """
    try:
        return function(*args)
    except DaytwoError:
        raise
    except MemoryError:
        raise WorkerDied("parser_crash") from None
    except Exception as error:  # noqa: BLE001 - whatever a library raises, the parent must be able to read it
        raise unexpected(error) from None
    finally:
        watch(0)


class _Worker:
    """One spawned process and the pipe to it. Only one thread at a time may talk to it."""

    def __init__(self, scratch: str) -> None:
        context = multiprocessing.get_context("spawn")
        self._pipe, theirs = context.Pipe()
        self.process = context.Process(target=_serve, args=(theirs, scratch), name="daytwo-worker", daemon=True)
        self.process.start()
        theirs.close()  # the only other end is the worker's: it closes when the worker dies, however it dies

    def ask(self, call: tuple[Any, ...], timeout: float | None) -> tuple[bool, Any]:
        """Return whether the call succeeded, and its result or exception.

        Raises WorkerDied; then this worker is gone.
        """
        try:
            self._pipe.send(call)
            if not self._pipe.poll(timeout):
                self.stop()
                raise WorkerDied("timeout")
            answer: tuple[bool, Any] = self._pipe.recv()
        except (EOFError, OSError):
            self.stop(wait=LAST_BREATH_SECONDS)
            raise WorkerDied(_why(self.process.exitcode)) from None
        return answer

    def stop(self, wait: float = 0) -> None:
        """End the process: it may take `wait` seconds to do so itself."""
        self._pipe.close()
        self.process.join(wait)
        self.process.kill()
        self.process.join()


def _why(exit_code: int | None) -> str:
    if exit_code == memory.EXIT:
        return "too_much_memory"
    return "timeout" if exit_code == -signal.SIGALRM else "parser_crash"


def _serve(pipe: Connection, scratch: str) -> None:
    """Run in each worker: answer calls until the parent closes the pipe or is gone itself.

    Temporary files go to `scratch`, which the parent removes: a worker that is killed leaves its own behind.
    """
    _limit()
    os.environ["TMPDIR"] = tempfile.tempdir = scratch
    while True:
        try:
            function, *args = pipe.recv()
            answer = (True, _fenced(function, *args))
        except (EOFError, ConnectionError):
            return
        except Exception as error:  # noqa: BLE001 - whatever it is, the parent waits for an answer
            answer = (False, error if isinstance(error, DaytwoError) else unexpected(error))
        try:
            pipe.send(answer)
        except ConnectionError:
            return
        except Exception as error:  # noqa: BLE001 - a result that can't be pickled
            pipe.send((False, unexpected(error)))


class Workers:
    """A pool of killable worker processes. Use it as a context manager; any thread may call.

    Workers are spawned, not forked: they import what they need and never Prefect. They start when they are needed.
    Each call talks to its own worker, so no manager can mistake whose death it sees (pebble's loses calls, or breaks,
    when a worker dies while it is idle or before its first message was read).
    """

    def __init__(self, count: int, scratch: Path | None = None) -> None:
        """`scratch` is the folder in which the workers' temporary files lie; without one the system's is used."""
        self.count = count
        self._scratch = scratch
        self._temporary: Claimed | None = None
        self._making = threading.Lock()
        self._started: set[_Worker] = set()
        self._free: queue.LifoQueue[_Worker | None] = queue.LifoQueue()
        for _ in range(count):
            self._free.put(None)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        if kind is not None:
            for worker in list(self._started):
                worker.process.kill()  # who waits for it is told
        for _ in range(self.count):
            if idle := self._free.get():
                idle.stop(wait=LAST_BREATH_SECONDS)
        if self._temporary:
            self._temporary.remove()
            self._temporary = None

    def call(self, function: Callable[..., R], *args: Any, timeout: float | None = None) -> R:
        """Run `function` in a worker and return what it returns. An unexpected error comes as DaytwoError.

        Raises WorkerDied when the process ended or `timeout` seconds passed.
        """
        worker = self._free.get()
        try:
            if worker is None or not worker.process.is_alive():
                worker = self._replace(worker)
            done, value = worker.ask((function, *args), timeout)
        finally:
            self._free.put(worker)
        if not done:
            raise value
        result: R = value
        return result

    def _replace(self, worker: _Worker | None) -> _Worker:
        if worker is not None:
            self._started.discard(worker)
            worker.stop()
        fresh = _Worker(self._folder())
        self._started.add(fresh)
        return fresh

    def _folder(self) -> str:
        """Return the folder of the workers' temporary files, made (0700) when the first worker starts."""
        with self._making:
            if self._temporary is None:
                self._temporary = Claimed("daytwo-workers-", self._scratch)
            return str(self._temporary.path)

    def each(self, function: Callable[..., R], items: Sequence[T], *args: Any) -> Iterator[R | Lost[T]]:
        """Run `function(items, progress_path, *args)` so that the death of a worker costs one item only.

        Yields the results of the batches in order, with a `Lost` where an item killed its worker: at once when it ran
        into its clock, after a second try alone when the process died.

        Raises TransientError when workers keep dying before they begin an item.
        """
        todo: list[_Batch[T] | Lost[T]] = _batches(items)
        while todo:
            batch = todo.pop(0)
            if isinstance(batch, Lost):
                yield batch
                continue
            with tempfile.NamedTemporaryFile(prefix="progress-", dir=self._folder()) as file:
                path = Path(file.name)
                path.write_bytes(struct.pack("<q", -1))
                try:
                    yield self.call(function, batch.items, file.name, *args)
                except WorkerDied as death:
                    todo[:0] = _after(death, batch, Progress.read(path))


class WorkerDied(TransientError):
    """The process that worked on a call is gone. `reason`: timeout, too_much_memory or parser_crash.

    Where no item can be blamed (a call that is not `each`), a retry may help: somebody may have killed it.
    """

    def __init__(self, reason: str) -> None:
        super().__init__(f"a worker process died: {reason}", remedy="Is memory short? See: daytwo doctor")
        self.reason = reason


@dataclass(frozen=True)
class Lost(Generic[T]):
    """An item whose worker died on it. `reason`: see WorkerDied."""

    item: T
    reason: str


@dataclass(frozen=True)
class _Batch(Generic[T]):
    items: Sequence[T]
    attempt: int = 1


def _batches(*parts: Sequence[T]) -> list[_Batch[T] | Lost[T]]:
    return [_Batch(part) for part in parts if part]


def _after(death: WorkerDied, batch: _Batch[T], index: int) -> list[_Batch[T] | Lost[T]]:
    """Return what is to be done instead of a batch whose worker died at `index`, in order."""
    if index < 0:
        if batch.attempt >= STILLBORN_TRIES:
            raise TransientError("worker processes die before they begin", remedy="Is memory short? See: daytwo doctor")
        return [_Batch(batch.items, batch.attempt + 1)]
    item = batch.items[index]
    final = death.reason == "timeout" or (len(batch.items) == 1 and batch.attempt > 1)
    middle: _Batch[T] | Lost[T] = Lost(item, death.reason) if final else _Batch([item], 2)
    return [*_batches(batch.items[:index]), middle, *_batches(batch.items[index + 1 :])]
