"""Step scrub-pii: personal data out of every field that leaves the restricted root."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import Any, Self

import pyarrow as pa
from pydantic import Field, model_validator

from expectations.schema import EDITS, WORK
from tasks import batch as batches
from tasks.edits import Edit, replay
from tasks.errors import ConfigError, DaytwoError, RecordError
from tasks.keys import keyring
from tasks.lexica import UserFile
from tasks.lineage import fingerprint
from tasks.pii import engine
from tasks.pii.canonical import PHONE_REGIONS
from tasks.pii.known import Known, known_values
from tasks.pii.pseudonyms import Replacer, Style, likenesses
from tasks.pii.spans import Span, joined
from tasks.step import Params, Quarantine, Step, StepResult, edit_rows

NAME, VERSION = "scrub-pii", 6
READS = ("text", "subject", "lang", "participants", "known_values", "source_kind", "attachments", "thread_id")
WRITES = ("text", "subject", "participants", "attachments", "headers", "native_id", "pages", "pii_spans", "scrubbed_by")
SUBJECTS = pa.schema([("subject", pa.string()), ("entity_type", pa.string()), ("record_id", pa.string())])
"""Keyed value → record id: what erasure and the gate look up."""
REUSED_SCORE = 0.5
"""Score from which a name of two words is searched for again in the rest of its thread."""


class ScrubParams(Params):
    """Settings of scrub-pii."""

    packs: tuple[str, ...] = ("za", "ng", "ke", "ma", "africa", "world")
    """Locale packs in force, files of tasks/pii/packs."""
    pack_files: tuple[UserFile, ...] = ()
    """Packs of your own (TOML like the shipped ones; patterns are RE2)."""
    presidio: tuple[str, ...] = ()
    """Presidio's own recognizers to run beside ours, by class name: `NhsRecognizer`, `ItFiscalCodeRecognizer` …"""
    phone_regions: tuple[str, ...] = PHONE_REGIONS
    """Regions whose national telephone numbers count, your own first: it decides whose number 071 234 5678 is."""
    names: bool = True
    """Search names and addresses (the model and the lists); without it only identifiers and known values."""
    model: Path | None = None
    """Folder of another ONNX token classifier (config.json, tokenizer.json, one .onnx file); null is Rampart."""
    model_sha256: str | None = Field(None, pattern="^[0-9a-f]{64}$")
    """SHA-256 of that model's .onnx file: another file stops the run."""
    style: Style = "keyed"
    """How values are replaced."""
    styles: dict[str, Style] = Field(default_factory=dict)
    """Other styles by entity type."""
    keep: tuple[str, ...] = ()
    """Entity types that stay in the text."""
    min_score: float = Field(0.4, ge=0, le=1)
    """Confidence from which a finding is replaced."""
    epoch: int | None = None
    """Key epoch; null is the one in force."""
    max_chars: int = Field(2_000_000, ge=1)
    """Code points; a longer text is quarantined."""

    @model_validator(mode="after")
    def _pinned(self) -> Self:
        if self.model is not None and self.model_sha256 is None:
            raise ValueError("a model of your own needs model_sha256, which `sha256sum FOLDER/*.onnx` tells")
        return self


@dataclass
class _Row:
    """A record on its way: what is searched, what was found, what comes out."""

    record: dict[str, Any]
    texts: list[str]
    known: list[tuple[str, str]]
    found: list[list[Span]] = field(default_factory=list)
    done: dict[str, Any] = field(default_factory=dict)
    edits: list[Edit] = field(default_factory=list)
    subjects: set[tuple[str, str]] = field(default_factory=set)


def scrub_pii(table: pa.Table, params: ScrubParams) -> StepResult:
    """Replace personal data in every field by keyed pseudonyms."""
    _check(params)
    stamp = fingerprint(NAME, VERSION, params.model_dump(mode="json"))
    held, rows = Quarantine(NAME, stamp), [_row(r) for r in _records(table)]
    for thread in _threads(rows):
        _scrub_thread(thread, params, held)
    for name in WRITES:
        values = [stamp if name == "scrubbed_by" else row.done.get(name) for row in rows]
        table = batches.with_column(table, WORK.field(name), values)
    kept = [row for row in rows if row.record["record_id"] not in held.rows]
    edits = [e for row in kept for e in edit_rows(row.record["record_id"], NAME, row.edits)]
    return StepResult(
        held.drop_from(table),
        held.table(),
        batches.from_rows(edits, EDITS),
        _report(kept),
        {"subjects": batches.from_rows(_subjects(kept), SUBJECTS)},
    )


def _check(params: ScrubParams) -> None:
    """Stop before work where the params name an epoch or a region that there is none of. Raises ConfigError."""
    from phonenumbers import SUPPORTED_REGIONS  # noqa: PLC0415 - loaded where texts are searched

    epochs = keyring().epochs
    if params.epoch is not None and params.epoch not in epochs:
        known = ", ".join(map(str, sorted(epochs)))
        raise ConfigError(f"scrub-pii: the key file has no epoch {params.epoch}", remedy=f"Known: {known}.")
    if unknown := sorted(set(params.phone_regions) - set(SUPPORTED_REGIONS)):
        remedy = "Write ISO 3166 codes such as KE."
        raise ConfigError(f"scrub-pii: unknown phone_regions {', '.join(unknown)}", remedy=remedy)


def _records(table: pa.Table) -> list[dict[str, Any]]:
    names = [n for n in ("record_id", *READS) if n in table.column_names]
    rows: list[dict[str, Any]] = table.select(names).to_pylist()
    return rows


def _row(record: dict[str, Any]) -> _Row:
    known = [(v["value"], v["entity_type"]) for v in record.get("known_values") or [] if v and v["value"]]
    for person in record.get("participants") or []:
        known += [(person["name"], _kind(person["name"]))] if person.get("name") else []
        known += [(person["address"], "EMAIL_ADDRESS")] if person.get("address") else []
    return _Row(record, [record.get("text") or "", record.get("subject") or ""], known)


def _kind(name: str) -> str:
    return "EMAIL_ADDRESS" if "@" in name else "PERSON"


def _threads(rows: Iterable[_Row]) -> list[list[_Row]]:
    """Return the rows by thread, in the order in which the threads begin."""
    threads: dict[str, list[_Row]] = defaultdict(list)
    for row in rows:
        threads[row.record.get("thread_id") or row.record["record_id"]].append(row)
    return list(threads.values())


def _scrub_thread(rows: Sequence[_Row], params: ScrubParams, held: Quarantine) -> None:
    values = list(dict.fromkeys(v for row in rows for v in row.known))
    for row in rows:
        _guarded(row, held, lambda r: _search(r, known_values(values, params.phone_regions), params))
    again = known_values(_found_names(rows))
    replacer = Replacer(params.style, params.styles, params.epoch, params.phone_regions)
    replacer.real = " ".join(value.casefold() for value, kind in values if kind == "PERSON")
    for row in rows:
        if row.record["record_id"] not in held.rows:
            _guarded(row, held, lambda r: _replace(r, again, replacer, params))


def _guarded(row: _Row, held: Quarantine, work: Any) -> None:
    """Do the work on a row; whatever goes wrong, the text does not leave."""
    try:
        work(row)
    except RecordError as error:
        held.add(row.record["record_id"], error)
    except DaytwoError:
        raise
    except Exception as error:  # noqa: BLE001  a text that breaks a detector must not leave unsearched
        held.add(row.record["record_id"], RecordError("pii_engine_failed", type(error).__name__))


def _search(row: _Row, known: Known, params: ScrubParams) -> None:
    if max(map(len, row.texts)) > params.max_chars:
        raise RecordError("text_too_long", f"more than {params.max_chars} code points")
    row.found = engine.find(row.texts, row.record.get("lang"), known, settings_of(params))


def settings_of(params: ScrubParams) -> engine.Settings:
    """Return what the engine needs of the params."""
    return engine.Settings(
        params.packs,
        params.pack_files,
        params.phone_regions,
        params.names,
        params.model,
        frozenset(params.keep),
        params.min_score,
        params.presidio,
        params.model_sha256,
    )


def _found_names(rows: Sequence[_Row]) -> Iterator[tuple[str, str]]:
    """Yield the full names that were found in the thread, so that their parts are found again."""
    for row in rows:
        for text, spans in zip(row.texts, row.found, strict=False):
            for span in spans:
                value = text[span.start : span.end]
                if span.entity_type == "PERSON" and span.score >= REUSED_SCORE and 2 <= len(value.split()) <= 4:
                    yield value, "PERSON"


def _replace(row: _Row, again: Known, replacer: Replacer, params: ScrubParams) -> None:
    replacer.lang = row.record.get("lang") or "en"
    if "PERSON" not in params.keep and again.forms:
        repeated = engine.find_again(row.texts, again)
        row.found = [joined([*old, *new]) for old, new in zip(row.found, repeated, strict=True)]
    edits = [_edits(text, spans, replacer, row.subjects) for text, spans in zip(row.texts, row.found, strict=True)]
    row.edits = edits[0]
    text, subject = (replay(t, e) for t, e in zip(row.texts, edits, strict=True))
    row.done = {
        "text": text if row.record.get("text") is not None else None,
        "subject": subject if row.record.get("subject") is not None else None,
        "participants": _participants(row, replacer),
        "attachments": _attachments(row, replacer),
        "pii_spans": [
            {"start": s.start, "end": s.end, "entity_type": s.entity_type, "score": s.score} for s in row.found[0]
        ],
    }


def _edits(text: str, spans: Sequence[Span], replacer: Replacer, subjects: set[tuple[str, str]]) -> list[Edit]:
    edits = [Edit(s.start, s.end, replacer.replacement(text, s), s.entity_type) for s in spans]
    for span in spans:
        form = span.canonical or replacer.form(span.entity_type, text[span.start : span.end])
        subjects.add((span.entity_type, replacer.keyed(span.entity_type, form)))
    for start, end, escaped in likenesses(text):
        if all(e.end <= start or end <= e.start for e in edits):
            edits.append(Edit(start, end, escaped, "escape"))
    return sorted(edits)


def _participants(row: _Row, replacer: Replacer) -> list[dict[str, Any]]:
    """Return who took part, as the text calls them; the role stays."""
    done = []
    for person in row.record.get("participants") or []:
        shown = {"name": None, "address": None, "role": person.get("role")}
        for key, entity_type in (("name", _kind(person.get("name") or "")), ("address", "EMAIL_ADDRESS")):
            if person.get(key):
                form = replacer.form(entity_type, person[key])
                shown[key] = replacer.stand_in(entity_type, person[key], form)
                row.subjects.add((entity_type, replacer.keyed(entity_type, form)))
        done.append(shown)
    return done


def _attachments(row: _Row, replacer: Replacer) -> list[dict[str, Any]]:
    """Return the attached files: the name replaced but for its extension, no content hash (it could be guessed)."""
    done = []
    for file in row.record.get("attachments") or []:
        name = file.get("name")
        suffix = PurePosixPath(name).suffix.lower() if name else ""
        suffix = suffix if suffix[1:].isalnum() and len(suffix) <= 5 else ""
        shown = replacer.stand_in("FILE_NAME", name, replacer.form("FILE_NAME", name)) + suffix if name else None
        done.append({"name": shown, "media_type": file.get("media_type"), "size": file.get("size"), "sha256": None})
    return done


def _subjects(rows: Iterable[_Row]) -> list[dict[str, str]]:
    return [
        {"subject": keyed, "entity_type": entity_type, "record_id": row.record["record_id"]}
        for row in rows
        for entity_type, keyed in sorted(row.subjects)
    ]


def _report(rows: Iterable[_Row]) -> dict[str, int]:
    """Return counts by entity type, and of those that the thread knew (`known PERSON`); never a value."""
    counts: Counter[str] = Counter()
    for span in (span for row in rows for spans in row.found for span in spans):
        counts.update([span.entity_type, f"known {span.entity_type}"] if span.canonical else [span.entity_type])
    return dict(counts)


SCRUB_PII = Step(NAME, VERSION, scrub_pii, ScrubParams, READS, WRITES)
