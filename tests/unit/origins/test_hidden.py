"""The names under which fetched files lie here (NASTY_INPUTS B1-B3): ours, with hints for the readers."""

import os
from pathlib import Path
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tasks.ingest.mail_files import MAIL_SUFFIXES, claims_mail
from tasks.ingest.ticket_files import SUFFIXES as TICKET_SUFFIXES
from tasks.ingest.ticket_objects import HELPERS, helper_table
from tasks.ocr.media import SUFFIXES as SCAN_SUFFIXES
from tasks.origins import Found, base_name, hidden

ROOT = Path("/scratch")
NASTY = [
    *("../../etc/passwd", "%2e%2e%2fx", "..\\..\\x", "C:\\x", "/abs", "a\0b", "a\nb", "exe\u202egnp.eml", "x" * 4000),
    *(".", "..", "", "CON", "\U0001f600.pdf", "Alice_Dupont_ID.pdf", "alice.dupont", "users/../../x.json"),
]


def place(key, version="e"):
    return hidden(Found(f"s3://b/{quote(key, safe='/')}", 1, version), ROOT)


@pytest.mark.parametrize("key", NASTY)
def test_no_name_leads_out_or_shows_a_person(key):
    path = place(key)
    assert os.path.normpath(path) == str(path)
    assert ROOT in path.parents
    assert path.name.isascii()
    assert len(path.name) < 100
    assert all(word not in str(path).lower() for word in ("alice", "dupont", "passwd", "%"))


@given(st.text(max_size=40), st.text(max_size=40))
def test_two_files_have_two_names_and_stay_below_the_folder(one, other):
    paths = {place(one), place(other), place(one, "newer")}
    assert len(paths) == (2 if one == other else 3)
    for path in paths:
        assert os.path.normpath(path) == str(path)
        assert ROOT in path.parents


@pytest.mark.parametrize("suffix", sorted({*MAIL_SUFFIXES, *TICKET_SUFFIXES, *SCAN_SUFFIXES}))
@pytest.mark.parametrize("zipped", ["", ".gz"])
def test_every_suffix_that_a_reader_goes_by_is_kept(suffix, zipped):
    assert place(f"in/Alice{suffix.upper()}{zipped}").name.endswith(suffix + zipped)


@pytest.mark.parametrize("table", HELPERS)
def test_tables_of_an_export_lie_side_by_side_and_are_known_by_their_names(table):
    path = place(f"export/acme-{table}-2026.json")
    assert path.parent == place("export/tickets.json").parent
    known = helper_table(Path(f"acme-{table}-2026.json"))
    assert known is not None
    assert helper_table(path) == known
    assert helper_table(place(f"export/{table}-of-tickets.json")) is None


def test_a_mail_of_a_maildir_is_known_by_its_place():
    assert claims_mail(place("Maildir/cur/1700000000.M1P2.host:2,S"))
    assert not claims_mail(place("Maildir/old/1700000000.M1P2.host:2,S"))


@given(st.text(max_size=30).filter(lambda name: "/" not in name))
def test_the_users_name_is_read_back_from_the_uri(name):
    assert base_name(f"s3://b/{quote(name, safe='', errors='surrogateescape')}") == name
