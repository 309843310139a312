"""Hostile items in real worker processes: what kills a worker costs itself only."""

import contextlib
import ctypes
import os
import pickle
import re
import signal
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tasks.errors import ConfigError, DaytwoError, RecordError, TransientError
from tasks.sandbox import Lost, Progress, WorkerDied, Workers, _after, _Batch, watch

MARK_SECONDS = 20


def killed_once(folder):
    mark = Path(folder, "killed")
    if not mark.exists():
        mark.touch()
        os.kill(os.getpid(), signal.SIGKILL)


def write_much(folder):
    with Path(folder, "large").open("wb") as file:
        file.truncate(5 << 30)


FAULTS = {
    "exit": lambda _: os._exit(3),
    "segfault": lambda _: ctypes.string_at(0),
    "regex": lambda _: re.match(r"(a+)+$", "a" * 60 + "b"),  # holds the GIL for ever: no Python watchdog would run
    "killed once": killed_once,
    "memory": lambda _: bytearray(7 << 30),
    "large file": write_much,
}


def work(items, progress, folder):
    """Do what each item says; return the items, or what they raised."""
    clock = Progress(Path(progress))
    done = []
    for index, item in enumerate(items):
        clock.begin(index, 0.5 if item == "regex" else 60)
        try:
            FAULTS.get(item, str)(folder)
            done.append(item)
        except (MemoryError, OSError) as error:
            done.append(type(error).__name__)
    clock.end()
    return done


def outcome(pool, ship, items, folder):
    """Return what became of the items, in order: the item, or (item, reason) of a lost one."""
    flat = []
    for got in pool.each(ship(work), items, str(folder)):
        flat += [(got.item, got.reason)] if isinstance(got, Lost) else got
    return flat


@pytest.mark.parametrize(
    ("bad", "reason"), [("exit", "parser_crash"), ("segfault", "parser_crash"), ("regex", "timeout")]
)
def test_an_item_that_kills_its_worker_costs_itself_only(pool, ship, tmp_path, bad, reason):
    assert outcome(pool, ship, ["a", bad, "ccc"], tmp_path) == ["a", (bad, reason), "ccc"]


def test_bad_items_at_both_ends_are_each_reported(pool, ship, tmp_path):
    expected = [("regex", "timeout"), "a", ("exit", "parser_crash")]
    assert outcome(pool, ship, ["regex", "a", "exit"], tmp_path) == expected


def test_a_memory_bomb_is_an_error_of_the_item_and_no_death(pool, ship, tmp_path):
    assert outcome(pool, ship, ["a", "memory", "b"], tmp_path) == ["a", "MemoryError", "b"]


def test_a_file_bomb_is_an_error_of_the_item_and_fills_no_disk(pool, ship, tmp_path):
    outcome_ = outcome(pool, ship, ["a", "large file", "b"], tmp_path)
    assert outcome_[0] == "a"
    assert outcome_[2] == "b"
    assert outcome_[1] in {"OSError", ("large file", "parser_crash")}


def test_a_worker_that_is_killed_from_outside_loses_nothing(pool, ship, tmp_path):
    assert outcome(pool, ship, ["a", "killed once", "b"], tmp_path) == ["a", "killed once", "b"]


def wait_to_be_killed(items, progress, folder):
    """Say who we are at the second item, and wait; the second try finds the mark and goes on."""
    clock = Progress(Path(progress))
    for index, item in enumerate(items):
        clock.begin(index, 60)
        mark = Path(folder, "pid")
        if item == "wait" and not mark.exists():
            mark.with_suffix(".new").write_text(str(os.getpid()))
            mark.with_suffix(".new").rename(mark)
            time.sleep(60)
    clock.end()
    return list(items)


def test_kill_9_in_mid_batch_is_survived(pool, ship, tmp_path):
    with ThreadPoolExecutor(1) as thread:
        run = thread.submit(lambda: list(pool.each(ship(wait_to_be_killed), ["a", "wait", "b"], str(tmp_path))))
        mark = tmp_path / "pid"
        until = time.monotonic() + MARK_SECONDS
        while not mark.exists() and time.monotonic() < until:
            time.sleep(0.02)
        os.kill(int(mark.read_text()), signal.SIGKILL)
        assert [item for batch in run.result() for item in batch] == ["a", "wait", "b"]


def die_before_the_first_item(_items, _progress):
    os.kill(os.getpid(), signal.SIGKILL)


def test_workers_that_die_before_they_begin_stop_the_attempt(pool, ship):
    with pytest.raises(TransientError, match="die before they begin"):
        list(pool.each(ship(die_before_the_first_item), ["a", "b"]))


def test_no_items_no_call(pool):
    assert list(pool.each(print, [])) == []


def refuse(error):
    raise error


@pytest.mark.parametrize("error", [ConfigError("what", remedy="how"), RecordError("malformed", "x")])
def test_our_errors_come_through_as_they_are(pool, ship, error):
    with pytest.raises(type(error)) as caught:
        pool.call(ship(refuse), error)
    assert (caught.value.args, caught.value.remedy) == (error.args, error.remedy)


@pytest.mark.parametrize("error", [KeyError("zebra"), OSError(2, "zebra"), RecursionError("zebra")])
def test_unexpected_errors_come_by_class_and_place_only(pool, ship, error):
    with pytest.raises(DaytwoError, match=type(error).__name__) as caught:
        pool.call(ship(refuse), error)
    assert "zebra" not in str(caught.value)


def test_what_can_not_cross_is_an_error_and_the_worker_goes_on(ship):
    with Workers(1) as single:
        before = single.call(os.getpid)
        with pytest.raises(DaytwoError):
            single.call(ship(make_unpicklable))
        with pytest.raises((AttributeError, TypeError, pickle.PicklingError)):
            single.call(lambda: None)
        assert single.call(os.getpid) == before


def make_unpicklable():
    return lambda: None


def test_a_worker_that_is_killed_while_it_is_idle_is_replaced():
    with Workers(1) as single:
        before = single.call(os.getpid)
        os.kill(before, signal.SIGKILL)
        os.waitid(os.P_PID, before, os.WEXITED | os.WNOWAIT)
        assert single.call(os.getpid) != before


def test_calls_that_die_at_once_in_many_threads_are_all_reported(pool):
    """A pool that mistakes whose death it sees loses a call for ever, or breaks whole."""

    def one(number):
        try:
            return pool.call(*((os._exit, 1) if number % 2 else (abs, -number)))
        except WorkerDied as death:
            return death.reason

    with ThreadPoolExecutor(8) as threads:
        assert list(threads.map(one, range(8))) == [
            0,
            "parser_crash",
            2,
            "parser_crash",
            4,
            "parser_crash",
            6,
            "parser_crash",
        ]


def test_a_pool_leaves_no_process_behind():
    with Workers(1) as single:
        pid = single.call(os.getpid)
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)


def test_a_pool_that_is_left_by_an_error_waits_for_nobody():
    with ThreadPoolExecutor(1) as thread:
        waiting = interrupt_while_waiting(thread)
        with pytest.raises(WorkerDied):
            waiting.result()


def interrupt_while_waiting(thread):
    with contextlib.suppress(ZeroDivisionError), Workers(1) as single:
        single.call(abs, 1)
        waiting = thread.submit(single.call, time.sleep, 600)
        while not single._free.empty():
            time.sleep(0.01)
        raise ZeroDivisionError
    return waiting


def test_a_call_over_its_time_dies_of_timeout(pool):
    with pytest.raises(WorkerDied, match="timeout"):
        pool.call(time.sleep, 60, timeout=0.5)


def test_a_call_whose_worker_dies_may_be_tried_again(pool):
    """Sealing and assembling are plain calls: a worker killed from outside must not end the night as a bug."""
    with pytest.raises(WorkerDied, match="parser_crash") as caught:
        pool.call(os._exit, 1)
    assert isinstance(caught.value, TransientError)


def arm_and_fail(progress):
    Progress(Path(progress)).begin(0, 0.5)
    raise ValueError(progress)


def sleep_in_turn(seconds):
    time.sleep(seconds)
    return os.getpid()


def test_the_clock_of_a_call_that_failed_does_not_kill_the_next_one(ship, tmp_path):
    progress = tmp_path / "progress"
    progress.write_bytes(b"\0" * 8)
    with Workers(1) as single:
        with pytest.raises(DaytwoError, match="ValueError"):
            single.call(ship(arm_and_fail), str(progress))
        assert single.call(ship(sleep_in_turn), 1.2) > 0


def facts():
    import resource

    return {
        "prefect": "prefect" in __import__("sys").modules,
        "core": resource.getrlimit(resource.RLIMIT_CORE)[0],
        "threads": os.environ["OMP_NUM_THREADS"],
        "interrupt": signal.getsignal(signal.SIGINT) == signal.SIG_IGN,
        "alarm": signal.getsignal(signal.SIGALRM) == signal.SIG_DFL,
    }


def test_a_worker_is_fenced(pool, ship):
    assert pool.call(ship(facts)) == {"prefect": False, "core": 0, "threads": "1", "interrupt": True, "alarm": True}


def test_outside_a_worker_the_clock_kills_nobody():
    watch(0.01)
    left, _ = signal.getitimer(signal.ITIMER_REAL)
    assert left == 0 or left > 1  # pytest-timeout's own


def test_progress_tells_the_item_that_was_begun_last(tmp_path):
    path = tmp_path / "p"
    path.write_bytes((-1).to_bytes(8, "little", signed=True))
    assert Progress.read(path) == -1
    progress = Progress(path)
    for index in (0, 41):
        progress.begin(index, 1)
        assert Progress.read(path) == index
    progress.end()


@pytest.mark.parametrize(
    ("reason", "batch", "index", "expected"),
    [
        ("timeout", _Batch(["a", "b", "c"]), 1, [_Batch(["a"]), Lost("b", "timeout"), _Batch(["c"])]),
        ("parser_crash", _Batch(["a", "b"]), 0, [_Batch(["a"], 2), _Batch(["b"])]),
        ("parser_crash", _Batch(["a"], 2), 0, [Lost("a", "parser_crash")]),
        ("parser_crash", _Batch(["a"]), 0, [_Batch(["a"], 2)]),
        ("parser_crash", _Batch(["a", "b"]), -1, [_Batch(["a", "b"], 2)]),
    ],
)
def test_what_is_done_after_a_death(reason, batch, index, expected):
    assert _after(WorkerDied(reason), batch, index) == expected


def test_what_crosses_keeps_its_reason():
    lost = pickle.loads(pickle.dumps(Lost("a", "timeout")))
    assert (lost.item, lost.reason) == ("a", "timeout")


def leave_a_file(kill):
    """Write a temporary file, as a parser does, and die before it is removed."""
    with tempfile.NamedTemporaryFile(delete=False) as file:
        file.write(b"raw text of a customer")
    if kill:
        os.kill(os.getpid(), signal.SIGKILL)
    return file.name, os.environ["TMPDIR"]


def test_temporary_files_lie_in_the_scratch_and_go_with_it(tmp_path, ship):
    with Workers(1, tmp_path) as pool:
        with pytest.raises(WorkerDied):
            pool.call(ship(leave_a_file), True)
        (folder,) = tmp_path.iterdir()
        assert [file.read_bytes() for file in folder.iterdir()] == [b"raw text of a customer"]
        assert folder.stat().st_mode & 0o777 == 0o700
        name, of_programs = pool.call(ship(leave_a_file), False)
        assert Path(name).parent == Path(of_programs) == folder
    assert list(tmp_path.iterdir()) == []
