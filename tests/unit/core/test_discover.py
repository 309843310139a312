import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tasks import discover
from tasks.discover import SCAN_PARTS, SHEET_BYTES, Piece, Refused, cut, cut_items, split_files
from tasks.errors import RecordError
from tasks.origins import Found
from tasks.registry import source_of
from tasks.source import Item, Skip, Source
from tasks.step import Params


def fake_source(split):
    return Source("read-fake", "email", 1, Params, split, None)


def split_with(monkeypatch, tmp_path, split, *contents):
    """Split files with a source of our own, in this process."""
    monkeypatch.setattr(discover, "source_of", lambda _kind: fake_source(split))
    found = []
    for number, content in enumerate(contents):
        (tmp_path / str(number)).write_bytes(content)
        found.append(Found((tmp_path / str(number)).as_uri(), len(content), "0", tmp_path / str(number)))
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
    found = Found((tmp_path / "gone.eml").as_uri(), 3, "0", tmp_path / "gone.eml")
    (got,) = split_files([found], str(progress), "email", source_of("email").params())
    assert (got.reason, got.uri) == ("unreadable", found.uri)


@pytest.mark.parametrize("swap", [lambda path: path.symlink_to("/etc/passwd"), os.mkfifo, os.mkdir])
def test_a_file_that_became_something_else_is_not_opened(monkeypatch, tmp_path, swap):
    monkeypatch.setattr(discover, "source_of", lambda _kind: fake_source(raising(AssertionError("opened"))))
    path = tmp_path / "x.eml"
    swap(path)
    (tmp_path / "progress").write_bytes(bytes(8))
    (got,) = split_files([Found(path.as_uri(), 3, "0", path)], str(tmp_path / "progress"), "email", Params())
    assert got == Refused(path.as_uri(), "unreadable", "no regular file any more")


def test_an_item_reads_only_its_bytes(tmp_path):
    path = tmp_path / "x"
    path.write_bytes(b"0123456789")
    assert Item("u", path, 3, 4).read() == b"3456"
    assert Item("u", path, 8, 4).read() == b"89"


def test_an_items_name_is_its_origins_whatever_its_file_is_called(tmp_path):
    assert Item("s3://b/in/Alice%20%2FID.pdf", tmp_path / "4f3a.pdf").name == "Alice /ID.pdf"


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


def pieces_of(*lengths):
    return [
        Piece(Item(f"file:///{number}", Path(f"/{number}"), 0, length), "0") for number, length in enumerate(lengths)
    ]


def test_scans_are_cut_into_more_parts_than_mails():
    pieces = pieces_of(*[10_000] * 200)
    assert len(cut_items(pieces, "email", 10**9, 4)) == 4
    assert len(cut_items(pieces, "scans", 10**9, 4)) >= 4 * SCAN_PARTS


def test_many_small_scans_are_no_part_of_their_own_weight():
    large, small = [SHEET_BYTES * 3] * 10, [1_000] * 100
    parts = cut_items(pieces_of(*large, *small), "scans", 10**9, 2)
    assert max(map(len, parts)) <= 10
