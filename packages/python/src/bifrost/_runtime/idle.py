"""Turns of the event loop: when the code has done all it can with what it knows."""

from __future__ import annotations

import asyncio
from typing import Callable

# Code that never rests, such as one that polls with sleep(0), does not hold up what it polls for.
_TURNS_MAX = 1000


def when_idle(loop: asyncio.AbstractEventLoop, callback: Callable[[], None]) -> None:
    """Calls back when no other callback of the loop is ready."""
    turns = 0

    def look() -> None:
        nonlocal turns
        turns += 1
        if is_busy(loop) and turns < _TURNS_MAX:
            loop.call_soon(look)
        else:
            callback()

    loop.call_soon(look)


def is_busy(loop: asyncio.AbstractEventLoop) -> bool:
    return bool(getattr(loop, "_ready", ()))
