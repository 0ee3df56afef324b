"""The durable calls of one run: its journal, what is under way, what it waits for."""

from __future__ import annotations

import asyncio
import contextvars
from dataclasses import dataclass, field
from time import time as _time
from typing import Any, Awaitable, Callable, ContextManager, NoReturn, TypeVar

from ..errors import _call_error
from .failure import NonDeterministicWorkflowError, RunStopped
from .idle import is_busy, when_idle
from .journal import Journal

T = TypeVar("T")

# For this long a run does nothing but wait before it leaves the child: a turn in which the code may still ask for more.
_QUIET_SECONDS = 0.02
# Stopped code that has learned all it will, and does not end: so long it may clean up.
_STOP_IDLE_SECONDS = 0.4
_STOP_LOOK_SECONDS = 0.005
# Code that replays asks for its next entry in the turn in which it got the last; a few more are for what it awaits between.
_REPLAY_QUIET_TURNS = 20


@dataclass
class Hooks:
    """What the run does when its durable calls tell it something."""

    send: Callable[[dict[str, Any]], None]
    # The run has ended or was stopped: nothing is sent any more.
    has_ended: Callable[[], bool]
    # The code does not fit its journal: the run is over here, whatever the code does with the error.
    on_nondeterministic: Callable[[NonDeterministicWorkflowError], None]
    # The code knows the outcome of this call from now on.
    on_learned: Callable[[str, str, str | None], None]
    # What a step added, or takes off again.
    add_roi: Callable[[float, float], None]
    # The run does nothing but wait, at these keys.
    on_quiet: Callable[[list[str]], None]


@dataclass
class _Inside:
    step: str
    roi: dict[str, float] | None = field(default=None)


class DurableCalls:
    def __init__(
        self,
        run: int,
        execution_id: str,
        is_durable: bool,
        journal: list[dict[str, Any]],
        loop: asyncio.AbstractEventLoop,
        hooks: Hooks,
    ) -> None:
        self.execution_id = execution_id
        self.is_durable = is_durable
        self.undos: list[tuple[dict[str, Any], Callable[[], Any]]] = []
        self._run = run
        self._loop = loop
        self._hooks = hooks
        self._journal = Journal(journal, loop)
        self._inside: contextvars.ContextVar[_Inside | None] = contextvars.ContextVar("inside", default=None)
        self._records: dict[int, asyncio.Future[None]] = {}
        self._waits: dict[str, tuple[dict[str, Any], asyncio.Future[dict[str, Any]]]] = {}
        self._stopped: BaseException | None = None
        self._undoing = False
        self._next_record = 1
        self._working = 0
        self._quiet: asyncio.TimerHandle | None = None

    @property
    def inside_step(self) -> str | None:
        inside = self._inside.get()
        return None if inside is None else inside.step

    @property
    def is_replaying(self) -> bool:
        """The code repeats what an earlier claim of the run did."""
        return self._journal.is_replaying

    @property
    def is_working(self) -> bool:
        """The body of a step is under way."""
        return self._working > 0

    def next(self, kind: str, name: str) -> tuple[dict[str, Any], dict[str, Any] | None]:
        self._require_own_loop(name)
        try:
            place, known = self._journal.next(kind, name)
        except NonDeterministicWorkflowError as error:
            self._hooks.on_nondeterministic(error)
            raise
        is_over = known is not None and known["status"] in ("completed", "failed")
        if self._stopped is not None and kind != "undo" and not is_over and not self._stands_still:
            raise self._stopped
        return place, known

    @property
    def _stands_still(self) -> bool:
        """It was stopped while it repeats what it did. What it had not done by then neither begins nor fails yet: a race
        that something else had won would be lost to that failure, and the code would not come to what must be undone."""
        return self._stopped is not None and self.is_replaying and not self._undoing

    def in_branch(self, name: str) -> ContextManager[None]:
        return self._journal.in_branch(name)

    async def work(self, step: str, body: Callable[[], Awaitable[T]]) -> T:
        # The code may have caught what ended it, and continued.
        if self._hooks.has_ended() or self._stands_still:
            await never()
        self._working += 1
        inside = _Inside(step)
        token = self._inside.set(inside)
        try:
            return await body()
        except BaseException:
            # The next attempt adds it again.
            if inside.roi is not None:
                self._hooks.add_roi(-inside.roi["timeSaved"], -inside.roi["value"])
            raise
        finally:
            self._inside.reset(token)
            self._working -= 1
            self._look_quiet()

    def add_roi_in_step(self, time_saved: float, value: float) -> None:
        """The code of a step, if it is one, has added this to what the run saves."""
        inside = self._inside.get()
        if inside is None:
            return
        roi = inside.roi or {"timeSaved": 0, "value": 0}
        inside.roi = {"timeSaved": roi["timeSaved"] + time_saved, "value": roi["value"] + value}

    def take_roi(self) -> dict[str, float] | None:
        inside = self._inside.get()
        return None if inside is None else inside.roi

    def started(self, place: dict[str, Any], attempt: int) -> None:
        if not self._hooks.has_ended() and not self._stands_still:
            self._send({"type": "step_started", **place, "attempt": attempt, "at": now_ms()})

    async def record(self, place: dict[str, Any], outcome: dict[str, Any]) -> None:
        """`outcome`: attempts, output, error, hasUndo, and transaction where there is one."""
        if self._hooks.has_ended() or (self._undoing and place["kind"] != "undo"):
            await never()
        order = self._journal.take_order()
        record, committed = self._new_record()
        self._send({"type": "step_ended", "record": record, **place, "order": order, **outcome})
        try:
            await committed
        except BaseException:
            self._journal.release(order)
            raise
        await self._in_turn(order)
        self._hooks.on_learned(place["kind"], place["name"], outcome["output"])

    async def replay(self, entry: dict[str, Any]) -> None:
        await self._in_turn(entry["order"] or 0)
        attempts = entry["attempts"]
        roi = attempts[-1].get("roi") if entry["status"] == "completed" and attempts else None
        if roi:
            self._hooks.add_roi(roi["timeSaved"], roi["value"])
        self._hooks.on_learned(entry["kind"], entry["name"], entry["output"])

    async def wait(
        self, place: dict[str, Any], wait: dict[str, Any], attempts: list[dict[str, Any]]
    ) -> dict[str, Any]:
        if self._hooks.has_ended() or self._stands_still:
            await never()
        if self._stopped is not None:
            raise self._stopped
        come: asyncio.Future[dict[str, Any]] = self._loop.create_future()
        # It may be stopped while its record is on its way, before the code listens.
        come.add_done_callback(lambda done: done.cancelled() or done.exception())
        self._waits[place["key"]] = (place, come)
        known = self._journal.take_waiting(place["key"])
        record, committed = self._new_record()
        self._send(
            {"type": "wait", "record": record, **place, "attempts": attempts, "wait": wait, "known": known}
        )
        await committed
        self._look_quiet()
        return await come

    def on_undo(self, place: dict[str, Any], undo: Callable[[], Any]) -> None:
        self.undos.append((place, undo))

    async def sleep_in_process(self, seconds: float) -> None:
        self._working += 1
        try:
            await asyncio.sleep(seconds)
        finally:
            self._working -= 1
            self._look_quiet()

    @property
    def may_need_undo(self) -> bool:
        """Whether it has done what must be undone, or repeats what it did and may find such."""
        return bool(self.undos) or self.is_replaying

    def stop(self, error: BaseException) -> None:
        """Nothing new begins and no wait continues; what has begun may end."""
        self._stopped = error
        if self._stands_still:
            return
        waits, self._waits = self._waits, {}
        for _, come in waits.values():
            if not come.done():
                come.set_exception(RunStopped(str(error)))

    async def settled(self, code: asyncio.Future[Any]) -> None:
        """Returns when the stopped code has come to its end, or does nothing more for a while."""
        idle = 0.0
        while not code.done() and idle < _STOP_IDLE_SECONDS:
            await asyncio.sleep(_STOP_LOOK_SECONDS)
            idle = 0.0 if self._journal.deliveries > 0 else idle + _STOP_LOOK_SECONDS
        self._undoing = True

    async def replayed(self) -> None:
        """Returns when the code has learned again all that it did. It does not wait for what the code does after that."""
        quiet = 0
        while quiet < _REPLAY_QUIET_TURNS:
            turned: asyncio.Future[None] = self._loop.create_future()
            when_idle(self._loop, lambda turned=turned: turned.done() or turned.set_result(None))  # type: ignore[misc]
            await turned
            quiet = 0 if self._journal.deliveries > 0 else quiet + 1
        self._undoing = True

    @property
    def is_undoing(self) -> bool:
        return self._undoing

    def committed(self, records: list[int]) -> None:
        for record in records:
            future = self._records.pop(record, None)
            if future is not None and not future.done():
                future.set_result(None)

    def refused(self, record: int, error: dict[str, str]) -> None:
        """The record was not stored, for a reason that lies in it: the step may do something else instead."""
        future = self._records.pop(record, None)
        if future is not None and not future.done():
            future.set_exception(_call_error(error["code"], error["message"]))
        self._look_quiet()

    async def resolved(self, entry: dict[str, Any]) -> None:
        """What the run waits for came while it is still here. Its place in the order is taken now, and stored before the code knows."""
        waiting = self._waits.get(entry["key"])
        if waiting is None or self._hooks.has_ended():
            return
        del self._waits[entry["key"]]
        place, come = waiting
        if entry["status"] in ("completed", "failed"):
            await self.record(
                place,
                {"attempts": entry["attempts"], "output": entry["output"], "error": entry["error"], "hasUndo": False},
            )
        if not come.done():
            come.set_result(entry)

    def _send(self, message: dict[str, Any]) -> None:
        self._hooks.send({"run": self._run, **message})

    def _new_record(self) -> tuple[int, asyncio.Future[None]]:
        record = self._next_record
        self._next_record += 1
        future: asyncio.Future[None] = self._loop.create_future()
        self._records[record] = future
        return record, future

    async def _in_turn(self, order: int) -> None:
        turn: asyncio.Future[None] = self._loop.create_future()

        def settle() -> None:
            if not turn.done():
                turn.set_result(None)
            self._look_quiet()

        self._journal.deliver(order, settle)
        await turn

    def _look_quiet(self) -> None:
        if self._quiet is not None:
            self._quiet.cancel()
        self._quiet = self._loop.call_later(_QUIET_SECONDS, self._leave_if_quiet) if self._is_quiet() else None

    def _leave_if_quiet(self) -> None:
        self._quiet = None
        if not self._is_quiet() or self._hooks.has_ended():
            return
        # What was ready in the same turn may still ask for more.
        if is_busy(self._loop):
            self._look_quiet()
        else:
            self._hooks.on_quiet(list(self._waits))

    def _is_quiet(self) -> bool:
        return bool(self._waits) and not self._working and not self._records and not self._journal.deliveries

    def _require_own_loop(self, name: str) -> None:
        try:
            loop = asyncio.get_running_loop()
        except RuntimeError:
            loop = None
        if loop is not self._loop:
            raise RuntimeError(
                f'"{name}" is a durable call, and it was made in a thread or an event loop of its own. '
                "Await it in the workflow itself."
            )


async def never() -> NoReturn:
    """What an ended run still asks for is never answered."""
    await asyncio.get_running_loop().create_future()
    raise AssertionError("unreachable")


def now_ms() -> float:
    return int(_time() * 1000)
