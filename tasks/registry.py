"""Every step and every source, in the order in which they run. A new one is one file plus one line here."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeVar

from tasks.assemble.duplicates import MARK_DUPLICATES
from tasks.correct.ocr_text import CORRECT_OCR
from tasks.errors import ConfigError
from tasks.ingest.mail import READ_MAIL
from tasks.ingest.tickets import READ_TICKETS
from tasks.language.identify import IDENTIFY_LANGUAGE
from tasks.normalize.boilerplate import STRIP_BOILERPLATE
from tasks.normalize.text import NORMALIZE_TEXT
from tasks.ocr.scans import READ_SCANS
from tasks.pii.audit import AUDIT_LEAKS
from tasks.pii.scrub import SCRUB_PII
from tasks.quality.score import SCORE_QUALITY
from tasks.relevance.filter import FILTER_IRRELEVANT
from tasks.replies.strip import STRIP_REPLIES
from tasks.source import Source
from tasks.step import Step

SOURCES: tuple[Source, ...] = (READ_MAIL, READ_TICKETS, READ_SCANS)

CLEAN_STEPS: tuple[Step, ...] = (
    CORRECT_OCR,
    NORMALIZE_TEXT,
    STRIP_REPLIES,
    STRIP_BOILERPLATE,
    IDENTIFY_LANGUAGE,
    FILTER_IRRELEVANT,
    SCRUB_PII,
    AUDIT_LEAKS,
    SCORE_QUALITY,
)
"""The clean chain of the nightly flow, in order."""

STEPS: tuple[Step, ...] = (*CLEAN_STEPS, MARK_DUPLICATES)
"""Every step that `daytwo step` knows."""

Named = TypeVar("Named", Step, Source)


def find(name: str, among: Sequence[Named]) -> Named:
    """Return the step or source called `name`.

    Raises ConfigError that lists the known ones.
    """
    for candidate in among:
        if candidate.name == name:
            return candidate
    known = ", ".join(candidate.name for candidate in among)
    raise ConfigError(f"unknown name {name!r}", remedy=f"Known: {known}.")


def source_of(kind: str) -> Source:
    """Return the source that reads `kind` (email, tickets, scans).

    Raises ConfigError that lists the known ones.
    """
    for source in SOURCES:
        if source.kind == kind:
            return source
    raise ConfigError(f"unknown kind {kind!r}", remedy=f"Known: {', '.join(s.kind for s in SOURCES)}.")
