"""`daytwo up`: one process that serves the UI and runs the deployment, found by other commands, gone when stopped."""

import json
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from email.message import EmailMessage
from pathlib import Path

import pytest

from flows.server import free_port
from flows.starter import write_key

pytestmark = pytest.mark.e2e
DAYTWO = str(Path(sys.executable).with_name("daytwo"))


def call(url, body=None):
    """The server's answer; asked again on 503, its word for a locked SQLite file, as Prefect's own clients do."""
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(url, data=data, headers={"content-type": "application/json"})
    until = time.monotonic() + 60
    while True:
        try:
            with urllib.request.urlopen(request, timeout=30) as answer:
                return json.load(answer)
        except urllib.error.HTTPError as error:
            if error.code != 503 or time.monotonic() > until:
                raise
            time.sleep(1)


def wait_for(what, seconds=420):
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        try:
            if found := what():
                return found
        except OSError:
            pass  # the server is not there yet
        time.sleep(0.5)
    raise AssertionError(f"waited {seconds} s in vain")


@pytest.fixture
def project(tmp_path):
    port = free_port()
    settings = f'[sources.inbox]\nkind = "email"\npath = "inbox"\n[prefect]\nport = {port}\n'
    (tmp_path / "daytwo.toml").write_text(settings)
    write_key(tmp_path / "daytwo.key")
    (tmp_path / "inbox").mkdir()
    mail = EmailMessage()
    mail["From"], mail["To"] = "Naledi <naledi@home.example>", "help@shop.example"
    mail["Subject"], mail["Message-ID"] = "Late", "<1@home.example>"
    mail.set_content("My parcel is late. Where is it? It was sent last week.")
    (tmp_path / "inbox" / "1.eml").write_bytes(mail.as_bytes())
    return tmp_path, f"http://127.0.0.1:{port}"


def test_up_runs_the_deployment_and_others_find_its_server(project, clean_environment):
    folder, url = project
    up = subprocess.Popen([DAYTWO, "up"], cwd=folder, env=clean_environment, stdout=subprocess.PIPE, text=True)
    try:
        deployments = wait_for(lambda: call(f"{url}/api/deployments/filter", {}))
        assert [d["name"] for d in deployments] == ["nightly"]
        assert deployments[0]["schedules"][0]["schedule"]["timezone"] == "Africa/Johannesburg"
        started = call(f"{url}/api/deployments/{deployments[0]['id']}/create_flow_run", {})
        state = f"{url}/api/flow_runs/{started['id']}"
        wait_for(lambda: call(state)["state_type"] in {"COMPLETED", "FAILED", "CRASHED"})
        assert call(state)["state_type"] == "COMPLETED", call(state)["state"]["message"]
        again = subprocess.run(
            [DAYTWO, "run", "--json"], cwd=folder, env=clean_environment, capture_output=True, text=True, check=False
        )
        assert json.loads(again.stdout)["status"] == "unchanged", again.stderr
        runs = wait_for(lambda: len(call(f"{url}/api/flow_runs/filter", {})) == 2)
        assert runs, "the second run is on the same server"
        with urllib.request.urlopen(url, timeout=30) as page:
            assert b"<html" in page.read().lower()
    finally:
        up.send_signal(signal.SIGINT)
        assert up.wait(90) is not None
    with pytest.raises(OSError, match="refused"):
        call(f"{url}/api/health")
    assert not (folder / "daytwo-lake" / "prefect" / "server.json").exists()
