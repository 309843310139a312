"""Steps: pure functions over Arrow tables, with frozen params, a version and a fingerprint.

A step never reads the clock, a network or a global setting; what it needs stands in its params, and the keys in
`tasks.keys`. It returns every row it was given, changed or not, or says in the quarantine table why not.
"""

from __future__ import annotations

import inspect
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import pyarrow as pa
from pydantic import BaseModel, ConfigDict

from expectations.schema import EDITS, QUARANTINE, WORK
from tasks import batch as batches
from tasks.edits import Edit, Edited, difference
from tasks.errors import ContractError, DaytwoError, RecordError, disk_full, unexpected
from tasks.lineage import fingerprint


class Params(BaseModel):
    """Base of all params: frozen and closed, so an unknown or misspelt key is an error that names it."""

    model_config = ConfigDict(frozen=True, extra="forbid")


@dataclass(frozen=True)
class StepResult:
    """What a step returns.

    `batch`: the rows that go on. `quarantine`: the rows that do not (schema QUARANTINE). `edits`: changes to the text
    (schema EDITS). `report`: counts an operator wants to see, such as entities by type; never a value.
    `restricted`: further tables for the restricted root, by name (scrub-pii's subject index).
    """

    batch: pa.Table
    quarantine: pa.Table = field(default_factory=QUARANTINE.empty_table)
    edits: pa.Table = field(default_factory=EDITS.empty_table)
    report: Mapping[str, int] = field(default_factory=dict)
    restricted: Mapping[str, pa.Table] = field(default_factory=dict)


@dataclass(frozen=True)
class Step:
    """A named, versioned step. `reads` and `writes` name columns of the WORK schema.

    `run` gets a table that holds at least `reads` and `record_id`, and must return the same rows in the same order,
    less those it quarantines, with `writes` set. Raise `version` whenever the same params can give another output.
    `whole` means that the step compares rows, so it should see all of a file or partition at once.
    """

    name: str
    version: int
    run: Callable[[pa.Table, Any], StepResult]
    params: type[Params]
    reads: tuple[str, ...]
    writes: tuple[str, ...]
    whole: bool = False

    @property
    def scrubs(self) -> bool:
        """Whether this is the step after which a row may leave the restricted root."""
        return "scrubbed_by" in self.writes

    @property
    def summary(self) -> str:
        """First line of the run function's docstring."""
        return (inspect.getdoc(self.run) or "").split("\n")[0]

    def fingerprint(self, params: Params) -> str:
        """Return what goes into lineage: name, version and the digest of the params."""
        return fingerprint(self.name, self.version, params.model_dump(mode="json"))

    def __call__(self, table: pa.Table, params: Params | None = None) -> StepResult:
        """Run the step and check what it returned.

        Raises ContractError when rows were lost or a promised column is missing.
        """
        params = params or self.params()
        return check(self, table, self.run(table, params))


TextFunction = Callable[[str, Any], "str | Edited"]


def text_step(name: str, version: int, function: TextFunction, params: type[Params]) -> Step:
    """Lift a function on one text to a step on tables.

    The function returns the new text, or an `Edited` with edits and flags. A RecordError quarantines its record.
    A null text stays null.
    """

    def run(table: pa.Table, given: Params) -> StepResult:
        return _run_text(name, version, function, table, given)

    run.__doc__ = function.__doc__
    return Step(name, version, run, params, reads=("text", "flags"), writes=("text", "flags"))


def _run_text(name: str, version: int, function: TextFunction, table: pa.Table, params: Params) -> StepResult:
    print_ = fingerprint(name, version, params.model_dump(mode="json"))
    ids = table.column("record_id").to_pylist()
    texts, flags, edits, report = [], [], [], Counter[str]()
    held = Quarantine(name, print_)
    for id_, text, flag in zip(ids, table.column("text").to_pylist(), table.column("flags").to_pylist(), strict=True):
        try:
            done = _edited(name, text, function, params)
        except RecordError as error:
            held.add(id_, error)
            done = Edited("")
        texts.append(done.text if text is not None else None)
        flags.append(merge_flags(flag, done.flags))
        edits += edit_rows(id_, name, done.edits)
        report.update(edit.rule for edit in done.edits)
    table = batches.with_column(table, WORK.field("text"), texts)
    table = batches.with_column(table, WORK.field("flags"), flags)
    return StepResult(held.drop_from(table), held.table(), batches.from_rows(edits, EDITS), report)


def _edited(name: str, text: str | None, function: TextFunction, params: Params) -> Edited:
    if text is None:
        return Edited("")
    done = function(text, params)
    return done if isinstance(done, Edited) else Edited(done, difference(text, done, name))


def merge_flags(old: Sequence[str] | None, new: Sequence[str]) -> list[str]:
    """Return both, each flag once, in the order of their arrival."""
    return list(dict.fromkeys([*(old or ()), *new]))


def edit_rows(record_id: str, step: str, edits: Sequence[Edit]) -> list[dict[str, Any]]:
    """Return rows of the EDITS schema."""
    return [
        {"record_id": record_id, "step": step, "rule": e.rule, "start": e.start, "end": e.end, "insert": e.insert}
        for e in edits
    ]


class Quarantine:
    """Collects the records that a step holds back."""

    def __init__(self, step: str, fingerprint: str) -> None:
        self.step = step
        self.fingerprint = fingerprint
        self.rows: dict[str, dict[str, Any]] = {}

    def add(self, record_id: str, error: RecordError) -> None:
        """Hold a record back; the first reason stays."""
        row = {"record_id": record_id, "step": self.step, "reason": error.reason, "detail": error.detail or None}
        self.rows.setdefault(record_id, row | {"fingerprint": self.fingerprint})

    def drop_from(self, table: pa.Table) -> pa.Table:
        """Return the table without the records held back."""
        if not self.rows:
            return table
        return table.filter(pa.array([id_ not in self.rows for id_ in table.column("record_id").to_pylist()]))

    def table(self) -> pa.Table:
        """Return rows of the QUARANTINE schema."""
        return batches.from_rows(self.rows.values(), QUARANTINE)


def check(step: Step, before: pa.Table, result: StepResult) -> StepResult:
    """Return `result` when it keeps the contract: same rows in the same order less the quarantined, columns present.

    Raises ContractError otherwise.
    """
    missing = [name for name in step.writes if name not in result.batch.column_names]
    if missing:
        raise ContractError(f"step {step.name} did not write {', '.join(missing)}")
    held = set(result.quarantine.column("record_id").to_pylist())
    expected = [id_ for id_ in before.column("record_id").to_pylist() if id_ not in held]
    if result.batch.column("record_id").to_pylist() != expected:
        raise ContractError(f"step {step.name} lost, added or reordered rows")
    for name in step.writes:
        if result.batch.schema.field(name).type != WORK.field(name).type:
            raise ContractError(f"step {step.name} wrote {name} as {result.batch.schema.field(name).type}")
    return result


def apply(step: Step, table: pa.Table, params: Params) -> StepResult:
    """Run a step so that a record on which it fails costs that record only.

    Where the step raises what it should not, the table is halved until the record is alone; that one is quarantined
    with the reason of a RecordError, else as `step_error` with the name of the exception's class.

    Raises ContractError and the other errors of daytwo as they come, they stop more than a record; TransientError when
    the disk is full; and whatever the step raises on no record at all.
    """
    try:
        return step(table, params)
    except DaytwoError as error:
        if not isinstance(error, RecordError) or not table.num_rows:
            raise
        failure = error
    except Exception as error:  # hostile text may make a library raise anything
        if disk_full(error):
            raise unexpected(error) from None
        if not table.num_rows:
            raise
        failure = RecordError("step_error", type(error).__name__)
    if table.num_rows == 1:
        return _failed(step, table, params, failure)
    half = table.num_rows // 2
    return merge(apply(step, table.slice(0, half), params), apply(step, table.slice(half), params))


def _failed(step: Step, table: pa.Table, params: Params, failure: RecordError) -> StepResult:
    held = Quarantine(step.name, step.fingerprint(params))
    held.add(table.column("record_id")[0].as_py(), failure)
    empty = table.slice(0, 0)
    for name in step.writes:
        empty = batches.with_column(empty, WORK.field(name), [])
    return StepResult(empty, held.table())


def merge(first: StepResult, second: StepResult) -> StepResult:
    """Return two results of one step as one; a column that only one of them has is null in the other's rows."""
    names = {**first.restricted, **second.restricted}
    tables = {n: [r.restricted[n] for r in (first, second) if n in r.restricted] for n in names}
    return StepResult(
        pa.concat_tables([first.batch, second.batch], promote_options="default"),
        pa.concat_tables([first.quarantine, second.quarantine]),
        pa.concat_tables([first.edits, second.edits]),
        Counter(first.report) + Counter(second.report),
        {n: pa.concat_tables(parts) for n, parts in tables.items()},
    )
