"""Version records: one JSON object per version, whose put-if-absent is the atomic commit of a night."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from pydantic import BaseModel, ConfigDict, ValidationError

from tasks.errors import ConfigError, ContractError, PublishConflict
from tasks.store import Store


class VersionRecord(BaseModel):
    """What is known of one version of a dataset. It holds counts and digests, never a value of a record."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    dataset: str
    version: int
    created_at: datetime
    run_id: str
    publish_key: str
    """Digest of input manifest, step fingerprints, settings and key epoch: the same inputs have the same key, and a run
    whose key is the latest version's publishes nothing."""
    content_hash: str
    """Digest of the sorted (example_id, content_hash) of every row of the version."""
    counts: dict[str, int]
    """examples, added, closed, and examples by split (`split.train` …), language (`lang.en` …) and kind."""
    settings_digest: str
    code_version: str
    key_epoch: int
    steps: dict[str, str]
    """Fingerprint of every source and step that made the rows."""
    validation: dict[str, Any]
    """success, suite_hash, and the number of expectations and of rows sent to quarantine."""


class Versions:
    """The versions of one dataset in the shared root."""

    def __init__(self, store: Store, dataset: str) -> None:
        self._store = store
        self._prefix = f"versions/{dataset}"
        self.dataset = dataset

    def numbers(self) -> list[int]:
        """Return the published versions, oldest first."""
        names = (key.rsplit("/", 1)[1].removesuffix(".json") for key in self._store.keys(self._prefix))
        return sorted(int(name) for name in names if name.isdecimal())

    def latest(self) -> VersionRecord | None:
        """Return the newest version, or None before the first."""
        numbers = self.numbers()
        return self.read(numbers[-1]) if numbers else None

    def latest_number(self) -> int:
        """Return the number of the newest version, 0 before the first."""
        return max(self.numbers(), default=0)

    def read(self, number: int) -> VersionRecord:
        """Return one version.

        Raises ConfigError when there is none of that number, ContractError when its record is damaged.
        """
        try:
            return VersionRecord.model_validate_json(self._store.get(f"{self._prefix}/{number}.json"))
        except KeyError:
            known = ", ".join(map(str, self.numbers())) or "none"
            raise ConfigError(f"{self.dataset} has no version {number}", remedy=f"Versions: {known}.") from None
        except ValidationError:
            raise ContractError(f"the record of {self.dataset}@{number} is damaged", remedy="Restore it.") from None

    def find(self, name: str) -> VersionRecord:
        """Return the version that `latest` or a number means.

        Raises ConfigError when there is none.
        """
        if name == "latest":
            latest = self.latest()
            if latest is None:
                raise ConfigError(f"{self.dataset} has no version yet", remedy="Run the nightly flow: daytwo run")
            return latest
        if not name.isdecimal():
            raise ConfigError(f"{name!r} is no version of {self.dataset}", remedy="Write a number, or latest.")
        return self.read(int(name))

    def publish(self, record: VersionRecord) -> None:
        """Write the record: from this moment readers see the version.

        Raises PublishConflict when the number is taken by another run.
        """
        key = f"{self._prefix}/{record.version}.json"
        if not self._store.put_if_absent(key, record.model_dump_json(indent=2).encode()):
            if self.read(record.version).run_id == record.run_id:
                return  # the answer of the first try was lost, but it was applied
            raise PublishConflict(
                f"{self.dataset}@{record.version} was published by another run meanwhile",
                remedy="Run again: the work of this run builds on the version that is there now.",
            )


def datasets(store: Store) -> list[str]:
    """Return the names of the datasets that have a version."""
    return sorted({key.split("/")[1] for key in store.keys("versions")})
