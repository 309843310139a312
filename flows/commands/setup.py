"""`daytwo init` and `daytwo doctor`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table
from rich.text import Text

from flows.commands.console import ConfigOption, JsonOption, load_project, out, print_json, writing


def init(
    folder: Annotated[Path, typer.Argument(help="Folder for daytwo.toml and daytwo.key.")] = Path(),
) -> None:
    """Write a commented daytwo.toml and a key file (mode 0600: back it up, and keep it out of the lake).

    A settings file that is there is kept, and only the key file that it names is made. Example: daytwo init
    """
    from flows.settings import CONFIG_NAME, load  # noqa: PLC0415
    from flows.starter import write_key, write_settings  # noqa: PLC0415

    config = folder / CONFIG_NAME
    if config.exists():
        key = load(config).key_file
        with writing(key):
            write_key(key)
        out.print(f"Wrote {key}; {config} was there and is kept.")
        return
    with writing(folder):
        folder.mkdir(parents=True, exist_ok=True)
        write_settings(config)
        write_key(folder / "daytwo.key")
    out.print(f"Wrote {config} and {folder / 'daytwo.key'}. Add your sources, then: daytwo run")


def doctor(config: ConfigOption = None, *, as_json: JsonOption = False) -> None:
    """Check tesseract and its languages, models, lake, key, sources and Prefect, and say the remedy.

    Exit code 3 when something is missing. Example: daytwo doctor --config daytwo.toml
    """
    from flows.preflight import findings  # noqa: PLC0415

    found = list(findings(load_project(config)))
    if as_json:
        print_json([finding._asdict() for finding in found])
    else:
        table = Table(show_header=False)
        for finding in found:
            mark = Text("ok", "green") if finding.ok else Text("missing", "red")
            table.add_row(finding.name, mark, finding.seen, finding.remedy)
        out.print(table)
    if not all(finding.ok for finding in found):
        raise typer.Exit(3)
