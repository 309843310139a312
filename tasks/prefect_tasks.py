"""The one Prefect task: it runs a prepared call, shows its counts in the UI, and retries what a retry may mend.

The call is a `functools.partial` over references; Prefect stores neither it nor its result.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from prefect import task
from prefect.cache_policies import NO_CACHE
from prefect.client.schemas.objects import State, TaskRun
from prefect.futures import PrefectFuture
from prefect.states import Completed
from prefect.tasks import Task

from tasks.errors import DaytwoError, TransientError

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
        raise DaytwoError(f"{type(error).__name__} in {_place(error)}", remedy="Report it: this is a bug.") from None
    return Completed(message=getattr(result, "counts", None) or "done", data=result)


def _place(error: BaseException) -> str:
    """Return file and line where an unexpected error was raised, innermost of ours or not."""
    trace = error.__traceback__
    while trace and trace.tb_next:
        trace = trace.tb_next
    return f"{trace.tb_frame.f_code.co_filename.rsplit('/', 2)[-1]}:{trace.tb_lineno}" if trace else "?"


def submit(name: str, label: str, call: Callable[..., Any], *upstream: PrefectFuture[Any]) -> PrefectFuture[Any]:
    """Start `call(*results of upstream)` as a task run.

    `name` is static (a step), `label` names the run: `scrub-pii · partition 7`. Neither may hold a user's text.
    """
    return _work.with_options(name=name, task_run_name=label).submit(call, *upstream)
