"""The workbench: `daytwo ingest` and `daytwo step`. JSON Lines in, JSON Lines out, no Prefect, order kept."""

from __future__ import annotations

import json
import math
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any, TextIO, TypeVar

import pyarrow as pa

from expectations.schema import EXTRACTED, WORK, Privacy, privacy
from tasks import batch as batches
from tasks.batch import BatchRef
from tasks.discover import Piece, Refused, cut, cut_items, split_files
from tasks.errors import ConfigError
from tasks.extract import Reading, extract_partition
from tasks.origins import Found
from tasks.origins.by_scheme import is_remote
from tasks.origins.fetch import files_of
from tasks.partitions import head, joined
from tasks.sandbox import Lost, Workers
from tasks.step import Params, Step, apply
from tasks.threads.index import THREAD_INDEX
from tasks.threads.resolve import ThreadParams, resolve, update_index

ROWS_PER_BATCH = 1000
"""Rows that a step gets at once, unless it needs the whole file (`Step.whole`)."""
PART_BYTES = 8 << 20
"""Input that a worker reads at once."""
ROWS_PER_WINDOW = 5_000
"""Records whose threads are resolved at once."""
T = TypeVar("T")
Told = Callable[[int, int], None]
"""Who hears how many items of how many are read."""
TellEdit = Callable[[dict[str, Any]], None]
INVALID = "invalid_unicode"
ONE_OBJECT = 'Write one JSON object a line, such as {"record_id": "1", "text": "Hello"}; daytwo ingest does.'


# ---- JSON Lines


def read_jsonl(path: Path) -> Iterator[dict[str, Any]]:
    """Yield the objects of a JSON Lines file.

    Raises ConfigError naming the line that is no JSON object.
    """
    try:
        with path.open(encoding="utf-8-sig", errors="replace") as file:
            for number, line in enumerate(file, 1):
                if line.strip():
                    yield _object(line, path, number)
    except OSError as error:
        raise ConfigError(f"cannot read {path}: {error.strerror}", remedy="Name a JSON Lines file.") from None


def _object(line: str, path: Path, number: int) -> dict[str, Any]:
    try:
        value = json.loads(line, parse_constant=_finite, parse_float=_finite)
    except (ValueError, RecursionError):
        raise ConfigError(f"{path}, line {number}: no JSON", remedy=ONE_OBJECT) from None
    if not isinstance(value, dict):
        raise ConfigError(f"{path}, line {number}: no JSON object", remedy=ONE_OBJECT)
    return value


def _finite(number: str) -> float:
    """Return a JSON number; NaN, Infinity and 1e999 are none, and no reader of the output would take them."""
    if not math.isfinite(value := float(number)):
        raise ValueError("not finite")
    return value


def write_line(file: TextIO, row: Mapping[str, Any]) -> None:
    """Write one object as a line; times as ISO 8601, and no line separator of any kind inside it."""
    text = json.dumps(row, ensure_ascii=False, default=_plain, allow_nan=False)
    for mark in ("\x85", "\u2028", "\u2029"):
        text = text.replace(mark, f"\\u{ord(mark):04x}")
    file.write(text + "\n")


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.isoformat().replace("+00:00", "Z")
    raise TypeError(type(value).__name__)


UNKNOWN_IS_NULL = frozenset({"doubts"})
"""Lists whose emptiness says something (OCR was sure of every word) that their absence does not."""


def to_json(name: str, value: Any) -> Any:
    """Return the value of a column as it stands in JSON: maps as objects, missing lists as empty ones."""
    kind = WORK.field(name).type if name in WORK.names else pa.null()
    if pa.types.is_map(kind):
        return dict(value or [])
    if pa.types.is_list(kind) and value is None and name not in UNKNOWN_IS_NULL:
        return []
    return value


def from_json(name: str, value: Any) -> Any:
    """Return a JSON value as Arrow takes it; the reverse of `to_json`."""
    kind = WORK.field(name).type
    if value is None:
        return None
    if pa.types.is_map(kind):
        return [(str(k), None if v is None else str(v)) for k, v in dict(value).items()]
    if pa.types.is_timestamp(kind) and isinstance(value, str):
        try:
            return datetime.fromisoformat(value)
        except ValueError:
            return None
    if pa.types.is_string(kind) and not isinstance(value, str):
        return str(value)
    return value


def mend(value: Any) -> Any:
    """Return a JSON value with lone surrogates, which no file can hold, replaced by U+FFFD."""
    if isinstance(value, str):
        return value if value.isascii() else value.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    if isinstance(value, list):
        return [mend(part) for part in value]
    if isinstance(value, dict):
        return {mend(key): mend(part) for key, part in value.items()}
    return value


# ---- daytwo step


def run_step(
    step: Step, params: Params, rows: Iterable[dict[str, Any]], edited: TellEdit | None = None
) -> Iterator[dict[str, Any]]:
    """Yield every row with what the step wrote to it, in order.

    `edited` is told every change that the step made to a text, as a dict of EDITS with the input's own id.

    A row that the step quarantines has `quarantine` (the reason) and a null text. Fields that the schema does not know
    pass through, but not through scrub-pii, which lets out only what it cleaned or what is no personal data.
    """
    pending: list[dict[str, Any]] = []
    for row in rows:
        pending.append(row)
        if len(pending) >= ROWS_PER_BATCH and not step.whole:
            yield from _run_batch(step, params, pending, edited)
            pending = []
    if pending:
        yield from _run_batch(step, params, pending, edited)


def _run_batch(
    step: Step, params: Params, rows: list[dict[str, Any]], edited: TellEdit | None
) -> Iterator[dict[str, Any]]:
    mended = [mend(row) for row in rows]
    for old, new in zip(rows, mended, strict=True):
        if old.get("text") != new.get("text"):
            new["flags"] = _with_flag(new.get("flags"))
    table = _table(mended)
    if "leaks" in step.writes:
        table = _with_participants(table)
    result = apply(step, table, params)
    if edited:
        for edit in result.edits.to_pylist():
            edited(edit | {"record_id": mended[_position(edit["record_id"])]["record_id"]})
    reasons = dict(zip(*(result.quarantine.column(c).to_pylist() for c in ("record_id", "reason")), strict=True))
    written = {name: result.batch.column(name).to_pylist() for name in step.writes}
    if "duplicate_of" in written:  # it names a record: by the input's own id
        written["duplicate_of"] = [key and mended[_position(key)]["record_id"] for key in written["duplicate_of"]]
    place = {position: index for index, position in enumerate(result.batch.column("record_id").to_pylist())}
    for position, row in enumerate(mended):
        key = _key(position)
        kept = {name: value for name, value in row.items() if _may_pass(step, name)}
        if key in place:
            done = {name: to_json(name, values[place[key]]) for name, values in written.items()}
            yield kept | {n: v for n, v in done.items() if n in row or n not in EXTRACTED.names or v}
        else:
            yield kept | {"text": None, "quarantine": reasons[key]}


def _with_flag(flags: Any) -> Any:
    """Return the flags with the one for mended text; what is no list is left for the schema to refuse."""
    return [*(flags or []), INVALID] if flags is None or isinstance(flags, list) else flags


def _may_pass(step: Step, name: str) -> bool:
    if not step.scrubs:
        return True
    return name == "record_id" or (name in WORK.names and privacy(WORK.field(name)) != Privacy.PERSONAL)


def _key(position: int) -> str:
    return f"row-{position:09d}"  # sorts like the rows


def _position(key: str) -> int:
    return int(key.removeprefix("row-"))


def _with_participants(table: pa.Table) -> pa.Table:
    """Return the table with the values that each record's own participants name, as its thread would know them."""
    from tasks.threads.values import personal_values  # noqa: PLC0415 - only audit-leaks needs it

    known = []
    for listed, people in zip(*(table.column(n).to_pylist() for n in ("known_values", "participants")), strict=True):
        named = personal_values([p for p in people or () if p], {})
        known.append(listed or [value._asdict() for value in named])
    return batches.with_column(table, WORK.field("known_values"), known)


def _table(rows: list[dict[str, Any]]) -> pa.Table:
    """Return the rows as a WORK table whose record_id is the row's place: the input's own ids may repeat."""
    if any("record_id" not in row or "text" not in row for row in rows):
        raise ConfigError("every line needs record_id and text", remedy=ONE_OBJECT)
    columns = []
    for field in WORK:
        try:
            values = [from_json(field.name, row.get(field.name)) for row in rows]
            if field.name == "record_id":
                values = [_key(position) for position in range(len(rows))]
            columns.append(pa.array(values, type=field.type))
        except (pa.ArrowInvalid, pa.ArrowTypeError, TypeError, ValueError, OverflowError):
            raise ConfigError(f"field {field.name} must be {field.type}", remedy="See docs/data-contract.md.") from None
    return pa.Table.from_arrays(columns, schema=WORK)


# ---- daytwo ingest


def ingest(
    paths: Sequence[str], reading: Reading, pool: Workers, scratch: Path, own_domains: tuple[str, ...], told: Told
) -> Iterator[dict[str, Any]]:
    """Yield what is found under `paths`, in order, as dicts with one key that tells what they are.

    `record`: a record of the workbench's contract. `quarantine`: {source_uri, reason, detail}. `skipped`: what it is.
    A file of another type is skipped in a folder; who names one file wants to know, so there it is quarantined.
    Threads are resolved over all records of the call; texts and fetched files wait in the folder `scratch` meanwhile.
    `own_domains` tell agent from customer.
    """
    arrived: list[Found | Refused] = []
    for path in paths:
        files, left = files_of(path, scratch / "fetched")
        arrived += files
        yield from ({"skipped": kind} for kind in left.elements())
    named = {Path(path).absolute().as_uri() for path in paths if not is_remote(path) and Path(path).is_file()}
    split = _split(pool, [got for got in arrived if isinstance(got, Found)], reading)
    for refused in (got for got in (*split, *arrived) if isinstance(got, Refused)):
        if refused.reason == "other_type" and refused.uri not in named:
            yield {"skipped": refused.detail}
        else:
            yield {"quarantine": _held(refused.uri, refused.reason, refused.detail)}
    parts = list(_extract(pool, split, reading, scratch, told))
    for _, quarantine in parts:
        for row in batches.read(quarantine).to_pylist():
            yield {"quarantine": _held(row["pointer"], row["reason"], row["detail"])}
    for row in _threaded([records for records, _ in parts], ThreadParams(own_domains=own_domains)):
        yield {"record": {name: to_json(name, value) for name, value in row.items()}}


def _held(uri: str, reason: str, detail: str | None) -> dict[str, Any]:
    return {"source_uri": uri, "reason": reason, "detail": detail or ""}


def _split(pool: Workers, files: Sequence[Found], reading: Reading) -> list[list[Piece] | Refused]:
    parts = cut(files, [file.size for file in files], PART_BYTES, pool.count * 2)
    calls = [partial(pool.each, split_files, part, reading.kind, reading.params) for part in parts]
    outcomes: list[list[Piece] | Refused] = []
    for part in _side_by_side(pool, calls):
        for got in part:
            outcomes += [Refused(got.item.uri, got.reason)] if isinstance(got, Lost) else got
    return outcomes


def _side_by_side(pool: Workers, calls: Sequence[Callable[[], Iterator[T]]]) -> Iterator[list[T]]:
    """Run calls of `pool.each` in as many threads as there are workers; yield what each gave, in order."""
    with ThreadPoolExecutor(pool.count) as threads:
        yield from threads.map(lambda call: list(call()), calls)


def _extract(
    pool: Workers,
    split: list[list[Piece] | Refused],
    reading: Reading,
    scratch: Path,
    told: Told,
) -> Iterator[tuple[BatchRef, BatchRef]]:
    """Yield where the records and the quarantine of each part lie. `split` is emptied: a huge mbox has many pieces."""
    pieces = [piece for outcome in split if isinstance(outcome, list) for piece in outcome]
    split.clear()
    parts = cut_items(pieces, reading.kind, PART_BYTES, pool.count * 2)
    calls = [partial(_read_part, pool, part, reading, scratch / f"{n}") for n, part in enumerate(parts)]
    read = 0
    for part, (done,) in zip(parts, _side_by_side(pool, calls), strict=True):
        read += len(part)
        told(read, len(pieces))
        yield done


def _read_part(
    pool: Workers, part: Sequence[Piece], reading: Reading, stem: Path
) -> Iterator[tuple[BatchRef, BatchRef]]:
    kept = extract_partition(pool, part, reading, None, stem)
    yield kept.records, kept.quarantine


def _threaded(refs: Sequence[BatchRef], params: ThreadParams) -> Iterator[dict[str, Any]]:
    """Yield the records in order with their threads; one part's texts are in memory at a time."""
    threads = _resolved(refs, params)
    for ref in refs:
        rows = batches.conform(joined(batches.read(ref), threads), EXTRACTED)
        for batch in rows.to_batches(ROWS_PER_BATCH):
            yield from batch.to_pylist()


def _resolved(refs: Sequence[BatchRef], params: ThreadParams) -> pa.Table:
    """Return the thread, turn and role of every record.

    They are resolved as over nights, some thousand records at a time: between them only the thread index is held.
    """
    index, window = THREAD_INDEX.empty_table(), EXTRACTED.empty_table()
    for place, ref in enumerate(refs, 1):
        window = pa.concat_tables([window, head(batches.read(ref))])
        if window.num_rows >= ROWS_PER_WINDOW or place == len(refs):
            index = _lighter(update_index(index, resolve(window, index, params)))
            window = EXTRACTED.empty_table()
    return batches.conform(index, WORK)


def _lighter(index: pa.Table) -> pa.Table:
    """Return the index without the personal values of its messages: nothing is scrubbed here."""
    nothing = pa.nulls(index.num_rows, index.schema.field("values").type)
    return batches.with_column(index, index.schema.field("values"), nothing)


def counts(reasons: Counter[str]) -> str:
    """Return reasons with their counts as one line, the most frequent first."""
    return ", ".join(f"{count} {reason}" for reason, count in reasons.most_common()) or "none"
