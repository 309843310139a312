"""`daytwo datasets`, `daytwo pull` and `daytwo quarantine`."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from itertools import groupby
from operator import itemgetter
from pathlib import Path
from typing import Annotated

import typer
from rich.table import Column, Table

from flows.commands.console import ConfigOption, JsonOption, err, load_project, out, print_json
from flows.settings import DATASET_NAME
from tasks.errors import ConfigError
from tasks.lake import Lake

datasets = typer.Typer(help="List and inspect datasets and their versions.", no_args_is_help=True)
quarantine = typer.Typer(help="Look at what was held back, and why.", no_args_is_help=True)


def _lake(config: Path | None) -> Lake:
    settings = load_project(config)
    return Lake(settings.lake.restricted, settings.lake.shared)


def split_name(name: str) -> tuple[str, str]:
    """Return dataset and version of `support@3`; without a version, latest.

    Raises ConfigError for what can't be the name of a dataset.
    """
    dataset, _, version = name.partition("@")
    if not re.fullmatch(DATASET_NAME, dataset):
        raise ConfigError(f"{dataset!r} can't be the name of a dataset", remedy="See: daytwo datasets list")
    return dataset, version or "latest"


@datasets.command("list")
def list_datasets(config: ConfigOption = None, *, as_json: JsonOption = False) -> None:
    """List every dataset with its newest version.

    Example: daytwo datasets list
    """
    from tasks.publish.versions import Versions, datasets  # noqa: PLC0415

    records = _lake(config).records
    found = [latest for name in datasets(records) if (latest := Versions(records, name).latest())]
    if as_json:
        print_json([{"dataset": r.dataset, "version": r.version, "examples": r.counts["examples"]} for r in found])
        return
    table = Table("dataset", "version", "examples", "published (UTC)")
    for record in found:
        count = f"{record.counts['examples']:,}"
        table.add_row(record.dataset, str(record.version), count, f"{record.created_at:%Y-%m-%d %H:%M}")
    out.print(table if found else "No dataset yet. Run the nightly flow: daytwo run")


@datasets.command("show")
def show_dataset(
    name: Annotated[str, typer.Argument(help="DATASET or DATASET@VERSION.", show_default=False)],
    config: ConfigOption = None,
    *,
    as_json: JsonOption = False,
) -> None:
    """Show a version: counts, how it was made, how it was validated; and the other versions of the dataset.

    Example: daytwo datasets show support@latest
    """
    from tasks.publish.versions import Versions  # noqa: PLC0415

    dataset, version = split_name(name)
    versions = Versions(_lake(config).records, dataset)
    record = versions.find(version)
    if as_json:
        print_json(record.model_dump(mode="json"))
        return
    out.print(f"{dataset}@{record.version}   versions: {', '.join(map(str, versions.numbers()))}")
    table = Table(show_header=False)
    for key, value in record.model_dump(mode="json").items():
        shown = "\n".join(f"{k}  {v}" for k, v in value.items()) if isinstance(value, dict) else str(value)
        table.add_row(key, shown)
    out.print(table)


def pull(
    name: Annotated[str, typer.Argument(help="DATASET@VERSION, or DATASET@latest.", show_default=False)],
    to: Annotated[Path, typer.Option(help="Folder to write; must be empty or a pull of the same dataset.")],
    format_: Annotated[str, typer.Option("--format", help="chat, text or parquet.")] = "chat",
    config: ConfigOption = None,
    *,
    as_json: JsonOption = False,
) -> None:
    """Write a pinned version to a folder: a file per split, a dataset card, a manifest with checksums.

    Example: daytwo pull support@latest --format chat --to ./support
    """
    from tasks.publish.pull import pull as pull_version  # noqa: PLC0415

    dataset, version = split_name(name)
    pulled = pull_version(_lake(config), dataset, version, format_, to)
    if as_json:
        print_json(pulled)
        return
    counts = ", ".join(f"{file['rows']:,} in {file['name']}" for file in pulled["files"])
    err.print(f"{dataset}@{pulled['version']}: {counts}")
    if pulled["left_out"]:
        err.print(f"{pulled['left_out']:,} documents are left out: they are no conversation (see --format text)")
    out.print(f"{to}   load it with: datasets.load_dataset({str(to)!r})")


@quarantine.command("list")
def list_quarantine(
    reason: Annotated[str | None, typer.Option(help="Only this reason.")] = None,
    limit: Annotated[int, typer.Option(min=0, help="Most ids to show; 0 shows all.")] = 50,
    config: ConfigOption = None,
    *,
    as_json: JsonOption = False,
) -> None:
    """List what waits: by reason, with its remedy, then each id with its reason, newest night first. No text.

    Example: daytwo quarantine list --reason corrupt_image
    """
    from tasks.publish.quarantine import listed  # noqa: PLC0415
    from tasks.reasons import QUARANTINE, REASONS  # noqa: PLC0415

    if reason is not None and reason not in QUARANTINE:
        raise ConfigError(f"no record waits as {reason!r}", remedy=f"Known reasons: {', '.join(QUARANTINE)}.")
    rows = [r for r in listed(_lake(config)) if reason in {None, r["reason"]}]
    if as_json:
        shown = ("run_id", "record_id", "kind", "step", "reason", "detail")
        print_json([{name: row[name] for name in shown} for row in rows])
        return
    if not rows:
        out.print("Nothing waits.")
        return
    table = Table("reason", "waiting", "what it means", "remedy")
    for code, count in Counter(row["reason"] for row in rows).most_common():
        table.add_row(code, f"{count:,}", *REASONS[code])
    out.print(table)
    for night, found in groupby(rows[: limit or None], key=itemgetter("run_id")):
        out.print(_ids(night, list(found)))
    if limit and len(rows) > limit:
        out.print(f"{len(rows) - limit:,} more: --limit 0 shows all, --reason one reason, --json is for scripts.")
    out.print("Why one waits: daytwo quarantine show ID. Where it came from: daytwo trace ID.")


def _ids(night: str, rows: Sequence[Mapping[str, str | None]]) -> Table:
    """Return the ids of one night; an id is never broken over lines, so that it can be copied."""
    table = Table(
        Column("id", no_wrap=True),
        Column("what", no_wrap=True),
        Column("reason", no_wrap=True),
        Column("detail", overflow="fold"),
        title=f"Night {night}",
        title_justify="left",
        box=None,
    )
    for row in rows:
        table.add_row(row["record_id"], row["kind"], row["reason"], row["detail"] or "")
    return table


@quarantine.command("show")
def show_quarantine(
    record_id: Annotated[str, typer.Argument(help="Id from: daytwo quarantine list.", show_default=False)],
    config: ConfigOption = None,
    *,
    as_json: JsonOption = False,
) -> None:
    """Show why one record waits, and the shape of its text (letters x, digits 9), never the text itself.

    Example: daytwo quarantine show rec_k7f3a9m2q4xz
    """
    from tasks.publish.quarantine import explain  # noqa: PLC0415

    found = explain(_lake(config), record_id)
    if found is None:
        raise ConfigError(f"nothing in quarantine has the id {record_id}", remedy="See: daytwo quarantine list")
    if as_json:
        print_json(found)
        return
    table = Table(show_header=False)
    for key, value in found.items():
        table.add_row(key, str(value or ""))
    out.print(table)
