"""The last part of a night: examples, stage, validate, publish, and the ledger."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from expectations.report import ValidationReport
from expectations.rules import curated_suite
from expectations.runner import validate
from expectations.suites import RunFacts
from flows.cleaning import Cleaned
from flows.context import Context, results
from flows.plan import fingerprints
from flows.version import code_version
from tasks.assemble.examples import Assembled, AssembleParams, exact_duplicates
from tasks.compute import assemble_partition
from tasks.errors import RecordError
from tasks.keys import keyring
from tasks.lineage import digest
from tasks.prefect_tasks import submit
from tasks.publish.intervals import IntervalTable, Staged, content_hash
from tasks.publish.versions import VersionRecord, Versions
from tasks.step import Quarantine


@dataclass
class Landing:
    """The candidate version on its way: `number` is the version that it would become."""

    context: Context
    number: int
    publish_key: str
    examples: pa.Table
    staged: Staged | None = None
    validation: ValidationReport | None = None

    @property
    def table(self) -> IntervalTable:
        """The curated table."""
        return IntervalTable(self.context.lake.curated(self.context.settings.dataset.name))

    @property
    def versions(self) -> Versions:
        """The versions of the dataset."""
        return Versions(self.context.lake.records, self.context.settings.dataset.name)


def assemble_params(context: Context) -> AssembleParams:
    """Return the params of assemble; the month is that of the run id."""
    given = context.settings.dataset
    month = f"{context.run_id[:4]}-{context.run_id[4:6]}"
    shares = {"validation_share": given.validation_share, "test_share": given.test_share}
    return AssembleParams(month=month, max_chars=given.max_chars, **shares)


def publish_key(context: Context, manifest: list[str]) -> str:
    """Return what names the night's inputs: with the same key a rerun finds its version and stops."""
    settings = context.settings.model_dump(mode="json", include={"dataset", "validation"})
    return digest([sorted(manifest), fingerprints(context.settings), settings, keyring().epoch])


def build(context: Context, cleaned: Cleaned) -> pa.Table:
    """Assemble every partition in the workers and return all examples, exact duplicates taken out."""
    params = assemble_params(context)
    calls = [partial(assemble_partition, context.pool, ref, params) for ref in cleaned.partitions]
    futures = [submit("assemble", f"assemble · partition {number}", call) for number, call in enumerate(calls)]
    built: list[Assembled] = results(futures)
    for part in built:
        cleaned.held.append(part.quarantine)
        rows = part.quarantine.select(["record_id", "reason"]).to_pylist()
        cleaned.fates += [(row["record_id"], "quarantined", row["reason"]) for row in rows]
    return pa.concat_tables([part.examples for part in built])


def without_duplicates(landing: Landing, cleaned: Cleaned) -> None:
    """Take exact duplicates out of the candidate; their records are dropped, and say so."""
    current = landing.table.rows(landing.number - 1, ["example_id", "content_hash"])
    gone = exact_duplicates(landing.examples, current)
    keep = []
    for example_id, ids in _records(landing.examples):
        keep.append(example_id not in gone)
        why = ("dropped", "duplicate_example") if example_id in gone else ("published", "")
        cleaned.fates += [(record_id, *why) for record_id in ids]
    landing.examples = landing.examples.filter(pa.array(keep, pa.bool_()))
    landing.context.report.examples.update({"built": len(keep), "duplicates": len(gone)})


def _records(examples: pa.Table) -> list[tuple[str, list[str]]]:
    return list(zip(*(examples.column(n).to_pylist() for n in ("example_id", "record_ids")), strict=True))


def stage_and_validate(landing: Landing, cleaned: Cleaned, retired: list[str]) -> None:
    """Stage the candidate, run the suite over what lies in the table, and take out the rows that fail."""
    stage = partial(landing.table.stage, landing.examples, retired, landing.number)
    landing.staged = submit("stage", "stage", stage).result()
    landing.validation = submit("validate", "validate", partial(_validate, landing)).result()
    failures = dict(landing.validation.failures)
    if failures and not landing.validation.held:
        landing.table.remove_staged(sorted(failures), landing.number)
        _quarantine(landing, cleaned, failures)
    landing.context.report.examples.update({"failed_validation": len(failures)})


def _validate(landing: Landing) -> ValidationReport:
    """Run the suite of CURATED over the staged rows, read back from the table."""
    rows = landing.table.rows(landing.number)
    fresh = rows.filter(pc.equal(rows.column("valid_from"), landing.number))
    stays = rows.filter(pc.less(rows.column("valid_from"), landing.number))
    counts = landing.context.report
    latest = landing.versions.latest()
    facts = RunFacts(
        read=counts.records["in"],
        quarantined=sum(counts.quarantined.values()),
        kept=dict(Counter(stays.column("split").to_pylist())),
        previous=latest.counts["examples"] if latest else None,
    )
    return validate(fresh, curated_suite(landing.context.settings.validation), facts)


def _quarantine(landing: Landing, cleaned: Cleaned, failures: dict[str, tuple[str, ...]]) -> None:
    held = Quarantine("validate", landing.validation.suite_hash if landing.validation else "")
    for example_id, ids in _records(landing.examples):
        for record_id in ids if example_id in failures else ():
            held.add(record_id, RecordError("validation", ", ".join(failures[example_id])))
    cleaned.held.append(held.table())
    moved = set(held.rows)
    cleaned.fates = [
        (i, "quarantined", "validation") if fate == "published" and i in moved else (i, fate, why)
        for i, fate, why in cleaned.fates
    ]


def publish(landing: Landing) -> VersionRecord | None:
    """Write the version record, the commit of the night; no changed row, no version.

    Nor one that has the publish key of the latest: a run published it and died before it could write that down, so
    this one reads the same input again, and must land where that one did.
    """
    rows = landing.table.rows(landing.number, ["example_id", "content_hash", "split", "lang", "kind", "valid_from"])
    added = sum(version == landing.number for version in rows.column("valid_from").to_pylist())
    closed = landing.table.closed(landing.number)  # rows that failed validation have reopened what they closed
    if not added and not closed:
        return None
    if (latest := landing.versions.latest()) and latest.publish_key == landing.publish_key:
        landing.table.heal(latest.version)
        landing.context.report.notes.append(
            f"The input of version {latest.version} came again and gave other rows: a step is not deterministic, report"
            f" it. Version {latest.version} stays as it is."
        )
        return None
    counts = {"examples": rows.num_rows, "added": added, "closed": closed}
    for name in ("split", "lang", "kind"):
        counts |= {f"{name}.{key}": n for key, n in sorted(Counter(rows.column(name).to_pylist()).items())}
    context = landing.context
    record = VersionRecord(
        dataset=landing.versions.dataset,
        version=landing.number,
        created_at=datetime.now(UTC),
        run_id=context.run_id,
        publish_key=landing.publish_key,
        content_hash=content_hash(rows),
        counts=counts,
        settings_digest=digest(context.settings.model_dump(mode="json", exclude={"key_file", "lake", "prefect"})),
        code_version=code_version(),
        key_epoch=keyring().epoch,
        steps=fingerprints(context.settings),
        validation=_facts(landing),
    )
    submit("publish", f"publish · version {landing.number}", partial(landing.versions.publish, record)).result()
    return record


def _facts(landing: Landing) -> dict[str, Any]:
    return landing.validation.summary() if landing.validation else {}
