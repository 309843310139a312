"""The privacy part of a night's report: what was replaced, what became of the canaries, how much may be left."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Mapping
from functools import partial
from typing import Any

from flows.cleaning import Cleaned
from flows.context import Context, results
from flows.landing import Landing
from flows.plan import chain
from flows.privacy_page import SMALL, sentence
from tasks import batch as batches
from tasks.errors import DaytwoError
from tasks.pii.canaries import BY_THREAD, Planted, added, plant, quotas
from tasks.pii.risk import residual
from tasks.prefect_tasks import submit

TIMEOUT_S = 120.0
"""Wall clock of a worker with its share of the canaries."""


def tell(context: Context, landing: Landing, cleaned: Cleaned) -> None:
    """Fill the privacy part of the report of a night that published.

    The version is out by then: where the canaries fail, the report says so and the night ends well.
    """
    report = context.report
    report.replaced = _cells(cleaned)
    values = _values(landing)
    try:
        planted = _planted(context, quotas(values))
    except DaytwoError as error:
        report.notes.append(f"The residual risk is not known: planting canaries failed ({type(error).__name__}).")
        return
    report.canaries = [{**vars(p), "left": p.left} for p in planted]
    report.residual = vars(residual(values, planted))
    report.notes.append(sentence(report.residual))


def _cells(cleaned: Cleaned) -> list[dict[str, Any]]:
    """Return the replaced values of published records by type, language and source; null for small counts."""
    published = {id_ for id_, fate, _ in cleaned.fates if fate == "published"}
    counts: Counter[tuple[str, str, str]] = Counter()
    for ref in cleaned.partitions:
        rows = batches.read(ref).select(["record_id", "lang", "source_kind", "entities"]).to_pylist()
        for row in (r for r in rows if r["record_id"] in published):
            place = (row["lang"] or "und", row["source_kind"] or "other")
            counts.update({(e["entity_type"], *place): e["count"] for e in row["entities"] or ()})
    return [
        {"type": kind, "lang": lang, "source": source, "count": count if count >= SMALL else None}
        for (kind, lang, source), count in sorted(counts.items())
    ]


def _values(landing: Landing) -> dict[str, int]:
    """Return the replaced values of the whole version by type; names that the thread knew count apart.

    Which share of the names was known is seen on tonight's records only.
    """
    counts: Counter[str] = Counter()
    for row in landing.table.rows(landing.number, ["entities"]).to_pylist():
        counts.update({e["entity_type"]: e["count"] for e in row["entities"] or ()})
    report = landing.context.report
    if report.entities["PERSON"]:
        known = counts["PERSON"] * report.by_thread["PERSON"] // report.entities["PERSON"]
        counts.update({BY_THREAD: known, "PERSON": -known})
    return {kind: count for kind, count in counts.items() if count > 0}


def _planted(context: Context, quota: Mapping[str, int]) -> list[Planted]:
    """Put the canaries through scrub-pii and audit-leaks as they are set, a share in every worker."""
    params = {step.name: given for step, given in chain(context.settings)}
    langs, futures = dict(context.report.languages), []
    began = time.perf_counter()
    for number, share in enumerate(_shares(quota, context.pool.count)):
        args = (share, langs, f"{context.run_id}-{number}", params["scrub-pii"], params["audit-leaks"])
        call = partial(context.pool.call, plant, *args, timeout=TIMEOUT_S)
        futures.append(submit("plant-canaries", f"plant-canaries · {number}", call))
    parts: list[list[Planted]] = results(futures)
    context.report.seconds["plant-canaries"] += time.perf_counter() - began
    return added(parts)


def _shares(quota: Mapping[str, int], count: int) -> list[dict[str, int]]:
    return [{label: n // count + (number < n % count) for label, n in quota.items()} for number in range(count)]
