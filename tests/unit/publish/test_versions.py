from datetime import UTC, datetime

import pytest
from pydantic import ValidationError

from tasks.errors import ConfigError, ContractError, PublishConflict
from tasks.publish.versions import VersionRecord, Versions, datasets
from tasks.store.local import LocalStore

FACTS = {
    "dataset": "support",
    "version": 1,
    "created_at": datetime(2026, 5, 4, tzinfo=UTC),
    "run_id": "run-1",
    "publish_key": "k",
    "content_hash": "h",
    "counts": {"examples": 2},
    "settings_digest": "d",
    "code_version": "0.1.0",
    "key_epoch": 1,
    "steps": {},
    "validation": {},
}


def record(**changes):
    return VersionRecord(**{**FACTS, **changes})


@pytest.fixture
def store(tmp_path):
    return LocalStore(tmp_path)


@pytest.fixture
def versions(store):
    return Versions(store, "support")


def test_before_the_first_version(versions):
    assert (versions.numbers(), versions.latest(), versions.latest_number()) == ([], None, 0)
    with pytest.raises(ConfigError, match="has no version yet") as caught:
        versions.find("latest")
    assert "daytwo run" in caught.value.remedy


def test_what_is_published_is_found_by_number_and_as_latest(versions):
    for number in range(1, 12):
        versions.publish(record(version=number))
    assert versions.numbers() == list(range(1, 12))
    assert versions.latest() == versions.find("latest") == versions.find("11") == record(version=11)
    assert versions.read(2) == record(version=2)


def test_a_number_is_published_once(versions):
    versions.publish(record())
    versions.publish(record(counts={"examples": 3}))  # the same run again: its first answer was lost
    with pytest.raises(PublishConflict, match="support@1") as caught:
        versions.publish(record(run_id="run-2"))
    assert caught.value.remedy
    assert versions.read(1) == record()


@pytest.mark.parametrize("name", ["x", "-1", "1.0", "", "v1", "../1", "1 "])
def test_what_is_no_version(versions, name):
    versions.publish(record())
    with pytest.raises(ConfigError, match="is no version"):
        versions.find(name)


@pytest.mark.parametrize("name", ["0", "2", "99999"])
def test_a_version_that_is_not_there_names_those_that_are(versions, name):
    versions.publish(record())
    with pytest.raises(ConfigError, match="has no version") as caught:
        versions.find(name)
    assert caught.value.remedy == "Versions: 1."


@pytest.mark.parametrize(
    "data", [b"", b"{}", b"[]", b"\xff", record().model_dump_json().replace("version", "vorsion").encode()]
)
def test_a_damaged_record_is_no_version(versions, store, data):
    store.put("versions/support/1.json", data)
    with pytest.raises(ContractError, match="damaged"):
        versions.read(1)


def test_other_files_beside_the_records_are_no_versions(versions, store):
    versions.publish(record())
    store.put("versions/support/notes.json", b"{}")
    store.put("versions/support/1.json.bak", b"{}")
    assert versions.numbers() == [1]


def test_datasets_do_not_mix(store):
    for name in ("support", "support-2", "a"):
        Versions(store, name).publish(record(dataset=name))
    assert datasets(store) == ["a", "support", "support-2"]
    assert Versions(store, "support").numbers() == [1]


def test_a_record_is_closed_and_frozen():
    with pytest.raises(ValidationError):
        record(extra=1)
    with pytest.raises(ValidationError):
        record().version = 2
    assert VersionRecord.model_validate_json(record().model_dump_json()) == record()
