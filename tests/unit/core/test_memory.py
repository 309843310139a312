"""A worker that holds too much ends itself, and the item is blamed; a page of the largest allowed size is read."""

import ctypes
import mmap
from pathlib import Path

import pytest

from tasks import memory
from tasks.sandbox import Lost, Progress, WorkerDied, Workers


def hold(size, most):
    """Hold `size` bytes more, touched, in a call that lets other threads run, as pdfium's do."""
    with memory.capped(memory.held() + most):
        held = mmap.mmap(-1, size, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)
        for at in range(0, size, 1 << 20):
            ctypes.memset(ctypes.addressof(ctypes.c_char.from_buffer(held, at)), 1, 1 << 20)
            ctypes.CDLL(None).usleep(2_000)
    return size


def hold_each(items, progress):
    clock = Progress(Path(progress))
    done = []
    for index, size in enumerate(items):
        clock.begin(index, 60)
        done.append(hold(size, 100 << 20))
    clock.end()
    return done


@pytest.fixture(scope="module")
def pool():
    with Workers(1) as workers:
        yield workers


def test_a_worker_that_holds_too_much_ends_itself(pool):
    assert pool.call(hold, 20 << 20, 100 << 20) == 20 << 20
    with pytest.raises(WorkerDied, match="too_much_memory"):
        pool.call(hold, 400 << 20, 100 << 20)


def test_the_item_is_blamed_and_its_neighbours_are_read(pool):
    sizes = [1 << 20, 400 << 20, 2 << 20]
    got = list(pool.each(hold_each, sizes))
    assert got == [[sizes[0]], Lost(sizes[1], "too_much_memory"), [sizes[2]]]


def test_nothing_is_ended_outside_a_worker():
    with memory.capped(1):
        assert memory.held() > 1
