"""One night, phase after phase, as in DESIGN.md's line from discover to report."""

from __future__ import annotations

import shutil
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa

from expectations.report import ValidationReport, write_docs
from flows import language_page, privacy, report, scan_page
from flows.cleaning import Cleaned, clean, resolve_threads
from flows.context import Context
from flows.intake import Intake, collect
from flows.landing import Landing, build, publish, publish_key, stage_and_validate, without_duplicates
from flows.plan import step_fingerprints
from flows.settings import Settings
from tasks import batch as batches
from tasks.assemble.examples import example_id
from tasks.batch import BatchRef
from tasks.lake import Lake, replace
from tasks.ledger import FILES, ITEMS, RECORDS
from tasks.partitions import KNOWN, Selection, Threaded
from tasks.publish import quarantine
from tasks.publish.versions import Versions
from tasks.sandbox import Workers


class Night:
    """One run of the nightly flow, under the lock of the lake. `report` is true whenever it is looked at."""

    def __init__(self, settings: Settings, run_id: str, pool: Workers) -> None:
        self.lake = Lake(settings.lake.restricted, settings.lake.shared)
        self.report = report.NightReport(run_id, settings.dataset.name)
        self.context = Context(settings, run_id, pool, self.lake, self.report)
        self.validation: ValidationReport | None = None
        self.versions = Versions(self.lake.records, settings.dataset.name)

    @property
    def reports(self) -> Path:
        """The folder of the run's reports."""
        return self.lake.shared / "reports" / self.report.run_id

    def run(self) -> None:
        """Do the night's work; what a run that died has left is cleared first."""
        self.lake.sweep()
        self.context.scratch.mkdir(mode=0o700)
        intake = collect(self.context)
        latest = self.versions.latest()
        steps = step_fingerprints(self.context.settings)
        cleaned_by = self.context.ledger.cleaned_by() or (latest.steps if latest else steps)
        changed = not steps.items() <= cleaned_by.items()
        if not intake.selections and not changed:
            self._end_unchanged(intake, latest.version if latest else None)
            return
        self._land(intake, again=changed)

    def clear(self) -> None:
        """Remove the run's scratch: it holds raw text."""
        shutil.rmtree(self.context.scratch, ignore_errors=True)

    def write_reports(self) -> None:
        """Write summary and validation to the shared root."""
        name = f"reports/{self.report.run_id}"
        self.lake.records.put(f"{name}/summary.json", report.to_json(self.report))
        self.lake.records.put(f"{name}/summary.md", report.markdown(self.report).encode())
        if self.validation:
            write_docs(self.validation, self.reports)

    def _end_unchanged(self, intake: Intake, version: int | None) -> None:
        self.report.status, self.report.version = "unchanged", version
        quarantine.keep(intake.quarantine, self.lake.restricted / "quarantine", self.report.run_id)
        self._write_ledger(intake, RECORDS.empty_table())

    def _land(self, intake: Intake, *, again: bool) -> None:
        """Clean, build and publish; `again`: the steps have changed, so all that was ever read is cleaned anew."""
        known = self._known()
        selections = [*intake.selections, *(_all_of(known) if again else ())]
        threaded = resolve_threads(self.context, selections, known)
        self.report.records["in"] = threaded.records + len(threaded.duplicates)
        cleaned = clean(self.context, threaded)
        cleaned.fates += [(id_, "dropped", "duplicate_record") for id_ in threaded.duplicates]
        scan_page.tell(self.context, intake)
        number = self.versions.latest_number() + 1
        landing = Landing(
            self.context, number, publish_key(self.context, intake.manifest), build(self.context, cleaned)
        )
        landing.table.heal(number - 1)
        without_duplicates(landing, cleaned)
        self._count(cleaned)
        stage_and_validate(landing, cleaned, [example_id(thread) for thread in threaded.merged])
        self.validation = landing.validation
        self._count(cleaned)
        self.report.balance()
        quarantine.keep([*intake.quarantine, *cleaned.held], self.lake.restricted / "quarantine", self.report.run_id)
        self._finish(intake, landing, cleaned, threaded)

    def _finish(self, intake: Intake, landing: Landing, cleaned: Cleaned, threaded: Threaded) -> None:
        if landing.validation and landing.validation.held:
            self.report.status, self.report.version = "held", landing.number
            return
        record = publish(landing)
        self.report.status = "published" if record else "unchanged"
        self.report.version = record.version if record else landing.number - 1
        self.report.examples.update({"added": record.counts["added"] if record else 0})
        self._languages(cleaned)
        replace(batches.read(threaded.index), self.context.thread_index, "record_id")
        self._write_ledger(intake, self._fates(cleaned, threaded))
        self.context.ledger.note_cleaned_by(step_fingerprints(self.context.settings))
        if record:
            privacy.tell(self.context, landing, cleaned)

    def _count(self, cleaned: Cleaned) -> None:
        self.report.dropped = Counter(why for _, fate, why in cleaned.fates if fate == "dropped")
        self.report.quarantined = Counter(why for _, fate, why in cleaned.fates if fate == "quarantined")
        self.report.records["published"] = sum(fate == "published" for _, fate, _ in cleaned.fates)

    def _languages(self, cleaned: Cleaned) -> None:
        published = {id_ for id_, fate, _ in cleaned.fates if fate == "published"}
        columns = ["record_id", "source", "lang", "langs"]
        rows = (row for ref in cleaned.partitions for row in batches.read(ref).select(columns).to_pylist())
        self.report.by_source = language_page.cells(row for row in rows if row["record_id"] in published)
        for cell in self.report.by_source:
            self.report.languages[cell["lang"]] += cell["count"]

    def _known(self) -> pa.Table:
        """Return where the rows of every record of the ledger lie (schema KNOWN)."""
        refs = {row["path"]: row for row in self.context.ledger.extracts().to_pylist()}
        rows = self.context.ledger.records().select(["record_id", "extracted"]).to_pylist()
        return batches.from_rows([{**refs[r["extracted"]], "record_id": r["record_id"]} for r in rows], KNOWN)

    def _fates(self, cleaned: Cleaned, threaded: Threaded) -> pa.Table:
        roster = {row["record_id"]: row for row in batches.read(threaded.roster).to_pylist()}
        rows = []
        for record_id, fate, why in cleaned.fates:
            if why != "duplicate_record":  # the row that it doubles has a fate of its own
                rows.append({"run_id": self.report.run_id, "fate": fate, "reason": why or None, **roster[record_id]})
        return batches.from_rows(rows, RECORDS)

    def _write_ledger(self, intake: Intake, records: pa.Table) -> None:
        self.context.ledger.append(self._rows(intake.files, FILES), self._rows(intake.items, ITEMS), records)

    def _rows(self, rows: Sequence[dict[str, Any]], schema: pa.Schema) -> pa.Table:
        return batches.from_rows([{"run_id": self.report.run_id, **row} for row in rows], schema)


def _all_of(known: pa.Table) -> list[Selection]:
    """Return all rows that earlier nights have read, by the file that holds them."""
    ids: dict[BatchRef, list[str]] = {}
    for row in known.to_pylist():
        ids.setdefault(BatchRef(row["path"], row["batch_sha256"], row["rows"]), []).append(row["record_id"])
    return [Selection(ref, tuple(found), fresh=False) for ref, found in ids.items()]
