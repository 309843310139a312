"""Runs suites in Great Expectations: the only module that imports it, and only when something is validated.

No text ever gets there. The frame it sees holds, for every column that may hold text of a person and for every nested
one, only whether a value is present; rules about texts look at measures (`expectations.measures`). Results are asked
for without values, and rows are named by their place in the table, from which the ids are looked up here.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from functools import cache
from typing import TYPE_CHECKING, Any, NamedTuple

import pyarrow as pa
import pyarrow.compute as pc

from expectations.report import Outcome, ValidationReport
from expectations.schema import Privacy, privacy
from expectations.suites import Expectation, RunFacts, Severity, Suite

if TYPE_CHECKING:
    import pandas as pd

ROW = "row_number"
"""Column of the frame that names a row: ids may be null or stand twice, places cannot."""

RESULT_FORMAT = {
    "result_format": "COMPLETE",
    "exclude_unexpected_values": True,
    "partial_unexpected_count": 0,
    "unexpected_index_column_names": [ROW],
    "return_unexpected_index_query": False,  # it would name the failing rows by value
}
"""Every failing row by its number, no value."""

COLUMN_SET = "expect_table_columns_to_match_set"

_one_at_a_time = threading.Lock()  # Great Expectations keeps the context in force in a global


def validate(table: pa.Table, suite: Suite, facts: RunFacts | None = None) -> ValidationReport:
    """Check a table against a suite.

    A column that is missing or has another type than the schema says makes its expectations count as not evaluated,
    and the report as held. The first call in a process takes 4 to 9 s, for importing Great Expectations.
    """
    with _one_at_a_time:
        verdicts = _check_rows(table, suite)
        failing = frozenset[int]().union(*(v.rows for v in verdicts if v.outcome.severity is Severity.ROW))
        known = replace(facts or RunFacts(), failing=len(failing))
        verdicts += _check_summary(table, suite, known)
    by_name = {verdict.outcome.name: verdict.outcome for verdict in verdicts}
    ordered = tuple(by_name[expectation.name] for expectation in suite.expectations)
    return ValidationReport(suite.name, suite.suite_hash, table.num_rows, ordered)


class _Verdict(NamedTuple):
    outcome: Outcome
    rows: frozenset[int] = frozenset()


def _check_rows(table: pa.Table, suite: Suite) -> list[_Verdict]:
    """Check all that looks at rows or columns of the table."""
    on_summary = {measure.name for measure in suite.table_measures}
    expectations = [e for e in suite.expectations if e.column not in on_summary]
    frame = _frame(table, suite)
    added = [ROW, *(measure.name for measure in suite.row_measures if measure.name in frame)]
    results = _run("rows", frame, [_beside(expectation, added) for expectation in expectations])
    ids = table.column(suite.id_column).to_pylist() if suite.id_column in frame else [None] * table.num_rows
    lacking = ", ".join(name for name in suite.schema.names if name not in frame)
    verdicts = [_verdict(expectation, results[expectation.name], ids) for expectation in expectations]
    return [_naming(verdict, lacking) if lacking else verdict for verdict in verdicts]


def _check_summary(table: pa.Table, suite: Suite, facts: RunFacts) -> list[_Verdict]:
    """Check the numbers that stand for the table as a whole."""
    expectations = [e for e in suite.expectations if e.column in {measure.name for measure in suite.table_measures}]
    if not expectations:
        return []
    usable = _usable(table, suite)
    seen = {m.name: m.compute(table, facts) for m in suite.table_measures if usable.issuperset(m.needs)}
    columns = {name: pa.array([value], pa.float64()) for name, value in seen.items()}
    frame = pa.table(columns | {ROW: pa.array([0])}).to_pandas()
    results = _run("table", frame, expectations)
    verdicts = [_verdict(expectation, results[expectation.name], ()) for expectation in expectations]
    return [v._replace(outcome=replace(v.outcome, observed=seen.get(v.outcome.column or ""))) for v in verdicts]


def _usable(table: pa.Table, suite: Suite) -> set[str]:
    """Return the columns of the schema that the table has, with the type that the schema says."""
    return {f.name for f in suite.schema if f.name in table.column_names and table.schema.field(f.name).type == f.type}


def _frame(table: pa.Table, suite: Suite) -> pd.DataFrame:
    """Return what Great Expectations may see of the table: harmless columns, marks of presence, measures."""
    usable = _usable(table, suite)
    seen: dict[str, Any] = {}
    for name in table.column_names:
        if name in usable and _harmless(suite.schema.field(name)):
            seen[name] = table.column(name)
        elif name in usable or name not in suite.schema.names:
            seen[name] = _present(table.column(name))
    seen |= {m.name: m.compute(table) for m in suite.row_measures if usable.issuperset(m.needs)}
    seen[ROW] = pa.array(range(table.num_rows), pa.int64())
    frame: pd.DataFrame = pa.table(seen).to_pandas()
    return frame


def _harmless(field: pa.Field) -> bool:
    return privacy(field) in (Privacy.OPEN, Privacy.PSEUDONYM) and not pa.types.is_nested(field.type)


def _present(values: pa.ChunkedArray) -> pa.ChunkedArray:
    return pc.if_else(pc.is_valid(values), pa.scalar(True), pa.scalar(None, pa.bool_()))


def _beside(expectation: Expectation, added: Sequence[str]) -> Expectation:
    """Let the measures and the row number stand beside the table's own columns."""
    if expectation.type != COLUMN_SET:
        return expectation
    kwargs = {**expectation.kwargs, "column_set": [*expectation.kwargs["column_set"], *added]}
    return replace(expectation, kwargs=kwargs)


def _naming(verdict: _Verdict, lacking: str) -> _Verdict:
    """Say which columns of the schema the table lacks, where that is what failed."""
    outcome = verdict.outcome
    if outcome.column is not None or outcome.success:
        return verdict
    return verdict._replace(outcome=replace(outcome, reason=f"{outcome.reason} Not so: {lacking}."))


@cache
def _great_expectations() -> Any:
    os.environ["GX_ANALYTICS_ENABLED"] = "false"  # it would report to PostHog; read once, at import
    import great_expectations  # noqa: PLC0415 (4 to 9 s)

    return great_expectations


def _run(name: str, frame: pd.DataFrame, expectations: Sequence[Expectation]) -> dict[str, Any]:
    """Run the expectations on one frame as a checkpoint and return Great Expectations' results by name."""
    gx = _great_expectations()
    context = gx.get_context(mode="ephemeral")
    context.variables.progress_bars = {"globally": False}
    asset = context.data_sources.add_pandas("memory").add_dataframe_asset(name)
    batch = asset.add_batch_definition_whole_dataframe(name)
    suite = context.suites.add(gx.ExpectationSuite(name=name, expectations=[_object(e) for e in expectations]))
    definition = context.validation_definitions.add(gx.ValidationDefinition(name=name, data=batch, suite=suite))
    checkpoint = gx.Checkpoint(name=name, validation_definitions=[definition], result_format=RESULT_FORMAT)
    done = context.checkpoints.add(checkpoint).run(batch_parameters={"dataframe": frame})
    results = next(iter(done.run_results.values())).results
    return {result.expectation_config.meta["name"]: result for result in results}


def _object(expectation: Expectation) -> Any:
    from great_expectations.expectations.expectation_configuration import (  # noqa: PLC0415 (see _great_expectations)
        ExpectationConfiguration,
    )

    kwargs, meta = dict(expectation.kwargs), {"name": expectation.name}
    return ExpectationConfiguration(type=expectation.type, kwargs=kwargs, meta=meta).to_domain_obj()


def _verdict(expectation: Expectation, result: Any, ids: Sequence[str | None]) -> _Verdict:
    """Read one result: only whether it holds, and the numbers of its failing rows."""
    outcome = Outcome(expectation.name, expectation.column, expectation.severity, True, 0, expectation.reason)
    if _raised(result.exception_info):
        return _Verdict(replace(outcome, success=False, failed=1, evaluated=False))
    if result.success:
        return _Verdict(outcome)
    rows = frozenset(_rows(result.result.get("unexpected_index_list") or ()))
    if expectation.severity is Severity.TABLE:
        return _Verdict(replace(outcome, success=False, failed=len(rows) or 1), rows)
    named = tuple(id_ for row in sorted(rows) if (id_ := ids[row]) is not None)
    return _Verdict(replace(outcome, success=False, failed=len(rows), failed_ids=named), rows)


def _raised(exception_info: dict[str, Any]) -> bool:
    """Tell whether it could not be checked: the info is flat, or one of them for each metric."""
    parts = [exception_info, *(part for part in exception_info.values() if isinstance(part, dict))]
    return any(part.get("raised_exception") for part in parts)


def _rows(index_list: Iterable[dict[str, Any]]) -> Iterator[int]:
    """Yield the row numbers; Great Expectations groups rows of one value into a list."""
    for entry in index_list:
        found = entry[ROW]
        yield from found if isinstance(found, list) else [found]
