"""What the commands share: the consoles, the settings option, progress, and values from `--set`."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from flows import settings as settings_module
from tasks.errors import ConfigError, no_room, storage_error
from tasks.keys import KEY_FILE_VARIABLE, Keyring
from tasks.scratch import claimed

out = Console(soft_wrap=True, markup=False)  # what it prints may hold brackets
err = Console(stderr=True, soft_wrap=True)

ConfigOption = Annotated[
    Path | None,
    typer.Option("--config", help="Settings file; else ./daytwo.toml.", show_default=False),
]
JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON for scripts.")]


@contextmanager
def writing(path: Path) -> Iterator[None]:
    """Turn what the disk refuses while `path` is made into an error of ours.

    Raises ConfigError, or TransientError when the disk is full.
    """
    try:
        yield
    except OSError as error:
        if no_room(error):
            raise storage_error(error, path) from None
        raise ConfigError(
            f"cannot write {path}: {error.strerror}", remedy="Choose another place, or let daytwo write there."
        ) from None


def print_json(value: Any) -> None:
    """Print a value as JSON on standard output."""
    sys.stdout.write(json.dumps(value, ensure_ascii=False, indent=2, default=str) + "\n")


def load_project(config: Path | None) -> settings_module.Settings:
    """Load the settings of the project that the user stands in, or names.

    Raises ConfigError where nothing of a project is: who mistook the folder must not be told of an empty lake.
    """
    settings = settings_module.load(config)
    signs = (Path(settings_module.CONFIG_NAME), settings.key_file, settings.lake.restricted, settings.lake.shared)
    if config is None and not any(path.exists() for path in signs):
        raise ConfigError(
            f"there is no {settings_module.CONFIG_NAME} in {Path.cwd()}",
            remedy="Go into the project's folder, or name the file with --config; a new one is made by: daytwo init",
        )
    return settings


def load_with_key(config: Path | None) -> settings_module.Settings:
    """Load the settings and put their key file in force, for this process and its workers.

    Raises ConfigError when there is no project or no usable key file.
    """
    settings = load_project(config)
    Keyring.load(settings.key_file)
    os.environ[KEY_FILE_VARIABLE] = str(settings.key_file)
    return settings


@contextmanager
def some_key() -> Iterator[None]:
    """Make sure of a key: the one of the environment or of ./daytwo.toml, else a random one for this call."""
    if os.environ.get(KEY_FILE_VARIABLE):
        yield
        return
    if Path(settings_module.CONFIG_NAME).exists() and (key_file := settings_module.load().key_file).exists():
        os.environ[KEY_FILE_VARIABLE] = str(key_file)
        yield
        return
    err.print("[yellow]no key file: ids and pseudonyms use a random key for this call only[/] (see: daytwo init)")
    with claimed("daytwo-random-key-") as folder:
        path = folder / "key"
        Keyring.random().save(path)
        os.environ[KEY_FILE_VARIABLE] = str(path)
        try:
            yield
        finally:
            del os.environ[KEY_FILE_VARIABLE]


def parse_set(pairs: list[str]) -> dict[str, Any]:
    """Return `key=value` pairs as a dict; a value that is JSON is taken as such, others are strings.

    Raises ConfigError for a pair without `=`.
    """
    given: dict[str, Any] = {}
    for pair in pairs:
        key, equals, value = pair.partition("=")
        if not equals:
            raise ConfigError(f"--set {pair}: not key=value", remedy="Write it as --set key=value.")
        try:
            given[key] = json.loads(value)
        except ValueError:
            given[key] = value
    return given


def progress() -> Progress:
    """Return a progress bar on standard error that leaves nothing behind."""
    return Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        console=err,
        transient=True,
        disable=not err.is_terminal,
    )
