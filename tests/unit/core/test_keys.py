import json
import stat

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tasks import keys
from tasks.errors import ConfigError
from tasks.keys import Keyring, keyring, use

RING = Keyring(b"i" * 32, {1: b"1" * 32, 3: b"3" * 32})
VALUE = st.text(max_size=30)
TYPE = st.sampled_from(["PERSON", "EMAIL_ADDRESS", "PHONE_NUMBER"])


@given(TYPE, VALUE)
def test_a_pseudonym_is_stable_and_looks_like_one(entity_type, value):
    first = RING.pseudonym(entity_type, value)
    assert first == RING.pseudonym(entity_type, value, 3)
    assert first.startswith(f"<{entity_type}_")
    assert len(first) == len(entity_type) + 3 + keys.PSEUDONYM_CHARS


@given(TYPE, VALUE)
def test_a_pseudonym_differs_by_key_epoch_and_type(entity_type, value):
    def code(ring, type_, epoch=None):
        return ring.pseudonym(type_, value, epoch)[len(type_) + 2 :]

    other = Keyring(b"i" * 32, {3: b"x" * 32})
    seen = [code(RING, entity_type), code(RING, entity_type, 1), code(RING, "OTHER"), code(other, entity_type)]
    assert len(set(seen)) == len(seen)


@given(VALUE, VALUE)
def test_different_values_have_different_pseudonyms(one, other):
    assert (RING.pseudonym("PERSON", one) == RING.pseudonym("PERSON", other)) == (one == other)


@given(st.lists(st.text(max_size=6), max_size=4), st.lists(st.text(max_size=6), max_size=4))
def test_an_id_depends_on_where_its_parts_are_cut(one, other):
    assert (RING.opaque_id("rec", *one) == RING.opaque_id("rec", *other)) == (one == other)


def test_an_id_depends_on_kind_and_key():
    ids = {
        RING.opaque_id("rec", "a"),
        RING.opaque_id("thr", "a")[3:],
        Keyring(b"j" * 32, RING.epochs).opaque_id("rec", "a"),
    }
    assert len({id_[-keys.ID_CHARS :] for id_ in ids}) == 3
    assert RING.opaque_id("rec", "a") == RING.opaque_id("rec", b"a")


def test_a_lone_surrogate_has_a_pseudonym():
    assert RING.pseudonym("PERSON", "\ud800") != RING.pseudonym("PERSON", "?")


def test_the_highest_epoch_is_in_force():
    assert RING.epoch == 3


def test_saved_keys_load_as_they_were_and_only_the_owner_may_read_them(tmp_path):
    path = tmp_path / "new.key"
    RING.save(path)
    assert Keyring.load(path) == RING
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_keys_are_never_overwritten(tmp_path):
    path = tmp_path / "new.key"
    RING.save(path)
    with pytest.raises(ConfigError, match="never overwritten"):
        Keyring.random().save(path)
    assert Keyring.load(path) == RING


GOOD = {"id_key": "00" * 32, "epochs": {"1": "11" * 32}}


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("", "not a daytwo key file"),
        ("[]", "not a daytwo key file"),
        ("{}", "not a daytwo key file"),
        ("\xff", "not a daytwo key file"),
        (json.dumps({**GOOD, "id_key": "xy"}), "not a daytwo key file"),
        (json.dumps({**GOOD, "id_key": 7}), "not a daytwo key file"),
        (json.dumps({**GOOD, "epochs": ["11"]}), "not a daytwo key file"),
        (json.dumps({**GOOD, "epochs": {"one": "11" * 32}}), "not a daytwo key file"),
        (json.dumps({**GOOD, "epochs": {}}), "too short"),
        (json.dumps({**GOOD, "id_key": "00" * 31}), "too short"),
        (json.dumps({**GOOD, "epochs": {"1": "11" * 32, "2": "11"}}), "too short"),
    ],
)
def test_a_damaged_key_file_is_refused(tmp_path, content, message):
    path = tmp_path / "bad.key"
    path.write_text(content, encoding="latin-1")
    path.chmod(0o600)
    with pytest.raises(ConfigError, match=message) as caught:
        Keyring.load(path)
    assert caught.value.remedy
    assert "11" * 32 not in str(caught.value)


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o660])
def test_a_key_file_that_others_may_read_is_refused(tmp_path, mode):
    path = tmp_path / "open.key"
    RING.save(path)
    path.chmod(mode)
    with pytest.raises(ConfigError, match="others may read") as caught:
        Keyring.load(path)
    assert caught.value.remedy == f"chmod 600 {path}"


def test_a_missing_key_file_names_the_command_that_makes_one(tmp_path):
    with pytest.raises(ConfigError) as caught:
        Keyring.load(tmp_path / "none.key")
    assert "daytwo init" in caught.value.remedy


def test_a_folder_is_no_key_file(tmp_path):
    with pytest.raises(ConfigError, match="cannot read"):
        Keyring.load(tmp_path)


def test_the_environment_names_the_keys_in_force(key_file):
    assert keyring() == Keyring.load(key_file)


def test_without_a_key_nothing_is_made_up(monkeypatch):
    monkeypatch.delenv(keys.KEY_FILE_VARIABLE)
    with pytest.raises(ConfigError, match="no key file"):
        keyring()


def test_a_given_keyring_wins_over_the_environment():
    use(RING)
    assert keyring() == RING


def test_keys_do_not_show_in_a_repr():
    assert "i" * 32 not in repr(RING)


def test_random_keyrings_differ():
    assert Keyring.random() != Keyring.random()
