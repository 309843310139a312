import os
import socket
from pathlib import Path

import pytest

from tasks.errors import ConfigError
from tasks.origins import Found
from tasks.origins.folder import Folder

MAIL = b"From: a@example.org\nSubject: Hi\n\nHello\n"


def names(root):
    return [file.path.relative_to(root).as_posix() for file in Folder(root).listing()]


def test_files_come_sorted_each_folder_before_its_folders(tmp_path):
    for name in ("b/2", "b/10", "a/x/1", "a/z", "c"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes(b"1")
    assert names(tmp_path) == ["c", "a/z", "a/x/1", "b/10", "b/2"]


def test_only_regular_files_are_listed(tmp_path):
    (tmp_path / "real").write_bytes(b"12")
    (tmp_path / "link").symlink_to("/etc/passwd")
    (tmp_path / "loop").symlink_to(tmp_path)
    (tmp_path / "nowhere").symlink_to(tmp_path / "none")
    os.mkfifo(tmp_path / "fifo")
    with socket.socket(socket.AF_UNIX) as bound:
        bound.bind(str(tmp_path / "socket"))
        folder = Folder(tmp_path)
        assert [found.path.name for found in folder.listing()] == ["real"]
    assert folder.left == {"symbolic link": 3, "named pipe": 1, "socket": 1}


def test_a_file_is_its_own_listing(tmp_path):
    path = tmp_path / "one.eml"
    path.write_bytes(MAIL)
    facts = path.stat()
    assert list(Folder(path).listing()) == [Found(path.as_uri(), facts.st_size, str(facts.st_mtime_ns), path)]


def test_a_relative_path_gives_whole_uris(tmp_path, monkeypatch):
    (tmp_path / "a b%.eml").write_bytes(MAIL)
    monkeypatch.chdir(tmp_path)
    assert [file.uri for file in Folder(Path()).listing()] == [f"file://{tmp_path}/a%20b%25.eml"]


def test_a_name_that_is_no_text_has_a_uri(tmp_path):
    Path(os.fsdecode(os.fsencode(tmp_path) + b"/\xff\xfe.eml")).write_bytes(MAIL)
    assert [file.uri for file in Folder(tmp_path).listing()] == [f"file://{tmp_path}/%FF%FE.eml"]


def test_a_missing_root_is_an_error_of_the_settings(tmp_path):
    with pytest.raises(ConfigError, match="cannot read") as caught:
        list(Folder(tmp_path / "none").listing())
    assert "path of the source" in caught.value.remedy


def test_a_file_that_vanishes_while_the_folder_is_listed_is_not_there(tmp_path):
    for name in ("a", "b", "c"):
        (tmp_path / name).write_bytes(b"")
    listing = Folder(tmp_path).listing()
    assert next(listing).path.name == "a"
    (tmp_path / "b").unlink()
    assert [file.path.name for file in listing] == ["c"]


def test_a_link_that_the_settings_name_is_meant(tmp_path):
    (tmp_path / "real.eml").write_bytes(MAIL)
    (tmp_path / "named.eml").symlink_to(tmp_path / "real.eml")
    (found,) = Folder(tmp_path / "named.eml").listing()
    assert (found.uri, found.path) == ((tmp_path / "named.eml").as_uri(), tmp_path / "real.eml")


def test_a_hard_link_is_a_file_like_any_other(tmp_path):
    (tmp_path / "a").write_bytes(MAIL)
    (tmp_path / "b").hardlink_to(tmp_path / "a")
    assert names(tmp_path) == ["a", "b"]


def test_the_count_of_what_was_left_alone_is_of_the_last_listing(tmp_path):
    (tmp_path / "l").symlink_to(tmp_path)
    folder = Folder(tmp_path)
    for _ in range(2):
        assert list(folder.listing()) == []
        assert folder.left == {"symbolic link": 1}


@pytest.mark.skipif(os.geteuid() == 0, reason="NOT TESTED: root may list every folder")
def test_a_folder_that_may_not_be_listed_stops_the_night(tmp_path):
    (tmp_path / "closed").mkdir(mode=0)
    with pytest.raises(ConfigError, match="cannot list"):
        list(Folder(tmp_path).listing())


def test_a_local_file_is_here_already(tmp_path):
    (tmp_path / "a").write_bytes(MAIL)
    (found,) = Folder(tmp_path).listing()
    assert Folder(tmp_path).fetch(found, tmp_path / "unused") is found
    assert not (tmp_path / "unused").exists()
