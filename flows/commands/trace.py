"""`daytwo trace`."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated
from urllib.parse import unquote

import typer
from rich.table import Column, Table

from flows.commands.console import ConfigOption, JsonOption, load_project, out, print_json
from tasks.errors import ConfigError
from tasks.lake import Lake

if TYPE_CHECKING:
    from tasks.publish.trace import Place, Stay, Trail

SHOWN = 20
"""Places and records that are listed; --json has them all."""


def trace(
    name: Annotated[str, typer.Argument(help="Id (rec_, itm_, thr_, exa_), file or URI.", show_default=False)],
    config: ConfigOption = None,
    *,
    as_json: JsonOption = False,
) -> None:
    """Tell where a record, input, thread or example came from, and what became of it. No text is shown.

    It names files, so it reads the restricted root. A file is traced by its path, an object or a mailbox by its URI.

    Example: daytwo trace itm_k7f3a9m2q4xz
    """
    from tasks.publish.trace import ID  # noqa: PLC0415
    from tasks.publish.trace import trace as trail_of  # noqa: PLC0415

    settings = load_project(config)
    lake = Lake(settings.lake.restricted, settings.lake.shared)
    wanted = name if ID.fullmatch(name) or "://" in name else Path(name).absolute().as_uri()
    found = trail_of(lake, wanted)
    if found is None:
        remedy = "Ids: daytwo quarantine list. Files are known once a night has read them: daytwo run"
        raise ConfigError(f"nothing is known of {name}", remedy=remedy)
    if as_json:
        print_json(asdict(found))
        return
    table = Table(Column(no_wrap=True), Column(overflow="fold"), show_header=False)
    for key, value in _lines(found):
        table.add_row(key, value)
    out.print(table)


def _lines(found: Trail) -> Iterator[tuple[str, str]]:
    yield found.kind, place_of(found.id) if found.kind == "file" else found.id
    if found.fate:
        yield "fate", f"{found.fate}: {found.reason}" if found.reason else found.fate
    for key, value in (
        ("detail", found.detail),
        ("step", found.step),
        ("night", found.run_id),
        ("source", found.source and f"{found.source} ({found.source_kind})"),
        ("row", found.row),
        ("thread", found.thread_id),
    ):
        if value:
            yield key, value
    for place in found.places[:SHOWN]:
        yield "from", _from(place)
        if place.sha256:
            yield "sha256", place.sha256
    for stay in found.stays:
        yield "in", _stay(stay)
    if found.records:
        counts = Counter(f"{row['fate']}: {row['reason']}" if row["reason"] else row["fate"] for row in found.records)
        yield "records", ", ".join(f"{count:,} {fate or 'in no version yet'}" for fate, count in counts.most_common())
    for row in found.records[:SHOWN]:
        yield "", f"{row['record_id']}  {row['reason'] or row['fate'] or ''}"
    if (more := max(len(found.records), len(found.places)) - SHOWN) > 0:
        yield "", f"{more:,} more: --json shows all"


def _from(place: Place) -> str:
    lines = [place_of(place.uri)]
    if place.item and place.item != "1 of 1":
        lines.append(f"item {place.item}, from byte {place.offset:,}, {place.length:,} bytes")
    if place.run_id:
        lines.append(f"{place.item_id}: {place.fate}, night {place.run_id}")
    return "\n".join(lines)


def place_of(uri: str) -> str:
    """Return a URI as people write it: a file's path; what a terminal would obey or hide is shown as U+FFFD."""
    path = unquote(uri.removeprefix("file://"), errors="replace") if uri.startswith("file://") else uri
    return "".join(character if character.isprintable() else "\N{REPLACEMENT CHARACTER}" for character in path)


def _stay(stay: Stay) -> str:
    if not stay.published:
        return f"{stay.dataset}: {stay.example_id}, staged for version {stay.first}"
    until = f"to {stay.end - 1}" if stay.end else "on"
    return f"{stay.dataset}: {stay.example_id}, from version {stay.first} {until}"
