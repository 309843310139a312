"""Who may import whom, and what must not be imported by the way."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
HEAVY = ("prefect", "pandas", "great_expectations", "presidio_analyzer", "spacy", "PIL", "pypdfium2", "onnxruntime")
LIST = "import json, sys; print(json.dumps(sorted({name.partition('.')[0] for name in sys.modules})))"


def loaded(code):
    """Return the top-level modules that are there after `code` ran in a fresh interpreter."""
    done = subprocess.run(
        [sys.executable, "-c", f"{code}\n{LIST}"], capture_output=True, text=True, check=True, cwd=ROOT
    )
    return set(json.loads(done.stdout.splitlines()[-1]))


@pytest.mark.parametrize(
    "code",
    [
        "import flows.cli",
        "import sys; sys.argv = ['daytwo', '--help']\nimport flows.cli\ntry: flows.cli.main()\nexcept SystemExit: pass",
        "import tasks.registry, tasks.extract, tasks.compute, tasks.partitions, tasks.sandbox",
        "import flows.workbench",
        "import flows.preflight, flows.server, flows.commands.night",  # Prefect reads its settings at import
    ],
    ids=["cli", "daytwo --help", "workers", "workbench", "before a run"],
)
def test_nothing_heavy_is_imported_by_the_way(code):
    assert not loaded(code) & set(HEAVY)


@pytest.mark.parametrize("module", ["PIL", "pandas"])
def test_the_search_finds_what_is_imported(module):
    assert module in loaded(f"import {module}") & set(HEAVY)


def test_imports_are_directed_as_designed():
    program = Path(sys.executable).with_name("lint-imports")
    done = subprocess.run([program, "--no-cache"], capture_output=True, text=True, check=False, cwd=ROOT)
    assert done.returncode == 0, done.stdout
