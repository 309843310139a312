"""Memory of `daytwo ingest` on a small and on a huge mbox: it should not grow with the file.

    .venv/bin/python infra/bench/mbox.py [--gigabytes 5] [--folder /var/tmp]

Writes both files to a folder that is removed at the end, reads each with the command as a user would, samples the
resident memory of the command and of its workers, and counts what came out. The mails are made: threads of four, half
of them with an attachment of 30 kB, `From ` lines in the text, and one that is broken in every hundred.
"""

from __future__ import annotations

import argparse
import base64
import json
import random
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

SAMPLE_SECONDS = 0.25
WORDS = (
    "the",
    "card",
    "was",
    "charged",
    "twice",
    "and",
    "nobody",
    "answers",
    "please",
    "statement",
    "asante",
    "dankie",
)


def mails(rng: random.Random) -> Iterator[bytes]:
    """Yield mails as they stand in an mbox, for ever."""
    attachment = base64.encodebytes(rng.randbytes(30_000)).decode()
    number = 0
    while True:
        thread, turn = divmod(number, 4)
        text = "\n".join(" ".join(rng.choices(WORDS, k=12)) for _ in range(rng.randrange(5, 120)))
        refs = f"References: <{thread}.0@shop.example>\n" if turn else ""
        head = (
            f"From c{thread}@mail.example Mon Mar  2 08:00:00 2026\nFrom: Customer {thread} <c{thread}@mail.example>\n"
        )
        head += f"To: help@shop.example\nSubject: case {thread}\nMessage-ID: <{thread}.{turn}@shop.example>\n{refs}"
        head += f"Date: Mon, 2 Mar 2026 08:{number // 60 % 60:02}:{number % 60:02} +0200\nMIME-Version: 1.0\n"
        text += "\n>From now on I pay in cash.\n"
        broken = "\n--cut" if number % 100 == 99 else "\n--cut--\n"
        if number % 2:
            head += 'Content-Type: multipart/mixed; boundary="cut"\n'
            text = f"--cut\nContent-Type: text/plain\n\n{text}\n--cut\nContent-Type: application/zip\n"
            text += f"Content-Transfer-Encoding: base64\n\n{attachment}{broken}"
        yield f"{head}\n{text}\n\n".encode()
        number += 1


def write_mbox(path: Path, size: int) -> int:
    """Write an mbox of at least `size` bytes; return how many mails it has."""
    count = written = 0
    with path.open("wb", buffering=1 << 22) as file:
        for mail in mails(random.Random(1)):
            if written >= size:
                break
            written += file.write(mail)
            count += 1
    return count


class Seen(NamedTuple):
    """What a run of `daytwo ingest` took: peaks in MB, and what came out."""

    command_mb: float
    worker_mb: float
    seconds: float
    records: int
    threads: int


def resident(pid: int) -> int:
    """Return the resident memory of a process in bytes; 0 when it has ended."""
    try:
        return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * resource.getpagesize()
    except OSError:
        return 0


def children(pid: int) -> list[int]:
    """Return the processes that a process has started, from any of its threads."""
    try:
        return [
            int(child)
            for task in Path(f"/proc/{pid}/task").iterdir()
            for child in (task / "children").read_text().split()
        ]
    except OSError:
        return []


def ingest(mbox: Path, out: Path) -> Seen:
    """Run `daytwo ingest` on an mbox and watch its memory."""
    began = time.monotonic()
    program = [str(Path(sys.executable).with_name("daytwo")), "ingest", str(mbox), "--kind", "email", "--out", str(out)]
    run = subprocess.Popen(program, stderr=subprocess.DEVNULL)
    command = worker = 0
    while run.poll() is None:
        command = max(command, resident(run.pid))
        worker = max([worker, *map(resident, children(run.pid))])
        time.sleep(SAMPLE_SECONDS)
    if run.returncode:
        raise SystemExit(f"daytwo ingest ended with {run.returncode}")
    with out.open(encoding="utf-8") as file:
        threads = [json.loads(line)["thread_id"] for line in file]
    return Seen(command / 2**20, worker / 2**20, time.monotonic() - began, len(threads), len(set(threads)))


def main() -> None:
    """Print both runs and the ratio of their peaks."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--gigabytes", type=float, default=5.0)
    parser.add_argument("--folder", type=Path, default=Path("/var/tmp"), help="Needs three times the size.")
    options = parser.parse_args()
    peaks = []
    with tempfile.TemporaryDirectory(dir=options.folder) as folder:
        for gigabytes in (options.gigabytes / 10, options.gigabytes):
            mbox = Path(folder, "made.mbox")
            mails_in = write_mbox(mbox, int(gigabytes * 2**30))
            seen = ingest(mbox, Path(folder, "out.jsonl"))
            peaks.append(max(seen.command_mb, seen.worker_mb))
            print(
                f"{mbox.stat().st_size / 2**30:5.2f} GB, {mails_in:,} mails: {seen.records:,} records in "
                f"{seen.threads:,} threads, {seen.seconds:.0f} s; peak of the command {seen.command_mb:.0f} MB, "
                f"of a worker {seen.worker_mb:.0f} MB",
                flush=True,
            )
    print(f"peak, ten times the mails: {peaks[1] / peaks[0]:.2f}x")


if __name__ == "__main__":
    main()
