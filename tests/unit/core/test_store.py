import errno
import os
import stat
from concurrent.futures import ThreadPoolExecutor

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tasks.errors import ConfigError, ContractError, TransientError
from tasks.store import KEY_CHARS, LocalStore

NAME = st.from_regex(r"[A-Za-z0-9._+=-]{1,12}", fullmatch=True).filter(lambda name: name not in {".", ".."})
KEY = st.lists(NAME, min_size=1, max_size=4).map("/".join)


@pytest.fixture
def store(tmp_path):
    return LocalStore(tmp_path / "root")


@pytest.mark.parametrize(
    "key",
    [
        "",
        "/",
        "/etc/passwd",
        "..",
        ".",
        "a/..",
        "../a",
        "a/../../b",
        "a/./b",
        "a//b",
        "a/",
        "a\0b",
        "a\n",
        "a/b\n",
        "a b",
        "a\\b",
        "a%2fb",
        "é",
        "a:b",
        "~",
        "x" * (KEY_CHARS + 1),
    ],
)
@pytest.mark.parametrize("do", ["put", "put_if_absent", "get", "delete", "keys"])
def test_a_hostile_key_is_refused_by_everything(store, key, do):
    with pytest.raises(ContractError) as caught:
        getattr(store, do)(key, *([b""] if do.startswith("put") else [])) if do != "keys" else list(store.keys(key))
    assert not key.strip("./~ \n") or key not in str(caught.value)
    assert not store.root.exists()


@given(st.text(max_size=20) | KEY)
def test_no_key_leaves_the_root(tmp_path_factory, key):
    root = tmp_path_factory.getbasetemp() / "never"
    try:
        path = LocalStore(root).path(key)
    except ContractError:
        return
    assert os.path.normpath(path) == str(path)
    assert root in path.parents


@given(st.dictionaries(NAME, st.binary(max_size=20), max_size=6))
def test_what_was_put_is_there_and_listed(tmp_path_factory, objects):
    store = LocalStore(tmp_path_factory.mktemp("store"))
    for name, data in objects.items():
        store.put(f"room/{name}", data)
    assert {key: store.get(key) for key in store.keys("room")} == {f"room/{n}": d for n, d in objects.items()}


def test_keys_are_sorted_and_below_the_prefix_only(store):
    for key in ("a/2", "a/10", "ab/1", "a/b/c"):
        store.put(key, b"")
    assert list(store.keys("a")) == ["a/10", "a/2", "a/b/c"]
    assert list(store.keys("none")) == []


def test_put_replaces_and_put_if_absent_does_not(store):
    assert store.put_if_absent("a/x", b"1")
    assert not store.put_if_absent("a/x", b"2")
    assert store.get("a/x") == b"1"
    store.put("a/x", b"3")
    assert store.get("a/x") == b"3"


def test_exactly_one_of_many_writers_wins(store):
    with ThreadPoolExecutor(8) as threads:
        for number in range(20):
            won = list(threads.map(lambda w, n=number: store.put_if_absent(f"v/{n}", b"%d" % w), range(8)))
            assert won.count(True) == 1
            assert store.get(f"v/{number}") == b"%d" % won.index(True)
    assert not [name for _, _, names in os.walk(store.root) for name in names if name.endswith(".partial")]


def test_what_is_not_there(store):
    with pytest.raises(KeyError):
        store.get("a/none")
    store.delete("a/none")


def test_a_half_written_object_is_not_listed(store, monkeypatch):
    store.put("a/x", b"1")
    monkeypatch.setattr(os, "link", _no_link)
    with pytest.raises(OSError, match="power"):
        store.put_if_absent("a/y", b"2")
    assert list(store.keys("a")) == ["a/x"]


def _no_link(*_args):
    raise OSError(errno.EIO, "power")


def test_folders_are_for_the_owner_only(store):
    store.put("a/x", b"1")
    assert stat.S_IMODE((store.root / "a").stat().st_mode) == 0o700


@pytest.mark.parametrize(
    ("code", "cls"), [(errno.EACCES, ConfigError), (errno.EROFS, ConfigError), (errno.ENOSPC, TransientError)]
)
def test_a_disk_that_refuses_says_who_can_help(store, monkeypatch, code, cls):
    def refuse(_descriptor):
        raise OSError(code, os.strerror(code))

    monkeypatch.setattr(os, "fsync", refuse)
    with pytest.raises(cls, match="cannot write") as caught:
        store.put("a/x", b"1")
    assert caught.value.remedy
    assert list(store.keys("a")) == []
    assert list((store.root / "a").iterdir()) == []
