"""Temporary files of processes that were killed are removed by the next one, and those of the living are not."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tasks.sandbox import Workers
from tasks.scratch import Claimed, claimed, sweep, sweep_partials

OWNER = """
import sys, time
from pathlib import Path
from tasks.scratch import Claimed
folder = Claimed("daytwo-x-", Path(sys.argv[1]))
(folder.path / "mail").write_text("private")
print(folder.path, flush=True)
time.sleep(600)
"""


@pytest.fixture(name="owner")
def _owner(tmp_path):
    process = subprocess.Popen([sys.executable, "-c", OWNER, tmp_path], stdout=subprocess.PIPE, text=True)
    yield process, Path(process.stdout.readline().strip())
    process.kill()
    process.wait()
    process.stdout.close()


def test_a_folder_goes_when_its_owner_was_killed_and_not_before(tmp_path, owner):
    process, folder = owner
    with claimed("daytwo-x-", tmp_path) as mine:
        assert (folder / "mail").exists()
        process.send_signal(signal.SIGKILL)
        process.wait()
        sweep("daytwo-x-", tmp_path)
        assert list(tmp_path.iterdir()) == [mine]
    assert list(tmp_path.iterdir()) == []


def test_only_private_folders_of_that_name_are_removed(tmp_path):
    kept = tmp_path / "elsewhere"
    (kept / "deep").mkdir(parents=True)
    (tmp_path / "daytwo-x-link").symlink_to(kept)
    (tmp_path / "daytwo-x-file").touch()
    (tmp_path / "daytwo-x-open").mkdir(mode=0o755)
    (tmp_path / "daytwo-y-other").mkdir(mode=0o700)
    (tmp_path / "daytwo-x-stale").mkdir(mode=0o700)
    (tmp_path / "daytwo-x-stale" / "link").symlink_to(kept)
    sweep("daytwo-x-", tmp_path)
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        "daytwo-x-file", "daytwo-x-link", "daytwo-x-open", "daytwo-y-other", "elsewhere"
    ]  # fmt: skip
    assert (kept / "deep").exists()


def test_another_users_folder_is_left(tmp_path, monkeypatch):
    (tmp_path / "daytwo-x-theirs").mkdir(mode=0o700)
    theirs = os.geteuid() + 1
    monkeypatch.setattr(os, "geteuid", lambda: theirs)
    sweep("daytwo-x-", tmp_path)
    assert (tmp_path / "daytwo-x-theirs").exists()


def test_a_folder_that_is_swept_while_it_is_made_is_made_again(tmp_path, monkeypatch):
    made = []
    mkdtemp = Claimed.__init__.__globals__["tempfile"].mkdtemp

    def swept_at_once(**where):
        made.append(mkdtemp(**where))
        if len(made) == 1:
            sweep("daytwo-x-", tmp_path)
        return made[-1]

    monkeypatch.setattr("tasks.scratch.tempfile.mkdtemp", swept_at_once)
    folder = Claimed("daytwo-x-", tmp_path)
    assert len(made) == 2
    assert folder.path.is_dir()
    folder.remove()


def test_a_pool_leaves_nothing_and_removes_what_a_killed_one_left(tmp_path):
    (tmp_path / "daytwo-workers-stale").mkdir(mode=0o700)
    with Workers(1, tmp_path) as pool:
        pool.call(os.getpid)
        (mine,) = tmp_path.iterdir()
        assert mine.name != "daytwo-workers-stale"
    assert list(tmp_path.iterdir()) == []


def test_what_a_killed_process_left_of_a_file_is_removed(tmp_path):
    dead = subprocess.Popen([sys.executable, "-c", ""])
    dead.wait()
    names = [f".[a].jsonl.{dead.pid}.partial", f".[a].jsonl.{os.getpid()}.partial", ".[a].jsonl.me.partial"]
    names += [f".b.jsonl.{dead.pid}.partial", f".[a].jsonl.{10**30}.partial"]
    for name in names:
        (tmp_path / name).touch()
    sweep_partials(tmp_path / "[a].jsonl")
    assert {path.name for path in tmp_path.iterdir()} == set(names[1:])
