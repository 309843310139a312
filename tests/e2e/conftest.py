"""One demo for the session, run as its user runs it."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

DAYTWO = str(Path(sys.executable).with_name("daytwo"))


@pytest.fixture(scope="session")
def clean_environment():
    return {name: value for name, value in os.environ.items() if not name.startswith(("DAYTWO_", "PREFECT_"))}


@pytest.fixture(scope="session")
def demo(tmp_path_factory, clean_environment):
    """Return the folder of a finished demo, its report, its truth and what it printed on standard error."""
    folder = tmp_path_factory.mktemp("demo")
    command = [DAYTWO, "demo", "--to", str(folder), "--json"]
    done = subprocess.run(command, env=clean_environment, capture_output=True, text=True, timeout=900, check=False)
    assert done.returncode == 0, done.stderr
    return folder, json.loads(done.stdout), json.loads((folder / "truth.json").read_text("utf-8")), done.stderr


@pytest.fixture
def daytwo(demo, clean_environment):
    def run(*args):
        command = [DAYTWO, *map(str, args)]
        environment = clean_environment
        return subprocess.run(command, cwd=demo[0], env=environment, capture_output=True, text=True, check=False)

    return run
