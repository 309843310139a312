"""Settings: the command line, then the environment (`DAYTWO_…`), then daytwo.toml, then the defaults.

They are closed: an unknown key is an error that names the known ones.
"""

from __future__ import annotations

import os
import tomllib
from pathlib import Path
from typing import Any, Literal, get_args

from pydantic import BaseModel, ConfigDict, Field, ValidationError
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict, SettingsError

from expectations.rules import Thresholds
from tasks.errors import ConfigError
from tasks.origins.by_scheme import is_mailbox, is_remote
from tasks.origins.imap_place import MESSAGE_BYTES, Access
from tasks.s3 import S3Access

CONFIG_NAME = "daytwo.toml"
DATASET_NAME = "[a-z0-9][a-z0-9_-]{0,62}"
"""Pattern of a dataset's name: it becomes a folder and part of object keys."""


class Section(BaseModel):
    """Base of a section: frozen and closed."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class LakeSettings(Section):
    """Where the data lies."""

    restricted: Path = Field(Path("daytwo-lake/restricted"), description="Raw data: originals, extracted, quarantine.")
    shared: Path = Field(Path("daytwo-lake/shared"), description="Clean data, datasets, versions, reports.")


class ImapSettings(Section):
    """How a source at imap:// or imaps:// lets us in. The password itself is never set here."""

    password_file: Path | None = Field(None, description="File with the password; mode 0600.")
    password_env: str | None = Field(None, description="Or the environment variable that has it.")
    ca_file: Path | None = Field(None, description="Certificates (PEM) of a private authority.")
    plain: bool = Field(False, description="No STARTTLS at imap://, for a server on this machine only.")


class SourceSettings(Section):
    """One source: files of one kind in one place."""

    kind: Literal["email", "tickets", "scans"] = Field(description="What it holds.")
    path: str = Field(description="Folder or file, or a URL: s3://bucket/prefix, imaps://user@host/folder.")
    lang_hint: str | None = Field(None, description="Language that most of it is in (BCP-47).")
    params: dict[str, Any] = Field(default_factory=dict, description="Params of the reader, such as a column mapping.")
    imap: ImapSettings = Field(ImapSettings(), description="How a mailbox lets us in.")
    largest_mb: int | None = Field(
        None, ge=1, description="Largest file that is fetched from a URL; when unset 50 of a mailbox, 16,384 of S3."
    )

    @property
    def largest(self) -> int:
        """The same in bytes. A mailbox holds nothing larger than a mail, whatever its server claims."""
        return MESSAGE_BYTES if self.largest_mb is None and is_mailbox(self.path) else (self.largest_mb or 16_384) << 20

    @property
    def access(self) -> Access:
        """What `tasks.origins` needs to get into a mailbox."""
        imap = self.imap
        return Access(imap.password_file, imap.password_env, imap.ca_file, imap.plain, self.largest)


class S3Settings(Section):
    """Where the buckets of s3:// sources are. Keys are never set here: the environment or an AWS profile has them."""

    endpoint_url: str = Field("", pattern=r"^(https?://[^@\s]+)?$", description="A store other than AWS.")
    region: str = Field("", description="Region, where neither the environment nor a profile names one.")

    @property
    def access(self) -> S3Access:
        """The same, as `tasks.origins` takes it."""
        return S3Access(self.endpoint_url or None, self.region or None)


class DatasetSettings(Section):
    """The dataset that the nightly flow lands."""

    name: str = Field("support", pattern=f"^{DATASET_NAME}$", description="Its name.")
    validation_share: float = Field(0.05, ge=0, le=0.5, description="Share of threads in the validation split.")
    test_share: float = Field(0.05, ge=0, le=0.5, description="Share of threads in the test split.")
    max_chars: int = Field(200_000, ge=1, description="Longest example, in code points; longer ones are quarantined.")
    own_domains: tuple[str, ...] = Field((), description="Your staff's mail domains: who writes from there is agent.")


class RuntimeSettings(Section):
    """How the work is spread."""

    workers: int = Field(default_factory=lambda: max(1, os.cpu_count() or 1), ge=1, description="Worker processes.")
    partition_mb: int = Field(32, ge=1, description="Most input of one partition.")
    step_timeout_s: float = Field(1800, gt=0, description="Wall clock of one step on one partition.")


class PrefectSettings(Section):
    """The Prefect server that daytwo starts where none is configured."""

    home: Path = Field(Path("daytwo-lake/prefect"), description="Its database and logs.")
    port: int = Field(4200, ge=1, le=65535, description="Port of the server and the UI.")
    cron: str = Field("0 2 * * *", description="When `daytwo up` runs the nightly flow.")
    timezone: str = Field("Africa/Johannesburg", description="Time zone of the schedule.")


class Settings(BaseSettings):
    """Everything that daytwo.toml may say. Relative paths are relative to the file."""

    model_config = SettingsConfigDict(env_prefix="DAYTWO_", env_nested_delimiter="__", extra="forbid", frozen=True)

    key_file: Path = Field(Path("daytwo.key"), description="Keys of ids and pseudonyms; mode 0600, outside the lake.")
    lake: LakeSettings = LakeSettings()
    sources: dict[str, SourceSettings] = Field(default_factory=dict, description="Named sources.")
    s3: S3Settings = S3Settings()
    dataset: DatasetSettings = DatasetSettings()
    steps: dict[str, dict[str, Any]] = Field(default_factory=dict, description="Params of the steps, by step name.")
    runtime: RuntimeSettings = Field(default_factory=RuntimeSettings)
    validation: Thresholds = Field(default_factory=Thresholds, description="When a row or a version is refused.")
    prefect: PrefectSettings = PrefectSettings()

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],  # noqa: ARG003 - the signature is pydantic-settings'
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,  # noqa: ARG003
        file_secret_settings: PydanticBaseSettingsSource,  # noqa: ARG003
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Let the environment win over what the file (given as arguments) says."""
        return (env_settings, init_settings)


def load(path: Path | None = None) -> Settings:
    """Read the settings from `path`, else from ./daytwo.toml where there is one, else the defaults.

    Raises ConfigError that names the wrong key and the known ones.
    """
    file = path or Path(CONFIG_NAME)
    data: dict[str, Any] = {}
    if path or file.exists():
        data = _read(file)
    try:
        settings = Settings(**data)
    except ValidationError as error:
        raise _explain(error, file) from None
    except SettingsError as error:
        raise ConfigError(f"environment: {error}", remedy="Write sections in DAYTWO_… as JSON.") from None
    return _anchored(settings, file.absolute().parent)


def _read(file: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(file.read_text(encoding="utf-8"))
    except OSError as error:
        missing = isinstance(error, FileNotFoundError)
        remedy = "Write one with: daytwo init" if missing else "Name a settings file that daytwo may read."
        raise ConfigError(f"cannot read {file}: {error.strerror}", remedy=remedy) from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigError(f"{file} is not TOML: {error}", remedy="Correct the line.") from None


def _explain(error: ValidationError, file: Path) -> ConfigError:
    first = error.errors(include_input=False, include_url=False)[0]
    place = [str(part) for part in first["loc"]]
    if first["type"] == "extra_forbidden":
        known = ", ".join(_known(place[:-1]))
        return ConfigError(f"{file}: unknown setting {'.'.join(place)}", remedy=f"Known here: {known}.")
    return ConfigError(f"{file}: {'.'.join(place)}: {first['msg']}", remedy="Correct the setting.")


def _known(place: list[str]) -> list[str]:
    """Return the keys that the section at `place` knows."""
    model: type[BaseModel] = Settings
    for part in place:
        if part not in model.model_fields:
            continue  # the free name of a source
        annotation = model.model_fields[part].annotation
        candidates = [annotation, *get_args(annotation)]
        models = [c for c in candidates if isinstance(c, type) and issubclass(c, BaseModel)]
        model = models[0] if models else model
    return sorted(model.model_fields)


def _anchored(settings: Settings, folder: Path) -> Settings:
    """Return the settings with every path absolute, relative ones being relative to `folder`."""
    lake = settings.lake.model_copy(
        update={"restricted": folder / settings.lake.restricted, "shared": folder / settings.lake.shared}
    )
    sources = {n: _anchored_source(s, folder) for n, s in settings.sources.items()}
    prefect = settings.prefect.model_copy(update={"home": folder / settings.prefect.home})
    changes = {"lake": lake, "sources": sources, "prefect": prefect, "key_file": folder / settings.key_file}
    return settings.model_copy(update=changes)


def _anchored_source(source: SourceSettings, folder: Path) -> SourceSettings:
    files = {"password_file": source.imap.password_file, "ca_file": source.imap.ca_file}
    imap = source.imap.model_copy(update={name: folder / path for name, path in files.items() if path})
    return source.model_copy(update={"path": _place(source.path, folder), "imap": imap})


def _place(path: str, folder: Path) -> str:
    return path if is_remote(path) else str(folder / path)


def step_params(model: type[BaseModel], given: dict[str, Any], name: str) -> Any:
    """Return params of a step or reader made from what the settings or `--set` give.

    Raises ConfigError that names the wrong param and the known ones.
    """
    try:
        return model(**given)
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False)[0]
        place = ".".join(str(part) for part in first["loc"]) or "params"
        known = ", ".join(sorted(model.model_fields)) or "none"
        message = "unknown param" if first["type"] == "extra_forbidden" else first["msg"]
        raise ConfigError(f"{name}: {place}: {message}", remedy=f"Params of {name}: {known}.") from None
