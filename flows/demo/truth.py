"""What the corpus holds and what should become of it, so that a test of the whole night can count."""

from __future__ import annotations

import dataclasses
import json
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Planted:
    """A personal value, as it is written, and the files it stands in (relative to the corpus folder, sorted)."""

    entity_type: str
    value: str
    files: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class DemoTruth:
    """Everything that was written. File names are relative to the corpus folder, such as `mail/0001.eml`.

    `mails` counts readable mails with the duplicate, in files and in the mbox; `mail_files` the .eml files, broken
    ones too; `threads` the conversations with support (`thread_mails` mails, without auto-replies and the duplicate);
    `tickets` the readable ones with the two copies; `drops` the mails that are no conversation, by reason code.
    `quarantined` gives (place, reason code), a broken row as `file#row`, rows counted from 0 without a CSV's header.
    `duplicate_mails` are (kept, copy) files, `duplicate_tickets` (kept, copy) ticket ids. `kept_values` are order
    numbers and amounts of mails and tickets, which no scrubber may touch. `languages` maps the native id (Message-ID,
    ticket id, bare name of a scan) to BCP-47; `dropped_mails` maps Message-ID to reason code. `scan_texts` holds the
    lines of each scanned page by file, attachments as `mail/<file>!<attachment>`.
    """

    mails: int
    mail_files: int
    mbox_mails: int
    threads: int
    thread_mails: int
    tickets: int
    ticket_comments: int
    tickets_by_file: dict[str, int]
    scan_documents: int
    scan_pages: int
    attachments: dict[str, int]
    drops: dict[str, int]
    dropped_mails: dict[str, str]
    quarantined: tuple[tuple[str, str], ...]
    skipped: tuple[str, ...]
    duplicate_mails: tuple[tuple[str, str], ...]
    duplicate_tickets: tuple[tuple[str, str], ...]
    planted: tuple[Planted, ...]
    kept_values: tuple[Planted, ...]
    languages: dict[str, str]
    scan_texts: dict[str, tuple[str, ...]]

    def write(self, path: Path) -> None:
        """Write the truth as indented JSON."""
        path.write_text(json.dumps(dataclasses.asdict(self), ensure_ascii=False, indent=1) + "\n", "utf-8")


class Findings:
    """Collects texts and personal values while the corpus is written, and finds out at the end which stands where."""

    def __init__(self) -> None:
        self._texts: dict[str, list[str]] = defaultdict(list)
        self._values: dict[tuple[str, str], None] = {}

    def wrote(self, file: str, *texts: str) -> None:
        """Note that `file` shows these texts to a reader, after decoding."""
        self._texts[file].extend(texts)

    def plant(self, entity_type: str, *values: str) -> None:
        """Note personal values; the same one may be planted often."""
        self._values.update(dict.fromkeys((entity_type, value) for value in values))

    def found(self, kept: Iterable[tuple[str, str]] = ()) -> tuple[Planted, ...]:
        """Return the planted values that some file shows; with `kept`, these other (kind, value) pairs instead."""
        wanted = list(dict.fromkeys(kept)) or list(self._values)
        joined = {file: "\n".join(texts) for file, texts in self._texts.items()}
        spots = [
            Planted(kind, value, tuple(sorted(file for file, text in joined.items() if value in text)))
            for kind, value in wanted
        ]
        return tuple(sorted((spot for spot in spots if spot.files), key=lambda s: (s.entity_type, s.value)))
