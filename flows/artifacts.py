"""What an operator reads in the Prefect UI: pages of counts and ids, written as artifacts."""

from __future__ import annotations

from typing import Any

from prefect.artifacts import create_markdown_artifact, create_table_artifact

from expectations.report import ValidationReport
from expectations.report import markdown as validation_markdown
from flows.report import NightReport, markdown
from tasks.publish.quarantine import KINDS
from tasks.reasons import REASONS


def write(report: NightReport, validation: ValidationReport | None) -> None:
    """Write the night's pages: summary, quarantine by reason, validation."""
    create_markdown_artifact(markdown(report), key="night-summary", description="What came in and what became of it.")
    create_table_artifact(
        waiting(report), key="quarantine-by-reason", description="Why records wait: daytwo quarantine list"
    )
    if validation:
        create_markdown_artifact(validation_markdown(validation), key="validation", description="Every expectation.")


def waiting(report: NightReport) -> list[dict[str, Any]]:
    """Return the rows of the page of the quarantine: what, the reason, how many, its meaning and remedy."""
    return [
        {"what": KINDS[kind], "reason": reason, "count": count, **REASONS[reason]._asdict()}
        for kind, counts in report.held.items()
        for reason, count in counts.most_common()
    ]
