"""Mails per second of read-mail, strip-replies and filter-irrelevant against the bare standard library, in one run.

    .venv/bin/python infra/bench/mail.py ../shared/data/emails/spamassassin/dev

The bare loop is `email.message_from_bytes(raw, policy=policy.default).get_body()`, as a first pipeline has it. daytwo's
side is what a night does with the same files on one worker: find the mails, hash them, read them and run both steps
behind the fences of the sandbox (a killable process, a clock per mail, tables on disk between the steps). The seconds
are CPU seconds of the parent and the worker, since machines are shared; the rounds alternate and the best of each side
counts. The worker is started before the clock: it lives for a whole night. The originals were kept in an earlier round;
the last line tells what it costs to write them, a new lake each round.
"""

from __future__ import annotations

import argparse
import email
import email.policy
import os
import tempfile
import time
from collections.abc import Callable, Sequence
from itertools import chain
from pathlib import Path

from tasks.batch import BatchRef
from tasks.compute import run_step
from tasks.discover import Piece, split_files
from tasks.extract import Reading, extract_partition
from tasks.keys import Keyring
from tasks.lake import Lake
from tasks.origins import Found
from tasks.origins.folder import Folder
from tasks.registry import STEPS, find, source_of
from tasks.sandbox import Lost, Workers

CHAIN = ("strip-replies", "filter-irrelevant")
STEP_SECONDS = 1800


def bare(files: Sequence[Found]) -> int:
    """Read the mails as the bare loop does; return how many gave a body."""
    read_mails = 0
    for path in filter(None, (file.path for file in files)):
        try:
            message = email.message_from_bytes(path.read_bytes(), policy=email.policy.default)
            read_mails += message.get_body() is not None
        except Exception:  # noqa: BLE001 - the library raises anything; the bare loop loses such mails
            continue
    return read_mails


def reading() -> Reading:
    """Return read-mail with its defaults."""
    return Reading("bench", "email", source_of("email").params())


class Night:
    """What a night does with the files: `pool` has one worker, `lake` lies in a scratch folder."""

    def __init__(self, pool: Workers, lake: Lake) -> None:
        self.pool, self.lake = pool, lake

    def in_lake(self, root: Path) -> Night:
        """Return the same night in a new lake."""
        lake = Lake(root / "restricted", root / "shared")
        lake.prepare()
        return Night(self.pool, lake)

    def pieces(self, files: Sequence[Found]) -> list[Piece]:
        """Return the mails in the files."""
        given = reading()
        outcomes = self.pool.each(split_files, files, given.kind, given.params)
        found = chain.from_iterable(got for got in outcomes if not isinstance(got, Lost))
        return [piece for pieces in found if isinstance(pieces, list) for piece in pieces]

    def read(self, files: Sequence[Found]) -> BatchRef:
        """Find and read the mails."""
        stem = self.lake.scratch("bench") / "read"
        return extract_partition(self.pool, self.pieces(files), reading(), self.lake, stem).records

    def whole(self, files: Sequence[Found]) -> int:
        """Read the mails and run both steps; return how many rows are left."""
        ref = self.read(files)
        for name in CHAIN:
            stem = self.lake.scratch("bench") / name
            ref = run_step(self.pool, name, find(name, STEPS).params(), ref, stem, STEP_SECONDS).batch
        return ref.rows

    def seconds(self, work: Callable[[Sequence[Found]], object], files: Sequence[Found]) -> float:
        """Return the CPU seconds that `work` takes in this process and the worker."""
        begun = time.process_time() + self.pool.call(time.process_time)
        work(files)
        return time.process_time() + self.pool.call(time.process_time) - begun


def main() -> None:
    """Print the rates and the ratios."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path, nargs="?", default=Path("../shared/data/emails/spamassassin/dev"))
    parser.add_argument("--rounds", type=int, default=5)
    options = parser.parse_args()
    files = list(Folder(options.folder.resolve()).listing())
    with tempfile.TemporaryDirectory() as folder:
        key = Path(folder, "bench.key")
        Keyring.random().save(key)
        os.environ["DAYTWO_KEY_FILE"] = str(key)
        lake = Lake(Path(folder, "restricted"), Path(folder, "shared"))
        lake.prepare()
        with Workers(1) as pool:
            night = Night(pool, lake)
            fresh = iter(range(options.rounds))
            sides = {
                "bare loop": bare,
                "find and read": night.read,
                "find, read and both steps": night.whole,
                "the same, originals new": lambda mails: night.in_lake(Path(folder, f"{next(fresh)}")).whole(mails),
            }
            night.whole(files)  # imports and tables of the steps are loaded once a night
            rounds = [{name: night.seconds(work, files) for name, work in sides.items()} for _ in range(options.rounds)]
    best = {name: min(seconds[name] for seconds in rounds) for name in sides}
    for name, seconds in best.items():
        print(f"{name:28} {len(files) / seconds:6.0f} files/s  {best['bare loop'] / seconds:.2f}x")


if __name__ == "__main__":
    main()
