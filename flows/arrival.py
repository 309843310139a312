"""What has arrived: the sources listed, and what the ledger does not know brought to this machine."""

from __future__ import annotations

import shutil
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from flows.context import Context, results
from flows.held_inputs import HeldInputs
from flows.plan import origin_for, readings
from tasks.discover import Refused, cut
from tasks.errors import ConfigError
from tasks.extract import Reading
from tasks.ingest.ticket_objects import helper_table
from tasks.origins import Found, Origin, base_name
from tasks.origins.fetch import fetch_files
from tasks.prefect_tasks import submit

FETCH_BYTES = 1 << 30
"""Most bytes that one task fetches."""
FETCH_TASKS = 8
"""Fetches side by side, at least, where there are as many files."""
FILE_COST = 1 << 18
"""Bytes that asking for a file is worth, so that a task fetches some 4,000 mails at most."""
SPARE_BYTES = 1 << 30
"""Room on the disk that fetching leaves to the rest of the night."""


@dataclass(frozen=True)
class Arrival:
    """What is new in one source: files with their bytes here, and files that could not be had."""

    reading: Reading
    files: Sequence[Found]
    refused: Sequence[tuple[Found, Refused]]


@dataclass(frozen=True)
class Listing:
    """What an origin listed, and what it left alone, by kind."""

    files: Sequence[Found]
    left: Counter[str]

    @property
    def counts(self) -> str:
        """The counts as an operator reads them."""
        return f"{len(self.files)} files listed, {self.left.total()} left alone"


@dataclass(frozen=True)
class Fetched:
    """What one task fetched: a file here, why it is not, or None when it is gone."""

    outcomes: Sequence[Found | Refused | None]

    @property
    def counts(self) -> str:
        """The counts as an operator reads them."""
        here = [got for got in self.outcomes if isinstance(got, Found)]
        size = sum(file.size for file in here)
        return f"{len(self.outcomes)} in, {len(here)} fetched ({size / 1e6:.1f} MB), {self.outcomes.count(None)} gone"


def arrivals(context: Context, held: HeldInputs) -> Iterator[Arrival]:
    """List every source, and yield what the ledger does not know, or a changed reader may now read, fetched."""
    known = context.ledger.known_files()
    for name, reading in readings(context.settings).items():
        origin = origin_for(context.settings, name)
        (listing,) = results([submit("list", f"list · {name}", partial(_list, origin))])
        _note(context, name, listing)
        mark = reading.source.fingerprint(reading.params)
        new = [file for file in listing.files if file.key not in known or held.reopens_file(file.uri, mark)]
        context.report.files.update({"known": len(listing.files) - len(new)})
        yield _fetched(context, reading, origin, new, beside(reading, listing.files, new))


def _list(origin: Origin) -> Listing:
    files = tuple(origin.listing())
    return Listing(files, +origin.left)


def _note(context: Context, name: str, listing: Listing) -> None:
    left = listing.left.total()
    context.report.files.update({"listed": len(listing.files) + left, "skipped": left})
    if not listing.files:
        context.report.notes.append(f"Source {name} has no files: is its path right?")
    if left:
        kinds = ", ".join(f"{count} {kind}{'s' if count > 1 else ''}" for kind, count in listing.left.most_common())
        context.report.notes.append(f"Source {name}: left alone: {kinds}.")


def beside(reading: Reading, listed: Sequence[Found], new: Sequence[Found]) -> list[Found]:
    """Return the known tables, such as users, that lie beside new ticket exports: they are fetched again to be joined.

    On a disk the reader finds them beside an export by itself.
    """
    if reading.kind != "tickets":
        return []
    places = {file.uri.rpartition("/")[0] for file in new}
    known = set(listed) - set(new)
    near = (file for file in listed if file in known and not file.path and file.uri.rpartition("/")[0] in places)
    return [file for file in near if helper_table(Path(base_name(file.uri)))]


def _fetched(
    context: Context, reading: Reading, origin: Origin, new: Sequence[Found], joined: Sequence[Found]
) -> Arrival:
    largest = context.settings.sources[reading.name].largest
    wanted = [*new, *joined]
    away = [file for file in wanted if file.path is None]
    if not away:
        return Arrival(reading, new, ())
    _make_sure_of_room(context.scratch, sum(file.size for file in away if file.size <= largest))
    folder = context.scratch / "fetched" / reading.name
    futures = [
        submit("fetch", f"fetch · {reading.name} · {n}", partial(_fetch, origin, part, folder, largest))
        for n, part in enumerate(cut(wanted, [FILE_COST + file.size for file in wanted], FETCH_BYTES, FETCH_TASKS), 1)
    ]
    outcomes = [got for part in results(futures) for got in part.outcomes][: len(new)]
    refused = [(file, got) for file, got in zip(new, outcomes, strict=True) if isinstance(got, Refused)]
    _note_missing(context, reading.name, outcomes)
    return Arrival(reading, [got for got in outcomes if isinstance(got, Found)], refused)


def _fetch(origin: Origin, files: Sequence[Found], folder: Path, largest: int) -> Fetched:
    return Fetched(fetch_files(origin, files, folder, largest))


def _note_missing(context: Context, name: str, outcomes: Sequence[Found | Refused | None]) -> None:
    if gone := outcomes.count(None):
        context.report.files["gone"] += gone
        files = "1 file" if gone == 1 else f"{gone} files"
        context.report.notes.append(
            f"Source {name}: {files} vanished or changed while it was read; the next night looks."
        )
    if outcomes and all(isinstance(got, Refused) and got.reason == "unreadable" for got in outcomes):
        context.report.notes.append(
            f"Source {name}: not one of {len(outcomes)} new files could be read; has daytwo the right?"
        )


def _make_sure_of_room(folder: Path, needed: int) -> None:
    """Stop before a fetch that would fill the disk: each file lies in scratch, then in raw as well.

    Raises ConfigError when there is too little room.
    """
    free = shutil.disk_usage(folder).free
    if needed and 2 * needed + SPARE_BYTES > free:
        raise ConfigError(
            f"{needed >> 20} MB are to be fetched, for which {(2 * needed + SPARE_BYTES) >> 20} MB must be free;"
            f" {free >> 20} MB are",
            remedy="Make room on the disk of lake.restricted, or start with a narrower prefix.",
        )
