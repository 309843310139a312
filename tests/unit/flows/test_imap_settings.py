"""A mailbox in the settings, and what doctor says of it."""

import pytest

from flows import preflight
from flows.settings import load
from tasks.errors import ConfigError
from tasks.origins.imap_place import MESSAGE_BYTES


@pytest.fixture(autouse=True)
def no_environment(monkeypatch):
    monkeypatch.delenv("DAYTWO_KEY_FILE")


@pytest.fixture
def desk(tmp_path):
    """Return a function that loads settings with one mailbox."""

    def made(imap, url="imaps://help@mail.example/INBOX", more=""):
        text = f'[sources.desk]\nkind = "email"\npath = "{url}"\n{more}\n[sources.desk.imap]\n{imap}\n'
        (tmp_path / "daytwo.toml").write_text(text, "utf-8")
        return load(tmp_path / "daytwo.toml")

    return made


def test_the_url_stays_and_the_files_hang_on_the_settings(desk, tmp_path):
    source = desk('password_file = "desk.password"\nca_file = "/ca.pem"').sources["desk"]
    assert source.path == "imaps://help@mail.example/INBOX"
    assert source.access.password_file == tmp_path / "desk.password"
    assert str(source.access.ca_file) == "/ca.pem"


def test_a_mail_is_no_larger_than_the_reader_takes_unless_it_is_said(desk):
    assert desk("").sources["desk"].access.message_bytes == MESSAGE_BYTES
    assert desk("", more="largest_mb = 7").sources["desk"].access.message_bytes == 7 << 20


def test_a_password_in_the_settings_is_an_unknown_key(desk):
    with pytest.raises(ConfigError, match=r"sources\.desk\.imap\.password") as caught:
        desk('password = "hunter2"')
    assert "password_file" in caught.value.remedy
    assert "hunter2" not in str(caught.value)


def test_doctor_logs_in_and_opens_the_folder(desk, mailserver, monkeypatch):
    monkeypatch.setenv("MAIL_PASSWORD", mailserver.password)
    imap = f'password_env = "MAIL_PASSWORD"\nca_file = "{mailserver.ca_file}"'
    place = f"imaps://desk@localhost:{mailserver.tls}"
    assert preflight.source(desk(imap, f"{place}/INBOX"), "desk").ok
    wrong = preflight.source(desk(imap, f"{place}/Nowhere"), "desk")
    assert (wrong.ok, wrong.seen) == (False, "no folder Nowhere on localhost")
    monkeypatch.setenv("MAIL_PASSWORD", "not-the-password")
    refused = preflight.source(desk(imap, f"{place}/INBOX"), "desk")
    assert not refused.ok
    assert "refuses the login" in refused.seen
    assert "not-the-password" not in refused.seen + refused.remedy
