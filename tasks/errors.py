"""Errors by who has to act. The class decides the exit code; no message ever holds text of a record."""

from __future__ import annotations

import errno
import os
import re
import traceback
from pathlib import Path


class DaytwoError(Exception):
    """Base of all errors that daytwo raises on purpose.

    `remedy` is one sentence that tells what to do; it is printed under the message.
    """

    exit_code = 1
    usual_remedy = ""
    """What to do where the error itself does not say."""

    def __init__(self, message: str, *, remedy: str = "") -> None:
        super().__init__(message)
        self.remedy = remedy or self.usual_remedy

    def __reduce__(self) -> tuple[object, ...]:
        """Keep the keyword argument when the error crosses a process boundary."""
        return (_rebuild, (type(self), self.args, dict(self.__dict__)))


def _rebuild(cls: type[DaytwoError], args: tuple[object, ...], state: dict[str, object]) -> DaytwoError:
    error = cls.__new__(cls)
    Exception.__init__(error, *args)
    error.__dict__.update(state)
    return error


class ConfigError(DaytwoError):
    """A setting is wrong or missing. Stops the run before work."""

    exit_code = 2


class DependencyMissing(DaytwoError):
    """A program or model is not installed. Stops the run before work."""

    exit_code = 3


class TransientError(DaytwoError):
    """Storage or a subprocess failed in a way that a retry may mend."""

    exit_code = 4
    usual_remedy = "Run it again; report it if it stays."


class RecordError(DaytwoError):
    """One record is unusable and goes to quarantine; the run goes on.

    `reason` is a code from `tasks.reasons`; `detail` says more without a value from the record.
    """

    exit_code = 0

    def __init__(self, reason: str, detail: str = "") -> None:
        super().__init__(f"{reason}: {detail}" if detail else reason)
        self.reason = reason
        self.detail = detail


class ContractError(DaytwoError):
    """A batch breaks its schema: a bug in a step or a source."""

    exit_code = 5
    usual_remedy = "Report it: a step or a source is wrong, or a file of the lake was changed."


class ValidationFailed(DaytwoError):
    """A table-level expectation failed: the version is held, not published."""

    exit_code = 6


class PublishConflict(DaytwoError):
    """Somebody else wrote the version that this run was about to write."""

    exit_code = 7


class RunLocked(DaytwoError):
    """Another run holds the dataset."""

    exit_code = 75


DISK_FULL = frozenset({errno.ENOSPC, errno.EDQUOT})
NO_ROOM = DISK_FULL | {errno.EFBIG}
"""Numbers of the errors of a full disk or quota, and of a file that is larger than this process may write."""
NO_RIGHT = frozenset({errno.EACCES, errno.EPERM, errno.EROFS})
_RUST_ERRNO = re.compile(r"\(os error (\d+)\)")
GIVE_RIGHT = "Let daytwo read and write there, or run it as the user to whom the lake belongs."
MAKE_ROOM = "Make room on that disk, then run again: what was written before is kept, and nothing is half-written."


def storage_error(error: BaseException, folder: Path) -> DaytwoError:
    """Return the error for a folder of ours that could not be written to: who must act, and how."""
    number = _number(error)
    if number in NO_RIGHT:
        return ConfigError(f"cannot write to {folder}: {_said(error)}", remedy="Let daytwo write there.")
    remedy = MAKE_ROOM if no_room(error) else "Is the disk there and whole? Then run again."
    return TransientError(f"cannot write to {folder}: {_said(error)}", remedy=remedy)


def disk_full(error: BaseException) -> bool:
    """Tell whether a disk was full on which something was to be written, a library's temporary file perhaps.

    That is no fault of the record that was being worked on, and all others would fail alike.
    """
    return isinstance(error, OSError) and error.errno in DISK_FULL


def no_room(error: BaseException) -> bool:
    """Tell whether an error, whatever library raised it, says that a disk is full."""
    return _number(error) in NO_ROOM


def _number(error: BaseException) -> int | None:
    """Return the number of the operating system's error; Delta's tell it in their message only."""
    number = getattr(error, "errno", None)
    found = _RUST_ERRNO.search(str(error)) if number is None else None
    return int(found[1]) if found else number


def _said(error: BaseException) -> str:
    """Return what the operating system calls an error: messages of libraries quote more than that."""
    number = _number(error)
    return os.strerror(number) if number is not None else type(error).__name__


def blamed(error: Exception) -> RecordError:
    """Return why an item is held back whose reading raised `error`: its class, and nothing of its message.

    Raises TransientError when the disk is full, which is no fault of the item and must not cost it.
    """
    if isinstance(error, RecordError):
        return error
    if disk_full(error):
        raise unexpected(error) from None
    if isinstance(error, MemoryError):
        return RecordError("too_large", "more memory than a worker may have")
    return RecordError("unreadable" if isinstance(error, OSError) else "malformed", type(error).__name__)


def unexpected(error: BaseException) -> DaytwoError:
    """Return an error that names the class of `error` and the place where it was raised, and nothing of its message.

    Messages of libraries quote what they choked on, which may be a record's text. A full disk or a missing right is no
    bug, whoever notices it.
    """
    frames = [(frame.filename, frame.lineno) for frame in traceback.extract_tb(error.__traceback__)]
    ours = [place for place in frames if any(f"/{room}/" in place[0] for room in ("flows", "tasks", "expectations"))]
    file, line = (ours or frames or [("?", 0)])[-1]
    where = "/".join(file.split("/")[-2:])
    if (number := _number(error)) in NO_ROOM | NO_RIGHT:
        folder = f": {Path(error.filename).parent}" if isinstance(error, OSError) and error.filename else ""
        told = f"{_said(error)}{folder} (in {where}:{line})"
        return TransientError(told, remedy=MAKE_ROOM) if number in NO_ROOM else ConfigError(told, remedy=GIVE_RIGHT)
    return DaytwoError(f"{type(error).__name__} in {where}:{line}", remedy="Report it: this is a bug.")
