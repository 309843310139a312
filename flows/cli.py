"""The command `daytwo`: groups the commands and turns errors into exit codes."""

from __future__ import annotations

import sys

import typer

from flows.commands import datasets, evaluate, night, setup, trace, workbench
from flows.commands.console import err
from tasks.errors import DaytwoError, unexpected

app = typer.Typer(
    name="daytwo",
    help="Nightly flows that turn raw mail, tickets and scans into clean, versioned, privacy-safe datasets.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,  # its tracebacks print local variables, which may hold text of records
)
for command in (
    setup.init,
    night.demo,
    night.run,
    night.up,
    workbench.ingest,
    workbench.step,
    datasets.pull,
    trace.trace,
    setup.doctor,
):
    app.command()(command)
app.add_typer(datasets.datasets, name="datasets")
app.add_typer(datasets.quarantine, name="quarantine")
app.add_typer(evaluate.evaluations, name="eval")


def main() -> None:
    """Run the command line; an error of daytwo ends with its message, its remedy and its exit code."""
    try:
        app()
    except DaytwoError as error:
        sys.exit(_tell(error))
    except Exception as error:  # noqa: BLE001 - a traceback may quote text of records, and tells no remedy
        sys.exit(_tell(unexpected(error)))


def _tell(error: DaytwoError) -> int:
    err.print(f"[red]{type(error).__name__}:[/] ", end="")
    err.print(str(error), markup=False, highlight=False)
    if error.remedy:
        err.print(error.remedy, markup=False, highlight=False)
    return error.exit_code
