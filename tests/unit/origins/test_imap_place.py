import pytest
from hypothesis import given
from hypothesis import strategies as st

from tasks.errors import ConfigError
from tasks.origins.imap_place import Access, Place, of_mail


@pytest.mark.parametrize(
    ("url", "place"),
    [
        ("imaps://help@mail.example/INBOX", Place(True, "help", "mail.example", 993, "INBOX")),
        ("imap://help@mail.example/INBOX", Place(False, "help", "mail.example", 143, "INBOX")),
        ("imaps://u%40a.example@b.example:1993/A/B%20C", Place(True, "u@a.example", "b.example", 1993, "A/B%20C")),
        ("imaps://help@a.example@b.example/INBOX", Place(True, "help@a.example", "b.example", 993, "INBOX")),
        ("imaps://help@[::1]/*", Place(True, "help", "::1", 993, "*")),
    ],
)  # fmt: skip
def test_urls(url, place):
    assert Place.parse(url) == place


@pytest.mark.parametrize(
    "url",
    [
        "imaps://mail.example/INBOX",
        "imaps://help@/INBOX",
        "imaps://help@mail.example/",
        "imaps://help@mail.example",
        "imaps://help@mail.example:port/INBOX",
        "imaps://help@mail.example:99999/INBOX",
        "imaps://help@[mail.example/INBOX",
        "imaps://help@mail.example/INBOX?x",
        "imaps://help@mail.example/C#",
        "imaps://help@mail.example/A%0d%0aLOGOUT",
        "imaps://help:hunter2@mail.example/INBOX",
        "imaps://help:@mail.example/INBOX",
    ],
)
def test_other_urls_are_refused_without_being_repeated(url):
    with pytest.raises(ConfigError) as caught:
        Place.parse(url)
    assert "hunter2" not in str(caught.value) + caught.value.remedy


@pytest.mark.parametrize(
    ("written", "yes", "no"),
    [("Shop/*", ["Shop/A", "Shop/A/B", "Shop/"], ["Shop", "shop/A", "My Shop/A"]),
     ("*%2A", ["a*"], ["a"]), ("a.*", ["a.b"], ["ab"]), ("Kund%C3%A9*", ["Kundé 1"], ["Kunde"])],
)  # fmt: skip
def test_patterns(written, yes, no):
    pattern = Place(True, "u", "h", 993, written).pattern
    assert [name for name in yes + no if pattern.fullmatch(name)] == yes


@given(
    st.text(st.characters(exclude_categories=["Cs"]), min_size=1), st.integers(1, 2**32 - 1), st.integers(1, 2**32 - 1)
)
def test_a_uri_gives_back_what_it_names(folder, validity, uid):
    uri = Place(True, "help", "::1", 1993, "*").uri(folder, validity, uid)
    assert uri.isascii()
    assert of_mail(uri) == (folder, validity, uid)


@pytest.mark.parametrize(
    ("written", "name"), [("inbox", "INBOX"), ("Inbox/A", "Inbox/A"), ("a%20b", "a b"), ("a*", None)]
)
def test_the_name_of_a_folder(written, name):
    assert Place(True, "u", "h", 993, written).name == name


def test_a_uri_names_the_port_where_it_is_not_the_usual_one():
    assert Place(False, "u", "h", 143, "*").uri("A", 1, 2) == "imap://h/A;UIDVALIDITY=1/;UID=2"
    assert Place(False, "u", "h", 993, "*").uri("A", 1, 2) == "imap://h:993/A;UIDVALIDITY=1/;UID=2"


def test_the_password_comes_from_a_file_that_others_cannot_read(tmp_path):
    file = tmp_path / "password"
    file.write_text("pässword \n", "utf-8")
    file.chmod(0o600)
    assert Access(password_file=file).password() == "pässword "
    file.chmod(0o640)
    with pytest.raises(ConfigError, match="others may read") as caught:
        Access(password_file=file).password()
    assert caught.value.remedy == f"chmod 600 {file}"


@pytest.mark.parametrize("content", [b"", b"\n", b"\xff"])
def test_a_password_file_without_a_password_is_refused(tmp_path, content):
    file = tmp_path / "password"
    file.write_bytes(content)
    file.chmod(0o600)
    with pytest.raises(ConfigError):
        Access(password_file=file).password()


def test_a_password_has_to_be_somewhere(tmp_path, monkeypatch):
    monkeypatch.delenv("MAIL_PASSWORD", raising=False)
    for access in (Access(), Access(password_env="MAIL_PASSWORD"), Access(password_file=tmp_path / "none")):
        with pytest.raises(ConfigError):
            access.password()


def test_a_ca_file_that_is_none_is_refused(tmp_path):
    (tmp_path / "ca.pem").write_text("no certificate")
    for name in ("ca.pem", "none.pem"):
        with pytest.raises(ConfigError, match="cannot use"):
            Access(ca_file=tmp_path / name).context()
