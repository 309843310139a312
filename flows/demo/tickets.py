"""The tickets folder: one export as JSON Lines with comments, one as CSV, each with a broken row and a ticket twice."""

from __future__ import annotations

import csv
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from io import StringIO
from pathlib import Path
from typing import Any

from flows.demo.cases import Case
from flows.demo.truth import Findings
from flows.demo.world import number

CSV_EVERY = 5
"""Two of five tickets go to the CSV export, the others to JSON Lines."""
FIRST_ID = 48001
COLUMNS = (
    "id",
    "subject",
    "description",
    "requester_name",
    "requester_email",
    "created_at",
    "language",
    "status",
    "channel",
)
BROKEN_AT = {"tickets.jsonl": 30, "tickets.csv": 20}
"""Row (from 0, the CSV's header not counted) that is broken."""
BROKEN = tuple((f"tickets/{name}#{row}", "malformed_row") for name, row in BROKEN_AT.items())
CUT_JSON = '{"id": 47990, "subject": "Export stopped", "description": "The rest of this line was'
TOO_MANY_CELLS = "47991,Export without quotes,It rang, it stopped, and then, silence,,,,email,open,yes,no"


@dataclass(frozen=True)
class Tickets:
    """What the exports hold: rows by file without the broken ones, and (kept, copy) ids of the same text."""

    rows: dict[str, list[dict[str, Any]]]
    copies: tuple[tuple[str, str], ...]


def write_tickets(folder: Path, cases: Sequence[Case], findings: Findings) -> Tickets:
    """Write both exports and return what is in them."""
    folder.mkdir(parents=True, exist_ok=True)
    exports: dict[str, list[dict[str, Any]]] = {"tickets.jsonl": [], "tickets.csv": []}
    for case in cases:
        name = "tickets.csv" if case.n % CSV_EVERY < 2 else "tickets.jsonl"
        exports[name].append(_ticket(case, with_comments=name == "tickets.jsonl"))
    copies = tuple(_copied(rows, FIRST_ID + 900 + place) for place, rows in enumerate(exports.values()))
    (folder / "tickets.jsonl").write_text(_jsonl(exports["tickets.jsonl"]), "utf-8")
    (folder / "tickets.csv").write_text(_csv(exports["tickets.csv"]), "utf-8", newline="")
    for name, rows in exports.items():
        findings.wrote(f"tickets/{name}", *(str(value) for row in rows for value in _shown(row)))
    return Tickets(exports, copies)


def _ticket(case: Case, *, with_comments: bool) -> dict[str, Any]:
    texts = [text for _, text in case.turns(6)]
    subject = case.subject
    description = texts[0] if case.n % 3 else case.opening
    row: dict[str, Any] = {"id": FIRST_ID + case.n, "subject": subject}
    row["description"] = f"{description}\n{case.customer.full}" if case.n % 4 == 0 else description
    row |= {"requester_name": case.customer.full, "requester_email": case.customer.email}
    row |= {"created_at": case.started.isoformat(), "language": case.lang}
    row |= {"status": ("open", "solved", "closed")[case.n % 3], "channel": ("web", "email", "chat")[case.n % 7 % 3]}
    if with_comments:
        row["comments"] = _comments(case, texts)
    return row


def _comments(case: Case, texts: list[str]) -> list[dict[str, Any]]:
    """Return none to three comments; with two the customer is content at once."""
    count = (0, 1, 2, 3)[case.n % 4]
    bodies = [texts[1], texts[4] if count == 2 else texts[2], texts[3]][:count]
    sent = case.started
    comments = []
    for place, body in enumerate(bodies):
        sent += timedelta(minutes=20 + number(900, "comment", case.n, place))
        role = ("agent", "customer")[place % 2]
        name, address = case.agent if role == "agent" else (case.customer.full, case.customer.email)
        author = {"role": role, "author_name": name, "author_email": address}
        comments.append(
            {"id": f"{FIRST_ID + case.n}-{place + 1}", **author, "body": body, "created_at": sent.isoformat()}
        )
    return comments


def _copied(rows: list[dict[str, Any]], id_: int) -> tuple[str, str]:
    """Append to `rows` the first ticket without comments once more, under another id, as if it was sent twice."""
    kept = next(row for row in rows if not row.get("comments"))
    rows.append({**kept, "id": id_})
    return str(kept["id"]), str(id_)


def _shown(row: dict[str, Any]) -> list[str]:
    comments = [
        str(comment[key]) for comment in row.get("comments", ()) for key in ("body", "author_name", "author_email")
    ]
    return [*(str(row[name]) for name in COLUMNS), *comments]


def _jsonl(rows: list[dict[str, Any]]) -> str:
    lines = [json.dumps(row, ensure_ascii=False) for row in rows]
    lines.insert(BROKEN_AT["tickets.jsonl"], CUT_JSON)
    return "\n".join(lines) + "\n"


def _csv(rows: list[dict[str, Any]]) -> str:
    def table(part: list[dict[str, Any]]) -> str:
        buffer = StringIO(newline="")
        csv.DictWriter(buffer, COLUMNS).writerows(part)
        return buffer.getvalue()

    place = BROKEN_AT["tickets.csv"]
    return ",".join(COLUMNS) + "\r\n" + table(rows[:place]) + TOO_MANY_CELLS + "\r\n" + table(rows[place:])
