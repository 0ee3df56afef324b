"""The child process. It holds no secret and no address of the platform; all it has are its descriptors.

Code of authors runs in the main thread, in one event loop that lives as long as the process. Another thread reads what the
server says, so that it is answered while the code blocks, and a third writes.
"""

from __future__ import annotations

import asyncio
import contextvars
import os
import queue
import sys
import threading
from time import monotonic
from types import ModuleType
from typing import Any, Callable

from .. import _fallback_names
from .._current import caller_run, enter_run, leave_run, run_in_task
from . import audit, failure, instrument, landlock
from .calls import PlatformCalls
from .channel import Channel, from_text
from .egress import EgressRules
from .failure import RunStopped, failure_of, load_failure_of
from .history_check import CheckRun
from .leftovers import cancel_tasks, note_tasks, note_threads, stop_threads
from .memory import resident_bytes
from .output import Output
from .proxy_line import ProxyLine
from .run import Run, body_failure_of
from .sockets import ChildLoop, Sockets
from .stops import Stops
from .workspace import Workspace

_PROTOCOL_VERSION = 2
_SERVER = 3
# Written at once, past the channel.
_PROMPT = 4
_EGRESS = 5
_RECURSION_MAX = 1000
# Where modules in C find what they are linked to, and the figures of this process.
_LIBRARIES_IN_C = ("/usr/lib", "/lib", "/lib64", "/usr/local/lib", "/etc/ld.so.cache", "/proc/self")
# Settings of the server do not reach the code; these are what libraries need of a machine.
_ENV_KEPT = ("PATH", "HOME", "TMPDIR", "LANG", "LC_ALL", "LC_CTYPE", "TZ", "SSL_CERT_FILE", "SSL_CERT_DIR")


class Child:
    def __init__(self, with_proxy: bool) -> None:
        self._loop = ChildLoop()
        asyncio.set_event_loop(self._loop)
        proxy = ProxyLine(_EGRESS, self._run_number) if with_proxy else None
        self._sockets = Sockets(proxy, self._caller_has_ended)
        self._loop.sockets, self._loop.is_proxied = self._sockets, with_proxy
        self._loop.set_exception_handler(self._stray_error)
        note_tasks(self._loop)
        self._channel = Channel(_SERVER, self._receive)
        self._calls = PlatformCalls(self._channel.send)
        self._inbox: queue.SimpleQueue[dict[str, Any]] = queue.SimpleQueue()
        self._run: Run | CheckRun | None = None
        # Runs that have come and not begun, and what was said to them meanwhile.
        self._lock = threading.Lock()
        self._queued: set[int] = set()
        self._early: dict[int, Callable[[Any], None]] = {}
        self._silent_after: set[int] = set()
        self._author: ModuleType | None = None
        self._workspace = Workspace({}, {})
        self._stops = Stops(lambda filename: self._workspace.has(filename))
        self._output = Output(self._log, lambda name: self._workspace.has_module(name))
        self._write = os.write
        failure.is_author_file = lambda filename: self._workspace.has(filename)
        instrument.captured = self._captured

    def serve(self) -> None:
        for name in list(os.environ):
            if name not in _ENV_KEPT:
                del os.environ[name]
        note_threads()
        self._channel.start()
        self._channel.send({"type": "ready", "protocol": _PROTOCOL_VERSION})
        while True:
            message = self._inbox.get()
            if message["type"] == "load":
                self._load(message)
            else:
                self._start(message)

    def _receive(self, message: dict[str, Any]) -> None:
        """In the reader's thread."""
        kind = message["type"]
        if kind == "load":
            self._inbox.put(message)
        elif kind in ("run", "check"):
            with self._lock:
                self._queued.add(message["run"])
            self._inbox.put(message)
        elif kind == "ping":
            self._channel.send_now({"type": "pong", "rssBytes": resident_bytes()})
        elif kind == "reply":
            self._calls.reply(message)
        elif kind == "cancel":
            self._stop(message["run"], lambda run: run.cancel(message["reason"]))
        elif kind == "end":
            self._end(message["run"])
        else:
            self._loop.call_soon_threadsafe(self._tell, message)

    def _tell(self, message: dict[str, Any]) -> None:
        run = self._run
        if run is None or run.number != message["run"] or not isinstance(run, Run):
            return
        if message["type"] == "recorded":
            run.durable.committed(message["records"])
        elif message["type"] == "refused":
            run.durable.refused(message["record"], message["error"])
        elif message["type"] == "resolved":
            context = contextvars.copy_context()
            context.run(self._loop.create_task, run.durable.resolved(message["entry"]))

    def _stop(self, number: int, stop: Callable[[Any], None]) -> bool:
        """Whether there is such a run; one that has not begun is told when it would."""
        with self._lock:
            run = self._run
            if number in self._queued:
                self._early[number] = stop
                return True
        if run is None or run.number != number:
            return False
        self._loop.call_soon_threadsafe(stop, run)
        self._stops.stop(lambda: self._run is not run, run.stop_is_heard)
        return True

    def _end(self, number: int) -> None:
        """Answered when nothing of the run acts any more: at once for one that is over."""
        self._silent_after.add(number)
        if not self._stop(number, lambda run: run.silence()):
            self._say_silent(number)

    def _say_silent(self, number: int) -> None:
        if number in self._silent_after:
            self._silent_after.discard(number)
            self._channel.send_now({"type": "silent", "run": number})

    def _load(self, message: dict[str, Any]) -> None:
        os.environ.update(message["env"])
        self._sockets.rules = EgressRules(message["egressAllow"], message["egressClosed"])
        self._sockets.guard()
        try:
            audit.install(self._sockets)
            source = from_text(message["source"])
            self._workspace = Workspace(source["files"], _fallback_names())
            self._output.take()
            self._author = self._workspace.load(source["entry"])
            answer: dict[str, Any] = {"type": "loaded"}
        except BaseException as raised:
            answer = {"type": "load_failed", "failure": load_failure_of(raised)}
        self._channel.send(answer)

    def _may_begin(self, message: dict[str, Any]) -> bool:
        """Says that the run begins, and whether it still may: a child that was held for a while may be too late."""
        number = message["run"]
        self._write(_PROMPT, b'[{"type":"begun","run":%d}]\n' % number)
        # Looked at after it was said: what was said in time, the server has read by the time that it looks.
        if monotonic() * 1000 <= message["beginBy"]:
            return True
        self._write(_PROMPT, b'[{"type":"not_begun","run":%d}]\n' % number)
        return False

    def _start(self, message: dict[str, Any]) -> None:
        number: int = message["run"]
        if message["type"] == "run" and not self._may_begin(message):
            with self._lock:
                self._queued.discard(number)
                self._early.pop(number, None)
            self._say_silent(number)
            return
        kind: Any = Run if message["type"] == "run" else CheckRun
        run: Run | CheckRun = kind(message, self._loop, self._channel.send, self._calls)
        with self._lock:
            self._queued.discard(number)
            early = self._early.pop(number, None)
            self._run = run
        enter_run(run)
        self._output.take()
        # What the run before may have left on: it costs on every line.
        sys.settrace(None)
        sys.setprofile(None)
        threading.settrace(None)
        sys.setrecursionlimit(_RECURSION_MAX)
        asyncio.set_event_loop(self._loop)
        try:
            if early is not None:
                early(run)
            contextvars.copy_context().run(self._drive, run)
        finally:
            self._output.end()
            leave_run(run)
            self._run = None
            self._stops.rest()
            stop_threads(run)
            self._say_silent(number)

    def _drive(self, run: Run | CheckRun) -> None:
        run_in_task(run)
        returned: Any = None
        raised: BaseException | None = None
        try:
            if not run.is_stopped and not run.ended:
                returned = run.begin(self._author or ModuleType("none"))
        except BaseException as error:
            raised = error
        ending = self._loop.create_task(run.execute(returned, raised))
        while not ending.done():
            try:
                self._loop.run_until_complete(ending)
            except (KeyboardInterrupt, SystemExit, RunStopped) as error:
                # Of a task that the code started: the event loop lets these out.
                if not run.is_stopped and ending is not None and not ending.done():
                    run.fail(body_failure_of(error))
                    run.silence()
            except BaseException as error:
                run.fail(failure_of(error))
        self._output.end()
        cancel_tasks(self._loop)

    def _stray_error(self, loop: asyncio.AbstractEventLoop, told: dict[str, Any]) -> None:
        """An error that no code awaited belongs to the run whose task it is."""
        run = self._run
        error = told.get("exception")
        if getattr(told.get("future") or told.get("task"), "bifrost_run", run) is not run:
            return
        if run is None or run.ended or run.is_stopped or error is None:
            return
        raised = failure_of(error, "unhandled")
        raised["message"] += " (no code handled this error: an await or a try is missing)"
        run.fail(raised)
        run.silence()

    def _run_number(self) -> int | None:
        run = self._run
        return None if run is None else run.number

    def _caller_has_ended(self) -> bool:
        """Code that an ended run left behind connects to nothing; what modules do by themselves belongs to no run."""
        run = caller_run()
        return isinstance(run, Run) and run.ended

    def _log(self, level: str, message: str) -> None:
        run = caller_run()
        if isinstance(run, Run):
            run.log(level, message)

    def _captured(self, name: str, variables: dict[str, Any]) -> None:
        run = caller_run()
        if isinstance(run, Run):
            run.capture.left(name, variables)


def main(with_proxy: bool) -> None:
    sys.setrecursionlimit(_RECURSION_MAX)
    # Code may replace them; a child that can no longer serve ends, and its run is tried in another one.
    leave, tell = os._exit, os.write
    try:
        if not with_proxy:
            # A child with a proxy is in a sandbox, which has taken the other files away.
            landlock.confine([*audit.readable_paths(), *_LIBRARIES_IN_C], audit.own_folders())
        Child(with_proxy).serve()
    except BaseException as raised:
        tell(2, f"The child failed: {failure.type_of(raised)}: {failure.message_of(raised)}\n".encode())
        leave(70)
