"""`daytwo run`, `daytwo demo` and `daytwo up`."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.table import Table

from flows.commands.console import (
    ConfigOption,
    JsonOption,
    err,
    load_with_key,
    out,
    print_json,
    progress,
    writing,
)
from flows.settings import Settings
from tasks.errors import ConfigError

START_SECONDS = 900
"""How long a scheduled night may take to start. By default Prefect gives its slot away after 60 s and cancels it."""


def run(config: ConfigOption = None, *, as_json: JsonOption = False) -> None:
    """Run the nightly flow once, now.

    Example: daytwo run --config daytwo.toml
    """
    settings = load_with_key(config)
    if not settings.sources:
        raise ConfigError("no sources are set", remedy="Add a [sources.NAME] section to daytwo.toml; see: daytwo init")
    done = _run(settings, config)
    print_json(done) if as_json else show(done, settings)


def _run(settings: Settings, config: Path | None) -> dict[str, Any]:
    from flows import server  # noqa: PLC0415
    from flows.preflight import check  # noqa: PLC0415
    from tasks.lock import run_lock  # noqa: PLC0415

    check(settings)
    with run_lock(settings.lake.restricted / "ledger" / "run.lock"):
        pass  # whoever would have to wait is told so before a server is started; the flow takes the lock itself
    os.environ.setdefault("PREFECT_LOGGING_HANDLERS_CONSOLE_LEVEL", "CRITICAL")  # its log stands in the UI
    with ExitStack() as stack:
        with err.status("starting Prefect"):
            stack.enter_context(server.api(settings.prefect))
            from flows.nightly import nightly  # noqa: PLC0415 - Prefect reads its settings at import
        stack.callback(server.flush)
        with task_progress():
            done: Any = nightly(str(config.absolute()) if config else None)
    return dict(done)


@contextmanager
def task_progress() -> Iterator[None]:
    """Show how many of the submitted task runs have ended, and which ended last."""
    from tasks.prefect_tasks import watchers  # noqa: PLC0415 - imports Prefect

    with progress() as bar:
        shown = bar.add_task("nightly", total=None)
        submitted = [0]

        def watch(label: str, ended: bool) -> None:
            if ended:
                bar.update(shown, advance=1, description=label)
            else:
                submitted[0] += 1
                bar.update(shown, total=submitted[0])

        watchers.append(watch)
        try:
            yield
        finally:
            watchers.remove(watch)


def show(done: dict[str, Any], settings: Settings) -> None:
    """Print a night's report as tables, and where everything lies."""
    from flows.report import from_dict, headline, tables  # noqa: PLC0415

    report = from_dict(done)
    out.print(f"\n{headline(report)}\n", style="bold")
    for note in report.notes:
        out.print(note)
    for title, rows in tables(report).items():
        table = Table(title=title, title_justify="left", show_header=False, min_width=44)
        table.add_column("what")
        table.add_column("count", justify="right")
        for name, count in rows:
            table.add_row(name, count)
        out.print(table)
    dataset = settings.dataset.name
    if report.version:
        out.print(f"Dataset   {settings.lake.shared / 'curated' / dataset}   (daytwo datasets show {dataset})")
        out.print(f"Pull it   daytwo pull {dataset}@latest --format chat --to ./{dataset}")
    out.print(f"Reports   {settings.lake.shared / 'reports' / report.run_id}")
    out.print("Prefect   daytwo up   opens the UI on the same runs")


def demo(
    to: Annotated[Path, typer.Option(help="Folder for samples, lake and settings.")] = Path("daytwo-demo"),
    *,
    fresh: Annotated[bool, typer.Option("--fresh", help="Remove what an earlier demo made there.")] = False,
    as_json: JsonOption = False,
) -> None:
    """Make sample mail, tickets and scans, run the nightly flow on them, and say where everything is.

    Example: daytwo demo --to /tmp/demo
    """
    from flows.demo.corpus import write_corpus  # noqa: PLC0415
    from flows.starter import write_key, write_settings  # noqa: PLC0415

    config = (to / "daytwo.toml").absolute()
    if config.exists() and not (to / "truth.json").exists():
        raise ConfigError(f"{to} holds a project that is no demo", remedy="Choose another folder with --to.")
    if fresh:
        _remove_demo(to)
    with writing(to):
        to.mkdir(parents=True, exist_ok=True)
    if not config.exists():
        with writing(to), err.status("writing sample mail, tickets and scans"):
            write_corpus(to / "inbox", to / "truth.json")
            write_key(to / "daytwo.key")
            write_settings(config, demo=True)
    settings = load_with_key(config)
    done = _run(settings, config)
    if as_json:
        print_json(done)
        return
    show(done, settings)
    out.print(f"\nSettings  {config}   (cd {to} and every command finds it)")


def _remove_demo(folder: Path) -> None:
    """Remove what a demo makes, and nothing else that lies there."""
    for name in ("inbox", "daytwo-lake"):
        shutil.rmtree(folder / name, ignore_errors=True)
    for name in ("truth.json", "daytwo.toml", "daytwo.key"):
        (folder / name).unlink(missing_ok=True)


def up(config: ConfigOption = None) -> None:
    """Start the Prefect server with its UI and a worker that runs the nightly flow on schedule; Ctrl-C stops all.

    Example: daytwo up --config daytwo.toml
    """
    from flows import server  # noqa: PLC0415
    from flows.preflight import check  # noqa: PLC0415

    settings = load_with_key(config)
    check(settings)
    os.environ.pop("PREFECT_API_URL", None)
    if server.running_url(settings.prefect):
        raise ConfigError("daytwo up runs already", remedy="Stop it first, or just open its UI.")
    home = settings.prefect
    with err.status("starting Prefect"):
        started = server.server(home, home.port, announce=True)
        url = started.__enter__()
    try:
        out.print(f"Prefect UI  {url.removesuffix('/api')}   the nightly flow runs at '{home.cron}' {home.timezone}")
        _serve(settings, config)
    finally:
        started.__exit__(None, None, None)


def _serve(settings: Settings, config: Path | None) -> None:
    from prefect import serve  # noqa: PLC0415 - after the environment is set
    from prefect.client.schemas.objects import ConcurrencyLimitConfig  # noqa: PLC0415
    from prefect.client.schemas.schedules import CronSchedule  # noqa: PLC0415

    from flows.nightly import nightly  # noqa: PLC0415

    parameters = {"config": str(config.absolute()) if config else None}
    schedule = CronSchedule(cron=settings.prefect.cron, timezone=settings.prefect.timezone)
    one = ConcurrencyLimitConfig(limit=1, grace_period_seconds=START_SECONDS)
    deployment = nightly.to_deployment("nightly", schedules=[schedule], parameters=parameters, concurrency_limit=one)
    serve(deployment, pause_on_shutdown=False, print_starting_message=False)  # type: ignore[arg-type]  # sync here
