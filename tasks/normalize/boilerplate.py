"""strip-boilerplate: removes lines that repeat across many documents of a source: ticket macros, page headers.

Lines are counted by a keyed hash, so a count table tells nothing about what a line says. The step counts within its
batch, and adds a table of earlier counts where one is given; it does nothing below a number of documents, because in a
small batch every template looks like boilerplate and every greeting like a template.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from functools import cache
from pathlib import Path

import pyarrow as pa
from pydantic import Field

from expectations.schema import EDITS, WORK
from tasks import batch as batches
from tasks.edits import Edit, apply
from tasks.errors import ConfigError
from tasks.keys import keyring
from tasks.step import Params, Step, StepResult, edit_rows

SHORTEST = 20
"""Visible characters of a line that can be boilerplate: shorter ones ("Thank you!") are what people say."""
LINE = re.compile(r"[^\n]+\n?")


class BoilerplateParams(Params):
    """Params of strip-boilerplate.

    `documents`: fewest documents of a source before anything is removed. `share`: a line goes when it stands in more
    than this share of them (both must hold; C4 drops what repeats three times over the whole crawl, which would take
    every second greeting of a help desk). `counts`: JSON file with counts of earlier nights, as `count_table` makes it.
    """

    documents: int = Field(default=200, ge=2)
    share: float = Field(default=0.05, gt=0, le=1)
    counts: Path | None = None


def strip_boilerplate(table: pa.Table, params: BoilerplateParams) -> StepResult:
    """Remove lines that repeat across a source."""
    sources = [source or "" for source in table.column("source").to_pylist()]
    texts = table.column("text").to_pylist()
    totals, repeated = _counted(sources, texts, params.counts)
    limits = {
        s: max(2.0, params.share * total) if total >= params.documents else float("inf") for s, total in totals.items()
    }
    written, edits = [], []
    for id_, source, text in zip(table.column("record_id").to_pylist(), sources, texts, strict=True):
        if text is None or limits[source] == float("inf"):
            written.append(text)
            continue
        done = apply(text, _cuts(text, source, repeated, limits[source]))
        if not done.text.strip():
            done = apply(text, [])  # what many customers write word for word is no macro, and a record is never emptied
        written.append(done.text)
        edits += edit_rows(id_, "strip-boilerplate", done.edits)
    batch = batches.with_column(table, WORK.field("text"), written)
    return StepResult(
        batch, edits=batches.from_rows(edits, EDITS), report={"repeated-line": len(edits)} if edits else {}
    )


def count_table(table: pa.Table) -> dict[str, dict[str, int]]:
    """Return what `counts` reads: documents by source, and in how many of them each line (its keyed hash) stands."""
    sources = [source or "" for source in table.column("source").to_pylist()]
    totals, repeated = _counted(sources, table.column("text").to_pylist(), None)
    return {"documents": dict(totals), "lines": dict(repeated)}


def _counted(sources: list[str], texts: list[str | None], earlier: Path | None) -> tuple[Counter[str], Counter[str]]:
    totals, repeated = _earlier(earlier) if earlier else (Counter[str](), Counter[str]())
    for source, text in zip(sources, texts, strict=True):
        totals[source] += text is not None
        repeated.update({_hash(source, line) for line in (text or "").split("\n")} - {""})
    return totals, repeated


def _earlier(path: Path) -> tuple[Counter[str], Counter[str]]:
    try:
        loaded = json.loads(path.read_text(encoding="utf-8"))
        return Counter(loaded["documents"]), Counter(loaded["lines"])
    except (OSError, ValueError, KeyError, TypeError):
        raise ConfigError(
            f"cannot read the count table {path.name}", remedy="Leave `counts` out, or make it anew."
        ) from None


def folded(line: str) -> str:
    """Return a line as it is compared: case, blanks, quote marks and numbers (page 3 of 9) do not count."""
    return re.sub(r"\d+", "0", " ".join(line.strip(" \t>|*-_=").casefold().split()))


def _hash(source: str, line: str) -> str:
    """Return the keyed hash of a line, "" for one that can't be boilerplate."""
    told = folded(line)
    return _keyed(source, told) if len(told) >= SHORTEST else ""


@cache
def _keyed(source: str, line: str) -> str:
    return keyring().opaque_id("line", source, line)


def _cuts(text: str, source: str, repeated: Counter[str], limit: float) -> list[Edit]:
    """Return cuts of the repeated lines, each with its line end."""
    return [
        Edit(match.start(), match.end(), "", "repeated-line")
        for match in LINE.finditer(text)
        if (key := _hash(source, match.group())) and repeated[key] > limit
    ]


STRIP_BOILERPLATE = Step(
    "strip-boilerplate", 3, strip_boilerplate, BoilerplateParams, reads=("text", "source"), writes=("text",)
)
