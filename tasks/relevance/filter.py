"""The step filter-irrelevant: say which records are no conversation, and why. It removes none."""

from __future__ import annotations

import unicodedata
from collections import Counter
from collections.abc import Mapping
from typing import Any

import pyarrow as pa

from expectations.schema import WORK
from tasks import batch as batches
from tasks.lexica import UserFile
from tasks.relevance.message import message
from tasks.relevance.phrases import clues, phrases
from tasks.relevance.rules import RULES
from tasks.step import Params, Step, StepResult

KINDS = frozenset({"email", "tickets", None})
"""Scans are no mail; a record without a kind (workbench) is taken for one."""


INTERNAL_NOTE = "internal_note"
"""Flag of the ticket reader: the customer never saw this comment, so a model must not learn to say it."""


class FilterIrrelevantParams(Params):
    """Each rule can be switched off: its records are then kept. Defaults: all on."""

    auto_reply: bool = True
    bounce: bool = True
    bulk: bool = True
    calendar: bool = True
    read_receipt: bool = True
    one_time_code: bool = True
    spam: bool = True
    internal_note: bool = True
    empty: bool = True
    phrases_file: UserFile = ""
    """TOML file with more phrases (see tasks/lexica/relevance_phrases.toml)."""


def filter_irrelevant(table: pa.Table, params: FilterIrrelevantParams) -> StepResult:
    """Set `drop_reason` on records that are no conversation: auto-replies, bounces, bulk mail, notices, empty ones."""
    rows = table.select([name for name in READS if name in table.column_names]).to_pylist()
    reasons = [None if row.get("drop_reason") else _reason(row, params) for row in rows]
    kept = [row.get("drop_reason") or reason for row, reason in zip(rows, reasons, strict=True)]
    batch = batches.with_column(table, WORK.field("drop_reason"), kept)
    return StepResult(batch, report=Counter(reason for reason in reasons if reason))


def _reason(row: Mapping[str, Any], params: FilterIrrelevantParams) -> str | None:
    """Return why a record is not for training, None to keep it."""
    if params.internal_note and INTERNAL_NOTE in (row.get("flags") or ()):
        return INTERNAL_NOTE
    if row.get("source_kind") in KINDS:
        known, mail = phrases(params.phrases_file), message(row, clues(params.phrases_file))
        for reason, rule in RULES.items():
            if getattr(params, reason) and rule(mail, known[reason]):
                return reason
    return "empty" if params.empty and is_empty(row["text"]) else None


def is_empty(text: str | None) -> bool:
    """Say whether a text has no letter, no digit and no picture character: a lone "👍" is an answer."""
    return not any(c.isalnum() or unicodedata.category(c) == "So" for c in text or "")


READS = ("text", "flags", "subject", "participants", "headers", "attachments", "source_kind", "drop_reason")

FILTER_IRRELEVANT: Step = Step(
    "filter-irrelevant", 2, filter_irrelevant, FilterIrrelevantParams, READS, ("drop_reason",)
)
