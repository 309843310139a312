import importlib.util
import random
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tasks.threads.resolve import ThreadParams, resolve, update_index

BENCH = Path(__file__).parents[3] / "infra/bench/threads.py"


def load():
    spec = importlib.util.spec_from_file_location("bench_threads", BENCH)
    module = importlib.util.module_from_spec(spec)
    import sys

    sys.modules["bench_threads"] = module  # dataclasses look their module up
    spec.loader.exec_module(module)
    return module


bench = load()
SETTINGS = [ThreadParams(own_domains=(bench.OWN,)), ThreadParams()]
WILD = bench.Shape(missing_root=0.3, missing_inner=0.2, new_subject=0.3, list_copy=0.2, parent_only=0.3,
                   no_reference=0.3, generic=0.3, ticket=0.3, late=0.5)  # fmt: skip


def partition(found):
    groups = {}
    for record, thread in found.items():
        groups.setdefault(thread, set()).add(record)
    return {frozenset(group) for group in groups.values()}


@pytest.mark.parametrize("params", SETTINGS)
@pytest.mark.parametrize("seed", range(3))
def test_99_of_100_messages_land_in_the_right_thread(seed, params):
    mails = bench.threads(400, random.Random(seed), bench.Shape())
    found = bench.resolved(mails, 4, params)
    hits = [is_right for _, is_right in bench.right(mails, found)]
    assert sum(hits) >= 0.99 * len(hits)


mail_lists = st.builds(
    lambda count, seed: bench.threads(count, random.Random(seed), WILD), st.integers(1, 25), st.integers(0, 1 << 30)
)


@settings(deadline=None, max_examples=60)
@given(mail_lists, st.integers(2, 9), st.sampled_from(SETTINGS))
def test_many_nights_group_as_one_night_does(mails, nights, params):
    assert partition(bench.resolved(mails, nights, params)) == partition(bench.resolved(mails, 1, params))


@settings(deadline=None, max_examples=40)
@given(mail_lists, st.randoms(use_true_random=False), st.sampled_from(SETTINGS))
def test_the_order_of_rows_changes_nothing(mails, rng, params):
    one = resolve(bench.table(mails), None, params).records
    shuffled = rng.sample(mails, len(mails))
    two = resolve(bench.table(shuffled), None, params).records
    assert two.sort_by("record_id").equals(one.sort_by("record_id"))


@settings(deadline=None, max_examples=40)
@given(mail_lists, st.integers(2, 6), st.sampled_from(SETTINGS))
def test_over_nights_no_message_is_lost_and_ids_are_stable(mails, nights, params):
    index, homes = None, {}
    size = -(-len(mails) // nights)
    for start in range(0, len(mails), size):
        done = resolve(bench.table(mails[start : start + size]), index, params)
        index = update_index(index, done)
        now = dict(zip(index["record_id"].to_pylist(), index["thread_id"].to_pylist(), strict=True))
        for record, thread in homes.items():
            assert now[record] == done.merged.get(thread, thread)
        assert set(done.earlier["record_id"].to_pylist()) <= set(homes)
        assert not set(done.merged) & set(now.values())
        homes = now
    assert sorted(homes) == sorted(mail.row["record_id"] for mail in mails)
    for thread in set(homes.values()):
        turns = [row["turn_index"] for row in index.to_pylist() if row["thread_id"] == thread]
        assert sorted(turns) == list(range(len(turns)))
