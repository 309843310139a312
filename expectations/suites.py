"""Expectation suites as plain data, and the base suite of every layer, made from its schema.

Nothing here imports Great Expectations: `expectations.runner` turns the data into its objects. A failed expectation of
severity `row` names its rows, which go to quarantine; one of severity `table` makes the version `held`.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

import pyarrow as pa

from expectations.schema import LAYERS, facts

KEYS = {"RAW": "item_id", "EXTRACTED": "record_id", "CLEAN": "record_id", "CURATED": "example_id"}
"""The column of a layer that names its rows. The other layers hold several rows a record and have no suite."""

HASH_CHARS = 16
"""Hex digits kept of a SHA-256: 64 bits tell suites apart; this is no security boundary."""


class Severity(StrEnum):
    """What a failure costs."""

    ROW = "row"
    """The rows that fail go to quarantine; the others go on."""
    TABLE = "table"
    """The version is held until an operator releases or rejects it."""


@dataclass(frozen=True)
class Expectation:
    """One thing that must hold.

    `type` and `kwargs` are Great Expectations' own; `kwargs["column"]` names a column of the table or a measure of the
    suite. `reason` is the sentence that an operator reads when it fails; it never holds a value of the data.
    """

    name: str
    type: str
    kwargs: Mapping[str, Any]
    severity: Severity
    reason: str

    @property
    def column(self) -> str | None:
        """The column or measure it looks at; None when it looks at the whole table."""
        return self.kwargs.get("column")


@dataclass(frozen=True)
class RunFacts:
    """What the run knows about a table beyond its rows; everything is a count.

    `read`: records that entered the run (None: unknown). `quarantined`: those held back before validation.
    `kept`: examples of the previous version that stay beside the table's rows, by split. `previous`: examples of the
    previous version (None: there is none). `failing`: rows that failed a row expectation; the runner sets it.
    """

    read: int | None = None
    quarantined: int = 0
    kept: Mapping[str, int] = field(default_factory=dict)
    previous: int | None = None
    failing: int = 0


@dataclass(frozen=True)
class RowMeasure:
    """A number or short code computed for each row, so that Great Expectations never sees the text itself.

    `needs` names the columns that `compute` reads. Raise `version` when equal rows can give another result.
    """

    name: str
    doc: str
    needs: tuple[str, ...]
    compute: Callable[[pa.Table], pa.Array]
    version: int = 1


@dataclass(frozen=True)
class TableMeasure:
    """A number computed once for the table; None means that it does not apply (too few rows, no previous version)."""

    name: str
    doc: str
    needs: tuple[str, ...]
    compute: Callable[[pa.Table, RunFacts], float | None]
    version: int = 1


@dataclass(frozen=True)
class Suite:
    """Everything that must hold for one kind of table. `settings` are the thresholds it was made with."""

    name: str
    schema: pa.Schema
    id_column: str
    expectations: tuple[Expectation, ...]
    row_measures: tuple[RowMeasure, ...] = ()
    table_measures: tuple[TableMeasure, ...] = ()
    settings: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Refuse a suite with two expectations of one name, or one on a column that nothing provides."""
        names = [expectation.name for expectation in self.expectations]
        twice = sorted({name for name in names if names.count(name) > 1})
        if twice:
            raise ValueError(f"suite {self.name} has two expectations called {', '.join(twice)}")
        measured = {measure.name for measure in self.measures}
        unknown = sorted({e.column for e in self.expectations if e.column} - {*self.schema.names, *measured})
        if unknown:
            raise ValueError(f"suite {self.name} looks at columns that do not exist: {', '.join(unknown)}")

    @property
    def measures(self) -> tuple[RowMeasure | TableMeasure, ...]:
        """All measures, those of rows first."""
        return (*self.row_measures, *self.table_measures)

    @property
    def suite_hash(self) -> str:
        """Digest of all that can change a verdict; it goes into the version record."""
        said = {
            "name": self.name,
            "columns": [[column.name, str(column.type)] for column in self.schema],
            "expectations": [[e.name, e.type, dict(e.kwargs), e.severity] for e in self.expectations],
            "measures": [[m.name, m.version] for m in self.measures],
            "settings": dict(self.settings),
        }
        canonical = json.dumps(said, sort_keys=True, separators=(",", ":"))
        return hashlib.sha256(canonical.encode("utf-8")).hexdigest()[:HASH_CHARS]


def base_suite(layer: str) -> Suite:
    """Return the suite that the schema of a layer alone gives: columns, required, allowed values, bounds, unique ids.

    Raises ValueError for a layer without a key column, naming those that have one.
    """
    if layer not in KEYS:
        raise ValueError(f"layer {layer} has no suite; known: {', '.join(KEYS)}")
    schema, key = LAYERS[layer], KEYS[layer]
    found = [expectation for column in schema for expectation in _of_column(column, key)]
    return Suite(layer.lower(), schema, key, (_columns(schema), _unique(key), *found))


def _columns(schema: pa.Schema) -> Expectation:
    return Expectation(
        "columns-as-in-schema",
        "expect_table_columns_to_match_set",
        {"column_set": list(schema.names), "exact_match": True},
        Severity.TABLE,
        "The table must have exactly the columns of its schema, each with its type.",
    )


def _unique(key: str) -> Expectation:
    kwargs = {"column": key}
    reason = f"Each {key} may stand in the table once."
    return Expectation(f"{key}-unique", "expect_column_values_to_be_unique", kwargs, Severity.TABLE, reason)


def _of_column(column: pa.Field, key: str) -> Iterator[Expectation]:
    name, known = column.name, facts(column)
    if known["required"]:
        # A row without its id cannot be named, so it cannot be quarantined either.
        severity = Severity.TABLE if name == key else Severity.ROW
        kind = "expect_column_values_to_not_be_null"
        yield Expectation(f"{name}-required", kind, {"column": name}, severity, f"Every row must have {name}.")
    if known["values"]:
        kwargs = {"column": name, "value_set": known["values"]}
        reason = f"{name} must be one of {', '.join(known['values'])}."
        yield Expectation(f"{name}-known", "expect_column_values_to_be_in_set", kwargs, Severity.ROW, reason)
    if known["minimum"] is not None or known["maximum"] is not None:
        yield between(f"{name}-in-bounds", name, known["minimum"], known["maximum"], f"{name} must be in its bounds.")


def between(
    name: str,
    column: str,
    minimum: float | None,
    maximum: float | None,
    reason: str,
    severity: Severity = Severity.ROW,
) -> Expectation:
    """Return the expectation that a column or measure lies within inclusive bounds; None leaves a side open."""
    kwargs = {"column": column, "min_value": minimum, "max_value": maximum}
    given = {key: value for key, value in kwargs.items() if value is not None}
    return Expectation(name, "expect_column_values_to_be_between", given, severity, reason)
