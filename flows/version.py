"""Which code runs."""

from __future__ import annotations

from functools import cache
from importlib.metadata import PackageNotFoundError, version


@cache
def code_version() -> str:
    """Return the version of the installed distribution."""
    try:
        return version("daytwo")
    except PackageNotFoundError:
        return "unknown"
