"""Step scrub-pii: personal data out of every field that leaves the restricted root."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pyarrow as pa

from expectations.schema import WORK
from tasks import batch as batches
from tasks.errors import ConfigError, RecordError
from tasks.keys import keyring
from tasks.lineage import fingerprint
from tasks.pii.engine import find
from tasks.pii.spans import Span
from tasks.step import Params, Quarantine, Step, StepResult

NAME, VERSION = "scrub-pii", 1
READS = ("text", "subject", "lang", "participants", "known_values", "source_kind", "attachments")
WRITES = ("text", "subject", "participants", "attachments", "native_id", "headers", "pii_spans", "scrubbed_by")
SUBJECTS = pa.schema([("subject", pa.string()), ("entity_type", pa.string()), ("record_id", pa.string())])
"""Keyed value → record id: what erasure and the gate look up."""


class ScrubParams(Params):
    """Settings of scrub-pii."""


def scrub_pii(table: pa.Table, params: ScrubParams) -> StepResult:
    """Replace personal data in every field by keyed pseudonyms."""
    stamp = fingerprint(NAME, VERSION, params.model_dump(mode="json"))
    held, report, subjects, rows = Quarantine(NAME, stamp), Counter[str](), [], []
    for row in table.to_pylist():
        try:
            done, counts, keyed = _scrub_row(row)
        except ConfigError:
            raise
        except Exception as error:  # noqa: BLE001  a text that breaks the engine must not leave
            held.add(row["record_id"], RecordError("pii_engine_failed", type(error).__name__))
            done, counts, keyed = {}, Counter(), set()
        rows.append(done | {"scrubbed_by": stamp})
        report.update(counts)
        subjects += [{"subject": s, "entity_type": t, "record_id": row["record_id"]} for t, s in sorted(keyed)]
    for name in WRITES:
        table = batches.with_column(table, WORK.field(name), [row.get(name) for row in rows])
    index = batches.from_rows(subjects, SUBJECTS)
    return StepResult(held.drop_from(table), held.table(), report=dict(report), restricted={"subjects": index})


def _scrub_row(row: dict[str, Any]) -> tuple[dict[str, Any], Counter[str], set[tuple[str, str]]]:
    keyed: set[tuple[str, str]] = set()
    known = _known(row)
    text, spans = _scrub(row.get("text"), known, keyed)
    subject, _ = _scrub(row.get("subject"), known, keyed)
    done = {
        "text": text,
        "subject": subject,
        "participants": [_participant(p, keyed) for p in row.get("participants") or []],
        "attachments": [a | {"name": _scrub(a.get("name"), known, keyed)[0]} for a in row.get("attachments") or []],
        "pii_spans": [{"start": s.start, "end": s.end, "entity_type": s.entity_type, "score": s.score} for s in spans],
    }
    return done, Counter(s.entity_type for s in spans), keyed


def _known(row: dict[str, Any]) -> list[tuple[str, str]]:
    values = [(v["value"], v["entity_type"]) for v in row.get("known_values") or [] if v["value"]]
    for person in row.get("participants") or []:
        values += [(person["name"], "PERSON")] if person.get("name") else []
        values += [(person["address"], "EMAIL_ADDRESS")] if person.get("address") else []
    return list(dict.fromkeys(values))


def _scrub(
    text: str | None, known: list[tuple[str, str]], keyed: set[tuple[str, str]]
) -> tuple[str | None, list[Span]]:
    if not text:
        return text, []
    spans = find(text, known)
    for span in reversed(spans):
        pseudonym = _pseudonym(span.entity_type, text[span.start : span.end])
        keyed.add((span.entity_type, pseudonym))
        text = text[: span.start] + pseudonym + text[span.end :]
    return text, spans


def _pseudonym(entity_type: str, value: str) -> str:
    return keyring().pseudonym(entity_type, " ".join(value.casefold().split()))


def _participant(person: dict[str, Any], keyed: set[tuple[str, str]]) -> dict[str, Any]:
    done: dict[str, Any] = {"role": person.get("role"), "name": None, "address": None}
    for key, entity_type in (("name", "PERSON"), ("address", "EMAIL_ADDRESS")):
        if person.get(key):
            done[key] = _pseudonym(entity_type, person[key])
            keyed.add((entity_type, done[key]))
    return done


SCRUB_PII = Step(NAME, VERSION, scrub_pii, ScrubParams, READS, WRITES)
