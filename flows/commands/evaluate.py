"""`daytwo eval`: how well a step does on labelled files of your own."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer
from rich.box import SIMPLE
from rich.table import Column, Table

from flows.commands.console import JsonOption, out, parse_set, print_json, progress, some_key

evaluations = typer.Typer(help="Measure a step on labelled files of your own.", no_args_is_help=True)
AT_ONCE = 50
"""Samples that are scored between two moves of the progress bar."""


@evaluations.callback()
def _group() -> None:
    """Keep `pii` a command of a group, also while it is the only one."""


@evaluations.command("pii")
def eval_pii(
    gold: Annotated[
        Path, typer.Option(help="Labelled texts, JSON Lines: presidio-research's samples, or text and spans.")
    ],
    set_: Annotated[list[str] | None, typer.Option("--set", help="Param of scrub-pii, key=value.")] = None,
    lang: Annotated[str | None, typer.Option(help="Language of samples that name none (BCP-47).")] = None,
    *,
    as_json: JsonOption = False,
) -> None:
    """Score scrub-pii on labelled texts: recall, precision and F2 by type and language, and documents with any leak.

    A value is found when 90 % of its characters are replaced, as whatever type. Nothing of a text is printed.

    Example: daytwo eval pii --gold labelled.jsonl --set min_score=0.5
    """
    from flows.settings import step_params  # noqa: PLC0415
    from tasks.pii.gold import merged, read_gold, score  # noqa: PLC0415
    from tasks.pii.scrub import SCRUB_PII  # noqa: PLC0415

    params: Any = step_params(SCRUB_PII.params, parse_set(set_ or []), SCRUB_PII.name)
    samples = read_gold(gold)
    parts = []
    with some_key(), progress() as bar:
        task = bar.add_task("scrub-pii", total=len(samples))
        for start in range(0, len(samples), AT_ONCE):
            parts.append(score(samples[start : start + AT_ONCE], params, lang))
            bar.advance(task, min(AT_ONCE, len(samples) - start))
    found = merged(parts).as_dict()
    print_json(found) if as_json else _show(found)


def _show(found: dict[str, Any]) -> None:
    table = Table(Column("", no_wrap=True), "values", "recall", "prec.", "F2", "docs", "leak", "leak 95 %", box=SIMPLE)
    for scores in ({"all": found["all"]}, found["types"], found["langs"]):
        for key, counts in scores.items():
            rates = [_percent(counts[rate]) for rate in ("recall", "precision", "f2")]
            table.add_row(key, f"{counts['values']:,}", *rates, f"{counts['documents']:,}", *_leaks(counts))
        table.add_section()
    out.print(table)
    out.print("Rates in %. docs: with a value (of the type); leak: of them, those in which one is left.")
    if found["leaking_but_audited"]:
        out.print(f"{found['leaking_but_audited']:,} of the documents with a leak would be held back by audit-leaks.")
    if found["held"]:
        out.print(f"{found['held']:,} documents were quarantined by scrub-pii and count as found.")


def _percent(rate: float | None) -> str:
    return "–" if rate is None else f"{100 * rate:.1f}"


def _leaks(counts: dict[str, Any]) -> tuple[str, str]:
    if not counts["documents"]:
        return "–", "–"
    low, high = counts["leak_interval_95"]
    return _percent(counts["documents_with_a_leak"] / counts["documents"]), f"{_percent(low)}–{_percent(high)}"
