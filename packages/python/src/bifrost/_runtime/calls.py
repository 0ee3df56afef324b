"""Calls to the server that wait for their reply. They may come from any event loop, and from any thread that has one."""

from __future__ import annotations

import asyncio
import threading
from typing import Any, Callable

from ..errors import _call_error
from .json_text import plain_members


class PlatformCalls:
    """What was asked, by number."""

    def __init__(self, send: Callable[[dict[str, Any]], None]) -> None:
        self._send = send
        self._lock = threading.Lock()
        self._waiting: dict[int, tuple[asyncio.Future[Any], str]] = {}
        self._next = 1

    async def ask(self, run: int, method: str, args: dict[str, Any]) -> Any:
        future: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
        checked = plain_members(args)
        with self._lock:
            call = self._next
            self._next += 1
            self._waiting[call] = (future, method)
        self._send({"type": "call", "run": run, "call": call, "method": method, "args": checked})
        return await future

    def reply(self, message: dict[str, Any]) -> None:
        """From the reader's thread."""
        with self._lock:
            waiting = self._waiting.pop(message["call"], None)
        if waiting is None:
            return
        future, method = waiting
        error = message.get("error")

        def settle() -> None:
            if future.done():
                return
            if error:
                future.set_exception(_call_error(error["code"], error["message"], method))
            else:
                future.set_result(message.get("value"))

        try:
            future.get_loop().call_soon_threadsafe(settle)
        except RuntimeError:
            pass  # The loop that asked is closed.
