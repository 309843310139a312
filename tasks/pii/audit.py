"""Step audit-leaks: search the scrubbed text again, by other detectors than the scrubber's, for every known value."""

from __future__ import annotations

import base64
import binascii
import html
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from urllib.parse import unquote

import pyarrow as pa

from expectations.schema import WORK
from tasks import batch as batches
from tasks.errors import RecordError
from tasks.lineage import fingerprint
from tasks.pii.audit_exempt import hidden, unmasked
from tasks.pii.audit_known import find_known, plain_text
from tasks.pii.audit_labels import Hit
from tasks.pii.audit_patterns import find_patterns
from tasks.step import Params, Quarantine, Step, StepResult

NAME, VERSION = "audit-leaks", 3
READS = ("text", "subject", "known_values", "lang")
ENCODED = re.compile(
    r"[A-Za-z0-9+/_-]{20,4096}={0,2}|(?:[^\s%]{0,64}%[0-9A-Fa-f]{2}){1,64}[^\s%]{0,64}"
    r"|[^\s&]{0,64}(?:&#?\w{1,8};[^\s&]{0,64}){1,64}"
)
"""Base64, percent and entity islands."""


class AuditParams(Params):
    """Settings of audit-leaks. `quarantine`: hold a record with a leak back; the workbench shows the leaks instead."""

    quarantine: bool = True


def audit_leaks(table: pa.Table, params: AuditParams) -> StepResult:
    """Search scrubbed texts for personal data that is still there."""
    held = Quarantine(NAME, fingerprint(NAME, VERSION, params.model_dump(mode="json")))
    found, report = [], Counter[str]()
    names = [n for n in ("record_id", *READS) if n in table.column_names]
    for row in table.select(names).to_pylist():
        known = [(v["value"], v["entity_type"]) for v in row.get("known_values") or [] if v and v["value"]]
        leaks = find_leaks(row.get("text") or "", known)
        types = [t for _, _, t in [*leaks, *find_leaks(row.get("subject") or "", known)]]
        report.update(types)
        if types and params.quarantine:
            held.add(row["record_id"], RecordError("leak_found", types[0]))
        found.append([{"entity_type": t, "start": a, "end": b} for a, b, t in leaks])
    table = batches.with_column(table, WORK.field("leaks"), found)
    return StepResult(held.drop_from(table), held.table(), report=dict(report))


def find_leaks(text: str, known: Iterable[tuple[str, str]]) -> list[Hit]:
    """Return (start, end, entity type) of what is left in `text`: by pattern, by known value, raw and decoded."""
    masked = unmasked(text)
    values = list(known)
    hits = {*_searched(masked, values), *hidden(text)}
    for match in ENCODED.finditer(masked):
        decoded = _decoded(match.group())
        if decoded and decoded != match.group():
            hits |= {(match.start(), match.end(), t) for _, _, t in _searched(decoded, values)}
    return sorted(hits)


def _searched(text: str, known: list[tuple[str, str]]) -> Iterator[Hit]:
    plain, origin = plain_text(text)
    for start, end, entity_type in [*find_patterns(plain), *find_known(plain, known)]:
        yield origin[start], origin[end - 1] + 1, entity_type


def _decoded(value: str) -> str:
    if "%" in value:
        return unquote(value)
    if "&" in value:
        return html.unescape(value)
    padded = value.rstrip("=").replace("-", "+").replace("_", "/")
    try:
        data = base64.b64decode(padded + "=" * (-len(padded) % 4), validate=True)
        decoded = data.decode("utf-8")
    except (binascii.Error, UnicodeDecodeError):
        return ""
    return decoded if decoded.isprintable() or "\n" in decoded else ""


AUDIT_LEAKS = Step(NAME, VERSION, audit_leaks, AuditParams, READS, ("leaks",))
