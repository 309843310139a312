"""How the privacy part of a night's report is shown: tables and one sentence. Counts only.

A cell that counts fewer than SMALL values is not told: with a rare type, language and source it could point at a
person.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from tasks.pii.interval import wilson

SMALL = 5
"""Counts below this are not told (k-anonymity's usual k)."""
FEW = f"< {SMALL}"
Cells = Sequence[Mapping[str, Any]]


def told(count: float | None) -> str:
    """Return a count as it is shown: small ones are not told, nothing is empty."""
    if count is None or 0 < count < SMALL:
        return FEW
    return f"{count:,}" if count else ""


def lines(replaced: Cells, canaries: Cells, residual: Mapping[str, int]) -> list[str]:
    """Return the privacy part of the page, as lines of Markdown; none for a night that published nothing."""
    return [*_replaced(replaced), *_canaries(canaries, residual)]


def sentence(residual: Mapping[str, int]) -> str:
    """Return what may be left, in one sentence."""
    return (
        f"Of about {residual['values'] + residual['high']:,} personal values in the version, "
        f"{residual['low']:,} to {residual['high']:,} may be left (95 % interval)."
    )


def _replaced(cells: Cells) -> list[str]:
    if not cells:
        return []
    sources = sorted({cell["source"] for cell in cells})
    counts = {(c["type"], c["lang"], c["source"]): c["count"] for c in cells}
    page = ["## Personal data replaced in tonight's published records", ""]
    page += [f"| type | language | {' | '.join(sources)} |", f"|---|---|{'---:|' * len(sources)}"]
    for kind, lang in sorted({(c["type"], c["lang"]) for c in cells}):
        page.append(f"| {kind} | {lang} | {' | '.join(told(counts.get((kind, lang, s), 0)) for s in sources)} |")
    return [*page, ""]


def _canaries(canaries: Cells, residual: Mapping[str, int]) -> list[str]:
    if not canaries:
        return []
    page = ["## Residual risk", ""]
    page += [
        "Canaries (made-up values, never in the data) went through scrub-pii and audit-leaks as the records did.",
        "The estimate holds as far as real values are written like them: in common wordings, every fifth disguised,",
        "every third surname in no list, in those of the night's languages that have wordings (else in English).",
    ]
    if residual.get("unknown"):
        page.append(f"Nothing is said of {residual['unknown']:,} values of types without canaries.")
    page += ["", "| type | planted | missed by scrub-pii | caught by audit-leaks | left | gone, 95 % interval |"]
    page.append("|---|---:|---:|---:|---:|---:|")
    for one in sorted(canaries, key=lambda c: (-c["left"], -c["planted"], c["entity_type"])):
        low, high = wilson(one["planted"] - one["left"], one["planted"])
        counts = " | ".join(str(one[name]) for name in ("planted", "missed", "audited", "left"))
        page.append(f"| {one['entity_type']} | {counts} | {low:.1%} to {high:.1%} |")
    return [*page, ""]
