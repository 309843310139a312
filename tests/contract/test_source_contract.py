"""What every registered source keeps to, on files of its own and of every other type."""

import hashlib
import io
import pickle

import pytest
from PIL import Image, ImageDraw

from expectations.schema import EXTRACTED, QUARANTINE
from flows.settings import step_params
from tasks.discover import Piece, Refused, split_files
from tasks.errors import ConfigError, RecordError
from tasks.extract import Reading, extract
from tasks.origins import Found
from tasks.origins.folder import Folder
from tasks.reasons import QUARANTINE as HOLD
from tasks.registry import SOURCES, source_of
from tasks.source import Embedded, Item, Rejected, Skip

MAIL = (
    b"From: Thandi <thandi@example.org>\r\nTo: help@example.com\r\nSubject: My parcel\r\n"
    b"Date: Mon, 4 May 2026 10:00:00 +0000\r\nMessage-ID: <1@example.org>\r\n\r\nMy parcel has not come.\r\n"
)
CSV = b"id,subject,body,requester_email\n1,Parcel,My parcel has not come.,thandi@example.org\n"
PDF = b"%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n2 0 obj<</Type/Pages/Kids[]/Count 0>>endobj\n%%EOF\n"
ELF = b"\x7fELF\x02\x01\x01" + bytes(200)


def png():
    picture = Image.new("L", (700, 120), 255)
    ImageDraw.Draw(picture).text((20, 30), "My parcel has not come", fill=0, font_size=48)
    held = io.BytesIO()
    picture.save(held, "PNG", dpi=(200, 200))
    return held.getvalue()


FILES = {"nothing": b"", "png": png(), "pdf": PDF, "mail": MAIL, "csv": CSV, "elf": ELF, "nul": bytes(99)}
OWN = {"email": {"mail"}, "tickets": {"csv"}, "scans": {"png", "pdf"}}
NAMES = {"email": "x.eml", "tickets": "x.csv", "scans": "x.png"}


@pytest.fixture(scope="module", params=SOURCES, ids=lambda source: source.name)
def source(request):
    return request.param


@pytest.fixture(params=FILES)
def content(request):
    return request.param


def put(folder, name, content):
    path = folder / name
    path.write_bytes(FILES[content])
    return path


def outcome(source, path):
    """Return the items, or the exception."""
    try:
        return list(source.split(path, source.params()))
    except (Skip, RecordError) as refusal:
        return refusal


def test_a_file_without_a_telling_name_is_read_or_left_alone(source, content, tmp_path):
    got = outcome(source, put(tmp_path, "x", content))
    if content in OWN[source.kind]:
        assert got == [(0, len(FILES[content]))]
    elif isinstance(got, RecordError):
        assert got.reason == "empty_file"
        assert content in {"nothing", "nul"}
    else:
        assert isinstance(got, Skip)
        assert "/" in got.media_type


def test_a_file_that_pretends_to_be_of_this_type_is_held_or_read_as_such(source, content, tmp_path):
    """Its name promises the type, so it may not be skipped in silence."""
    got = outcome(source, put(tmp_path, NAMES[source.kind], content))
    assert not isinstance(got, Skip)
    if isinstance(got, RecordError):
        assert got.reason in {"empty_file", "type_mismatch", "not_mail", "malformed"}
    if content in {"png", "pdf", "elf"} - OWN[source.kind]:
        assert isinstance(got, RecordError)
        assert got.reason == "type_mismatch"


def test_an_empty_file_that_claims_the_type_is_called_empty(source, tmp_path):
    got = outcome(source, put(tmp_path, NAMES[source.kind], "nothing"))
    assert isinstance(got, RecordError)
    assert got.reason == "empty_file"


def test_items_lie_within_the_file_and_do_not_overlap(source, content, tmp_path):
    got = outcome(source, put(tmp_path, "x", content))
    end = 0
    for offset, length in got if isinstance(got, list) else ():
        assert offset >= end
        end = offset + length
    assert end <= len(FILES[content])


def read(folder, source):
    """Split and read all files of a folder in this process, as a worker does."""
    progress = folder.parent / "progress"
    progress.write_bytes(bytes(8))
    params = source.params()
    found = list(Folder(folder).listing())
    outcomes = split_files(found, str(progress), source.kind, params)
    pieces = [piece for got in outcomes if isinstance(got, list) for piece in got]
    refused = [got for got in outcomes if isinstance(got, Refused)]
    return pieces, refused, extract(pieces, str(progress), Reading("s", source.kind, params))


@pytest.fixture
def folder(tmp_path):
    """Files of every type under every name, and each own file cut short and with a bit wrong."""
    for content in FILES:
        for name in ("x", "x.eml", "x.csv", "x.png", "x.pdf"):
            put(tmp_path, f"{content}-{name}", content)
    for content in ("mail", "csv", "png"):
        data = FILES[content]
        for cut in (1, 10, len(data) // 2, len(data) - 1):
            (tmp_path / f"{content}-cut-{cut}").write_bytes(data[:cut])
        (tmp_path / f"{content}-wrong").write_bytes(data[:60] + b"\xff\x00\xfe" + data[63:])
    (tmp_path / "mail-surrogate.eml").write_bytes(MAIL.replace(b"My parcel", b"=?utf-8?q?=ED=A0=80?= \xed\xa0\x80"))
    (tmp_path / "tickets-surrogate.json").write_bytes(b'[{"id": "\\ud800", "subject": "\\udfff", "body": "\\ud83d a"}]')
    return tmp_path


@pytest.fixture
def files(folder, tmp_path_factory):
    """The folder below one more, so that the progress file lies beside it."""
    home = tmp_path_factory.mktemp("home") / "files"
    folder.rename(home)
    return home


def test_every_item_is_read_or_held_with_a_known_reason(source, files):
    pieces, refused, got = read(files, source)
    assert pieces
    assert {held.reason for held in refused} <= {*HOLD, "other_type"}
    assert len(pieces) == len(got.fates)
    assert all(fate.record_ids or fate.reason in HOLD or got.quarantine.num_rows for fate in got.fates)
    assert set(got.quarantine.column("reason").to_pylist()) <= set(HOLD)
    assert got.records.schema.equals(EXTRACTED)
    assert got.quarantine.schema.equals(QUARANTINE)


def test_reading_twice_gives_the_same(source, files):
    one, other = read(files, source)[2], read(files, source)[2]
    assert one.records.equals(other.records)
    assert one.quarantine.equals(other.quarantine)
    assert one.fates == other.fates


def test_ids_are_unique_within_an_item(source, files):
    _, _, got = read(files, source)
    for fate in got.fates:
        assert len(set(fate.record_ids)) == len(fate.record_ids)


def test_a_row_names_its_kind_and_place(source, files):
    _, _, got = read(files, source)
    for row in got.records.to_pylist():
        assert row["source_kind"] == source.kind
        assert row["source_uri"].startswith("file://")
        assert row["source"] == "s"


def test_no_detail_repeats_the_content(source, files):
    _, refused, got = read(files, source)
    details = [held.detail for held in refused] + [d or "" for d in got.quarantine.column("detail").to_pylist()]
    assert not [detail for detail in details if "parcel" in detail.lower() or "thandi" in detail.lower()]


def test_an_own_file_gives_its_text(source, tmp_path):
    content = max(OWN[source.kind])
    path = put(tmp_path, "x", content)
    rows = list(source.read(Item("u", path, 0, path.stat().st_size), source.params()))
    assert ["parcel has not" in row["text"] for row in rows if isinstance(row, dict)] == [True]


def test_a_source_documents_itself(source):
    assert source.summary.endswith(".")
    assert source.version >= 1
    assert source_of(source.kind) is source


def test_an_unknown_param_is_refused_and_the_known_ones_are_named(source):
    with pytest.raises(ConfigError, match="no_such_param: unknown param") as caught:
        step_params(source.params, {"no_such_param": 1}, source.name)
    for name in source.params.model_fields:
        assert name in caught.value.remedy


def test_an_unknown_kind_is_refused_and_the_known_ones_are_named():
    with pytest.raises(ConfigError) as caught:
        source_of("faxes")
    assert all(source.kind in caught.value.remedy for source in SOURCES)


def test_what_crosses_a_process_boundary_can(source, tmp_path):
    path = put(tmp_path, "x", "mail")
    item = Item(path.as_uri(), path, 3, 4)
    crossing = [
        Found(path.as_uri(), 1, "2", path),
        Piece(item, hashlib.sha256(b"").hexdigest()),
        Refused("u", "empty_file", "d"),
        Reading("s", source.kind, source.params(), "en", (("scans", source_of("scans").params()),)),
        Embedded("n", "image/png", b"data", {"a": 1}),
        Rejected("row 3", "malformed_row", "d"),
    ]
    assert pickle.loads(pickle.dumps(crossing)) == crossing
    skip = pickle.loads(pickle.dumps(Skip("image/png")))
    assert skip.media_type == "image/png"
