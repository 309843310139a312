"""Fuzz the mail reader behind the sandbox, as a night runs it: no escape, no hang, no lost mail, no harmed neighbour.

    .venv/bin/python infra/bench/fuzz_mail.py [--seconds 600] [--seed N] [--data ../shared/data/emails]

Each round writes a folder of mutants (fuzz_mutate.py) with good mails among them, finds and reads it in a worker, and
checks the laws: every file is refused with a reason or cut into items without a gap; every item has a fate, and its
rows or a row in quarantine; the good mails come out as they do alone. An input that breaks a law, kills or stalls its
worker, or takes more than SLOW_SECONDS is kept in --findings, outside the checkout, and the exit code is 1.
"""

from __future__ import annotations

import argparse
import os
import resource
import shutil
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from random import Random

import fuzz_mutate

from tasks.discover import Piece, Refused, split_files
from tasks.extract import Extracted, Reading, extract
from tasks.keys import KEY_FILE_VARIABLE, Keyring
from tasks.origins import Found
from tasks.registry import source_of
from tasks.sandbox import Lost, WorkerDied, Workers

MUTANTS = 40
"""Files of a round; a good mail stands before, among and after them."""
SLOW_SECONDS = 5.0
"""A mail that takes longer is a finding: the night allows it 30 s, and a thousand such would be an attack."""
GOOD = {
    "00-first.eml": b"From: a@example.org\nSubject: one\nMessage-ID: <g1@example.org>\n\nThe first good mail.\n",
    "20-among.mbox": 2 * (fuzz_mutate.POSTMARK + b"From: b@example.org\nSubject: two\n\nGood: \xc3\xa9t\xc3\xa9\n\n"),
    "99-last.eml": b"From: c@example.org\nContent-Type: text/html\n\n<p>The <b>last</b> good mail.</p>",
}
READING = Reading("fuzz", "email", source_of("email").params())


@dataclass
class Tally:
    """What happened so far."""

    files: int = 0
    items: int = 0
    rows: int = 0
    outcomes: Counter[str] = field(default_factory=Counter)
    findings: Counter[str] = field(default_factory=Counter)
    worst: float = 0.0


class Fuzzer:
    """Runs rounds in `folder` with one worker of `pool`; keeps what breaks a law in `findings`."""

    def __init__(self, pool: Workers, folder: Path, findings: Path) -> None:
        self.pool, self.folder, self.findings = pool, folder, findings
        self.tally = Tally()
        self.alone = self._good_rows(self._read_folder({}))

    def round(self, seeds: Sequence[bytes], rng: Random) -> None:
        """Write, read and check one folder."""
        made = [fuzz_mutate.file(seeds, rng) for _ in range(MUTANTS)]
        began = time.monotonic()
        done = self._read_folder({f"{10 + n}-m{suffix}": data for n, (suffix, data) in enumerate(made)})
        seconds = time.monotonic() - began
        self.tally.files += len(made)
        if self._good_rows(done) != self.alone:
            self._find("neighbour_harmed", sorted(self.folder.iterdir()))
        if seconds > max(self.tally.worst, 0.5):
            self._time_alone()

    def _read_folder(self, files: dict[str, bytes]) -> list[Extracted]:
        shutil.rmtree(self.folder, ignore_errors=True)
        self.folder.mkdir()
        for name, data in {**GOOD, **files}.items():
            (self.folder / name).write_bytes(data)
        return list(self._extracted(list(self._pieces(self._files()))))

    def _files(self) -> list[Found]:
        paths = sorted(self.folder.iterdir())
        return [Found(path.as_uri(), path.stat().st_size, "0", path) for path in paths]

    def _pieces(self, files: Sequence[Found]) -> Iterator[Piece]:
        """Find the items; together with what was refused they must be the files, byte for byte."""
        answered = 0
        for got in self.pool.each(split_files, files, READING.kind, READING.params):
            for file, outcome in (
                [(got.item, got)] if isinstance(got, Lost) else zip(files[answered:], got, strict=False)
            ):
                answered += 1
                yield from self._pieces_of(file, outcome)
        if answered != len(files):
            self._find("file_lost", [file.path for file in files])

    def _pieces_of(self, file: Found, outcome: list[Piece] | Refused | Lost[Found]) -> list[Piece]:
        if isinstance(outcome, Lost):
            self._find(f"split_{outcome.reason}", [file.path])
            return []
        if isinstance(outcome, Refused):
            self.tally.outcomes[outcome.reason] += 1
            return []
        covered = sum(piece.item.length for piece in outcome)
        if not outcome or (covered != file.size and not _is_emlx(file.path)):
            self._find("bytes_lost", [file.path])
        return outcome

    def _extracted(self, pieces: Sequence[Piece]) -> Iterator[Extracted]:
        self.tally.items += len(pieces)
        answered = 0
        for got in self.pool.each(extract, pieces, READING):
            if isinstance(got, Lost):
                answered += 1
                self.tally.outcomes[got.reason] += 1
                self._find(got.reason, [got.item.item.path])
                continue
            answered += len(got.fates)
            self._check(got)
            yield got
        if answered != len(pieces):
            self._find("item_lost", [piece.item.path for piece in pieces])

    def _check(self, done: Extracted) -> None:
        """Every item has rows or a reason in quarantine, and no row belongs to nobody."""
        ids = [record for fate in done.fates for record in fate.record_ids]
        held = done.quarantine.num_rows
        refused = sum(fate.reason is not None for fate in done.fates)
        silent = [fate for fate in done.fates if not fate.record_ids and fate.reason is None]
        rejected = held - refused  # single mails of a gzipped mbox
        if done.records.num_rows != len(ids) or refused > held or len(silent) > rejected:
            self._find("conservation", sorted(self.folder.iterdir()))
        self.tally.rows += len(ids)
        self.tally.outcomes["read"] += sum(bool(fate.record_ids) for fate in done.fates)
        self.tally.outcomes.update(done.quarantine.column("reason").to_pylist())
        self.tally.outcomes.update(
            f"flag {flag}" for flags in done.records.column("flags").to_pylist() for flag in flags
        )
        for row in done.quarantine.to_pylist():
            if row["reason"] == "malformed" and (row["detail"] or "").endswith(("Error", "Exception")):
                place = row["pointer"].partition("#")[0].rpartition("/")[2]
                self._find(f"escaped {row['detail']}", [self.folder / place])

    def _good_rows(self, done: Sequence[Extracted]) -> list[dict[str, object]]:
        rows = [row for part in done for row in part.records.to_pylist()]
        return [row for row in rows if row["source_uri"].partition("#")[0].rpartition("/")[2] in GOOD]

    def _time_alone(self) -> None:
        """Read every file alone to find the slow one."""
        for file in self._files():
            began = time.monotonic()
            try:
                self._read_alone(file)
            except WorkerDied as death:
                self._find(f"alone_{death.reason}", [file.path])
            seconds = time.monotonic() - began
            self.tally.worst = max(self.tally.worst, seconds)
            if seconds > SLOW_SECONDS:
                self._find("slow", [file.path])

    def _read_alone(self, file: Found) -> None:
        for pieces in self.pool.call(split_files, [file], self._progress(), READING.kind, READING.params):
            if isinstance(pieces, list) and pieces:
                self.pool.call(extract, pieces, self._progress(), READING)

    def _progress(self) -> str:
        path = self.folder.with_suffix(".progress")
        path.write_bytes(bytes(8))
        return str(path)

    def _find(self, law: str, paths: Sequence[Path]) -> None:
        self.tally.findings[law] += 1
        kept = self.findings / f"{law.replace(' ', '_')}-{self.tally.findings[law]}"
        if self.tally.findings[law] <= 5:
            kept.mkdir(parents=True, exist_ok=True)
            for path in paths:
                shutil.copy2(path, kept)


def _is_emlx(path: Path) -> bool:
    """Say whether a file begins as Apple's .emlx does: its number and property list are no part of the mail."""
    with path.open("rb") as file:
        return file.readline(20).strip().isdigit()


def report(tally: Tally, seconds: float, findings: Path) -> None:
    """Print the figures."""
    largest = max(resource.getrusage(who).ru_maxrss for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    print(f"{tally.files} files, {tally.items} items, {tally.rows} rows in {seconds:.0f} s")
    print(f"worst file {tally.worst:.2f} s, largest process {largest / 1024:.0f} MiB")
    for name, count in sorted(tally.outcomes.items(), key=lambda pair: (pair[0].startswith("flag "), -pair[1])):
        print(f"  {name:<28}{count:>8}")
    for law, count in tally.findings.most_common():
        print(f"FINDING {law}: {count}, kept in {findings}")


def main() -> int:
    """Run the fuzzer; return 1 when a law was broken."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=600)
    parser.add_argument("--seed", type=int, default=time.time_ns() % 10**6)
    parser.add_argument("--data", type=Path, default=Path("../shared/data/emails"))
    parser.add_argument("--findings", type=Path, default=Path(tempfile.gettempdir(), "daytwo-fuzz-findings"))
    options = parser.parse_args()
    seeds = [*3 * fuzz_mutate.made_seeds(), *fuzz_mutate.seeds_of(options.data)]
    print(f"seed {options.seed}, {len(seeds)} mails to start from", flush=True)
    rng, began = Random(options.seed), time.monotonic()
    with tempfile.TemporaryDirectory(prefix="daytwo-fuzz-") as scratch:
        Keyring.random().save(Path(scratch, "key"))
        os.environ[KEY_FILE_VARIABLE] = str(Path(scratch, "key"))
        with Workers(1) as pool:
            fuzzer = Fuzzer(pool, Path(scratch, "mail"), options.findings)
            while time.monotonic() - began < options.seconds:
                fuzzer.round(seeds, rng)
    report(fuzzer.tally, time.monotonic() - began, options.findings)
    return 1 if fuzzer.tally.findings else 0


if __name__ == "__main__":
    sys.exit(main())
