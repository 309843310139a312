"""Inputs that a reader held back under other settings, or in an older version: they are read again.

Who raises a limit or lowers the confidence gate means the documents that wait. The ledger tells which inputs wait, and
the quarantine of each night under which fingerprint of the reader.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc

READ, KNOWN = "read", "known_item"
"""Fates of the ledger that are no refusal."""


@dataclass(frozen=True)
class HeldInputs:
    """The fingerprints under which inputs were held back: by the uri of the file, and by the hash of the content."""

    by_uri: Mapping[str, tuple[frozenset[str], ...]]
    by_content: Mapping[str, frozenset[str]]

    def reopens_file(self, uri: str, fingerprint: str) -> bool:
        """Tell whether a file holds an input that waits, and that no reader of this fingerprint has seen."""
        return any(fingerprint not in seen for seen in self.by_uri.get(uri, ()))

    def reopens(self, sha256: str, fingerprint: str) -> bool:
        """Tell whether an input waits that no reader of this fingerprint has seen."""
        return sha256 in self.by_content and fingerprint not in self.by_content[sha256]


def held_inputs(items: pa.Table, quarantine: Path) -> HeldInputs:
    """Return what was held back and never read since; `items` is the ledger's, `quarantine` the nights' folder."""
    refused = items.filter(pc.invert(pc.is_in(items["fate"], pa.array([READ, KNOWN]))))
    read = items.filter(pc.equal(items["fate"], READ))["sha256"].combine_chunks()
    waiting = refused.filter(pc.invert(pc.is_in(refused["sha256"], read))).to_pylist()
    if not waiting:
        return HeldInputs({}, {})
    seen = _fingerprints(quarantine)
    by_content: defaultdict[str, frozenset[str]] = defaultdict(frozenset)
    for row in waiting:
        by_content[row["sha256"]] |= seen[row["item_id"]]
    by_uri: defaultdict[str, list[frozenset[str]]] = defaultdict(list)
    for row in waiting:
        by_uri[row["uri"]].append(by_content[row["sha256"]])
    return HeldInputs({uri: tuple(found) for uri, found in by_uri.items()}, by_content)


def _fingerprints(quarantine: Path) -> defaultdict[str, set[str]]:
    """Return the fingerprints of the readers that held back each input."""
    import pyarrow.parquet as pq  # noqa: PLC0415 - only a lake in which inputs wait pays for it

    seen: defaultdict[str, set[str]] = defaultdict(set)
    for path in sorted(quarantine.glob("*.parquet")):
        table = pq.read_table(path, columns=["record_id", "fingerprint"], partitioning=None)
        for item_id, fingerprint in zip(*(column.to_pylist() for column in table.columns), strict=True):
            seen[item_id].add(fingerprint)
    return seen
