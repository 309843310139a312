"""What a validation found, for flow, version record and operator: names, counts and keyed ids, never a value."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from expectations.suites import Severity

IDS_SHOWN = 10
"""Failed ids that a page shows for one expectation; the JSON file has them all."""


@dataclass(frozen=True)
class Outcome:
    """The verdict on one expectation.

    `failed`: how many rows broke it (severity row, and uniqueness), or 1 for a table that did. `observed`: the number
    that a table rule looked at; None for row rules and where the rule does not apply. `failed_ids`: the rows that broke
    a row rule. `evaluated` is False when it could not be checked, which counts as a failure of the table.
    """

    name: str
    column: str | None
    severity: Severity
    success: bool
    failed: int
    reason: str
    observed: float | None = None
    failed_ids: tuple[str, ...] = ()
    evaluated: bool = True


@dataclass(frozen=True)
class ValidationReport:
    """All verdicts on one table. `rows`: rows checked. `suite_hash`: what the verdict was based on."""

    suite: str
    suite_hash: str
    rows: int
    outcomes: tuple[Outcome, ...]

    @property
    def success(self) -> bool:
        """True when everything holds."""
        return all(outcome.success for outcome in self.outcomes)

    @property
    def held(self) -> bool:
        """True when a table expectation failed or something could not be checked: the version must not be published."""
        return any(not o.success and (o.severity is Severity.TABLE or not o.evaluated) for o in self.outcomes)

    @property
    def failures(self) -> dict[str, tuple[str, ...]]:
        """The ids of the rows to quarantine, each with the names of the expectations it broke."""
        found: dict[str, tuple[str, ...]] = {}
        for outcome in self.outcomes:
            for id_ in outcome.failed_ids:
                found[id_] = (*found.get(id_, ()), outcome.name)
        return found

    @property
    def broken(self) -> tuple[Outcome, ...]:
        """The verdicts that are not a success, those that hold the version first."""
        failed = [outcome for outcome in self.outcomes if not outcome.success]
        return tuple(sorted(failed, key=lambda o: o.evaluated and o.severity is Severity.ROW))

    def summary(self) -> dict[str, Any]:
        """Return the few facts that a version record keeps: JSON values only."""
        names = [outcome.name for outcome in self.broken]
        facts = {"suite": self.suite, "suite_hash": self.suite_hash, "rows": self.rows, "success": self.success}
        return facts | {"held": self.held, "rows_failed": len(self.failures), "broken": names}


def markdown(report: ValidationReport) -> str:
    """Return the page that an operator reads: the verdict, what failed and which ids, then everything checked."""
    lines = [f"# Validation of {report.suite}", "", _verdict(report), ""]
    if report.broken:
        lines += ["## What failed", "", *(_failure(outcome) for outcome in report.broken), ""]
    lines += ["## Everything checked", "", "| expectation | column | severity | result | failed | observed |"]
    lines += ["|---|---|---|---|--:|--:|", *(_row(outcome) for outcome in report.outcomes), ""]
    return "\n".join([*lines, f"Suite hash `{report.suite_hash}`.", ""])


def _verdict(report: ValidationReport) -> str:
    checked = f"{report.rows:,} rows against {len(report.outcomes)} expectations"
    if report.held:
        return f"**Held**: {checked}; a table expectation failed, so the version waits for an operator."
    if report.success:
        return f"**Passed**: {checked}."
    return f"**Passed, with rows quarantined**: {checked}; {len(report.failures):,} rows go to quarantine."


def _failure(outcome: Outcome) -> str:
    if not outcome.evaluated:
        return f"- **{outcome.name}** could not be checked: {outcome.reason}"
    if outcome.severity is Severity.TABLE:
        seen = "" if outcome.observed is None else f" Observed: {outcome.observed:,.4g}."
        return f"- **{outcome.name}** (holds the version): {outcome.reason}{seen}"
    ids = ", ".join(f"`{id_}`" for id_ in outcome.failed_ids[:IDS_SHOWN])
    more = len(outcome.failed_ids) - IDS_SHOWN
    return f"- **{outcome.name}**: {outcome.reason} Rows: {outcome.failed:,}: {ids}{f' and {more:,} more' * (more > 0)}"


def _row(outcome: Outcome) -> str:
    result = ("ok" if outcome.success else "**failed**") if outcome.evaluated else "**not checked**"
    observed = "" if outcome.observed is None else f"{outcome.observed:,.4g}"
    cells = (outcome.name, outcome.column or "", outcome.severity, result, f"{outcome.failed:,}", observed)
    return f"| {' | '.join(cells)} |"


def write_docs(report: ValidationReport, folder: Path) -> tuple[Path, Path]:
    """Write `validation.md` and `validation.json` into `folder` and return their paths."""
    folder.mkdir(parents=True, exist_ok=True)
    page, data = folder / "validation.md", folder / "validation.json"
    page.write_text(markdown(report), encoding="utf-8")
    data.write_text(json.dumps(report.summary() | asdict(report), indent=2) + "\n", encoding="utf-8")
    return page, data
