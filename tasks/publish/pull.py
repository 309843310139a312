"""Pull a pinned version into a folder that pandas, Polars and `datasets.load_dataset` read as it is."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from expectations.schema import SPLITS
from tasks.errors import ConfigError, ContractError, storage_error
from tasks.lake import Lake
from tasks.publish.card import card
from tasks.publish.intervals import IntervalTable, content_hash
from tasks.publish.versions import Versions

MANIFEST, CARD = "manifest.json", "README.md"
OURS = {MANIFEST, CARD, *(f"{split}.{ending}" for split in SPLITS for ending in ("jsonl", "parquet"))}
"""Whatever a pull may leave in a folder."""
PARTIAL = ".daytwo-pull-"


def chat(row: dict[str, Any]) -> dict[str, Any]:
    """Return a row in the form that chat trainers read: messages with role and content."""
    return {"messages": row["messages"], "id": row["example_id"], "lang": row["lang"]}


def text(row: dict[str, Any]) -> dict[str, Any]:
    """Return a row as one text."""
    return {"text": row["text"], "id": row["example_id"], "lang": row["lang"], "kind": row["kind"]}


LINES: dict[str, Callable[[dict[str, Any]], dict[str, Any]]] = {"chat": chat, "text": text}
FORMATS = (*LINES, "parquet")


def pull(lake: Lake, dataset: str, version: str, form: str, to: Path) -> dict[str, Any]:
    """Write a version to the folder `to`, one file per split, and return the manifest.

    The rows are checked against the content hash of the version record. In chat form documents are left out: they are
    no conversation; the manifest says how many.

    Raises ConfigError for an unknown version, format or a folder that holds other things, ContractError when the rows
    are not those that were published, TransientError when the disk is full: then an earlier pull stays whole.
    """
    if form not in FORMATS:
        raise ConfigError(f"unknown format {form!r}", remedy=f"Known: {', '.join(FORMATS)}.")
    record = Versions(lake.records, dataset).find(version)
    rows = IntervalTable(lake.curated(dataset)).rows(record.version)
    if content_hash(rows) != record.content_hash:
        raise ContractError(f"{dataset}@{record.version} is not what was published", remedy="Restore the table.")
    earlier = _earlier(to, dataset)
    kept = rows.filter(pc.equal(rows.column("kind"), "conversation")) if form == "chat" else rows
    manifest = {"dataset": dataset, "version": record.version, "format": form, "content_hash": record.content_hash}
    with _staged(to, earlier) as folder:
        files = [_write(kept.filter(pc.equal(kept.column("split"), name)), name, form, folder) for name in SPLITS]
        manifest |= {"files": [file for file in files if file["rows"]], "left_out": rows.num_rows - kept.num_rows}
        (folder / CARD).write_text(card(record, manifest), encoding="utf-8")
        (folder / MANIFEST).write_text(json.dumps(manifest, indent=2) + "\n", encoding="utf-8")
    return manifest


def _earlier(to: Path, dataset: str) -> set[str]:
    """Return the names of what an earlier pull of the same dataset left in a folder.

    Raises ConfigError when it holds other things.
    """
    try:
        there = {path.name for path in to.iterdir() if not path.name.startswith(PARTIAL)} if to.exists() else set()
        if not there:
            return there
        manifest = json.loads((to / MANIFEST).read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise ConfigError(f"{to} holds other things", remedy="Pull into an empty folder.") from None
    except OSError as error:
        raise ConfigError(f"cannot use {to}: {error.strerror}", remedy="Pull into an empty folder.") from None
    except ValueError as error:
        raise ConfigError(f"cannot use {to}: {type(error).__name__}", remedy="Pull into an empty folder.") from None
    same = isinstance(manifest, dict) and "files" in manifest and manifest.get("dataset") == dataset
    if not same or there - OURS:
        raise ConfigError(f"{to} holds other things", remedy="Pull into an empty folder.")
    return there


@contextmanager
def _staged(to: Path, earlier: set[str]) -> Iterator[Path]:
    """Yield a folder whose files take the place of the `earlier` ones at the end, the manifest last.

    Raises TransientError when the disk is full, ConfigError when the folder may not be written; then what was there
    stays as it was.
    """
    partial = to / f"{PARTIAL}{os.getpid()}"
    made = not to.exists()
    try:
        for left in to.glob(f"{PARTIAL}*"):  # by a pull that was killed
            shutil.rmtree(left, ignore_errors=True)
        partial.mkdir(parents=True)
        yield partial
        names = {path.name for path in partial.iterdir()}
        for name in sorted(names, key=lambda name: name == MANIFEST):
            (partial / name).replace(to / name)
        for name in earlier - names:
            (to / name).unlink()
    except OSError as error:
        raise storage_error(error, to) from None
    finally:
        shutil.rmtree(partial, ignore_errors=True)
        if made:
            with suppress(OSError):  # it stays when the pull has filled it
                to.rmdir()


def _write(rows: pa.Table, split: str, form: str, to: Path) -> dict[str, Any]:
    """Write one split, if it has rows, and return its line of the manifest."""
    path = to / f"{split}.{'parquet' if form == 'parquet' else 'jsonl'}"
    if rows.num_rows and form == "parquet":
        pq.write_table(rows.drop_columns(["valid_from", "valid_to"]).replace_schema_metadata(None), path)
    elif rows.num_rows:
        with path.open("w", encoding="utf-8") as file:
            file.writelines(_lines(rows, LINES[form]))
    digest = hashlib.sha256(path.read_bytes()).hexdigest() if rows.num_rows else None
    return {"name": path.name, "split": split, "rows": rows.num_rows, "sha256": digest}


def _lines(rows: pa.Table, form: Callable[[dict[str, Any]], dict[str, Any]]) -> Iterator[str]:
    for row in rows.to_pylist():
        line = json.dumps(form(row), ensure_ascii=False)
        yield line.replace("\x85", "\\u0085").replace("\u2028", "\\u2028").replace("\u2029", "\\u2029") + "\n"
