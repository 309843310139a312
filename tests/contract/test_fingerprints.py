"""Fingerprints are locked: they say by what a row was made, so a change must be meant."""

import json
from pathlib import Path

from tasks.lineage import digest
from tasks.registry import SOURCES, STEPS

LOCKED = Path(__file__).with_name("fingerprints.json")
REMEDY = (
    "The params of {} are not those that its version was locked with. If the same input can now give another output, "
    "raise `version` beside the function; then: pytest tests/contract --update-fingerprints"
)


def fingerprints():
    return {
        thing.name: {"version": thing.version, "params": digest(thing.params().model_dump(mode="json"))}
        for thing in (*STEPS, *SOURCES)
    }


def test_fingerprints_are_those_that_were_locked(request):
    now = fingerprints()
    if request.config.getoption("--update-fingerprints"):
        LOCKED.write_text(json.dumps(now, indent=2, sort_keys=True) + "\n", encoding="ascii")
    locked = json.loads(LOCKED.read_text(encoding="ascii"))
    changed = sorted(name for name in now.keys() | locked.keys() if now.get(name) != locked.get(name))
    assert not changed, REMEDY.format(", ".join(changed))


def test_a_version_only_rises(request):
    if request.config.getoption("--update-fingerprints"):
        return
    locked = json.loads(LOCKED.read_text(encoding="ascii"))
    for name, facts in fingerprints().items():
        assert facts["version"] >= locked.get(name, facts)["version"]
