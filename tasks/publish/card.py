"""The dataset card of a pulled version: what it is, how it was made, how to load it. Counts only."""

from __future__ import annotations

from typing import Any

from tasks.publish.versions import VersionRecord


def card(record: VersionRecord, manifest: dict[str, Any]) -> str:
    """Return README.md with the YAML head that `datasets.load_dataset` reads."""
    return "\n".join([*_head(manifest), *_body(record, manifest)]) + "\n"


def _head(manifest: dict[str, Any]) -> list[str]:
    lines = ["---", "configs:", "- config_name: default", "  data_files:"]
    for file in manifest["files"]:
        lines += [f"  - split: {file['split']}", f"    path: {file['name']}"]
    return [*lines, "---", ""]


def _body(record: VersionRecord, manifest: dict[str, Any]) -> list[str]:
    lines = [f"# {record.dataset}, version {record.version}", ""]
    lines += [f"Published {record.created_at:%Y-%m-%d %H:%M} UTC by run `{record.run_id}`.", ""]
    lines += [f"Content hash `{record.content_hash}`; pulled in {manifest['format']} form.", ""]
    lines += ["| split | rows | SHA-256 |", "|---|---:|---|"]
    lines += [f"| {file['split']} | {file['rows']:,} | `{file['sha256']}` |" for file in manifest["files"]]
    if manifest["left_out"]:
        lines += ["", f"{manifest['left_out']:,} documents are not in the chat form; pull it as text to have them."]
    lines += ["", "## Counts", "", "| what | count |", "|---|---:|"]
    lines += [f"| {name} | {count:,} |" for name, count in record.counts.items()]
    lines += ["", "## Made by", "", f"daytwo {record.code_version}, pseudonyms of key epoch {record.key_epoch}.", ""]
    lines += [f"- `{fingerprint}`" for fingerprint in record.steps.values()]
    return [*lines, "", "Personal data was replaced by keyed pseudonyms such as `<PERSON_k7f3a9m2q4xz>`."]
