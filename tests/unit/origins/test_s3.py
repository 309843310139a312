import os
import secrets
from dataclasses import replace
from pathlib import Path

import pytest

from tasks.discover import Refused
from tasks.errors import ConfigError, RecordError, TransientError
from tasks.origins import Found, Gone
from tasks.origins.fetch import fetch_files, files_of
from tasks.origins.s3 import Bucket
from tasks.s3 import S3Access, client

HOSTILE = [
    *("a//b", "pct%00.eml", "%2e%2e%2fup.eml", "plus+and space.eml", "q?a=b&c#d.eml", "new\nline.eml"),
    *("/abs.eml", "C:\\x.eml", "é/ünï/ሰላም.eml", "exe\u202egnp.eml", "CON", "~til*'().eml", "-rf", "...", "a/.../b"),
    *("Alice Dupont +27821234567 ID.pdf", "/".join("x" * 200 for _ in range(4))),
]


@pytest.fixture(scope="module")
def bucket(object_store):
    return object_store.bucket()


@pytest.fixture
def filled(object_store, bucket):
    """Return a Bucket over a prefix of this test, with the given objects in it."""

    def fill(objects, path="/"):
        prefix = secrets.token_hex(6)
        object_store.fill(bucket, {f"{prefix}/{key}": data for key, data in objects.items()})
        return Bucket(f"s3://{bucket}/{prefix}{path}", object_store.access)

    return fill


def names(origin):
    return [found.uri.rsplit("/", 1)[-1] for found in origin.listing()]


def test_every_page_is_listed_sorted_by_key(filled, object_store, bucket):
    origin = filled({f"{number:04d}": b"" for number in range(1050)})
    assert names(origin) == [f"{number:04d}" for number in range(1050)]
    page = object_store.client.list_objects_v2(Bucket=bucket, Prefix=origin.prefix)
    assert page["IsTruncated"]  # else this test has shown nothing


def test_an_object_is_known_by_size_and_etag_until_it_changes(filled, object_store, bucket):
    origin = filled({"a": b"one", "b": b"two"})
    before = {found.uri: found.key for found in origin.listing()}
    assert {found.uri: found.key for found in origin.listing()} == before
    object_store.fill(bucket, {f"{origin.prefix}a": b"ONE"})
    changed = [found for found in origin.listing() if found.key != before[found.uri]]
    assert [(found.uri[-2:], found.size) for found in changed] == [("/a", 3)]


@pytest.mark.parametrize(
    ("path", "listed"),
    [
        ("/in", ["1"]),
        ("/in/", ["1"]),
        ("/in*", ["1", "2", "in.eml"]),
        ("/in.eml", ["in.eml"]),
        ("/in.em", []),
        ("", ["1", "2", "in.eml", "other"]),
        ("/", ["1", "2", "in.eml", "other"]),
    ],
)
def test_a_prefix_is_a_path_unless_it_ends_in_a_star(filled, path, listed):
    objects = {"in.eml": b"one", "in-2025/2": b"older", "in/1": b"new", "in/": b"", "other": b"more"}
    assert sorted(names(filled(objects, path))) == listed


def test_what_stands_for_a_folder_is_no_file_and_archived_objects_are_counted(filled, monkeypatch):
    origin = filled({"folder/x": b"1"})
    entry = {"ETag": '"e"', "StorageClass": "STANDARD", "Size": 5}
    marker = entry | {"Key": "folder/", "Size": 0}
    more = [marker, entry | {"Key": "full/"}, entry | {"Key": "old", "StorageClass": "DEEP_ARCHIVE"}]
    entries = Bucket._entries
    monkeypatch.setattr(Bucket, "_entries", lambda self: [*entries(self), *more])
    for _ in range(2):  # counted once a listing
        assert [found.size for found in origin.listing()] == [1, 5]
        assert origin.left == {"archived object": 1}


@pytest.mark.parametrize("key", HOSTILE)
def test_a_hostile_key_is_read_and_names_nothing_here(filled, object_store, tmp_path, key):
    origin = filled({key: b"content"})
    (found,) = origin.listing()
    assert len(key.encode()) <= 1024
    assert found.uri.isascii()
    assert not set(found.uri) & set(' \n"\\#?')
    got = origin.fetch(found, tmp_path / "in")
    assert got.path.read_bytes() == b"content"
    assert got == replace(found, path=got.path)
    assert [Path(*got.path.relative_to(tmp_path).parts[:1])] == [Path("in")]
    assert os.path.normpath(got.path) == str(got.path)
    assert all(part not in str(got.path) for part in ("Alice", "Dupont", "27821234567", "%", "\\", " "))
    assert object_store.client  # the store stands


@pytest.mark.parametrize("key", ["raw/../curated/x", "./x", "x/.", "../x", "a/.."])
def test_a_key_that_climbs_is_kept_back(object_store, tmp_path, key):
    """SeaweedFS takes none; S3 does, and proxies on the way would resolve it."""
    origin = Bucket("s3://bucket-a", object_store.access)
    with pytest.raises(RecordError) as caught:
        origin.fetch(Found(f"s3://bucket-a/{key}", 1, "e"), tmp_path)
    assert caught.value.reason == "unreadable"
    assert not list(tmp_path.iterdir())


def test_an_object_that_changed_or_vanished_is_gone_and_the_others_are_fetched(filled, object_store, bucket, tmp_path):
    origin = filled({name: name.encode() for name in "abcd"})
    listed = list(origin.listing())
    object_store.fill(bucket, {f"{origin.prefix}a": b"A"})
    object_store.client.delete_object(Bucket=bucket, Key=f"{origin.prefix}b")
    with pytest.raises(Gone):
        origin.fetch(listed[0], tmp_path)
    outcomes = fetch_files(origin, listed, tmp_path, 100)
    assert [got and got.path.read_bytes() for got in outcomes] == [None, None, b"c", b"d"]
    assert not list(tmp_path.rglob("*.partial"))


def test_a_file_above_the_cap_is_not_fetched(filled, tmp_path):
    origin = filled({"big": bytes(11), "small": bytes(10)})
    big, small = fetch_files(origin, list(origin.listing()), tmp_path, 10)
    assert (big.reason, small.size) == ("too_large", 10)


def test_what_was_fetched_is_not_fetched_again(filled, tmp_path, monkeypatch):
    origin = filled({"x.eml.gz": b"1"})
    (found,) = origin.listing()
    got = origin.fetch(found, tmp_path)
    monkeypatch.setattr(Bucket, "_bring", None)
    assert origin.fetch(found, tmp_path) == got
    assert got.path.name.endswith(".eml.gz")


class Body:
    """A body that says some chunks, then fails."""

    def __init__(self, chunks, error=None):
        self.chunks, self.error = chunks, error

    def iter_chunks(self, _size):
        yield from self.chunks
        if self.error:
            raise self.error


class Fake:
    """A client whose get_object gives prepared answers, one after the other."""

    def __init__(self, *answers):
        self.answers = list(answers)

    def get_object(self, **_given):
        answer = self.answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return {"Body": answer}


def refusal(code, status):
    from botocore.exceptions import ClientError

    error = {"Error": {"Code": code, "Message": "Alice"}, "ResponseMetadata": {"HTTPStatusCode": status}}
    return ClientError(error, "GetObject")


@pytest.fixture
def fetching(monkeypatch, tmp_path):
    def fetch(*answers, size=3):
        fake = Fake(*answers)
        monkeypatch.setattr("tasks.origins.s3.client", lambda _access: fake)
        origin = Bucket("s3://bucket", S3Access("http://store"))
        return origin.fetch(Found("s3://bucket/Alice.eml", size, "e"), tmp_path).path.read_bytes()

    return fetch


def test_a_body_that_breaks_off_is_asked_for_again(fetching):
    from botocore.exceptions import ResponseStreamingError

    broken = ResponseStreamingError(error="reset")
    assert fetching(Body([b"a"], broken), Body([], broken), Body([b"abc"])) == b"abc"


@pytest.mark.parametrize("chunks", [[b"ab"], [b"ab", b"cd", b"ef"]])
def test_a_body_of_another_size_is_no_body(fetching, tmp_path, chunks):
    with pytest.raises(Gone):
        fetching(Body(chunks))
    assert not [path for path in tmp_path.rglob("*") if path.is_file()]


@pytest.mark.parametrize(
    ("code", "status", "expected"),
    [
        ("NoSuchKey", 404, Gone),
        ("PreconditionFailed", 412, Gone),
        ("AccessDenied", 403, RecordError),
        ("InvalidObjectState", 403, RecordError),
        ("KMS.DisabledException", 400, RecordError),
        ("SignatureDoesNotMatch", 403, ConfigError),
        ("ExpiredToken", 400, ConfigError),
        ("NoSuchBucket", 404, ConfigError),
        ("InternalError", 500, TransientError),
        ("SlowDown", 503, TransientError),
        ("SlowDown", 429, TransientError),
        ("weird code with Alice", 418, ConfigError),
    ],
)
def test_every_refusal_has_its_meaning_and_no_message_of_the_store_gets_through(fetching, code, status, expected):
    with pytest.raises(expected) as caught:
        fetching(refusal(code, status))
    assert "Alice" not in f"{caught.value} {getattr(caught.value, 'remedy', '')}"
    if expected in (ConfigError, TransientError):
        assert caught.value.remedy


def test_a_full_disk_is_no_fault_of_the_object(fetching, monkeypatch):
    def full(*_args, **_kwargs):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "open", full)
    with pytest.raises(TransientError, match="No space left"):
        fetching(Body([b"abc"]))


def test_a_wrong_bucket_and_wrong_credentials_say_what_to_do(object_store, bucket, monkeypatch):
    with pytest.raises(ConfigError, match="no such bucket"):
        list(Bucket("s3://not-there", object_store.access).listing())
    for name, wrong, says in (
        ("AWS_ACCESS_KEY_ID", "WRONG", "access key"),
        ("AWS_SECRET_ACCESS_KEY", "hush", "secret key is wrong"),
    ):
        with monkeypatch.context() as patch:
            patch.setenv(name, wrong)
            client.cache_clear()
            with pytest.raises(ConfigError, match=says) as caught:
                list(Bucket(f"s3://{bucket}", object_store.access).listing())
            assert wrong not in str(caught.value)
            assert "AWS_SECRET_ACCESS_KEY" in caught.value.remedy
    client.cache_clear()


def test_without_credentials_the_remedy_names_the_variables(monkeypatch, tmp_path):
    for name in [name for name in os.environ if name.startswith("AWS_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("HOME", str(tmp_path))
    client.cache_clear()
    with pytest.raises(ConfigError, match="no credentials") as caught:
        list(Bucket("s3://bucket", S3Access("http://127.0.0.1:1")).listing())
    assert "AWS_PROFILE" in caught.value.remedy
    client.cache_clear()


@pytest.fixture
def credentials(monkeypatch):
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "any")


@pytest.mark.usefixtures("credentials")
def test_a_store_that_does_not_answer_may_answer_later(monkeypatch):
    monkeypatch.setattr("tasks.s3.ATTEMPTS", 1)
    with pytest.raises(TransientError, match="does not answer") as caught:
        list(Bucket("s3://bucket", S3Access("http://127.0.0.1:9")).listing())
    assert "127.0.0.1:9" in str(caught.value)


@pytest.mark.parametrize("url", ["s3://", "s3:///x", "s3://a b/x", "s3://key:geheim@bucket/x"])
def test_a_url_without_a_bucket_is_refused_and_not_repeated(url):
    with pytest.raises(ConfigError) as caught:
        Bucket(url, S3Access())
    assert "geheim" not in str(caught.value)


def test_a_refusal_costs_one_file_only(tmp_path):
    class One:
        def fetch(self, found, _folder, _ahead):
            if found.uri == "b":
                raise RecordError("unreadable", "AccessDenied")
            return replace(found, path=tmp_path)

    outcomes = fetch_files(One(), [Found(uri, 1, "") for uri in "abc"], tmp_path, 10)
    assert outcomes[1] == Refused("b", "unreadable", "AccessDenied")
    assert [getattr(got, "path", None) for got in outcomes] == [tmp_path, None, tmp_path]


def test_a_url_given_by_hand_is_brought_here(object_store, bucket, tmp_path, monkeypatch):
    monkeypatch.setenv("AWS_ENDPOINT_URL", object_store.url)
    client.cache_clear()
    prefix = secrets.token_hex(6)
    object_store.fill(bucket, {f"{prefix}/{n}": b"%d" % n for n in range(3)})
    assert [got.path.read_bytes() for got in files_of(f"s3://{bucket}/{prefix}", tmp_path)[0]] == [b"0", b"1", b"2"]
    client.cache_clear()
