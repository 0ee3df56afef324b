"""The run of the code that calls, and what the SDK needs of it."""

from __future__ import annotations

import contextvars
import threading
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from ._context import ExecutionContext
    from ._durable import DurableRun


class CurrentRun(Protocol):
    """What serves the SDK: a run in the child process, or the connection of a program."""

    @property
    def context(self) -> ExecutionContext: ...
    @property
    def durable(self) -> DurableRun: ...
    async def call(self, method: str, args: dict[str, Any]) -> Any: ...


_of_task: contextvars.ContextVar[CurrentRun | None] = contextvars.ContextVar("bifrost_run", default=None)
# A child has one run at a time: threads that libraries started have no context of their own.
_of_process: list[CurrentRun] = []
_outside: list[CurrentRun] = []


def enter_run(run: CurrentRun) -> None:
    _of_process[:] = [run]


def leave_run(run: CurrentRun) -> None:
    if _of_process and _of_process[0] is run:
        _of_process.clear()


def run_in_task(run: CurrentRun) -> contextvars.Token[CurrentRun | None]:
    return _of_task.set(run)


def caller_run() -> CurrentRun | None:
    """The run of the caller. Code that an earlier run left behind finds that run, which refuses what it asks."""
    run = _of_task.get()
    if run is not None:
        return run
    of_thread = getattr(threading.current_thread(), "_bifrost_run", None)
    if of_thread is not None:
        return of_thread  # type: ignore[no-any-return]
    return _of_process[0] if _of_process else None


def connect_outside(run: CurrentRun | None) -> None:
    _outside[:] = [] if run is None else [run]


def require_run(what: str) -> CurrentRun:
    run = caller_run()
    if run is not None:
        return run
    if not _outside:
        from .client import _connect_by_environment

        _connect_by_environment()
    if _outside:
        return _outside[0]
    raise RuntimeError(
        f"{what} works inside a run: start the function through Bifrost, or name a server with "
        "BifrostClient(base_url, token) or BIFROST_URL and BIFROST_API_KEY."
    )
