"""Step audit-leaks: search the scrubbed text again, by other detectors than the scrubber's."""

from __future__ import annotations

import re
from collections import Counter
from typing import Any

import pyarrow as pa

from expectations.schema import WORK
from tasks import batch as batches
from tasks.errors import RecordError
from tasks.lineage import fingerprint
from tasks.step import Params, Quarantine, Step, StepResult

NAME, VERSION = "audit-leaks", 1
EMAIL = re.compile(r"[\w.+-]{1,64}@[\w-]{1,63}\.[\w.-]{2,255}")


class AuditParams(Params):
    """Settings of audit-leaks. `quarantine`: hold records with a leak back; the workbench shows them instead."""

    quarantine: bool = True


def audit_leaks(table: pa.Table, params: AuditParams) -> StepResult:
    """Search scrubbed texts for personal data that is still there."""
    held = Quarantine(NAME, fingerprint(NAME, VERSION, params.model_dump(mode="json")))
    found, report = [], Counter[str]()
    for row in table.select(["record_id", "text", "subject", "known_values"]).to_pylist():
        leaks = _leaks(row.get("text") or "", row)
        types = [leak["entity_type"] for leak in leaks + _leaks(row.get("subject") or "", row)]
        report.update(types)
        if types and params.quarantine:
            held.add(row["record_id"], RecordError("leak_found", types[0]))
        found.append(leaks)
    table = batches.with_column(table, WORK.field("leaks"), found)
    return StepResult(held.drop_from(table), held.table(), report=dict(report))


def _leaks(text: str, row: dict[str, Any]) -> list[dict[str, Any]]:
    hits = [(m.start(), m.end(), "EMAIL_ADDRESS") for m in EMAIL.finditer(text)]
    for known in row.get("known_values") or []:
        start = text.find(known["value"]) if len(known["value"] or "") > 3 else -1
        if start >= 0:
            hits.append((start, start + len(known["value"]), known["entity_type"]))
    return [{"start": a, "end": b, "entity_type": t} for a, b, t in sorted(hits)]


AUDIT_LEAKS = Step(NAME, VERSION, audit_leaks, AuditParams, ("text", "subject", "known_values", "lang"), ("leaks",))
