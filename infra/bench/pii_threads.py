"""Documents with any leak on mail threads with known participants, beside Presidio's default: `make bench-pii_threads`.

The threads are made: two participants of one market each, whom the mails call by their first name, initials, handle or
in lower case, a third person, a telephone number, an address, an order number that is nobody's. English, so that
Presidio's default can read it. Prints the share of mails in which a value is left, with its 95 % interval.
"""

from __future__ import annotations

import logging
import os
import random
import re
import sys
import warnings
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

os.environ.setdefault("OMP_NUM_THREADS", "1")
ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT))

from expectations.schema import WORK  # noqa: E402 - the path comes first
from infra.bench.pii import presidio  # noqa: E402
from tasks import keys  # noqa: E402
from tasks.batch import from_rows  # noqa: E402
from tasks.pii.audit import AUDIT_LEAKS  # noqa: E402
from tasks.pii.canary_values import MAKERS, name  # noqa: E402
from tasks.pii.gold import covered, mask  # noqa: E402
from tasks.pii.interval import wilson  # noqa: E402
from tasks.pii.scrub import SCRUB_PII  # noqa: E402
from tasks.pii.spans import Span  # noqa: E402

THREADS = 120
MARKETS = ("en", "fr", "sw", "zu", "af", "yo", "ig", "ha")
MAILS = (
    "Hello,\n\nmy parcel {order} has not come. You can call me on {phone}.\n\nRegards,\n{customer}",
    "Dear {customer_first},\n\nthank you. The courier has {address} as your address, right?\n\nKind regards,\n{agent}",
    "Hi {agent_first},\n\nyes. {third} next door may sign, or ring {third_first} on {phone2}.\n\n{customer_lower}",
    "{customer_initial} called again about {order}; I promised that {agent_first} writes.\n\nThanks\n{agent_initial}",
    "On Monday {customer_comma} wrote:\n> my handle is {customer_handle}\n\nNoted, {customer_first}: {identity}?",
)
VALUE = re.compile(r"\{(\w+)\}")


@dataclass(frozen=True)
class Mail:
    """A mail of a thread, who takes part, and where its values stand."""

    thread: str
    text: str
    people: list[dict[str, str]]
    spans: tuple[Span, ...]


def threads() -> Iterator[Mail]:
    """Yield the mails of all threads."""
    rnd = random.Random("threads")
    for number in range(THREADS):
        values = _values(rnd)
        people = [
            {"name": values[who], "address": f"{values[f'{who}_handle']}@mail.example", "role": role}
            for who, role in (("customer", "from"), ("agent", "to"))
        ]
        for pattern in MAILS:
            text, spans = _filled(pattern, values)
            yield Mail(str(number), text, people, tuple(spans))


def _values(rnd: random.Random) -> dict[str, str]:
    values = {"order": f"ORD-{rnd.randint(100000, 999999)}", "identity": MAKERS["ZA_ID_NUMBER"](rnd, "en")}
    values |= {key: MAKERS["PHONE_NUMBER"](rnd, "en") for key in ("phone", "phone2")}
    values["address"] = MAKERS["STREET_ADDRESS"](rnd, "en")
    for who in ("customer", "agent", "third"):
        whole = name(rnd, rnd.choice(MARKETS))
        first, _, last = whole.partition(" ")
        forms = {"": whole, "_first": first, "_lower": first.lower(), "_initial": f"{first[0]}. {last}"}
        forms |= {"_comma": f"{last}, {first}", "_handle": f"{first[0]}{last}".lower()}
        values |= {who + form: value for form, value in forms.items()}
    return values


def _filled(pattern: str, values: dict[str, str]) -> tuple[str, list[Span]]:
    text, spans, position = "", [], 0
    for place in VALUE.finditer(pattern):
        text += pattern[position : place.start()]
        value, position = values[place.group(1)], place.end()
        if place.group(1) != "order":
            spans.append(Span(len(text), len(text) + len(value), place.group(1), 1.0))
        text += value
    return text + pattern[position:], spans


def ours(mails: Sequence[Mail]) -> tuple[list[list[Span]], set[int]]:
    """Return what scrub-pii finds in each mail, and which mails audit-leaks holds back."""
    rows = [
        {"record_id": f"{n:05d}", "thread_id": m.thread, "text": m.text, "lang": "en", "participants": m.people}
        | {"known_values": [{"value": p["name"], "entity_type": "PERSON"} for p in m.people]}
        for n, m in enumerate(mails)
    ]
    done = SCRUB_PII(from_rows(rows, WORK)).batch
    held = {int(row) for row in AUDIT_LEAKS(done).quarantine.column("record_id").to_pylist()}
    found = [[Span(s["start"], s["end"], s["entity_type"], 1.0) for s in row["pii_spans"]] for row in done.to_pylist()]
    return found, held


def told(who: str, mails: Sequence[Mail], found: Sequence[Sequence[Span]], held: set[int]) -> None:
    """Print the share of mails with a leak, and which values are left most."""
    left: dict[str, int] = {}
    leaking = 0
    for number, (mail, spans) in enumerate(zip(mails, found, strict=True)):
        hidden = mask(mail.text, spans)
        missed = [s.entity_type for s in mail.spans if not covered(mail.text, hidden, s)] if number not in held else []
        leaking += bool(missed)
        left |= {kind: left.get(kind, 0) + 1 for kind in missed}
    low, high = wilson(leaking, len(mails))
    print(f"{who:28} {leaking / len(mails):6.1%} ({low:.1%} to {high:.1%}) of {len(mails)} mails with a leak;", left)


def main() -> None:
    """Measure and print."""
    logging.disable(logging.CRITICAL)
    warnings.filterwarnings("ignore")
    keys._in_force[:] = [keys.Keyring.random()]  # noqa: SLF001 - a key for this process only
    mails = list(threads())
    found, held = ours(mails)
    told("scrub-pii", mails, found, set())
    told("scrub-pii and audit-leaks", mails, found, held)
    analyze: Callable[[str], Any] = presidio(names=True)
    told("Presidio default (spaCy sm)", mails, [
        [Span(r.start, r.end, r.entity_type, r.score) for r in analyze(mail.text)] for mail in mails
    ], set())  # fmt: skip


if __name__ == "__main__":
    main()
