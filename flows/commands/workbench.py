"""`daytwo ingest` and `daytwo step`."""

from __future__ import annotations

import os
import tomllib
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from functools import partial
from pathlib import Path
from typing import Annotated, Any, TextIO

import typer
from rich.progress import Progress, TaskID

from flows.commands.console import err, parse_set, progress, some_key
from tasks.errors import ConfigError, no_room, storage_error
from tasks.scratch import claimed, sweep_partials

SHOWN: dict[str, dict[str, Any]] = {"audit-leaks": {"quarantine": False}}
"""Params that the workbench sets so that a step shows what it finds, where the nightly flow holds records back."""


def ingest(
    paths: Annotated[list[str], typer.Argument(help="Files, folders or s3://bucket/prefix.", show_default=False)],
    kind: Annotated[str, typer.Option(help="What they hold: email, tickets or scans.", show_default=False)],
    out: Annotated[Path, typer.Option(help="JSON Lines file to write.", show_default=False)],
    quarantine: Annotated[Path | None, typer.Option(help="JSON Lines file for what is unusable.")] = None,
    mapping: Annotated[
        Path | None, typer.Option("--map", help="TOML or JSON file that maps our fields to their columns (tickets).")
    ] = None,
    set_: Annotated[list[str] | None, typer.Option("--set", help="Param of the reader, key=value.")] = None,
    lang: Annotated[str | None, typer.Option(help="Language that most of it is in (BCP-47).")] = None,
    own_domain: Annotated[
        list[str] | None, typer.Option(help="Your staff's mail domain: who writes from there is agent.")
    ] = None,
) -> None:
    """Read mail, tickets or scans into JSON Lines, one record a mail, ticket comment or document.

    Fields of a map: text, native_id, subject, created_at, role, inbound, thread, in_reply_to, lang_hint; name, email
    and phone of requester_; name and email of author_ and assignee_. A column may be '#2' or 'a.b'. A table "roles" in
    the file gives the export's words for who speaks: wakala = "agent".

    Example: daytwo ingest inbox/ --kind email --out mails.jsonl --quarantine bad.jsonl
    """
    from flows import workbench  # noqa: PLC0415
    from flows.settings import step_params  # noqa: PLC0415
    from tasks.extract import Reading  # noqa: PLC0415
    from tasks.registry import source_of  # noqa: PLC0415
    from tasks.sandbox import Workers  # noqa: PLC0415

    distinct(out, quarantine)
    source = source_of(kind)
    given = parse_set(set_ or []) | (declared(read_mapping(mapping)) if mapping else {})
    reading = Reading("workbench", kind, step_params(source.params, given, source.name), lang)
    seen: Counter[str] = Counter()
    held: Counter[str] = Counter()
    skipped: Counter[str] = Counter()
    misfit = ""
    with some_key(), ExitStack() as files:
        records = files.enter_context(open_output(out))
        refused = files.enter_context(open_output(quarantine)) if quarantine else None
        scratch = files.enter_context(claimed(".daytwo-ingested-", out.parent))
        bar = files.enter_context(progress())
        task = bar.add_task(source.name, total=None)
        told = partial(_tell, bar, task)
        pool = files.enter_context(Workers(os.cpu_count() or 1))
        for got in workbench.ingest(paths, reading, pool, scratch, own_domains(own_domain), told):
            seen.update(got.keys())
            if "record" in got:
                workbench.write_line(records, got["record"])
            elif "skipped" in got:
                skipped[got["skipped"]] += 1
            elif "quarantine" in got:
                held[got["quarantine"]["reason"]] += 1
                misfit = misfit or got["quarantine"]["detail"]
                if refused:
                    workbench.write_line(refused, got["quarantine"])
    if mapping and not seen["record"] and set(held) == {"missing_column"}:
        raise ConfigError(f"{mapping} fits none of the files: {misfit}", remedy="Correct the names of its columns.")
    err.print(f"{seen['record']} records, {seen['skipped']} files skipped, quarantined: {workbench.counts(held)}")
    if skipped:
        err.print(f"skipped: {workbench.counts(skipped)}")


def own_domains(given: list[str] | None) -> tuple[str, ...]:
    """Return the company's mail domains: those of the command line, else those of ./daytwo.toml."""
    from flows.settings import CONFIG_NAME, load  # noqa: PLC0415

    if given:
        return tuple(given)
    return load().dataset.own_domains if Path(CONFIG_NAME).exists() else ()


def step(
    name: Annotated[str, typer.Argument(help="Name of the step, such as scrub-pii.", show_default=False)],
    in_: Annotated[Path, typer.Option("--in", help="JSON Lines file to read.", show_default=False)],
    out: Annotated[Path, typer.Option(help="JSON Lines file to write.", show_default=False)],
    set_: Annotated[list[str] | None, typer.Option("--set", help="Param of the step, key=value.")] = None,
    edits: Annotated[Path | None, typer.Option(help="JSON Lines file for what was changed where, and why.")] = None,
) -> None:
    """Run one step over JSON Lines: record_id and text in, the step's fields out, order kept.

    With --edits each change to a text becomes a line: record_id, step, rule, start and end in the input's text (code
    points, end exclusive), and what it inserts. Replaying them on the input gives the output.

    Example: daytwo step scrub-pii --in mails.jsonl --out scrubbed.jsonl
    """
    from flows import workbench  # noqa: PLC0415
    from flows.settings import step_params  # noqa: PLC0415
    from tasks.registry import STEPS, find  # noqa: PLC0415

    distinct(out, edits)
    chosen = find(name, STEPS)
    params = step_params(chosen.params, SHOWN.get(name, {}) | parse_set(set_ or []), name)
    held: Counter[str] = Counter()
    changed: Counter[str] = Counter()
    leaking = 0
    total = sum(1 for _ in workbench.read_jsonl(in_))  # a broken line is found before work, and nothing is kept
    with some_key(), ExitStack() as files:
        file = files.enter_context(open_output(out))
        changes = files.enter_context(open_output(edits)) if edits else None

        def edited(edit: dict[str, Any]) -> None:
            changed.update([edit["rule"]])
            if changes:
                workbench.write_line(changes, edit)

        bar = files.enter_context(progress())
        task = bar.add_task(name, total=total)
        for row in workbench.run_step(chosen, params, workbench.read_jsonl(in_), edited):
            workbench.write_line(file, row)
            held.update([row["quarantine"]] if row.get("quarantine") else [])
            leaking += bool("leaks" in chosen.writes and row.get("leaks"))
            bar.advance(task)
    err.print(f"{name}: {total} records, quarantined: {workbench.counts(held)}")
    if edits:
        err.print(f"edits: {workbench.counts(changed)}")
    if leaking:
        err.print(f"[red]leaks in {leaking} of them[/]; a night would hold these back")


def _tell(bar: Progress, task: TaskID, read: int, total: int) -> None:
    """Show how many items of how many are read."""
    bar.update(task, completed=read, total=total)


def distinct(*paths: Path | None) -> None:
    """Check that no two outputs of a command are one file.

    Raises ConfigError naming it.
    """
    named = [path.resolve() for path in paths if path]
    for path in named:
        if named.count(path) > 1:
            raise ConfigError(f"{path} is named as two outputs", remedy="Give each a file of its own.")


@contextmanager
def open_output(path: Path) -> Iterator[TextIO]:
    """Open a file for writing text; it appears at its place once it is whole, so that it may be the input as well.

    Raises ConfigError when its folder does not exist or may not be written, TransientError when the disk is full.
    """
    whole = path.resolve()
    partial = whole.with_name(f".{whole.name}.{os.getpid()}.partial")
    if path.exists() and not path.is_file():  # a pipe, a terminal
        partial = whole
    try:
        sweep_partials(whole)
        file = partial.open("w", encoding="utf-8")
    except OSError as error:
        raise ConfigError(
            f"cannot write {path}: {error.strerror}", remedy="Name a file in a folder that is there and may be written."
        ) from None
    try:
        with file:
            yield file
        partial.replace(whole)
    except OSError as error:
        raise storage_error(error, whole.parent) if no_room(error) else error from None
    finally:
        if partial != whole:
            partial.unlink(missing_ok=True)


def declared(loaded: dict[str, Any]) -> dict[str, Any]:
    """Return the params of the ticket reader that a mapping file gives: columns, and the words of its table `roles`."""
    roles = loaded.get("roles")
    if not isinstance(roles, dict):
        return {"mapping": loaded}
    return {"mapping": {field: column for field, column in loaded.items() if field != "roles"}, "roles": roles}


def read_mapping(path: Path) -> dict[str, Any]:
    """Read a column mapping: a TOML or JSON object.

    Raises ConfigError when the file is neither.
    """
    import json  # noqa: PLC0415

    try:
        text = path.read_text(encoding="utf-8")
        loaded = json.loads(text) if path.suffix == ".json" else tomllib.loads(text)
    except OSError as error:
        raise ConfigError(f"cannot read {path}: {error.strerror}", remedy="Name the mapping file.") from None
    except ValueError:
        raise ConfigError(f"{path} is neither TOML nor JSON", remedy='Write lines such as: text = "body"') from None
    if not isinstance(loaded, dict):
        raise ConfigError(f"{path} is no object of field and column", remedy='Write lines such as: text = "body"')
    return loaded
