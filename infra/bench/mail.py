"""Mails per CPU second of read-mail against the bare standard library, side by side in one process.

    .venv/bin/python infra/bench/mail.py ../shared/data/emails/spamassassin/dev

Prints both rates and their ratio (the issue asks for at least 0.7 with strip-replies, filter-irrelevant and isolation
on top). The bare loop is `email.message_from_bytes(raw, policy=policy.default).get_body()`, as a first pipeline has it;
the rounds of the two alternate, and the best round of each counts.
"""

from __future__ import annotations

import argparse
import email
import email.policy
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from tasks.errors import RecordError
from tasks.ingest.mail import MailParams, read, split
from tasks.source import Item, Skip


def bare(paths: Sequence[Path]) -> int:
    """Read the mails as the bare loop does; return how many gave a body."""
    read_mails = 0
    for path in paths:
        try:
            message = email.message_from_bytes(path.read_bytes(), policy=email.policy.default)
            read_mails += message.get_body() is not None
        except Exception:  # noqa: BLE001 - the library raises anything; the bare loop loses such mails
            continue
    return read_mails


def daytwo(paths: Sequence[Path]) -> int:
    """Read the mails with read-mail; return how many rows came out."""
    params, rows = MailParams(), 0
    for path in paths:
        try:
            for offset, length in split(path, params):
                item = Item(path.as_uri(), path, offset, length)
                rows += sum(isinstance(got, dict) for got in read(item, params))
        except (RecordError, Skip):
            continue
    return rows


def seconds(function: Callable[[Sequence[Path]], int], paths: Sequence[Path]) -> float:
    """Return the CPU seconds of one round."""
    begun = time.process_time()
    function(paths)
    return time.process_time() - begun


def main() -> None:
    """Print the rates of both and the ratio."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--rounds", type=int, default=5)
    options = parser.parse_args()
    paths = sorted(path for path in options.folder.resolve().rglob("*") if path.is_file())
    rounds = [(seconds(bare, paths), seconds(daytwo, paths)) for _ in range(options.rounds)]
    best_bare, best_daytwo = (min(column) for column in zip(*rounds, strict=True))
    print(f"{len(paths)} files")
    print(f"stdlib {len(paths) / best_bare:.0f}/s  daytwo {len(paths) / best_daytwo:.0f}/s")
    print(f"ratio {best_bare / best_daytwo:.2f}")


if __name__ == "__main__":
    main()
