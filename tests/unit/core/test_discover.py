import os
import socket
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tasks import discover
from tasks.discover import Found, Refused, cut, list_files, split_files
from tasks.errors import ConfigError, RecordError
from tasks.registry import source_of
from tasks.source import Item, Skip, Source
from tasks.step import Params

MAIL = b"From: a@example.org\nSubject: Hi\n\nHello\n"


def names(root):
    return [file.path.relative_to(root).as_posix() for file in list_files(root)]


def test_files_come_sorted_each_folder_before_its_folders(tmp_path):
    for name in ("b/2", "b/10", "a/x/1", "a/z", "c"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes(b"1")
    assert names(tmp_path) == ["c", "a/z", "a/x/1", "b/10", "b/2"]


def test_only_regular_files_are_listed(tmp_path):
    (tmp_path / "real").write_bytes(b"12")
    (tmp_path / "link").symlink_to("/etc/passwd")
    (tmp_path / "loop").symlink_to(tmp_path)
    os.mkfifo(tmp_path / "fifo")
    with socket.socket(socket.AF_UNIX) as bound:
        bound.bind(str(tmp_path / "socket"))
        assert names(tmp_path) == ["real"]


def test_a_file_is_its_own_listing(tmp_path):
    path = tmp_path / "one.eml"
    path.write_bytes(MAIL)
    facts = path.stat()
    assert list(list_files(path)) == [Found(path, facts.st_size, facts.st_mtime_ns)]


def test_a_relative_path_gives_whole_uris(tmp_path, monkeypatch):
    (tmp_path / "a b%.eml").write_bytes(MAIL)
    monkeypatch.chdir(tmp_path)
    assert [file.uri for file in list_files(Path())] == [f"file://{tmp_path}/a%20b%25.eml"]


def test_a_name_that_is_no_text_has_a_uri(tmp_path):
    Path(os.fsdecode(os.fsencode(tmp_path) + b"/\xff\xfe.eml")).write_bytes(MAIL)
    assert [file.uri for file in list_files(tmp_path)] == [f"file://{tmp_path}/%FF%FE.eml"]


def test_a_missing_root_is_an_error_of_the_settings(tmp_path):
    with pytest.raises(ConfigError, match="cannot read") as caught:
        list(list_files(tmp_path / "none"))
    assert "path of the source" in caught.value.remedy


def test_a_file_that_vanishes_while_the_folder_is_listed_is_not_there(tmp_path):
    for name in ("a", "b", "c"):
        (tmp_path / name).write_bytes(b"")
    listing = list_files(tmp_path)
    assert next(listing).path.name == "a"
    (tmp_path / "b").unlink()
    assert [file.path.name for file in listing] == ["c"]


def fake_source(split):
    return Source("read-fake", "email", 1, Params, split, None)


def split_with(monkeypatch, tmp_path, split, *contents):
    """Split files with a source of our own, in this process."""
    monkeypatch.setattr(discover, "source_of", lambda _kind: fake_source(split))
    found = []
    for number, content in enumerate(contents):
        (tmp_path / str(number)).write_bytes(content)
        found.append(Found(tmp_path / str(number), len(content), 0))
    progress = tmp_path / "progress"
    progress.write_bytes(bytes(8))
    return split_files(found, str(progress), "email", Params())


def raising(error):
    def split(_path, _params):
        raise error
        yield

    return split


@pytest.mark.parametrize(
    ("error", "reason", "detail"),
    [
        (Skip("image/png"), "other_type", "image/png"),
        (RecordError("not_mail", "blank"), "not_mail", "blank"),
        (PermissionError("secret-name"), "unreadable", "PermissionError"),
        (ValueError("secret text"), "malformed", "ValueError"),
        (RecursionError(), "malformed", "RecursionError"),
        (MemoryError(), "malformed", "MemoryError"),
    ],
)
def test_a_file_that_gives_no_items_says_why(monkeypatch, tmp_path, error, reason, detail):
    (got,) = split_with(monkeypatch, tmp_path, raising(error), b"x")
    assert got == Refused((tmp_path / "0").as_uri(), reason, detail)


def test_pieces_have_the_hash_of_their_bytes(monkeypatch, tmp_path):
    import hashlib

    (got,) = split_with(monkeypatch, tmp_path, lambda _p, _q: iter([(0, 2), (2, 3)]), b"abcde")
    assert [piece.sha256 for piece in got] == [hashlib.sha256(part).hexdigest() for part in (b"ab", b"cde")]
    assert [piece.item.read() for piece in got] == [b"ab", b"cde"]
    assert [piece.item.whole_uri for piece in got] == [got[0].item.uri, f"{got[0].item.uri}#offset=2"]


def test_a_file_that_vanished_is_unreadable(tmp_path):
    progress = tmp_path / "progress"
    progress.write_bytes(bytes(8))
    found = Found(tmp_path / "gone.eml", 3, 0)
    (got,) = split_files([found], str(progress), "email", source_of("email").params())
    assert (got.reason, got.uri) == ("unreadable", found.uri)


def test_an_item_reads_only_its_bytes(tmp_path):
    path = tmp_path / "x"
    path.write_bytes(b"0123456789")
    assert Item("u", path, 3, 4).read() == b"3456"
    assert Item("u", path, 8, 4).read() == b"89"
    assert Item("u", path).name == "x"


SIZES = st.lists(st.integers(0, 1000), max_size=40)


@given(SIZES, st.integers(1, 1500), st.integers(0, 12))
def test_cut_covers_all_pieces_in_order_within_the_bounds(sizes, most, least):
    pieces = list(range(len(sizes)))
    parts = cut(pieces, sizes, most, least)
    assert [piece for part in parts for piece in part] == pieces
    assert all(len(part) for part in parts)
    assert len(parts) >= min(least, len(pieces))
    for part in parts:
        assert len(part) == 1 or sum(sizes[piece] for piece in part) <= most


@given(st.integers(1, 200), st.integers(1, 16))
def test_equal_pieces_are_cut_into_parts_of_about_equal_size(count, least):
    parts = cut(list(range(count)), [10] * count, 10**9, least)
    assert max(map(len, parts)) <= -(-count // least)


def test_nothing_to_cut():
    assert cut([], [], 10, 4) == []
