"""Bring files here from their origin, one after the other; one that can't be had costs none of the others."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from tasks.discover import Refused
from tasks.errors import ConfigError, RecordError
from tasks.origins import Found, Gone, Origin
from tasks.origins.by_scheme import is_mailbox, origin_of

AHEAD = 100
"""So many of the files that come next are told to the origin."""

LARGEST_BYTES = 16 << 30
"""Largest file of a URL that is given by hand; a source of the settings has a limit of its own."""


def files_of(path: str, folder: Path) -> tuple[list[Found | Refused], Counter[str]]:
    """Return the files of a folder, a file or a URL given by hand, and what was left alone, by kind.

    Those of a URL are fetched into `folder`.

    Raises ConfigError and TransientError as origins do.
    """
    if is_mailbox(path):
        remedy = "Make the mailbox a source in daytwo.toml (see: daytwo init), then: daytwo run"
        raise ConfigError("ingest takes no mailboxes: a password has no place on a command line", remedy=remedy)
    origin = origin_of(path)
    fetched = fetch_files(origin, list(origin.listing()), folder, LARGEST_BYTES)
    return [got for got in fetched if got is not None], +origin.left


def fetch_files(origin: Origin, files: Sequence[Found], folder: Path, largest: int) -> list[Found | Refused | None]:
    """Return each file with its bytes on this machine, or why it could not be had; None: it is gone or changed.

    A file of more than `largest` bytes is not fetched. What a failed attempt has brought already is not fetched again.

    Raises TransientError and ConfigError when the origin fails as a whole.
    """
    wanted = [file for file in files if not file.path and file.size <= largest]
    outcomes: list[Found | Refused | None] = []
    place = 0
    for file in files:
        if file.path:
            outcomes.append(file)
        elif file.size > largest:
            outcomes.append(Refused(file.uri, "too_large", f"more than {largest >> 20} MB: not fetched"))
        else:
            place += 1
            outcomes.append(_fetch(origin, file, folder, wanted[place : place + AHEAD]))
    return outcomes


def _fetch(origin: Origin, file: Found, folder: Path, ahead: Sequence[Found]) -> Found | Refused | None:
    try:
        return origin.fetch(file, folder, ahead)
    except Gone:
        return None
    except RecordError as error:
        return Refused(file.uri, error.reason, error.detail)
