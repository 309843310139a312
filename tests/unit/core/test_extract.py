"""Reading items in this process and in killable workers."""

import os

import pyarrow as pa
import pytest

from expectations.schema import EXTRACTED
from tasks import batch as batches
from tasks import extract as extracting
from tasks.discover import Piece, split_files
from tasks.errors import ConfigError, RecordError
from tasks.extract import Reading, extract, extract_partition, item_id, lost
from tasks.lake import Lake
from tasks.origins import Found
from tasks.registry import source_of
from tasks.source import Embedded, Item, Rejected, Source
from tasks.step import Params

TEXTS = [f"My parcel {number} has not come." for number in range(5)]


def reading(kind="email", **more):
    return Reading("inbox", kind, source_of(kind).params(), **more)


def pieces(folder, contents):
    """Write files and return their items as discover finds them."""
    folder.mkdir(exist_ok=True)
    found = []
    for number, content in enumerate(contents):
        path = folder / f"{number}.eml"
        path.write_bytes(content)
        found.append(Found(path.as_uri(), len(content), "0", path))
    progress = folder.parent / "progress"
    progress.write_bytes(bytes(8))
    got = split_files(found, str(progress), "email", source_of("email").params())
    return [piece for part in got for piece in part]


def mail(text):
    return b"From: a@example.org\nMessage-ID: <%d@x>\nSubject: Hi\n\n%b\n" % (len(text), text.encode())


class Fake:
    """A source whose items hold what it is to do."""

    def __init__(self, *yields):
        self.yields = yields

    def read(self, _item, _params):
        """Yield what it was given."""
        for thing in self.yields:
            if isinstance(thing, BaseException):
                raise thing
            yield dict(thing) if isinstance(thing, dict) else thing

    def source(self, kind="email"):
        return Source("read-fake", kind, 1, Params, None, self.read)


@pytest.fixture
def run(monkeypatch, tmp_path):
    """Return a function that extracts one item with a source that yields the given things."""

    def extract_(*yields, kind="email", **more):
        fake = Fake(*yields).source(kind)
        monkeypatch.setattr(extracting, "source_of", lambda _kind: fake)
        (tmp_path / "x").write_bytes(b"x")
        (tmp_path / "progress").write_bytes(bytes(8))
        piece = Piece(Item("file:///x", tmp_path / "x", 0, 1), "ab" * 32)
        return extract([piece], str(tmp_path / "progress"), Reading("inbox", kind, Params(), **more))

    return extract_


def held(got):
    return [(row["reason"], row["detail"]) for row in got.quarantine.to_pylist()]


def test_a_row_is_completed(run):
    got = run({"part": "7", "text": "Hello", "subject": None}, lang_hint="af")
    (row,) = got.records.to_pylist()
    assert row["record_id"].startswith("rec_")
    assert (row["source"], row["source_uri"], row["source_kind"]) == ("inbox", "file:///x", "email")
    assert (row["text"], row["lang_hint"]) == ("Hello", "af")
    assert got.fates[0].record_ids == (row["record_id"],)
    assert got.fates[0].reason is None


def test_what_the_row_says_of_its_language_wins(run):
    assert run({"text": "x", "lang_hint": "zu"}, lang_hint="af").records.column("lang_hint").to_pylist() == ["zu"]


@pytest.mark.parametrize(
    ("error", "reason", "detail"),
    [
        (RecordError("encrypted", "why"), "encrypted", "why"),
        (FileNotFoundError("secret"), "unreadable", "FileNotFoundError"),
        (ValueError("secret"), "malformed", "ValueError"),
        (RecursionError("secret"), "malformed", "RecursionError"),
    ],
)
def test_an_item_that_can_not_be_read_is_held_whole(run, error, reason, detail):
    got = run({"part": "0", "text": "half"}, error)
    assert got.records.num_rows == 0
    assert held(got) == [(reason, detail)]
    assert (got.fates[0].record_ids, got.fates[0].reason) == ((), reason)


def test_a_memory_bomb_is_called_too_large(run):
    assert held(run(MemoryError())) == [("too_large", "more memory than a worker may have")]


def test_a_part_that_is_refused_costs_itself_only(run):
    got = run({"part": "0", "text": "a"}, Rejected("row 1", "malformed_row", "x"), {"part": "2", "text": "c"})
    assert got.records.column("text").to_pylist() == ["a", "c"]
    assert held(got) == [("malformed_row", "row 1: x")]
    ids = [row["record_id"] for table in (got.records, got.quarantine) for row in table.to_pylist()]
    assert len(set(ids)) == 3


@pytest.mark.parametrize("row", [{"text": "\ud800"}, {"text": 7}, {"headers": "x"}, {"turn_index": 2**40}])
def test_a_row_that_does_not_fit_the_schema_costs_its_item_only(monkeypatch, tmp_path, row):
    """A bug of a source, or a surrogate that it let through, must not stop the night."""

    def read(item, _params):
        yield {"part": "0", "text": "fine"}
        if item.name == "1":
            yield {"part": "1", **row}

    source = Source("read-fake", "email", 1, Params, None, read)
    monkeypatch.setattr(extracting, "source_of", lambda _kind: source)
    (tmp_path / "progress").write_bytes(bytes(8))
    items = [Piece(Item(f"file:///{n}", tmp_path / n, 0, 1), n * 64) for n in "012"]
    got = extract(items, str(tmp_path / "progress"), Reading("inbox", "email", Params()))
    assert got.records.num_rows == 2
    assert got.records.schema.equals(EXTRACTED)
    assert held(got) == [("malformed", "ContractError")]
    assert [fate.reason for fate in got.fates] == [None, "malformed", None]


def test_ids_of_mails_hang_on_content_and_part_those_of_tickets_on_the_row(run):
    rows = [{"part": "0", "text": "a"}, {"part": "1", "text": "b"}, {"part": "2", "text": "b"}]
    mails, tickets = run(*rows), run(*rows, kind="tickets")
    for got in (mails, tickets):
        assert len(set(got.records.column("record_id").to_pylist())) == 3
    moved = [{"part": "9", "text": "new"}, *rows]
    again = run(*moved, kind="tickets").records.column("record_id").to_pylist()
    assert again[1:] == tickets.records.column("record_id").to_pylist()


def test_ids_can_not_be_told_without_the_key(run):
    from tasks import keys

    before = run({"text": "a"}).records.column("record_id")[0].as_py()
    keys.use(keys.Keyring(b"x" * 32, {1: b"y" * 32}))
    assert run({"text": "a"}).records.column("record_id")[0].as_py() != before


def test_without_a_key_the_run_stops_and_no_item_is_blamed(run, monkeypatch):
    monkeypatch.delenv("DAYTWO_KEY_FILE")
    with pytest.raises(ConfigError, match="no key file"):
        run({"text": "a"})


def test_an_attachment_becomes_a_document_of_the_same_thread(monkeypatch, tmp_path):
    scans = Source("scan", "scans", 1, Params, lambda _p, _q: iter([(0, 3)]), Fake({"text": "page"}).read)
    mails = Fake({"part": "0", "text": "t", "native_id": "<1@x>"}, Embedded("a.png", "image/png", b"png")).source()
    monkeypatch.setattr(extracting, "source_of", lambda kind: scans if kind == "scans" else mails)
    (tmp_path / "progress").write_bytes(bytes(8))
    piece = Piece(Item("file:///x", tmp_path / "x", 0, 1), "ab" * 32)
    given = Reading("inbox", "email", Params(), attachments=(("scans", Params()),))
    message, page = extract([piece], str(tmp_path / "progress"), given).records.to_pylist()
    assert (page["role"], page["source_kind"], page["text"]) == ("document", "scans", "page")
    assert dict(page["headers"]) == {"in-reply-to": "<1@x>"}
    assert page["native_id"] == "<1@x>/attachment/0/0"
    assert page["record_id"] != message["record_id"]


@pytest.mark.parametrize(
    ("error", "reason"), [(RecordError("corrupt_image"), "corrupt_image"), (ValueError("secret"), "malformed")]
)
def test_an_attachment_that_can_not_be_read_leaves_its_mail_alone(monkeypatch, tmp_path, error, reason):
    scans = Source("scan", "scans", 1, Params, lambda _p, _q: iter([(0, 3)]), Fake(error).read)
    mails = Fake({"part": "0", "text": "t"}, Embedded("a.png", "image/png", b"png")).source()
    monkeypatch.setattr(extracting, "source_of", lambda kind: scans if kind == "scans" else mails)
    (tmp_path / "progress").write_bytes(bytes(8))
    piece = Piece(Item("file:///x", tmp_path / "x", 0, 1), "ab" * 32)
    given = Reading("inbox", "email", Params(), attachments=(("scans", Params()),))
    got = extract([piece], str(tmp_path / "progress"), given)
    assert got.records.column("text").to_pylist() == ["t"]
    assert [row["reason"] for row in got.quarantine.to_pylist()] == [reason]


def attached(monkeypatch, tmp_path, mails, *pages):
    scans = Source("scan", "scans", 1, Params, lambda _p, _q: iter([(0, 3)]), Fake(*pages).read)
    source = Fake(*mails).source()
    monkeypatch.setattr(extracting, "source_of", lambda kind: scans if kind == "scans" else source)
    (tmp_path / "progress").write_bytes(bytes(8))
    piece = Piece(Item("file:///x", tmp_path / "x", 0, 1), "ab" * 32)
    given = Reading("inbox", "email", Params(), attachments=(("scans", Params()),))
    return extract([piece], str(tmp_path / "progress"), given)


PNG = Embedded("a.png", "image/png", b"png")


def test_a_part_of_an_attachment_that_is_refused_is_held_and_its_neighbours_are_read(monkeypatch, tmp_path):
    page, bad = {"text": "page"}, Rejected("page/1", "low_confidence", "41 %")
    got = attached(monkeypatch, tmp_path, [{"part": "0", "text": "t"}, PNG], page, bad, page)
    assert got.records.column("text").to_pylist() == ["t", "page", "page"]
    assert held(got) == [("low_confidence", "attachment/0/1: 41 %")]


def test_attachments_beyond_the_limit_are_flagged(monkeypatch, tmp_path):
    monkeypatch.setattr(extracting, "EMBEDDED_PER_ITEM", 2)
    got = attached(monkeypatch, tmp_path, [{"part": "0", "text": "t"}, PNG, PNG, PNG], {"text": "page"})
    assert got.records.column("text").to_pylist() == ["t", "page", "page"]
    assert got.records.column("flags").to_pylist()[0] == ["attachments_capped"]
    got = attached(monkeypatch, tmp_path, [{"part": "0", "text": "t"}, PNG, PNG], {"text": "page"})
    assert not got.records.column("flags").to_pylist()[0]


def test_attachments_of_a_packed_mbox_belong_to_their_own_mail(monkeypatch, tmp_path):
    mails = [
        {"part": "0", "text": "a", "native_id": "<1@x>"},
        PNG,
        {"part": "1", "text": "b", "native_id": "<2@x>"},
        PNG,
    ]
    rows = attached(monkeypatch, tmp_path, mails, {"text": "page"}).records.to_pylist()
    assert [dict(row["headers"] or {}).get("in-reply-to") for row in rows] == [None, None, "<1@x>", "<2@x>"]
    assert len({row["record_id"] for row in rows}) == 4


def test_a_lost_item_is_held_with_the_reason_of_its_death(tmp_path):
    piece = Piece(Item("file:///x", tmp_path / "x", 0, 1), "ab" * 32)
    got = lost(piece, "timeout", reading())
    assert held(got) == [("timeout", None)]
    assert got.quarantine.column("record_id").to_pylist() == [item_id(piece)]
    assert got.quarantine.column("pointer").to_pylist() == ["file:///x"]


# ---- in workers


@pytest.fixture
def lake(tmp_path):
    made = Lake(tmp_path / "restricted", tmp_path / "shared")
    made.prepare()
    return made


def read_with_faults(items, progress, given, lake, stem):
    """Run in a worker: read mails with a reader that dies on some of them."""
    from dataclasses import replace

    from tasks import extract as module
    from tasks.registry import source_of

    source = source_of("email")

    def read(item, params):
        if b"KILL" in item.read():
            os._exit(9)
        yield from source.read(item, params)

    registered, module.source_of = module.source_of, lambda _kind: replace(source, read=read)
    try:
        return extract_and_keep(items, progress, given, lake, stem)
    finally:
        module.source_of = registered


extract_and_keep = extracting.extract_and_keep


def test_neighbours_of_a_killer_come_out_byte_for_byte(pool, ship, lake, tmp_path, monkeypatch):
    good = pieces(tmp_path / "good", [mail(text) for text in TEXTS])
    alone = extract_partition(pool, good, reading(), lake, tmp_path / "alone")
    mixed = [mail(text) for text in TEXTS]
    mixed[2:2] = [mail("KILL")]
    monkeypatch.setattr(extracting, "extract_and_keep", ship(read_with_faults))
    bad = extract_partition(pool, pieces(tmp_path / "good", mixed), reading(), lake, tmp_path / "bad")
    left = batches.read(bad.records).drop_columns(["source_uri"])
    assert left.equals(batches.read(alone.records).drop_columns(["source_uri"]))
    assert [row["reason"] for row in batches.read(bad.quarantine).to_pylist()] == ["parser_crash"]
    assert [fate.reason for fate in bad.fates] == [None, None, "parser_crash", None, None, None]


def test_originals_are_kept_by_their_hash(pool, lake, tmp_path):
    found = pieces(tmp_path / "in", [mail("a")])
    done = extract_partition(pool, found, reading(), lake, tmp_path / "out")
    sha256 = found[0].sha256
    assert lake.raw.get(f"{sha256[:2]}/{sha256}") == mail("a")
    assert done.counts.startswith("1 items in, 1 records out, 0 quarantined")


def test_a_file_that_vanished_after_it_was_found_costs_itself_only(pool, lake, tmp_path):
    found = pieces(tmp_path / "in", [mail("a"), mail("bb"), mail("ccc")])
    found[1].item.path.unlink()
    done = extract_partition(pool, found, reading(), lake, tmp_path / "out")
    assert batches.read(done.records).num_rows == 2
    assert [fate.reason for fate in done.fates] == [None, "unreadable", None]


def test_a_file_that_changed_after_it_was_found_is_not_kept_under_the_old_hash(pool, lake, tmp_path):
    found = pieces(tmp_path / "in", [mail("a"), mail("bb")])
    found[0].item.path.write_bytes(mail("changed")[: found[0].item.length])
    done = extract_partition(pool, found, reading(), lake, tmp_path / "out")
    assert [fate.reason for fate in done.fates] == ["unreadable", None]
    assert [row["detail"] for row in batches.read(done.quarantine).to_pylist()] == ["changed while it was read"]
    assert sorted(lake.raw.keys(found[0].sha256[:2])) == []


def test_the_schema_of_a_partition_is_that_of_the_layer(pool, lake, tmp_path):
    done = extract_partition(pool, pieces(tmp_path / "in", [mail("a")]), reading(), lake, tmp_path / "out")
    assert isinstance(batches.read(done.records), pa.Table)
    assert batches.read(done.records).schema.equals(EXTRACTED)
