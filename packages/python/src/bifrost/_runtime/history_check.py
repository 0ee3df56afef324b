"""Leads a function along a history, to see whether it still goes that way: what is known is handed over as in any replay, and
code that asks for more waits for ever. No body of a step runs and nothing is written."""

from __future__ import annotations

import asyncio
import threading
import time
from types import ModuleType
from typing import Any, Callable, ContextManager

from .. import _context
from .._context import ExecutionContext
from .._current import run_in_task
from .arguments import build_arguments
from .calls import PlatformCalls
from .describe import VariableCapture
from .durable_calls import never
from .failure import NonDeterministicWorkflowError, message_of, type_of
from .journal import Journal
from .roi import roi_of

# So long nothing happens before it is clear that the code has come to where its history ends.
_QUIET_SECONDS = 0.03
# The history has more, so the code may be at something that is no durable call.
_PATIENCE_SECONDS = 1.0

_FITS = {"outcome": "fits", "next": None, "expected": None, "asked": None, "message": None}


class HistoryCheck:
    """The durable calls of code that is only checked."""

    is_durable = True
    # What the code says, it has said.
    is_replaying = True
    inside_step = None

    def __init__(
        self,
        message: dict[str, Any],
        loop: asyncio.AbstractEventLoop,
        on_mismatch: Callable[[NonDeterministicWorkflowError], None],
        on_fits: Callable[[str | None, str | None], None],
    ) -> None:
        self.execution_id: str = message["context"]["executionId"]
        self._reads = frozenset(message["reads"])
        self._loop = loop
        self._on_mismatch = on_mismatch
        self._on_fits = on_fits
        self._journal = Journal(message["journal"], loop)
        self._reading = 0
        self._next: str | None = None
        self._stuck_at: str | None = None
        self._quiet: asyncio.TimerHandle | None = None

    def next(self, kind: str, name: str) -> tuple[dict[str, Any], dict[str, Any] | None]:
        self.stir()
        try:
            place, known = self._journal.next(kind, name)
        except NonDeterministicWorkflowError as error:
            self._on_mismatch(error)
            raise
        if (known is None or known["status"] not in ("completed", "failed")) and self._next is None:
            self._next = place["key"]
        return place, known

    def in_branch(self, name: str) -> ContextManager[None]:
        return self._journal.in_branch(name)

    async def replay(self, entry: dict[str, Any]) -> None:
        turn: asyncio.Future[None] = self._loop.create_future()

        def settle() -> None:
            self.stir()
            if not turn.done():
                turn.set_result(None)

        self._journal.deliver(entry["order"] or 0, settle)
        await turn

    def started(self, place: dict[str, Any], attempt: int) -> None:
        return None

    def on_undo(self, place: dict[str, Any], undo: Callable[[], Any]) -> None:
        return None

    def take_roi(self) -> None:
        return None

    def add_roi_in_step(self, time_saved: float, value: float) -> None:
        return None

    async def work(self, step: str, body: Callable[[], Any]) -> Any:
        await never()

    async def record(self, place: dict[str, Any], outcome: dict[str, Any]) -> None:
        await never()

    async def wait(self, place: dict[str, Any], wait: dict[str, Any], attempts: list[Any]) -> dict[str, Any]:
        await never()

    async def sleep_in_process(self, seconds: float) -> None:
        await never()

    async def call(self, method: str, ask: Callable[[], Any]) -> Any:
        """A call to the platform outside of steps: reads are made, since the code may decide by them; anything else would
        happen once more."""
        self.stir()
        if method not in self._reads:
            # After the history it is what comes next; before its end it is unknown what would follow.
            if self._next is None and self._stuck_at is None:
                self._stuck_at = method
            await never()
        self._reading += 1
        try:
            return await ask()
        finally:
            self._reading -= 1
            self.stir()

    def close(self) -> None:
        if self._quiet is not None:
            self._quiet.cancel()

    def stir(self) -> None:
        self.close()
        is_inside = self._journal.is_replaying or self._next is None
        self._quiet = self._loop.call_later(_PATIENCE_SECONDS if is_inside else _QUIET_SECONDS, self._look)

    def _look(self) -> None:
        if self._reading > 0 or self._journal.deliveries > 0:
            self.stir()
        else:
            self._on_fits(self._next, self._stuck_at if self._journal.is_replaying else None)


class CheckRun:
    """A function that is led along a history. It has the face of a run, and neither logs nor columns."""

    def __init__(
        self, message: dict[str, Any], loop: asyncio.AbstractEventLoop, send: Callable[[dict[str, Any]], None], calls: PlatformCalls
    ) -> None:
        self.number: int = message["run"]
        self.capture = VariableCapture()
        self.stop_is_heard = threading.Event()
        self.ended = False
        self._message = message
        self._loop = loop
        self._send = send
        self._calls = calls
        self._over: asyncio.Future[None] = loop.create_future()
        self._deadline = time.monotonic() + message["timeoutMs"] / 1000
        self.context = ExecutionContext(message["context"], message["input"], roi_of(message["context"], lambda *_: None))
        self.durable = HistoryCheck(message, loop, self._mismatch, self._fits)

    @property
    def is_stopped(self) -> bool:
        return self.ended

    def begin(self, author: ModuleType) -> Any:
        target = self._message["target"]
        function = author.__dict__.get(target["exportName"])
        if not callable(function):
            raise TypeError(f'The file does not have a function "{target["exportName"]}".')
        positional, named = build_arguments(function, target, self._message["input"], _context.context)
        return function(*positional, **named)

    async def execute(self, returned: Any, raised: BaseException | None) -> None:
        body = self._loop.create_task(self._await_body(returned, raised))
        self._loop.call_later(max(0.0, self._deadline - time.monotonic()), self.cancel, "timeout")
        self.durable.stir()
        await self._over
        body.cancel()

    async def _await_body(self, returned: Any, raised: BaseException | None) -> None:
        run_in_task(self)
        try:
            if raised is not None:
                raise raised
            if asyncio.iscoroutine(returned) or asyncio.isfuture(returned):
                await returned
            self._end(_FITS)
        except BaseException as error:
            self.fail({"type": type_of(error), "message": message_of(error)})

    def fail(self, failure: dict[str, Any]) -> None:
        self._end({**_FITS, "outcome": "fails", "message": f"{failure['type']}: {failure['message']}"})

    def cancel(self, _reason: str) -> None:
        self.stop_is_heard.set()
        self._end({**_FITS, "outcome": "unknown", "message": "The check took too long."})

    def silence(self) -> None:
        self.cancel("cancelled")

    def log(self, level: str, message: str) -> None:
        return None

    async def call(self, method: str, args: dict[str, Any]) -> Any:
        if self.ended:
            await never()
        return await self.durable.call(method, lambda: self._calls.ask(self.number, method, args))

    def _mismatch(self, error: NonDeterministicWorkflowError) -> None:
        told = {"outcome": "breaks", "expected": error.expected, "asked": error.asked, "message": str(error)}
        self._end({**_FITS, **told})

    def _fits(self, following: str | None, stuck_at: str | None) -> None:
        if stuck_at is None:
            self._end({**_FITS, "next": following})
        else:
            message = f"It calls {stuck_at} outside of steps, which a check does not do."
            self._end({**_FITS, "outcome": "unknown", "message": message})

    def _end(self, outcome: dict[str, Any]) -> None:
        if self.ended:
            return
        self.ended = True
        self.durable.close()
        self._send({"type": "checked", "run": self.number, **outcome})
        if not self._over.done():
            self._over.set_result(None)
