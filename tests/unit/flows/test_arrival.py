from collections import Counter
from types import SimpleNamespace

import pytest

from flows import arrival
from flows.report import NightReport
from tasks.errors import ConfigError
from tasks.origins.folder import Folder


def usage(free):
    return lambda _folder: SimpleNamespace(free=free)


def test_a_fetch_that_would_fill_the_disk_stops_before_it_begins(monkeypatch, tmp_path):
    monkeypatch.setattr(arrival.shutil, "disk_usage", usage(5 << 30))
    with pytest.raises(ConfigError, match="5000 MB are to be fetched") as caught:
        arrival._make_sure_of_room(tmp_path, 5000 << 20)
    assert "11024 MB must be free; 5120 MB are" in str(caught.value)
    assert "narrower prefix" in caught.value.remedy
    arrival._make_sure_of_room(tmp_path, 2 << 30)


def test_what_is_on_this_machine_needs_no_room(monkeypatch, tmp_path):
    monkeypatch.setattr(arrival.shutil, "disk_usage", usage(0))
    arrival._make_sure_of_room(tmp_path, 0)


def test_what_a_listing_left_alone_is_counted_and_said(tmp_path):
    (tmp_path / "a").write_bytes(b"1")
    for name in ("l", "m"):
        (tmp_path / name).symlink_to("/etc/passwd")
    listing = arrival._list(Folder(tmp_path))
    context = SimpleNamespace(report=NightReport("r", "d"))
    arrival._note(context, "inbox", listing)
    assert context.report.files == {"listed": 3, "skipped": 2}
    assert context.report.notes == ["Source inbox: left alone were 2 symbolic links."]
    assert listing.counts == "1 files listed, 2 left alone"


def test_an_empty_source_is_worth_a_note():
    context = SimpleNamespace(report=NightReport("r", "d"))
    arrival._note(context, "inbox", arrival.Listing((), Counter()))
    assert "is its path right?" in context.report.notes[0]
