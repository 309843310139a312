"""What a night did, in counts: for the operator's page, the terminal, and scripts. Never a value of a record."""

from __future__ import annotations

import json
import resource
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from flows import language_page, privacy_page
from tasks.errors import ContractError
from tasks.publish.quarantine import KINDS, kind
from tasks.reasons import REASONS


@dataclass
class NightReport:
    """Counts of a run, filled as it goes.

    `files` and `items`: what came in, by fate. `records`: rows that were read, by fate; `dropped` and `quarantined`
    count them by reason. `refused_files`, `refused_items` and `refused_parts` count by reason what could not be read:
    whole files, single mails, exports or scans, and rows or attachments of those.
    `languages` and `entities` count published records and replaced entities; `by_source` counts published records by
    source and language, and how many of them are mixed.
    `by_thread` counts those of the entities that the thread knew. `replaced`: those in published records by type,
    language and source. `canaries` and `residual`: what became of planted values, and how much may be left.
    `scans` counts documents, pages and words of the scans that were read (`tasks.ocr.review`).
    `seconds` is the time in workers by step. `notes` are sentences for the operator.
    """

    run_id: str
    dataset: str
    status: str = "running"
    version: int | None = None
    files: Counter[str] = field(default_factory=Counter)
    items: Counter[str] = field(default_factory=Counter)
    records: Counter[str] = field(default_factory=Counter)
    dropped: Counter[str] = field(default_factory=Counter)
    quarantined: Counter[str] = field(default_factory=Counter)
    refused_files: Counter[str] = field(default_factory=Counter)
    refused_items: Counter[str] = field(default_factory=Counter)
    refused_parts: Counter[str] = field(default_factory=Counter)
    languages: Counter[str] = field(default_factory=Counter)
    by_source: list[dict[str, Any]] = field(default_factory=list)
    entities: Counter[str] = field(default_factory=Counter)
    by_thread: Counter[str] = field(default_factory=Counter)
    replaced: list[dict[str, Any]] = field(default_factory=list)
    canaries: list[dict[str, Any]] = field(default_factory=list)
    residual: dict[str, int] = field(default_factory=dict)
    examples: Counter[str] = field(default_factory=Counter)
    scans: Counter[str] = field(default_factory=Counter)
    seconds: dict[str, float] = field(default_factory=lambda: defaultdict(float))
    wall_s: float = 0.0
    notes: list[str] = field(default_factory=list)

    @property
    def held(self) -> dict[str, Counter[str]]:
        """What waits since tonight, by kind (`tasks.publish.quarantine.KINDS`) and reason."""
        return {
            "record": self.quarantined,
            "file": self.refused_files,
            "item": self.refused_items,
            "part": self.refused_parts,
        }

    def refuse(self, rows: Iterable[Mapping[str, Any]]) -> None:
        """Count inputs that could not be read: rows of QUARANTINE."""
        for row in rows:
            self.held[kind(row)][row["reason"]] += 1

    def balance(self) -> None:
        """Check that no record was lost: in = published + dropped + quarantined.

        Raises ContractError when the counts differ.
        """
        fates = self.records["published"] + sum(self.dropped.values()) + sum(self.quarantined.values())
        if fates != self.records["in"]:
            raise ContractError(f"{self.records['in']} records came in, {fates} are accounted for")

    def as_dict(self) -> dict[str, Any]:
        """Return the report as JSON values, counters sorted by count."""
        values: dict[str, Any] = {}
        for name, value in vars(self).items():
            values[name] = {k: n for k, n in value.most_common() if n} if isinstance(value, Counter) else value
        for name in PERSONAL:
            few = privacy_page.SMALL
            values[name] = {kind: n if n >= few else privacy_page.FEW for kind, n in values[name].items()}
        values["seconds"] = {name: round(seconds, 2) for name, seconds in values["seconds"].items()}
        values["docs_per_s"] = round(self.records["in"] / self.wall_s, 1) if self.wall_s else None
        values["peak_memory_mb"] = peak_memory_mb()
        return values


PERSONAL = ("entities", "by_thread")
"""Counters of personal data: small counts are not told."""


def peak_memory_mb() -> dict[str, int]:
    """Return the largest resident memory of this process and of the largest child so far, in MB (Linux: KiB/1024)."""
    usage = {"flow": resource.RUSAGE_SELF, "largest_worker": resource.RUSAGE_CHILDREN}
    return {name: resource.getrusage(who).ru_maxrss // 1024 for name, who in usage.items()}


def from_dict(values: dict[str, Any]) -> NightReport:
    """Return the report that `as_dict` made these values of."""
    report = NightReport(values["run_id"], values["dataset"])
    for name in vars(report).keys() & values.keys():
        old, value = getattr(report, name), values[name]
        if name in PERSONAL:  # a count that was not told is shown as such again
            value = {kind: 1 if count == privacy_page.FEW else count for kind, count in value.items()}
        setattr(report, name, Counter(value) if isinstance(old, Counter) else value)
    return report


def to_json(report: NightReport) -> bytes:
    """Return the report as the object that lies in the lake."""
    return json.dumps(report.as_dict(), indent=2, ensure_ascii=False).encode()


def tables(report: NightReport) -> dict[str, list[tuple[str, str]]]:
    """Return the report as titled tables of (what, count)."""
    shown: dict[str, Mapping[str, float]] = {
        "Files": report.files,
        "Items": report.items,
        "Records": report.records,
        "Dropped, by reason": report.dropped,
        **{f"{KINDS[kind]} in quarantine, by reason": counts for kind, counts in report.held.items()},
        "Examples": report.examples,
        "Scanned documents": report.scans,
        "Languages of published records": report.languages,
    }
    found = {title: [(name, f"{count:,}") for name, count in _by_count(counts)] for title, counts in shown.items()}
    personal = "Personal data replaced, by type"
    found[personal] = [(kind, privacy_page.told(count)) for kind, count in _by_count(report.entities)]
    found["Seconds in workers, by step"] = [(name, f"{s:.1f}") for name, s in _by_count(report.seconds)]
    return {title: rows for title, rows in found.items() if rows}


def _by_count(counts: Mapping[str, float]) -> list[tuple[str, float]]:
    return sorted(((name, count) for name, count in counts.items() if count), key=lambda pair: (-pair[1], pair[0]))


def markdown(report: NightReport) -> str:
    """Return the page for the Prefect UI and the lake."""
    lines = [f"# Night {report.run_id}", "", headline(report), "", *(f"- {note}" for note in report.notes), ""]
    for title, rows in tables(report).items():
        lines += [f"## {title}", "", "| what | count |", "|---|---:|"]
        lines += [f"| {name}{_meaning(name)} | {count} |" for name, count in rows]
        lines.append("")
    lines += language_page.lines(report.by_source)
    lines += privacy_page.lines(report.replaced, report.canaries, report.residual)
    return "\n".join(lines)


def _meaning(name: str) -> str:
    return f" – {REASONS[name].meaning}" if name in REASONS else ""


def _unchanged(report: NightReport) -> str:
    if report.version:
        return f"Nothing new: {report.dataset} stays at version {report.version}"
    return f"Nothing to publish: {report.dataset} has no version yet"


def headline(report: NightReport) -> str:
    """Return one sentence: what the night landed."""
    what = {
        "published": f"Published {report.dataset}@{report.version}",
        "unchanged": _unchanged(report),
        "held": f"Held: {report.dataset}@{report.version} failed a table-level expectation and was not published",
    }.get(report.status, report.status)
    landed = "ready" if report.status == "held" else "published"
    fates = f"{report.records['published']:,} {landed}, {sum(report.dropped.values()):,} dropped"
    held = f"{sum(report.quarantined.values()):,} in quarantine"
    return f"{what}. {report.records['in']:,} records in: {fates}, {held}. {report.wall_s:.0f} s."
