import errno
import os
import pickle
import stat
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from io import BytesIO
from types import SimpleNamespace

import pytest
from botocore.exceptions import ClientError, EndpointConnectionError
from hypothesis import given
from hypothesis import strategies as st

from tasks.errors import ConfigError, ContractError, TransientError
from tasks.s3 import S3Access
from tasks.store import KEY_CHARS, probe
from tasks.store import s3 as module
from tasks.store.local import LocalStore
from tasks.store.s3 import S3Store

NAME = st.from_regex(r"[A-Za-z0-9._+=-]{1,12}", fullmatch=True).filter(lambda name: name not in {".", ".."})
KEY = st.lists(NAME, min_size=1, max_size=4).map("/".join)


@pytest.fixture
def local(tmp_path):
    return LocalStore(tmp_path / "root")


@pytest.fixture(params=["local", "s3"])
def store(request):
    """Every kind of store, empty: what they promise is the same."""
    if request.param == "local":
        return request.getfixturevalue("local")
    objects = request.getfixturevalue("object_store")
    return S3Store(objects.bucket(), "lake/", objects.access)


@pytest.fixture(params=["local", "s3"])
def anywhere(request, tmp_path):
    """Every kind of store, none of which is reached."""
    return LocalStore(tmp_path / "root") if request.param == "local" else S3Store("bucket", "", S3Access("http://none"))


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
def test_a_hostile_key_is_refused_by_everything(anywhere, key, do):
    with pytest.raises(ContractError) as caught:
        list(anywhere.keys(key)) if do == "keys" else getattr(anywhere, do)(key, *([b""] if "put" in do else []))
    assert not key.strip("./~ \n") or key not in str(caught.value)


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
    for key in ("a/2", "a/10", "ab/1", "a/b/c", "a/b-1", "a-b/1"):
        store.put(key, b"")
    assert list(store.keys("a")) == ["a/10", "a/2", "a/b-1", "a/b/c"]
    assert list(store.keys("none")) == []


def test_put_replaces_and_put_if_absent_does_not(store):
    assert store.put_if_absent("a/x", b"1")
    assert not store.put_if_absent("a/x", b"2")
    assert store.get("a/x") == b"1"
    store.put("a/x", b"3")
    assert store.get("a/x") == b"3"


def test_exactly_one_of_many_writers_wins(store):
    rounds = 20 if isinstance(store, LocalStore) else 2  # SeaweedFS lets the losers wait for seconds
    with ThreadPoolExecutor(8) as threads:
        for number in range(rounds):
            won = list(threads.map(lambda w, n=number: store.put_if_absent(f"v/{n}", b"%d" % w), range(8)))
            assert won.count(True) == 1
            assert store.get(f"v/{number}") == b"%d" % won.index(True)
    assert list(store.keys("v")) == sorted(f"v/{number}" for number in range(rounds))


def test_a_store_that_lets_one_writer_win_passes_the_probe(store):
    probe(store)
    assert list(store.keys("probe")) == []


def test_bytes_come_back_as_they_went(store):
    data = bytes(range(256)) * 4096
    store.put("a/x", data)
    assert store.get("a/x") == data
    store.put("a/empty", b"")
    assert store.get("a/empty") == b""


def test_a_store_crosses_a_process_boundary(store):
    store.put("a/x", b"1")
    assert pickle.loads(pickle.dumps(store)).get("a/x") == b"1"


class Forgetful(LocalStore):
    """A store that takes the condition and ignores it, as some S3 stores do; or only when two ask at once."""

    def __init__(self, root, *, only_in_a_race):
        super().__init__(root)
        self.only_in_a_race = only_in_a_race

    def put_if_absent(self, key, data):
        if self.only_in_a_race and data == b"late":
            return False
        self.put(key, data)
        return True


@pytest.mark.parametrize("only_in_a_race", [True, False])
def test_a_store_that_lets_two_writers_win_is_refused(tmp_path, only_in_a_race):
    store = Forgetful(tmp_path / "root", only_in_a_race=only_in_a_race)
    with pytest.raises(ConfigError, match="two writers win") as caught:
        probe(store)
    assert "If-None-Match" in str(caught.value)
    assert list(store.keys("probe")) == []


def test_what_is_not_there(store):
    with pytest.raises(KeyError):
        store.get("a/none")
    store.delete("a/none")


def test_many_keys_are_listed_page_by_page(object_store, monkeypatch):
    store = S3Store(object_store.bucket(), "lake/", object_store.access)
    for number in range(7):
        store.put(f"a/{number}", b"")
    pages = object_store.client.get_paginator
    smaller = SimpleNamespace(get_paginator=lambda name: SimpleNamespace(paginate=partial(_by_twos, pages(name))))
    monkeypatch.setattr(module, "client", lambda _access: smaller)
    assert list(store.keys("a")) == [f"a/{number}" for number in range(7)]


def _by_twos(pages, **given):
    found = list(pages.paginate(**given, PaginationConfig={"PageSize": 2}))
    assert len(found) == 4
    return found


class Answers:
    """A client that applies a PUT or not, and answers as it was told."""

    def __init__(self, there, *answers):
        self.there, self.answers, self.asked = there, list(answers), []

    def put_object(self, **given):
        self.asked.append(given)
        applied, error = self.answers.pop(0)
        if applied:
            self.there = given["Body"]
        if error:
            raise error

    def get_object(self, **_given):
        if self.there is None:
            raise refusal("NoSuchKey", 404)
        return {"Body": BytesIO(self.there)}


def refusal(code, status, retries=0):
    about = {"HTTPStatusCode": status, "RetryAttempts": retries}
    return ClientError({"Error": {"Code": code}, "ResponseMetadata": about}, "PutObject")


LOST = EndpointConnectionError(endpoint_url="http://store")


@pytest.mark.parametrize(
    ("there", "answers", "won"),
    [
        (None, [(True, None)], True),
        (b"other", [(False, refusal("PreconditionFailed", 412))], False),
        (b"mine", [(False, refusal("PreconditionFailed", 412))], False),  # the same bytes, but by somebody else
        (b"mine", [(False, refusal("PreconditionFailed", 412, retries=1))], True),  # the first answer was lost
        (b"other", [(False, refusal("PreconditionFailed", 412, retries=1))], False),
        (None, [(True, LOST)], True),
        (None, [(True, refusal("InternalError", 500))], True),
        (None, [(False, refusal("ConditionalRequestConflict", 409)), (True, None)], True),
        (b"other", [(False, refusal("Conflict", 409)), (False, refusal("PreconditionFailed", 412))], False),
        (None, [(False, LOST)], TransientError),
        (b"other", [(False, refusal("SlowDown", 503))], TransientError),
        (None, [(False, refusal("AccessDenied", 403))], ConfigError),
        (None, [(False, refusal("ConditionalRequestConflict", 409))] * 8, ConfigError),
    ],
)
def test_who_won_is_known_when_an_answer_was_lost(monkeypatch, there, answers, won):
    fake = Answers(there, *answers)
    monkeypatch.setattr(module, "client", lambda _access: fake)
    store = S3Store("bucket", access=S3Access("http://store"))
    if won in (TransientError, ConfigError):
        with pytest.raises(won):
            store.put_if_absent("a", b"mine")
    else:
        assert store.put_if_absent("a", b"mine") is won


def test_encryption_at_rest_is_asked_for_where_it_is_set(monkeypatch):
    fake = Answers(None, (True, None), (True, None), (True, None))
    monkeypatch.setattr(module, "client", lambda _access: fake)
    S3Store("bucket", encryption="aws:kms").put("a", b"")
    S3Store("bucket", encryption="aws:kms").put_if_absent("a", b"")
    S3Store("bucket").put("a", b"")
    assert [given.get("ServerSideEncryption") for given in fake.asked] == ["aws:kms", "aws:kms", None]
    assert [given.get("IfNoneMatch") for given in fake.asked] == [None, "*", None]


def test_a_half_written_object_is_not_listed(local, monkeypatch):
    store = local
    store.put("a/x", b"1")
    monkeypatch.setattr(os, "link", _no_link)
    with pytest.raises(OSError, match="power"):
        store.put_if_absent("a/y", b"2")
    assert list(store.keys("a")) == ["a/x"]


def _no_link(*_args):
    raise OSError(errno.EIO, "power")


def test_what_is_kept_is_written_once_and_anew_where_it_was_torn(local):
    local.keep("ab/abc", b"all of it")
    written = local.path("ab/abc").stat().st_ino
    local.keep("ab/abc", b"all of it")
    assert local.path("ab/abc").stat().st_ino == written
    local.path("ab/abc").write_bytes(b"all")  # a power failure before settle
    local.keep("ab/abc", b"all of it")
    local.settle()
    assert local.get("ab/abc") == b"all of it"
    assert list(local.keys("ab")) == ["ab/abc"]


def test_a_folder_that_may_not_be_listed_does_not_look_empty(local, monkeypatch):
    local.put("a/x", b"1")

    def refuse(path):
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), str(path))

    monkeypatch.setattr(os, "scandir", refuse)
    with pytest.raises(PermissionError):
        list(local.keys("a"))


def test_folders_are_for_the_owner_only(local):
    store = local
    store.put("a/x", b"1")
    assert stat.S_IMODE((store.root / "a").stat().st_mode) == 0o700


@pytest.mark.parametrize(
    ("code", "cls"), [(errno.EACCES, ConfigError), (errno.EROFS, ConfigError), (errno.ENOSPC, TransientError)]
)
def test_a_disk_that_refuses_says_who_can_help(local, monkeypatch, code, cls):
    store = local

    def refuse(_descriptor):
        raise OSError(code, os.strerror(code))

    monkeypatch.setattr(os, "fsync", refuse)
    with pytest.raises(cls, match="cannot write") as caught:
        store.put("a/x", b"1")
    assert caught.value.remedy
    assert list(store.keys("a")) == []
    assert list((store.root / "a").iterdir()) == []
