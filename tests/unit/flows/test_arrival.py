from collections import Counter
from pathlib import Path
from types import SimpleNamespace

import pytest

from flows import arrival
from flows.arrival import beside
from flows.report import NightReport
from tasks.discover import Refused
from tasks.errors import ConfigError
from tasks.extract import Reading
from tasks.origins import Found
from tasks.origins.folder import Folder
from tasks.registry import source_of


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
    assert context.report.notes == ["Source inbox: left alone: 2 symbolic links."]
    assert listing.counts == "1 files listed, 2 left alone"


def test_an_empty_source_is_worth_a_note():
    context = SimpleNamespace(report=NightReport("r", "d"))
    arrival._note(context, "inbox", arrival.Listing((), Counter()))
    assert "is its path right?" in context.report.notes[0]


def reading(kind):
    return Reading("s", kind, source_of(kind).params())


def test_the_tables_beside_new_tickets_are_fetched_again_and_nothing_else():
    names = ("a/tickets.json", "a/users.json", "a/old.json", "b/users.json", "a/organizations.jsonl")
    listed = [Found(f"s3://b/{name}", 1, "e") for name in names]
    assert [file.uri[7:] for file in beside(reading("tickets"), listed, listed[:1])] == [names[1], names[4]]
    assert beside(reading("tickets"), listed, listed[:2]) == [listed[4]]
    assert beside(reading("tickets"), listed, []) == []
    assert beside(reading("email"), listed, listed[:1]) == []


def test_tables_on_this_disk_are_found_by_the_reader_itself(tmp_path):
    listed = [Found(f"file:///a/{name}", 1, "0", tmp_path / name) for name in ("tickets.json", "users.json")]
    assert beside(reading("tickets"), listed, listed[:1]) == []


def test_what_could_not_be_had_is_said():
    context = SimpleNamespace(report=NightReport("r", "d"))
    here, refused = Found("a", 1, "", Path("/x")), Refused("b", "unreadable", "AccessDenied")
    arrival._note_missing(context, "s", [here, refused, None])
    assert context.report.notes == ["Source s: 1 file vanished or changed while it was read; the next night looks."]
    arrival._note_missing(context, "s", [refused, refused])
    assert "not one of 2 new files" in context.report.notes[1]
    arrival._note_missing(context, "s", [])
    assert len(context.report.notes) == 2


def test_a_fetch_tells_its_counts():
    here, refused = Found("a", 2_500_000, "", Path("/x")), Refused("b", "unreadable", "AccessDenied")
    assert arrival.Fetched([here, refused, None]).counts == "3 in, 1 fetched (2.5 MB), 1 gone"
