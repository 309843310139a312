"""One real Prefect server for the session; nights run as their users run them: `daytwo run` in a process of its own."""

import json
import os
import subprocess
import sys
from dataclasses import dataclass, field
from email.message import EmailMessage
from pathlib import Path

import pytest

from flows import server
from flows.settings import PrefectSettings
from flows.starter import write_key

DAYTWO = [str(Path(sys.executable).with_name("daytwo"))]


@pytest.fixture(scope="session")
def prefect_server(tmp_path_factory):
    home = tmp_path_factory.mktemp("prefect")
    before = dict(os.environ)
    with server.server(PrefectSettings(home=home), server.free_port()) as url:
        yield url, home
    os.environ.clear()
    os.environ.update(before)


@dataclass
class Project:
    """A folder with settings, a key and an inbox."""

    folder: Path
    environment: dict
    sections: dict = field(default_factory=dict)

    @property
    def inbox(self):
        path = self.folder / "inbox"
        path.mkdir(exist_ok=True)
        return path

    @property
    def lake(self):
        return self.folder / "daytwo-lake"

    def configure(self, text):
        (self.folder / "daytwo.toml").write_text(text, "utf-8")

    def daytwo(self, *args, **environment):
        return subprocess.run(
            [*DAYTWO, *map(str, args)],
            cwd=self.folder,
            env=self.environment | environment,
            capture_output=True,
            text=True,
            timeout=300,
            check=False,
        )

    def night(self, code=0):
        """Run one night and return its report (what it printed, when it was to fail)."""
        done = self.daytwo("run", "--json")
        assert done.returncode == code, done.stderr
        return json.loads(done.stdout) if code == 0 else done.stderr

    def show(self, version="latest"):
        shown = self.daytwo("datasets", "show", f"support@{version}", "--json")
        assert shown.returncode == 0, shown.stderr
        return json.loads(shown.stdout)

    def pull(self, version="latest", form="text"):
        to = self.folder / f"pulled-{version}-{form}"
        done = self.daytwo("pull", f"support@{version}", "--format", form, "--to", to)
        assert done.returncode == 0, done.stderr
        lines = [line for file in sorted(to.glob("*.jsonl")) for line in file.read_text("utf-8").splitlines()]
        return {row["id"]: row for row in map(json.loads, lines)}


MAIL_ONLY = """
[sources.inbox]
kind = "email"
path = "inbox"
"""


@pytest.fixture
def project(tmp_path, prefect_server):
    url, _ = prefect_server
    environment = {k: v for k, v in os.environ.items() if not k.startswith(("DAYTWO_", "PREFECT_"))}
    one_worker = {"DAYTWO_RUNTIME__WORKERS": "1"}  # a second one would only import the models twice
    environment |= {"PREFECT_API_URL": url, "PREFECT_HOME": str(tmp_path / "home")} | one_worker
    made = Project(tmp_path, environment)
    write_key(tmp_path / "daytwo.key")
    made.configure(MAIL_ONLY)
    return made


def write_mail(path, text, subject="Late delivery", *, sender="Naledi Dube <naledi@home.example>", answers=None, day=3):
    mail = EmailMessage()
    mail["From"] = sender
    mail["To"] = "Help <help@shop.example>"
    mail["Subject"] = subject
    mail["Date"] = f"Tue, {day:02d} Mar 2026 08:00:00 +0200"
    mail["Message-ID"] = f"<{path.stem}@home.example>"
    if answers:
        mail["In-Reply-To"] = mail["References"] = f"<{answers}@home.example>"
    mail.set_content(text)
    path.write_bytes(mail.as_bytes())
    return path


@pytest.fixture
def mail():
    return write_mail
