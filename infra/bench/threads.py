"""How many messages land in the right thread, on made-up support mail of known shape, and how fast.

    .venv/bin/python infra/bench/threads.py [--messages 20000] [--nights 5] [--seed 1]

The shapes: trees with branches, roots and inner messages that are missing, subjects that change on the way, copies by a
mailing list under the same Message-ID, replies that name only their parent or nothing at all, subjects that many
customers use and generic ones, tickets with mails about them, wrong clocks, and mail that arrives nights late.
"""

from __future__ import annotations

import argparse
import random
import resource
import time
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import pyarrow as pa

from expectations.schema import EXTRACTED
from tasks import batch, keys
from tasks.threads.resolve import ThreadParams, resolve, update_index

START = datetime(2026, 3, 2, 6, tzinfo=UTC)
OWN = "hisa-bank.example"
REPLIES = ("Re: ", "RE: ", "Re: Re: ", "AW: ", "Antw: ", "RES: ", "Jibu: ", "رد: ", "Re[2]: ", "TR: Re: ")
GENERIC = ("Help", "Invoice", "Question", "Urgent!", "Msaada", "Demande", "(no subject)", "")
THINGS = ("card", "loan", "mobile wallet", "statement", "branch visit", "salary account", "transfer", "airtime", "PIN")
TROUBLES = ("blocked since Monday", "declined in shop", "charged twice", "not received", "needs a new address", "fees")
PLACES = ("", "", "", " in Mombasa", " at Ikeja branch", " (Casablanca)", " in Durban", " 12 March", " since April")


@dataclass(frozen=True)
class Shape:
    """Shares of what goes wrong, each between 0 and 1."""

    missing_root: float = 0.15
    missing_inner: float = 0.05
    new_subject: float = 0.10
    list_copy: float = 0.05
    parent_only: float = 0.12
    no_reference: float = 0.05
    generic: float = 0.10
    ticket: float = 0.10
    late: float = 0.05


@dataclass
class Mail:
    """A message and its place in the true tree. `arrived` is when the night could first see it."""

    thread: int
    row: dict[str, Any]
    arrived: datetime
    ancestors: list[str] = field(default_factory=list)


def threads(count: int, rng: random.Random, shape: Shape) -> list[Mail]:
    """Return the messages of `count` conversations, in the order of their arrival."""
    customers = [f"customer{number}@mail{number % 7}.example" for number in range(max(3, count // 3))]
    mails = [mail for number in range(count) for mail in _thread(number, rng.choice(customers), rng, shape)]
    return sorted(mails, key=lambda mail: mail.arrived)


def _thread(number: int, customer: str, rng: random.Random, shape: Shape) -> list[Mail]:
    agents = [f"agent{rng.randrange(20)}@{OWN}" for _ in range(2)]
    begun = START + timedelta(minutes=rng.randrange(60 * 24 * 60))
    subject = rng.choice(GENERIC) if rng.random() < shape.generic else _subject(rng)
    length = rng.choice((1, 2, 2, 3, 3, 4, 5, 6, 8, 12))
    ticket = 100_000 + number if length > 1 and rng.random() < shape.ticket else None
    made: list[Mail] = []
    for place in range(length):
        parent = rng.choice(made[-3:]) if made else None
        if place and rng.random() < shape.new_subject / 3:
            subject = f"{_subject(rng)}, part {rng.randrange(100)}"
        begun += timedelta(minutes=rng.randrange(5, 60 * 30))
        people = (customer, rng.choice(agents)) if place % 2 == 0 else (rng.choice(agents), customer)
        made.append(_mail(number, place, parent, people, subject, begun, ticket, rng, shape))
    kept = [m for place, m in enumerate(made) if not _lost(place, len(made), rng, shape)]
    copies = [_copy(mail, rng) for mail in kept if rng.random() < shape.list_copy]
    return kept + copies + ([_ticket(number, customer, ticket, subject, begun)] if ticket else [])


def _subject(rng: random.Random) -> str:
    return f"{rng.choice(THINGS)} {rng.choice(TROUBLES)}{rng.choice(PLACES)}"


def _lost(place: int, count: int, rng: random.Random, shape: Shape) -> bool:
    return count > 1 and rng.random() < (shape.missing_root if place == 0 else shape.missing_inner)


def _mail(
    number: int, place: int, parent: Mail | None, people: Sequence[str], subject: str, sent: datetime,
    ticket: int | None, rng: random.Random, shape: Shape,
) -> Mail:  # fmt: skip
    message_id = f"<{number}.{place}.{rng.randrange(1 << 32):x}@{people[0].partition('@')[2]}>"
    ancestors = [*parent.ancestors, parent.row["native_id"]] if parent else []
    shown = f"[#{ticket}] {subject}" if ticket and parent else subject
    row = {
        "record_id": f"rec_{number}_{place}",
        "source_kind": "email",
        "source_uri": "file:///mail",
        "native_id": message_id,
        "subject": (rng.choice(REPLIES) if parent else "") + shown,
        "created_at": sent + timedelta(minutes=rng.choice((0, 0, 0, 0, 3, -3, 90))),
        "participants": [
            {"name": None, "address": address, "role": role}
            for address, role in zip(people, ("from", "to"), strict=True)
        ],
        "headers": list(_references(ancestors, rng, shape).items()),
        "text": "…",
    }
    delay = timedelta(hours=rng.randrange(24, 120)) if rng.random() < shape.late else timedelta()
    return Mail(number, row, sent + delay, ancestors)


def _references(ancestors: Sequence[str], rng: random.Random, shape: Shape) -> dict[str, str]:
    chance = rng.random()
    if not ancestors or chance < shape.no_reference:
        return {}
    if chance < shape.no_reference + shape.parent_only:
        return {"in-reply-to": ancestors[-1]}
    return {"in-reply-to": ancestors[-1], "references": " ".join(ancestors)}


def _copy(mail: Mail, rng: random.Random) -> Mail:
    row = dict(mail.row)
    row |= {"record_id": row["record_id"] + "_copy", "subject": f"[care] {row['subject']}", "text": "… -- list footer"}
    return Mail(mail.thread, row, mail.arrived + timedelta(minutes=rng.randrange(1, 600)))


def _ticket(number: int, customer: str, ticket: int, subject: str, sent: datetime) -> Mail:
    row = {
        "record_id": f"rec_{number}_ticket",
        "source": "desk",
        "source_kind": "tickets",
        "source_uri": "file:///tickets",
        "native_id": str(ticket),
        "subject": subject,
        "created_at": sent,
        "participants": [{"name": None, "address": customer, "role": "requester"}],
        "headers": [("ticket-turn", "0")],
        "text": "…",
    }
    return Mail(number, row, sent)


def table(mails: Iterable[Mail]) -> pa.Table:
    """Return the messages as EXTRACTED rows."""
    return batch.from_rows((mail.row for mail in mails), EXTRACTED)


def resolved(mails: Sequence[Mail], nights: int, params: ThreadParams) -> dict[str, str]:
    """Resolve the messages over so many nights, in the order given; return record id → thread id in the end."""
    index: pa.Table | None = None
    size = max(1, -(-len(mails) // nights))
    for start in range(0, len(mails), size):
        index = update_index(index, resolve(table(mails[start : start + size]), index, params))
    return (
        {}
        if index is None
        else dict(zip(*(index.column(c).to_pylist() for c in ("record_id", "thread_id")), strict=True))
    )


def right(mails: Sequence[Mail], found: Mapping[str, str]) -> Iterator[tuple[Mail, bool]]:
    """Yield each message with whether it is in the right thread.

    Each found thread counts for the true thread of most of its messages, each true thread for the largest such one.
    """
    pairs = Counter((mail.thread, found[mail.row["record_id"]]) for mail in mails)
    taken: dict[int, str] = {}
    given: set[str] = set()
    for (true, thread), _ in sorted(pairs.items(), key=lambda item: (-item[1], item[0])):
        if true not in taken and thread not in given:
            taken[true] = thread
            given.add(thread)
    yield from ((mail, taken.get(mail.thread) == found[mail.row["record_id"]]) for mail in mails)


def kind(mail: Mail) -> str:
    """Return what is special about a message, for the breakdown."""
    headers = dict(mail.row["headers"])
    if mail.row["source_kind"] == "tickets":
        return "ticket"
    if mail.row["record_id"].endswith("_copy"):
        return "copy by a list"
    if mail.ancestors and "references" not in headers:
        return "names its parent only" if headers else "names nothing"
    return "with references" if mail.ancestors else "root"


def main() -> None:
    """Print the share of messages in the right thread, by shape, and the time."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--messages", type=int, default=20_000)
    parser.add_argument("--nights", type=int, default=5)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    keys.use(keys.Keyring.random())
    mails = threads(options.messages * 10 // 44, random.Random(options.seed), Shape())
    for name, params in (("own domain known", ThreadParams(own_domains=(OWN,))), ("no settings", ThreadParams())):
        started = time.process_time()
        found = resolved(mails, options.nights, params)
        took = time.process_time() - started
        by_kind: defaultdict[str, Counter[bool]] = defaultdict(Counter)
        for mail, is_right in right(mails, found):
            by_kind[kind(mail)][is_right] += 1
        total = sum(count[True] for count in by_kind.values())
        print(f"{name}: {100 * total / len(mails):.2f} % of {len(mails)} messages right; {took:.1f} s CPU")
        for what, count in sorted(by_kind.items()):
            print(f"    {what:22} {100 * count[True] / count.total():6.2f} % of {count.total()}")
    print(f"peak {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f} MiB")


if __name__ == "__main__":
    main()
