"""The Prefect server: the one that is configured, else the one that `daytwo up` started, else one for this run.

Call `api` before Prefect is imported: it reads its settings at import.
"""

from __future__ import annotations

import ctypes
import json
import os
import signal
import socket
import subprocess
import sys
import time
import tomllib
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from http.client import HTTPException
from pathlib import Path

from flows.settings import PrefectSettings
from tasks.errors import DependencyMissing

START_SECONDS = 120
"""How long a server may take to start; it needs 10 s here, and a first start makes its database."""
STOP_SECONDS = 20
SETTLE_SECONDS = 2.0
"""The server takes events in at once but writes them to its database in batches, about one a second."""
PR_SET_PDEATHSIG = 1
"""From <linux/prctl.h>."""
NOTE = "server.json"
"""File in the server's home that tells where a running `daytwo up` listens."""


@contextmanager
def api(settings: PrefectSettings) -> Iterator[str]:
    """Yield the URL of a Prefect API, with the environment set so that Prefect uses it.

    Raises DependencyMissing when the server of our own does not start.
    """
    os.environ |= {"DO_NOT_TRACK": "1", "PREFECT_SERVER_ANALYTICS_ENABLED": "false"}
    configured = configured_url()
    if configured:
        yield configured
        return
    os.environ["PREFECT_HOME"] = str(settings.home)
    running = running_url(settings)
    if running:
        os.environ["PREFECT_API_URL"] = running
        yield running
        return
    with server(settings, free_port()) as url:
        yield url


def configured_url() -> str | None:
    """Return the API that the user configured for Prefect: in the environment or in the active profile."""
    if url := os.environ.get("PREFECT_API_URL"):
        return url
    profiles = Path(os.environ.get("PREFECT_HOME", "~/.prefect"), "profiles.toml").expanduser()
    try:
        data = tomllib.loads(profiles.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    profile = data.get("profiles", {}).get(data.get("active", ""), {})
    url = profile.get("PREFECT_API_URL")
    return str(url) if url else None


def running_url(settings: PrefectSettings) -> str | None:
    """Return the API of a running `daytwo up` on the same home, or None."""
    try:
        url = str(json.loads((settings.home / NOTE).read_text(encoding="ascii"))["api"])
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return url if healthy(url) else None


@contextmanager
def server(settings: PrefectSettings, port: int, *, announce: bool = False) -> Iterator[str]:
    """Start a server on `port` with the database in the settings' home; stop it in the end.

    `announce` leaves a note so that other commands find it.
    """
    settings.home.mkdir(parents=True, exist_ok=True, mode=0o700)
    url = f"http://127.0.0.1:{port}/api"
    os.environ |= {"PREFECT_HOME": str(settings.home), "PREFECT_API_URL": url}
    with (settings.home / "server.log").open("ab") as log:
        process = subprocess.Popen(  # noqa: S603 - our own interpreter and literals
            [sys.executable, "-m", "prefect", "server", "start", "--host", "127.0.0.1", "--port", str(port)],
            env=_environment(settings, url),
            stdout=log,
            stderr=log,
            start_new_session=True,
            umask=0o077,  # its database and log are the owner's
            preexec_fn=_end_with_parent,  # noqa: PLW1509 - one system call, before any thread of ours is started
        )
        note = settings.home / NOTE
        try:
            _wait_until_healthy(process, url, settings.home)
            if announce:
                note.write_text(json.dumps({"api": url, "pid": process.pid}), encoding="ascii")
            yield url
        finally:
            if announce:
                note.unlink(missing_ok=True)
            _stop(process)


def _end_with_parent() -> None:
    """Run in the child: let the kernel end it when the thread that started it is gone, even by SIGKILL (Linux)."""
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)


def _environment(settings: PrefectSettings, url: str) -> dict[str, str]:
    """Return the server's environment: our database, our address for the UI, no telemetry, no call home."""
    return os.environ | {
        "PREFECT_SERVER_DATABASE_CONNECTION_URL": f"sqlite+aiosqlite:///{settings.home / 'prefect.db'}",
        "PREFECT_SERVER_UI_API_URL": url,
        "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
        "PREFECT_SERVER_LOGGING_LEVEL": "WARNING",
        "DO_NOT_TRACK": "1",
    }


def _wait_until_healthy(process: subprocess.Popen[bytes], url: str, home: Path) -> None:
    until = time.monotonic() + START_SECONDS
    while time.monotonic() < until:
        if healthy(url):
            return
        if process.poll() is not None:
            break
        time.sleep(0.2)
    raise DependencyMissing("the Prefect server did not start", remedy=f"See {home / 'server.log'}.")


def healthy(url: str) -> bool:
    """Tell whether a Prefect API answers at `url`."""
    try:
        with urllib.request.urlopen(f"{url}/health", timeout=2) as answer:  # noqa: S310 - http to this machine
            return bool(answer.status == 200)
    except (OSError, ValueError, HTTPException):  # another program may have taken the port
        return False


def _stop(process: subprocess.Popen[bytes]) -> None:
    if process.poll() is None:
        os.killpg(process.pid, signal.SIGTERM)
        try:
            process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()


def free_port() -> int:
    """Return a port of the loopback interface that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def flush() -> None:
    """Wait until Prefect's background threads have sent their logs and events; then the server may stop."""
    from prefect.events.worker import EventsWorker  # noqa: PLC0415 - after the environment is set
    from prefect.logging.handlers import APILogHandler  # noqa: PLC0415

    APILogHandler().flush()
    EventsWorker.drain_all(timeout=30, at_exit=False)
    time.sleep(SETTLE_SECONDS)
