"""Step audit-leaks: search the scrubbed text again, by other detectors than the scrubber's, for every known value."""

from __future__ import annotations

import base64
import binascii
import html
import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator
from urllib.parse import unquote

import pyarrow as pa

from expectations.schema import WORK
from tasks import batch as batches
from tasks.errors import RecordError
from tasks.lineage import fingerprint
from tasks.pii.audit_checks import digits_of
from tasks.pii.audit_exempt import hidden, unmasked
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
MIN_KNOWN, MIN_DIGITS = 4, 7
"""Shortest known value, and shortest row of digits of one, that is searched for: shorter ones stand anywhere."""


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
    plain, origin = _plain(text)
    for start, end, entity_type in [*find_patterns(plain), *_known(plain, known)]:
        yield origin[start], origin[end - 1] + 1, entity_type


def _plain(text: str) -> tuple[str, list[int]]:
    """Return the text without format characters, compatibility forms folded, and the offset of each character."""
    if text.isascii():
        return text, list(range(len(text)))
    characters: list[str] = []
    origin: list[int] = []
    for index, character in enumerate(text):
        if unicodedata.category(character) in {"Cf", "Mn"}:
            continue
        folded = unicodedata.normalize("NFKC", character)
        folded = "".join(str(unicodedata.digit(c, c)) for c in folded)
        characters.append(folded)
        origin += [index] * len(folded)
    return "".join(characters), origin


def _known(text: str, known: list[tuple[str, str]]) -> Iterator[Hit]:
    lowered = _lower(text)
    stream = [i for i, c in enumerate(text) if c.isdigit()]
    numbers = "".join(text[i] for i in stream)
    for value, entity_type in known:
        plain, _ = _plain(unicodedata.normalize("NFC", value))
        for form in _forms(plain, entity_type):
            yield from ((a, b, entity_type) for a, b in _places(lowered, form))
        digits = digits_of(plain)
        if len(digits) >= MIN_DIGITS and len(digits) * 2 > len(plain):
            yield from ((stream[a], stream[b - 1] + 1, entity_type) for a, b in _rows(numbers, digits, stream))


def _lower(text: str) -> str:
    return "".join(c.lower() if len(c.lower()) == 1 else c for c in text)


def _forms(value: str, entity_type: str) -> list[str]:
    """Return the spellings of a known value that are searched for, in lower case."""
    words = _lower(value).replace(",", " ").split()
    forms = {" ".join(words), _lower(value).strip()}
    if entity_type == "PERSON" and len(words) > 1:
        forms |= {
            f"{words[-1]} {words[0]}",
            f"{words[-1]}, {words[0]}",
            f"{words[0]} {words[-1]}",
            f"{words[0]}.{words[-1]}",
        }
    return [
        form
        for form in sorted(forms)
        if len(form) >= MIN_KNOWN and (len(words) > 1 or entity_type != "PERSON" or len(form) > 5)
    ]


def _places(text: str, form: str) -> Iterator[tuple[int, int]]:
    """Yield where `form` stands as a whole word."""
    start = text.find(form)
    while start >= 0:
        end = start + len(form)
        if not text[start - 1 : start].isalnum() and not text[end : end + 1].isalnum():
            yield start, end
        start = text.find(form, end)


def _rows(numbers: str, digits: str, stream: list[int]) -> Iterator[tuple[int, int]]:
    """Yield where the digits stand in a row, with at most two other characters between neighbours."""
    start = numbers.find(digits)
    while start >= 0:
        end = start + len(digits)
        if all(stream[i + 1] - stream[i] <= 3 for i in range(start, end - 1)):
            yield start, end
        start = numbers.find(digits, start + 1)


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
