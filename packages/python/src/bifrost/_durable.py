"""What the durable calls of the SDK need of a run; the child runtime implements it."""

from __future__ import annotations

from typing import Any, Awaitable, Callable, Protocol, TypeVar

from ._current import require_run

T = TypeVar("T")
Place = dict[str, Any]
Entry = dict[str, Any]


class DurableRun(Protocol):
    """The journal of a run, and what it waits for. Entries and places are as the protocol has them."""

    execution_id: str
    # After a crash the run continues by replay: what it did to the outside is kept, so that it is not done again.
    is_durable: bool

    @property
    def inside_step(self) -> str | None: ...
    def next(self, kind: str, name: str) -> tuple[Place, Entry | None]: ...
    def in_branch(self, name: str) -> Any: ...
    async def work(self, step: str, body: Callable[[], Awaitable[T]]) -> T: ...
    def take_roi(self) -> dict[str, float] | None: ...
    def started(self, place: Place, attempt: int) -> None: ...
    async def record(self, place: Place, outcome: dict[str, Any]) -> None: ...
    async def replay(self, entry: Entry) -> None: ...
    async def wait(self, place: Place, wait: dict[str, Any], attempts: list[dict[str, Any]]) -> Entry: ...
    def on_undo(self, place: Place, undo: Callable[[], Any]) -> None: ...
    async def sleep_in_process(self, seconds: float) -> None: ...


def require_durable(what: str) -> DurableRun:
    """The run of the caller, for a durable call; inside a step there is none."""
    run = require_run(what).durable
    if run.inside_step is not None:
        raise RuntimeError(
            f'{what} is inside the step "{run.inside_step}"; steps cannot hold other durable calls. Call it before or after.'
        )
    return run
