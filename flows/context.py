"""What every phase of a night needs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from prefect.futures import PrefectFuture

from flows.report import NightReport
from flows.settings import Settings
from tasks.lake import Lake
from tasks.ledger import Ledger
from tasks.sandbox import Workers


@dataclass(frozen=True)
class Context:
    """Settings, places and the pool of one night; the report is filled as the night goes."""

    settings: Settings
    run_id: str
    pool: Workers
    lake: Lake
    report: NightReport

    @property
    def ledger(self) -> Ledger:
        """The ledger of the lake."""
        return Ledger(self.lake.restricted / "ledger")

    @property
    def thread_index(self) -> Path:
        """The restricted index of all known messages."""
        return self.lake.restricted / "threads" / "index"

    @property
    def scratch(self) -> Path:
        """The scratch folder of this run."""
        return self.lake.scratch(self.run_id)

    @property
    def partition_size(self) -> tuple[int, int]:
        """Most bytes of a partition, and the least number of partitions: two per worker keep all of them busy."""
        return self.settings.runtime.partition_mb << 20, 2 * self.pool.count


def results(futures: Sequence[PrefectFuture[Any]]) -> list[Any]:
    """Wait for all, and return their results in order; the first error is raised when all have ended."""
    for future in futures:
        future.wait()
    return [future.result() for future in futures]
