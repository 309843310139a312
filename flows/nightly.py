"""The nightly flow: from the sources to a validated, versioned dataset, or to a reason why not.

Prefect orchestrates in this process; the work is done by a pool of plain worker processes. Only references, counts and
ids pass through here.
"""

from __future__ import annotations

import os
import secrets
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from prefect import flow
from prefect.client.schemas.objects import State
from prefect.runtime import flow_run
from prefect.states import Completed
from prefect.task_runners import ThreadPoolTaskRunner

from flows import artifacts, report
from flows.night import Night
from flows.settings import Settings, load
from tasks.errors import ValidationFailed
from tasks.keys import KEY_FILE_VARIABLE, Keyring
from tasks.lake import Lake
from tasks.lock import run_lock
from tasks.sandbox import Workers

MAX_THREADS = 64
"""Threads that wait for workers; they cost little, but the UI shows what is submitted as running."""


def new_run_id() -> str:
    """Return an id that sorts by time: 20261121T221507Z-4f3a."""
    return f"{datetime.now(UTC):%Y%m%dT%H%M%SZ}-{secrets.token_hex(2)}"


@flow(
    name="nightly",
    flow_run_name=new_run_id,
    task_runner=ThreadPoolTaskRunner(max_workers=MAX_THREADS),  # type: ignore[arg-type]  # Prefect leaves it generic
    persist_result=False,
    log_prints=False,
    validate_parameters=False,
)
def nightly(config: str | None = None) -> State[dict[str, Any]]:
    """Read what is new in the sources and land it as the next version of the dataset.

    `config` is the path of daytwo.toml. Returns the night's report as a dict.

    Raises the errors of `tasks.errors`; ValidationFailed when the version is held.
    """
    settings = load(Path(config) if config else None)
    done = run_night(settings, str(flow_run.get_name() or new_run_id()))
    return Completed(message=report.headline(done), data=done.as_dict())


def run_night(settings: Settings, run_id: str) -> report.NightReport:
    """Run one night under the lock of the lake, and write its reports whatever became of it."""
    Keyring.load(settings.key_file)
    os.environ[KEY_FILE_VARIABLE] = str(settings.key_file)
    began = time.monotonic()
    scratch = Lake(settings.lake.restricted, settings.lake.shared).scratch(run_id)
    with Workers(settings.runtime.workers, scratch) as pool:
        night = Night(settings, run_id, pool)
        night.lake.prepare()
        with run_lock(night.lake.restricted / "ledger" / "run.lock"):
            try:
                night.run()
            finally:
                night.clear()
    night.report.wall_s = round(time.monotonic() - began, 1)
    night.write_reports()
    artifacts.write(night.report, night.validation)
    if night.report.status == "held":
        rules = ", ".join(outcome.name for outcome in night.validation.broken) if night.validation else ""
        raise ValidationFailed(
            f"{report.headline(night.report)} Broken: {rules}.",
            remedy=f"See {night.reports}; correct the cause and run again.",
        )
    return night.report
