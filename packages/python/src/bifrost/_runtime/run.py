"""One run inside this child: its context, its log budget, its variables, its end."""

from __future__ import annotations

import asyncio
import inspect
import threading
from time import process_time, time
from types import ModuleType
from typing import Any, Callable

from .. import _context
from .._context import ExecutionContext
from .._current import run_in_task
from .._records import Record, snake
from ..errors import BifrostError
from .arguments import build_arguments
from .calls import PlatformCalls
from .columns import Columns
from .describe import VariableCapture
from .durable_calls import DurableCalls, Hooks
from .failure import NonDeterministicWorkflowError, RunStopped, author_frames, failure_of
from .json_text import to_json_text
from .limits import LOG_LINE_BYTES_MAX, LOG_LINES_MAX
from .memory import resident_bytes
from .provider_options import provider_options
from .roi import finite, roi_of
from .undo import undo_steps

_STOPPED = {"cancelled": "The run was cancelled.", "timeout": "The run took too long."}
_RUN_ENDED = (
    "The run that this call belongs to has ended, so the call was not made. Await everything before the workflow returns."
)
# Code of a stopped run that is cancelled and does not end keeps its end from being told no longer.
_CANCEL_SECONDS = 1.0

Send = Callable[[dict[str, Any]], None]


class Run:
    def __init__(
        self, message: dict[str, Any], loop: asyncio.AbstractEventLoop, send: Send, calls: PlatformCalls
    ) -> None:
        self.number: int = message["run"]
        self.capture = VariableCapture()
        # Set when the event loop has taken the stop: the code need not be interrupted.
        self.stop_is_heard = threading.Event()
        self._message = message
        self._loop = loop
        self._send = send
        self._calls = calls
        self._ended = False
        self._is_stopped = False
        self._log_lines = 0
        self._logs_dropped = 0
        self._log_lock = threading.Lock()
        self._cpu_at_start = process_time()
        self._columns: Columns | None = None
        self._body: asyncio.Future[Any] = loop.create_future()
        self._undo: asyncio.Task[None] | None = None
        self._is_undoing_now = False
        self._roi = roi_of(message["context"], lambda minutes, money: self.durable.add_roi_in_step(minutes, money))
        self.context = ExecutionContext(message["context"], message["input"], self._roi)
        self.durable = DurableCalls(
            self.number,
            message["context"]["executionId"],
            message["durable"],
            message["journal"],
            loop,
            Hooks(
                send=send,
                has_ended=lambda: self._ended,
                on_nondeterministic=self._fail_nondeterministic,
                on_learned=self._learned,
                add_roi=self._roi._add,
                on_quiet=self._suspend,
            ),
        )

    @property
    def ended(self) -> bool:
        return self._ended

    @property
    def is_stopped(self) -> bool:
        return self._is_stopped

    def begin(self, author: ModuleType) -> Any:
        """Calls the function. A plain one runs here, outside of the event loop, so that it may have one of its own."""
        target, given = self._message["target"], self._message["input"]
        # Not getattr: a module may answer to any name.
        function = author.__dict__.get(target["exportName"])
        if not callable(function):
            raise TypeError(f'The file does not have a function "{target["exportName"]}".')
        metadata = getattr(function, "_executable_metadata", None)
        if isinstance(metadata, dict):
            _describe(metadata, target)
        if target.get("part") == "map":
            return _map_event(metadata, given.get("event"))
        self._columns = Columns(
            self._loop,
            metadata.get("columns") if isinstance(metadata, dict) else None,
            given,
            is_replaying=lambda: self.durable.is_replaying,
            send=lambda cells: self._send_open({"type": "columns", "run": self.number, "columns": cells}),
            warn=lambda text: self.log("warning", text),
        )
        positional, named = build_arguments(function, target, given, _context.context)
        return function(*positional, **named)

    async def execute(self, returned: Any, raised: BaseException | None) -> None:
        """Awaits what the function gave, and reports how it ended. Returns when all of it is over."""
        if self._message["undo"]:
            self._begin_stop(_STOPPED["cancelled"])
        self._body = self._loop.create_task(self._await_body(returned, raised))
        if self._message["undo"]:
            await self._undo_and_stop(_STOPPED["cancelled"], self.durable.replayed())
            return
        await asyncio.wait([self._body])
        if self._undo is not None:
            await asyncio.wait([self._undo])
        elif self._is_stopped:
            self._fail_stopped(_STOPPED[self._stop_reason])

    async def _await_body(self, returned: Any, raised: BaseException | None) -> None:
        run_in_task(self)
        try:
            if raised is not None:
                raise raised
            value = await returned if inspect.isawaitable(returned) else returned
            if self._is_stopped or self._ended:
                return
            if self._message["target"].get("part") != "map" and self._message["target"]["metadata"].get("type") == "data_provider":
                value = provider_options(value)
            result = to_json_text(value, "result")
            if self._columns is not None:
                self._columns.close(value, True)
            self._end_with(
                lambda: {
                    "type": "done",
                    "result": result,
                    "timeSaved": finite(self._roi.time_saved),
                    "value": finite(self._roi.value),
                }
            )
        except BaseException as error:
            await self._body_raised(error)

    async def _body_raised(self, error: BaseException) -> None:
        if isinstance(error, RunStopped) and not self._is_stopped:
            # The code was interrupted before the event loop could take the stop, which is its next callback.
            await asyncio.sleep(0)
        # Only what is raised from here on could be missed: the frames are kept as they are now.
        self.capture.failed(author_frames(error))
        if self._is_stopped or self._ended:
            return
        failure = body_failure_of(error)
        # A run that is parked continues later: nothing of it is undone.
        if (self._message["lastAttempt"] or not failure["retry"]) and self.durable.undos:
            await self._undo_steps()
        self.fail(failure)

    def fail(self, failure: dict[str, Any]) -> None:
        if self._columns is not None and not self._ended:
            self._columns.close()
        self._end_with(lambda: {"type": "failed", "failure": failure})

    def _learned(self, kind: str, name: str, output: str | None) -> None:
        if self._columns is not None:
            self._columns.learned(kind, name, output)

    def _fail_nondeterministic(self, error: NonDeterministicWorkflowError) -> None:
        # What was done up to here can still be undone.
        if not self._message["undo"]:
            mismatch = {"expected": error.expected, "asked": error.asked}
            self.fail({**failure_of(error, "nondeterministic"), "retry": False, "mismatch": mismatch})

    _stop_reason = "cancelled"

    def cancel(self, reason: str) -> None:
        """In the event loop. What it did is undone first, where it said how."""
        self.stop_is_heard.set()
        if self._is_stopped or self._ended:
            return
        self._stop_reason = reason
        message = _STOPPED[reason]
        if self.durable.may_need_undo:
            self._begin_stop(message)
            self._undo = self._loop.create_task(self._undo_and_stop(message, self.durable.settled(self._body)))
            # A step that is under way may end; code that waits for something else is cut off.
            if not self.durable.is_working and not self.durable.is_replaying:
                self._body.cancel()
        else:
            self._is_stopped = True
            self.durable.stop(RunStopped(message))
            self._body.cancel()
            # The end is told when the code has come to its own; code that does not is left behind.
            self._loop.call_later(_CANCEL_SECONDS, self._fail_stopped, message)

    def _begin_stop(self, message: str) -> None:
        self._is_stopped = True
        self.durable.stop(RunStopped(message))

    async def _undo_and_stop(self, message: str, ready: Any) -> None:
        run_in_task(self)
        self._send({"type": "undoing", "run": self.number})
        try:
            await ready
            self._body.cancel()
            await self._undo_steps()
        except Exception as error:
            self.log("error", f"Not all that the run did could be undone: {error}")
        self._fail_stopped(message)

    async def _undo_steps(self) -> None:
        if self._ended or not self.durable.undos:
            return
        self._is_undoing_now = True
        await undo_steps(self.durable, lambda text: self.log("error", text))

    def silence(self) -> None:
        """The server has recorded its end, or will without another word of it."""
        self.stop_is_heard.set()
        self._ended = True
        self._body.cancel()
        if self._undo is not None:
            self._undo.cancel()

    def _fail_stopped(self, message: str) -> None:
        self.fail(
            {
                "kind": "stopped",
                "type": "AbortError",
                "message": message,
                "stack": "",
                "forUser": True,
                "retry": False,
            }
        )

    def log(self, level: str, message: str) -> None:
        # A line outside of a step was written when the code came here first; a step that runs now writes its lines again.
        if self._ended or (self.durable.is_replaying and self.durable.inside_step is None):
            return
        # A run that comes back to be undone has said before what its code says on the way there.
        if self._message["undo"] and not self.durable.is_undoing:
            return
        with self._log_lock:
            if self._log_lines >= LOG_LINES_MAX:
                self._logs_dropped += 1
                return
            self._log_lines += 1
        if len(message) > LOG_LINE_BYTES_MAX:
            message = f"{message[:LOG_LINE_BYTES_MAX]}… ({len(message) - LOG_LINE_BYTES_MAX} more characters)"
        at = int(time() * 1000)
        self._send({"type": "log", "run": self.number, "level": level, "message": message, "at": at})

    async def call(self, method: str, args: dict[str, Any]) -> Any:
        if self._ended:
            raise BifrostError(_RUN_ENDED, "run_ended")
        # What stopped code still asks for does not belong to the undoing.
        if self._is_stopped and not self._is_undoing_now and not self.durable.is_replaying:
            raise RunStopped(_STOPPED[self._stop_reason])
        # Cursors are of the run's own workflow.
        scope = None if method.startswith("cursors.") else self.context._scope
        return await self._calls.ask(self.number, method, args if scope is None else {"scope": scope, **args})

    def _suspend(self, waiting: list[str]) -> None:
        """Everything in the run is waiting: the run leaves, and comes back by replay."""
        if self._columns is not None:
            self._columns.close()
        self._end_with(lambda: {"type": "suspend", "waiting": waiting})
        self._body.cancel()

    def _send_open(self, message: dict[str, Any]) -> None:
        if not self._ended:
            self._send(message)

    def _end_with(self, message: Callable[[], dict[str, Any]]) -> None:
        if self._ended:
            return
        told = {
            "run": self.number,
            "variables": self.capture.to_json_text(),
            "logsDropped": self._logs_dropped,
            "cpuMs": (process_time() - self._cpu_at_start) * 1000,
            "rssBytes": resident_bytes(),
            **message(),
        }
        self._ended = True
        self._send(told)


def body_failure_of(error: BaseException) -> dict[str, Any]:
    """What the code of a run raised; also what is no Exception."""
    if isinstance(error, SystemExit):
        code = "" if error.code is None else error.code
        text = f"The workflow called sys.exit({code!r}); return or raise instead." if code != "" else (
            "The workflow called sys.exit(); return or raise instead."
        )
        return {**failure_of(error, "exit"), "message": text}
    if isinstance(error, asyncio.CancelledError):
        return {**failure_of(error), "message": str(error) or "The workflow cancelled its own task."}
    return failure_of(error)


def _describe(metadata: dict[str, Any], target: dict[str, Any]) -> None:
    """Static analysis knows what the running code cannot: its fields. What only code can hold stays."""
    for told, value in target["metadata"].items():
        name = snake(told)
        if not callable(metadata.get(name)) and not isinstance(metadata.get(name), dict):
            metadata[name] = value
    metadata["parameters"] = target["parameters"]


def _map_event(metadata: Any, event: Any) -> Any:
    """Asks a workflow's `start_on["map"]` for the input that an event makes; None when it declines."""
    start_on = metadata.get("start_on") if isinstance(metadata, dict) else None
    function = start_on.get("map") if isinstance(start_on, dict) else None
    if not callable(function):
        raise TypeError("The workflow has no map function in its start_on.")
    return function(Record(**event) if isinstance(event, dict) else event)


