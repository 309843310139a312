"""Digests that say by what something was made."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from typing import Any

DIGEST_CHARS = 16
"""Hex digits kept of a SHA-256: 64 bits, enough to tell settings apart (it is no security boundary)."""


def digest(value: Any) -> str:
    """Return a short digest of any JSON value; equal values give equal digests, whatever their key order."""
    canonical = json.dumps(value, sort_keys=True, ensure_ascii=False, separators=(",", ":"), default=str)
    return hashlib.sha256(canonical.encode("utf-8", "backslashreplace")).hexdigest()[:DIGEST_CHARS]


def fingerprint(name: str, version: int, params: dict[str, Any]) -> str:
    """Return the fingerprint of a step or source: it changes when its version or any param does."""
    return f"{name}@{version}:{digest(params)}"


def lineage(fingerprints: Iterable[str]) -> str:
    """Return the digest of a chain of fingerprints, in order."""
    return digest(list(fingerprints))
