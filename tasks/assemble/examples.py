"""Threads become examples: a conversation with roles, or a document; exact duplicates go, splits are by thread."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import groupby
from typing import Any

import pyarrow as pa
from pydantic import Field

from expectations.schema import CLEAN, CURATED
from tasks import batch as batches
from tasks.errors import RecordError
from tasks.keys import keyring
from tasks.lineage import digest, fingerprint
from tasks.step import Params, Quarantine

NAME, VERSION = "assemble", 1
ROLES = {"customer": "user", "agent": "assistant", "system": "system", "document": "user"}
"""Our roles as chat templates name them; who is unknown speaks as the user."""


class AssembleParams(Params):
    """`month` is the month of the run (YYYY-MM), given because a step may not read the clock."""

    month: str = Field(pattern=r"^\d{4}-\d{2}$")
    validation_share: float = Field(0.05, ge=0, le=0.5)
    test_share: float = Field(0.05, ge=0, le=0.5)
    max_chars: int = Field(200_000, ge=1)


@dataclass(frozen=True)
class Assembled:
    """`examples` (schema CURATED, intervals null) and what was held back (schema QUARANTINE, one row a record)."""

    examples: pa.Table
    quarantine: pa.Table


def assemble(clean: pa.Table, params: AssembleParams) -> Assembled:
    """Build one example per thread. `clean` must hold every record of each thread that occurs in it."""
    held = Quarantine(NAME, fingerprint(NAME, VERSION, params.model_dump(mode="json")))
    rows = sorted(batches.conform(clean, CLEAN).to_pylist(), key=lambda row: (row["thread_id"], *_turn(row)))
    examples = []
    for thread_id, group in groupby(rows, key=lambda row: row["thread_id"]):
        records = list(group)
        example = _example(thread_id, records, params)
        if example["n_chars"] > params.max_chars:
            for record in records:
                held.add(record["record_id"], RecordError("text_too_long", f"{example['n_chars']} code points"))
        else:
            examples.append(example)
    return Assembled(batches.from_rows(examples, CURATED), held.table())


def _turn(row: Mapping[str, Any]) -> tuple[int, float, str]:
    written = row["created_at"].timestamp() if row["created_at"] else float("inf")
    return (row["turn_index"] if row["turn_index"] is not None else 1 << 30, written, row["record_id"])


def _example(thread_id: str, records: list[dict[str, Any]], params: AssembleParams) -> dict[str, Any]:
    document = all(record["role"] == "document" for record in records)
    messages = [{"role": ROLES.get(r["role"], "user"), "content": _content(records, i)} for i, r in enumerate(records)]
    text = "\n\n".join(message["content"] for message in messages)
    kind, lang = "document" if document else "conversation", _language(records)
    scores = [record["quality_score"] for record in records if record["quality_score"] is not None]
    return {
        "example_id": example_id(thread_id),
        "thread_id": thread_id,
        "kind": kind,
        "split": split(thread_id, params),
        "messages": messages,
        "text": text,
        "lang": lang,
        "source_kinds": sorted({record["source_kind"] for record in records}),
        "created_at": min((r["created_at"] for r in records if r["created_at"]), default=None),
        "n_turns": len(messages),
        "n_chars": len(text),
        "quality_score": min(scores, default=None),
        "record_ids": [record["record_id"] for record in records],
        "entities": _entities(records),
        "content_hash": _content_hash(kind, lang, messages),
        "lineage": digest([sorted({r["lineage"] for r in records}), fingerprint(NAME, VERSION, params.model_dump())]),
        "month": params.month,
    }


def example_id(thread_id: str) -> str:
    """Return the id of a thread's example; it stays the same while the thread grows."""
    return keyring().opaque_id("exa", thread_id)


def _entities(records: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    found: Counter[str] = Counter()
    for record in records:
        found.update({entity["entity_type"]: entity["count"] for entity in record["entities"] or ()})
    return [{"entity_type": entity_type, "count": found[entity_type]} for entity_type in sorted(found)]


def _content(records: list[dict[str, Any]], index: int) -> str:
    """Return the text of a turn; the first one starts with the subject unless it says the same."""
    text: str = records[index]["text"]
    subject = records[index]["subject"]
    if index or not subject or subject.casefold() in text.casefold():
        return text
    return f"{subject}\n\n{text}"


def _language(records: Iterable[Mapping[str, Any]]) -> str:
    """Return the language of most code points; `und` only when nothing else is known."""
    weight: Counter[str] = Counter()
    for record in records:
        if record["lang"] and record["lang"] != "und":
            weight[record["lang"]] += len(record["text"])
    return min(weight, key=lambda lang: (-weight[lang], lang), default="und")


def split(thread_id: str, params: AssembleParams) -> str:
    """Return train, validation or test; all of a thread lands in one, and stays there for ever."""
    place = int.from_bytes(hashlib.sha256(thread_id.encode()).digest()[:8], "big") / 2**64
    if place < params.test_share:
        return "test"
    return "validation" if place < params.test_share + params.validation_share else "train"


def _content_hash(kind: str, lang: str, messages: list[dict[str, str]]) -> str:
    hashed = hashlib.sha256()
    for part in (kind, lang, *(part for message in messages for part in (message["role"], message["content"]))):
        data = part.encode()
        hashed.update(len(data).to_bytes(8, "big") + data)
    return hashed.hexdigest()


def exact_duplicates(examples: pa.Table, current: pa.Table) -> set[str]:
    """Return the ids of examples that say exactly what another one says.

    `current` are the rows of the latest version (example_id, content_hash). The one that is in the dataset already is
    kept, else the oldest; ties go to the lesser id, so that a rerun decides alike.
    """
    owner = dict(zip(*(current.column(n).to_pylist() for n in ("content_hash", "example_id")), strict=True))
    rows = examples.select(["example_id", "content_hash", "created_at"]).to_pylist()
    duplicates = set()
    for row in sorted(rows, key=_age):
        if owner.setdefault(row["content_hash"], row["example_id"]) != row["example_id"]:
            duplicates.add(row["example_id"])
    return duplicates


def _age(row: Mapping[str, Any]) -> tuple[float, str]:
    return (row["created_at"].timestamp() if row["created_at"] else float("inf"), row["example_id"])
