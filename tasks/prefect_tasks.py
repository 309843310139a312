"""The one Prefect task: it runs a prepared call, shows its counts in the UI, and retries what a retry may mend.

The call is a `functools.partial` over references; Prefect stores neither it nor its result.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from prefect import task
from prefect.cache_policies import NO_CACHE
from prefect.client.schemas.objects import State, TaskRun
from prefect.futures import PrefectFuture
from prefect.states import Completed
from prefect.tasks import Task

from tasks.errors import DaytwoError, TransientError, unexpected

RETRIES = 2
RETRY_DELAYS_S = [2.0, 10.0]


async def _may_help(_task: Task[..., Any], _run: TaskRun, state: State) -> bool:
    """Tell whether a retry may help: only with a TransientError."""
    error = await state.aresult(raise_on_failure=False)
    return isinstance(error, TransientError)


@task(
    persist_result=False,
    cache_policy=NO_CACHE,
    log_prints=False,
    retries=RETRIES,
    retry_delay_seconds=RETRY_DELAYS_S,
    retry_condition_fn=_may_help,
)
def _work(call: Callable[..., Any], *upstream: Any) -> State[Any]:
    try:
        result = call(*upstream)
    except DaytwoError:
        raise
    except Exception as error:  # noqa: BLE001 - a message of a library may hold text; Prefect would store it for good
        raise unexpected(error) from None
    return Completed(message=getattr(result, "counts", None) or "done", data=result)


def submit(name: str, label: str, call: Callable[..., Any], *upstream: PrefectFuture[Any]) -> PrefectFuture[Any]:
    """Start `call(*results of upstream)` as a task run.

    `name` is static (a step), `label` names the run: `scrub-pii · partition 7`. Neither may hold a user's text.
    """
    future = _work.with_options(name=name, task_run_name=label).submit(call, *upstream)
    for watcher in watchers:
        watcher(label, False)
        future.add_done_callback(partial(_tell, watcher, label))
    return future


Watcher = Callable[[str, bool], None]
watchers: list[Watcher] = []
"""Called with a label when a task run is submitted (False) and when it has ended (True): the terminal's progress."""


def _tell(watcher: Watcher, label: str, _future: PrefectFuture[Any]) -> None:
    watcher(label, True)
