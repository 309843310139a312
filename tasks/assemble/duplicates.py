"""mark-duplicates: which records say exactly the same as another one."""

from __future__ import annotations

import hashlib
import unicodedata

import pyarrow as pa

from expectations.schema import WORK
from tasks import batch as batches
from tasks.step import Params, Step, StepResult


class DuplicateParams(Params):
    """Params of mark-duplicates."""


def folded(text: str) -> str:
    """Return `text` as it is compared: NFC and one space for each run of white space."""
    return " ".join(unicodedata.normalize("NFC", text).split())


def mark_duplicates(table: pa.Table, params: DuplicateParams) -> StepResult:
    """Mark records whose folded text is the same as that of another."""
    del params
    groups: dict[bytes, list[str]] = {}
    keys = []
    for id_, text in zip(table.column("record_id").to_pylist(), table.column("text").to_pylist(), strict=True):
        key = (
            hashlib.sha256(folded(text or "").encode("utf-8", "surrogatepass")).digest()
            if (text or "").strip()
            else b""
        )
        keys.append(key)
        if key:
            groups.setdefault(key, []).append(id_)
    kept = {key: min(ids) for key, ids in groups.items() if len(ids) > 1}
    ids = table.column("record_id").to_pylist()
    of = [kept[k] if k in kept and kept[k] != i else None for k, i in zip(keys, ids, strict=True)]
    table = batches.with_column(table, WORK.field("duplicate_of"), of)
    return StepResult(batches.with_column(table, WORK.field("cluster_id"), [kept.get(k) for k in keys]))


MARK_DUPLICATES = Step(
    "mark-duplicates",
    1,
    mark_duplicates,
    DuplicateParams,
    reads=("text",),
    writes=("duplicate_of", "cluster_id"),
)
