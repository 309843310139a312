"""Mailboxes of a real dovecot: read as they are, left as they were."""

import re
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from email.message import EmailMessage

import pytest

from tasks.errors import ConfigError, RecordError, TransientError
from tasks.origins import Gone
from tasks.origins.fetch import fetch_files
from tasks.origins.imap import Mailbox
from tasks.origins.imap_place import Access

PLAIN = b"From: a@shop.example\r\nSubject: Parcel\r\n\r\nWhere is my parcel?\r\n"
HOSTILE = (
    b"\r\n\r\nno header at all\r\n",
    b"Subject: literal {99999999}\r\n\r\n* 1 FETCH (UID 1 BODY[] {5}\r\n)\r\na1 OK done\r\n",
    b"Subject: bytes\r\n\r\n" + bytes(range(1, 256)).replace(b"\r", b"").replace(b"\n", b"") + b"\r\n",
    b'Subject: ") ( \\ "\r\n\r\n' + b"(" * 5000 + b"\r\n.\r\n..\r\n",
    b"X: " + b"y" * 200_000 + b"\r\n\r\nlong\r\n",
)


@pytest.fixture(autouse=True)
def password(monkeypatch, mailserver):
    monkeypatch.setenv("MAIL_PASSWORD", mailserver.password)


@pytest.fixture
def mailbox(mailserver):
    def made(folder="INBOX", user="help", **changes):
        access = {"password_env": "MAIL_PASSWORD", "ca_file": mailserver.ca_file} | changes
        return Mailbox(f"imaps://{user}@localhost:{mailserver.tls}/{folder}", Access(**access))

    return made


def read(box, tmp_path):
    files = list(box.listing())
    return [box.fetch(file, tmp_path, files[n + 1 :]).path.read_bytes() for n, file in enumerate(files)]


def test_every_mail_arrives_byte_for_byte_and_no_flag_changes(mailserver, mailbox, tmp_path):
    mailserver.put("help", PLAIN, *HOSTILE)
    before = mailserver.flags("help")
    assert read(mailbox(), tmp_path) == [PLAIN, *HOSTILE]
    assert mailserver.flags("help") == before
    assert "Seen" not in str(before)


def test_a_uri_names_the_mail_and_nobody(mailserver, mailbox):
    mailserver.put("desk", PLAIN)
    (found,) = mailbox(user="desk").listing()
    assert re.fullmatch(rf"imap://localhost:{mailserver.tls}/INBOX;UIDVALIDITY=\d+/;UID=1", found.uri)
    assert "desk" not in found.uri + found.version
    assert found.size == len(PLAIN)


def test_the_second_listing_shows_the_old_mails_as_they_were_and_the_new_one(mailserver, mailbox):
    mailserver.put("help", PLAIN, PLAIN, folder="Growing")
    first = [file.key for file in mailbox("Growing").listing()]
    mailserver.put("help", PLAIN, folder="Growing")
    second = [file.key for file in mailbox("Growing").listing()]
    assert (len(first), len(second)) == (2, 3)
    assert second[:2] == first


def test_a_folder_made_anew_has_new_uris_and_its_old_ones_are_gone(mailserver, mailbox, tmp_path):
    mailserver.put("help", PLAIN, folder="Again")
    box = mailbox("Again")
    (before,) = box.listing()
    with mailserver.client("help") as client:
        client.delete("Again")
    mailserver.put("help", PLAIN, folder="Again")
    (after,) = box.listing()
    assert after.uri != before.uri
    with pytest.raises(Gone):
        box.fetch(before, tmp_path)
    assert box.fetch(after, tmp_path).path.read_bytes() == PLAIN


def test_a_mail_that_is_expunged_meanwhile_is_gone_and_its_neighbours_are_not(mailserver, mailbox, tmp_path):
    mailserver.put("help", PLAIN, HOSTILE[0], HOSTILE[1], folder="Shrinking")
    box = mailbox("Shrinking")
    first, second, third = box.listing()
    with mailserver.client("help") as client:
        client.select("Shrinking")
        client.store("2", "+FLAGS", "\\Deleted")
        client.expunge()
    assert box.fetch(first, tmp_path, [second, third]).path.read_bytes() == PLAIN
    with pytest.raises(Gone):
        box.fetch(second, tmp_path, [third])
    assert box.fetch(third, tmp_path).path.read_bytes() == HOSTILE[1]


def test_a_folder_that_is_deleted_meanwhile_is_gone(mailserver, mailbox, tmp_path):
    mailserver.put("help", PLAIN, folder="Doomed")
    box = mailbox("Doomed")
    (found,) = box.listing()
    with mailserver.client("help") as client:
        client.delete("Doomed")
    with pytest.raises(Gone):
        box.fetch(found, tmp_path)


@pytest.mark.parametrize(
    ("wire", "written"),
    [("Kund&AOk-", "Kund%C3%A9"), ("R&-D", "R%26D"), ("&BicGQwZEBg-", None), ("A b;UID=1", "A%20b%3BUID%3D1")],
)
def test_names_beyond_ascii(mailserver, mailbox, tmp_path, wire, written):
    if written is None:
        wire, written = "&Bi8GOQZF-", "%D8%AF%D8%B9%D9%85"  # "support" in Arabic
    mailserver.put("help", PLAIN, folder=f'"{wire}"')
    box = mailbox(written)
    (found,) = box.listing()
    assert f"/{written};" in found.uri
    assert box.fetch(found, tmp_path).path.read_bytes() == PLAIN


def test_a_wildcard_reads_the_folders_that_match_but_for_the_trash(mailserver, mailbox):
    mailserver.put("grace", PLAIN, folder="Shop/North")
    mailserver.put("grace", PLAIN, PLAIN, folder="Shop/South")
    mailserver.put("grace", PLAIN, folder="Trash")
    assert [file.uri.split("/")[3].split(";")[0] for file in mailbox("Shop/*", "grace").listing()] == [
        "Shop%2FNorth", "Shop%2FSouth", "Shop%2FSouth",
    ]  # fmt: skip
    everything = mailbox("*", "grace")
    assert len(list(everything.listing())) == 3
    assert everything.left == {"trash folder": 1}
    assert len(list(mailbox("Trash", "grace").listing())) == 1, "who names it gets it"


def test_a_mail_above_the_cap_is_refused_and_its_neighbours_are_not(mailserver, mailbox, tmp_path):
    mailserver.put("help", PLAIN, PLAIN + b"x" * 3_000_000, PLAIN, folder="Large")
    box = mailbox("Large", message_bytes=2 << 20)
    files = list(box.listing())
    with pytest.raises(RecordError, match="too_large"):
        box.fetch(files[1], tmp_path)
    assert [box.fetch(file, tmp_path, files).path.read_bytes() for file in files[::2]] == [PLAIN, PLAIN]


def test_a_large_mail_below_the_cap_arrives_whole(mailserver, mailbox, tmp_path):
    large = PLAIN + b"line of text\r\n" * 900_000  # 12.6 MB: more than one command brings of small ones
    mailserver.put("help", large, folder="Heavy")
    assert read(mailbox("Heavy"), tmp_path) == [large]


def test_many_mails_come_in_few_commands(mailserver, mailbox, tmp_path, monkeypatch):
    mailserver.put("crowd", *[PLAIN + b"%d\r\n" % n for n in range(250)])
    monkeypatch.setattr("tasks.origins.imap.LISTED_AT_ONCE", 100)
    box = mailbox(user="crowd")
    commands = []
    monkeypatch.setattr(
        box, "_bodies", lambda mails, *size, ask=box._bodies: commands.append(len(mails)) or ask(mails, *size)
    )
    mails = read(box, tmp_path)
    assert mails == [PLAIN + b"%d\r\n" % n for n in range(250)]
    assert commands == [100, 100, 50]
    assert box._idle == [], "it has hung up"


def test_several_threads_share_a_few_connections(mailserver, mailbox, tmp_path):
    mails = [PLAIN + b"%d\r\n" % n for n in range(60)]
    mailserver.put("desk", *mails, folder="Threads")
    box = mailbox("Threads", "desk")
    files = list(box.listing())
    parts = [files[start : start + 10] for start in range(0, 60, 10)]
    with ThreadPoolExecutor(6) as pool:
        done = [got for part in pool.map(lambda part: fetch_files(box, part, tmp_path, 1 << 20), parts) for got in part]
    assert [got.path.read_bytes() for got in done] == mails
    assert [got.uri for got in done] == [file.uri for file in files]
    assert box._idle == []


def test_two_users_with_folders_numbered_alike_are_told_apart(mailserver, mailbox):
    mailserver.put("desk", PLAIN, folder="Same")
    mailserver.put("grace", PLAIN, folder="Same")
    keys = {file.key for user in ("desk", "grace") for file in mailbox("Same", user).listing()}
    assert len({version for _, _, version in keys}) == 2


def test_starttls_is_taken_and_its_certificate_is_checked(mailserver):
    url = f"imap://help@localhost:{mailserver.plain}/INBOX"
    next(Mailbox(url, Access(password_env="MAIL_PASSWORD", ca_file=mailserver.ca_file)).listing(), None)
    with pytest.raises(ConfigError, match="certificate"):
        next(Mailbox(url, Access(password_env="MAIL_PASSWORD")).listing(), None)


def test_plain_is_for_this_machine_only(mailserver):
    access = Access(password_env="MAIL_PASSWORD", plain=True)
    next(Mailbox(f"imap://help@127.0.0.1:{mailserver.plain}/INBOX", access).listing(), None)
    with pytest.raises(ConfigError, match="this machine only"):
        Mailbox("imap://help@mail.example/INBOX", access)


def test_a_certificate_of_an_unknown_authority_or_another_name_is_refused(mailserver, mailbox):
    with pytest.raises(ConfigError, match="certificate") as caught:
        next(mailbox(ca_file=None).listing(), None)
    assert "ca_file" in caught.value.remedy
    access = Access(password_env="MAIL_PASSWORD", ca_file=mailserver.ca_file)
    with pytest.raises(ConfigError, match="certificate"):
        next(Mailbox(f"imaps://help@127.0.0.1:{mailserver.tls}/INBOX", access).listing(), None)


def test_a_wrong_password_and_an_unknown_folder_are_settings(mailbox, monkeypatch):
    with pytest.raises(ConfigError, match="no folder Nowhere"):
        next(mailbox("Nowhere").listing(), None)
    with pytest.raises(ConfigError, match="no folder"):
        next(mailbox("Nowhere*").listing(), None)
    monkeypatch.setenv("MAIL_PASSWORD", "wrong-secret")
    with pytest.raises(ConfigError, match="refuses the login") as caught:
        next(mailbox().listing(), None)
    assert "wrong-secret" not in str(caught.value) + caught.value.remedy


def test_a_lost_connection_is_made_once_more(mailserver, mailbox, tmp_path, monkeypatch):
    monkeypatch.setattr("tasks.origins.imap.LISTED_AT_ONCE", 2)
    mailserver.put("amina", PLAIN, *HOSTILE)
    box = mailbox(user="amina")
    listing = box.listing()
    files = [next(listing), next(listing)]
    open_ones = []
    monkeypatch.setattr("tasks.origins.imap.Session", _spied(open_ones))
    files += listing
    assert [file.uri.rpartition("=")[2] for file in files] == ["1", "2", "3", "4", "5", "6"]
    first = box.fetch(files[0], tmp_path, files[1:2])
    open_ones[-1]._client.socket().shutdown(2)
    assert box.fetch(files[3], tmp_path, files[4:]).path.read_bytes() == HOSTILE[2]
    assert first.path.read_bytes() == PLAIN
    assert len(open_ones) == 2


def _spied(made):
    from tasks.origins.imap_session import Session

    class Spy(Session):
        def __init__(self, *args):
            super().__init__(*args)
            made.append(self)

    return Spy


def test_nobody_there_is_transient():
    with pytest.raises(TransientError, match="connect"):
        next(Mailbox("imaps://help@localhost:1/INBOX", Access(password_env="MAIL_PASSWORD")).listing(), None)


def test_a_mail_reads_as_the_mail_it_is(mailserver, mailbox, tmp_path):
    from tasks.ingest.mail import READ_MAIL
    from tasks.source import Item

    mail = EmailMessage()
    mail["Subject"] = "Rückgabe"
    mail.set_content("Ich möchte die Schuhe zurückgeben.")
    mailserver.put("help", mail.as_bytes(), folder="Readable")
    box = mailbox("Readable")
    (found,) = box.listing()
    here = box.fetch(found, tmp_path)
    params = READ_MAIL.params()
    ((offset, length),) = READ_MAIL.split(here.path, params)
    (row,) = [row for row in READ_MAIL.read(Item(here.uri, here.path, offset, length), params) if isinstance(row, dict)]
    assert (row["subject"], row["text"].strip()) == ("Rückgabe", "Ich möchte die Schuhe zurückgeben.")


def test_what_is_expunged_under_an_open_connection_is_gone_too(mailserver, mailbox, tmp_path):
    mailserver.put("help", PLAIN, HOSTILE[0], HOSTILE[1], folder="Open")
    box = mailbox("Open")
    first, second, third = box.listing()
    box.fetch(first, tmp_path, [replace(second, size=9 << 20)])  # too much for one command
    with mailserver.client("help") as client:
        client.select("Open")
        client.store("2", "+FLAGS", "\\Deleted")
        client.expunge()
    with pytest.raises(Gone):
        box.fetch(second, tmp_path, [third])
    assert box.fetch(third, tmp_path).path.read_bytes() == HOSTILE[1]
