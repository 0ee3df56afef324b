"""What stands in for the run in a program that is none. Durable calls are done once, and nothing is kept."""

from __future__ import annotations

import asyncio
import contextlib
import contextvars
import time
import urllib.parse
import uuid
from typing import TYPE_CHECKING, Any, Callable

from ._runtime.json_text import plain_members, to_json_text
from .errors import BifrostError, _call_error

if TYPE_CHECKING:
    from .client import BifrostClient

_ENDED = ("SUCCESS", "COMPLETED_WITH_ERRORS", "FAILED", "TIMEOUT", "CANCELLED")
_LOOK_SECONDS = 0.3

_inside: contextvars.ContextVar[str | None] = contextvars.ContextVar("bifrost_outside_step", default=None)


class OutsideRun:
    """Calls of the modules, over HTTP."""

    def __init__(self, client: BifrostClient) -> None:
        self._client = client
        self.durable = OutsideDurable(client)

    @property
    def context(self) -> Any:
        raise RuntimeError("The context belongs to a run, and this program is not a run.")

    async def call(self, method: str, args: dict[str, Any]) -> Any:
        path = f"/api/sdk/{urllib.parse.quote(method)}"
        try:
            return (await self._client.post(path, {"args": plain_members(args)}))["value"]
        except BifrostError as error:
            raise _call_error(error.code, str(error), method) from None


class OutsideDurable:
    execution_id = "outside"
    is_durable = False

    def __init__(self, client: BifrostClient) -> None:
        self._client = client

    @property
    def inside_step(self) -> str | None:
        return _inside.get()

    def next(self, kind: str, name: str) -> tuple[dict[str, Any], None]:
        key = f"outside/{uuid.uuid4()}"
        return {"key": key, "name": name, "occurrence": 1, "branch": "", "position": 0, "kind": kind}, None

    def in_branch(self, name: str) -> Any:
        return contextlib.nullcontext()

    async def work(self, step: str, body: Callable[[], Any]) -> Any:
        token = _inside.set(step)
        try:
            return await body()
        finally:
            _inside.reset(token)

    def take_roi(self) -> None:
        return None

    def started(self, place: dict[str, Any], attempt: int) -> None:
        return None

    def on_undo(self, place: dict[str, Any], undo: Callable[[], Any]) -> None:
        return None

    async def record(self, place: dict[str, Any], outcome: dict[str, Any]) -> None:
        return None

    async def replay(self, entry: dict[str, Any]) -> None:
        return None

    async def sleep_in_process(self, seconds: float) -> None:
        await asyncio.sleep(seconds)

    async def wait(
        self, place: dict[str, Any], wait: dict[str, Any], attempts: list[dict[str, Any]]
    ) -> dict[str, Any]:
        if wait["kind"] in ("timer", "retry"):
            await asyncio.sleep(max(0.0, wait["dueAt"] / 1000 - time.time()))
            return _entry(place, None, None)
        if wait["kind"] == "child":
            return await self._ended(place, wait["childId"], wait["dueAt"])
        raise RuntimeError(f"{place['name']} waits for an answer, which works inside a run only.")

    async def _ended(self, place: dict[str, Any], id: str, due_at: float | None) -> dict[str, Any]:
        while True:
            run = await self._client.get(f"/api/executions/{id}")
            if run["status"] in _ENDED:
                if run["status"] in ("SUCCESS", "COMPLETED_WITH_ERRORS"):
                    return _entry(place, to_json_text(run["result"], "result"), None)
                told = run.get("error") or {"type": "Error", "message": f"The run ended {run['status']}."}
                return _entry(place, None, {"type": told["type"], "message": told["message"], "stack": ""})
            if due_at is not None and time.time() * 1000 >= due_at:
                return _entry(place, None, None)
            await asyncio.sleep(_LOOK_SECONDS)


def _entry(place: dict[str, Any], output: str | None, error: dict[str, str] | None) -> dict[str, Any]:
    return {**place, "output": output, "error": error, "attempts": [], "resume": None}
