"""What a run leaves behind: tasks, and threads. Nothing of it may act when the run is over."""

from __future__ import annotations

import asyncio
import threading
from typing import Any

from .._current import caller_run
from .failure import RunStopped

_SECONDS_MAX = 1.0

try:
    import ctypes

    _raise_in = ctypes.pythonapi.PyThreadState_SetAsyncExc
    _raise_in.argtypes = [ctypes.c_ulong, ctypes.py_object]
except (ImportError, AttributeError):
    _raise_in = None  # type: ignore[assignment]


def note_threads() -> None:
    """Each thread remembers the run that started it: it belongs to no later one."""
    original = threading.Thread.start

    def start(self: threading.Thread) -> None:
        run = caller_run()
        # A pool keeps its threads for work of later runs.
        if run is not None and getattr(getattr(self, "_target", None), "__module__", "") != "concurrent.futures.thread":
            self._bifrost_run = run  # type: ignore[attr-defined]
        original(self)

    threading.Thread.start = start  # type: ignore[method-assign]


class _OwnedTask(asyncio.Task[Any]):
    """Remembers the run that made it: its error may be found when that one is long over."""

    bifrost_run: Any = None


def note_tasks(loop: asyncio.AbstractEventLoop) -> None:
    def make(loop: asyncio.AbstractEventLoop, code: Any, **options: Any) -> asyncio.Task[Any]:
        task = _OwnedTask(code, loop=loop, **options)
        task.bifrost_run = caller_run()
        return task

    loop.set_task_factory(make)


def stop_threads(run: Any) -> None:
    """Raises in threads that the run has left; one that blocks in a system call hears it after that."""
    if _raise_in is None:
        return
    for thread in threading.enumerate():
        if getattr(thread, "_bifrost_run", None) is run and thread.is_alive() and thread.ident:
            _raise_in(thread.ident, ctypes.py_object(RunStopped))


def cancel_tasks(loop: asyncio.AbstractEventLoop) -> None:
    """Ends the tasks of a run; what does not end stays where it is, and no turn of the loop is given to it."""
    tasks = [task for task in asyncio.all_tasks(loop) if not task.done()]
    for task in tasks:
        task.cancel()
    if not tasks:
        return
    try:
        loop.run_until_complete(asyncio.wait(tasks, timeout=_SECONDS_MAX))
    except BaseException:
        pass  # SystemExit of code that was told to end is such an end.
    for task in tasks:
        if task.done() and not task.cancelled():
            task.exception()
