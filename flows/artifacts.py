"""What an operator reads in the Prefect UI: pages of counts and ids, written as artifacts."""

from __future__ import annotations

from prefect.artifacts import create_markdown_artifact, create_table_artifact

from expectations.report import ValidationReport
from expectations.report import markdown as validation_markdown
from flows.report import NightReport, markdown
from tasks.reasons import REASONS


def write(report: NightReport, validation: ValidationReport | None) -> None:
    """Write the night's pages: summary, quarantine by reason, validation."""
    create_markdown_artifact(markdown(report), key="night-summary", description="What came in and what became of it.")
    held = report.quarantined + report.refused
    rows = [{"reason": reason, "count": count, **REASONS[reason]._asdict()} for reason, count in held.most_common()]
    create_table_artifact(rows, key="quarantine-by-reason", description="Why records wait: daytwo quarantine list")
    if validation:
        create_markdown_artifact(validation_markdown(validation), key="validation", description="Every expectation.")
