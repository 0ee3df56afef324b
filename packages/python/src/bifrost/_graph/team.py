"""Work that runs side by side.

When one member fails, the others finish the step that they are in and begin nothing new; waits end at
once. Then the run fails, and every step that was done is known and can be undone.
"""

from __future__ import annotations

import asyncio
from typing import Any, Awaitable, Callable


class Left(Exception):
    """A member stops because another has failed."""


class Team:
    def __init__(self, around: Team | None) -> None:
        self._around = around
        self._listeners: list[Callable[[], None]] = []
        self._failure: BaseException | None = None

    @property
    def is_over(self) -> bool:
        return self._failure is not None or (self._around is not None and self._around.is_over)

    def leave_if_over(self) -> None:
        if self.is_over:
            raise Left()

    async def work(self, members: list[Callable[[], Awaitable[None]]]) -> None:
        if self._around is not None:
            self._around._listeners.append(self._tell_over)
        await asyncio.gather(*(self._member(member) for member in members))
        if self._around is not None:
            self._around._listeners.remove(self._tell_over)
        if self._failure is not None:
            raise self._failure
        if self._around is not None:
            self._around.leave_if_over()

    async def _member(self, member: Callable[[], Awaitable[None]]) -> None:
        try:
            await member()
        except Left:
            pass
        except Exception as error:
            if self._failure is None:
                self._failure = error
                self._tell_over()

    def _tell_over(self) -> None:
        for tell in list(self._listeners):
            tell()

    async def until_over(self, waiting: Awaitable[Any]) -> Any:
        """Waits, but not longer than the team runs."""
        over: asyncio.Future[None] = asyncio.get_running_loop().create_future()

        def tell() -> None:
            if not over.done():
                over.set_result(None)

        self._listeners.append(tell)
        task = asyncio.ensure_future(waiting)
        try:
            await asyncio.wait({task, over}, return_when=asyncio.FIRST_COMPLETED)
        except asyncio.CancelledError:
            task.cancel()
            raise
        finally:
            self._listeners.remove(tell)
        if task.done():
            return task.result()
        # What it waits for stays known to the run; no code of this member learns of it.
        raise Left()
