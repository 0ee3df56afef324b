"""Undoes what the run did, the latest step first. Each `undo` is a durable step of its own, so that after a crash none
runs twice. One that fails is recorded as failed, and the others still run."""

from __future__ import annotations

import inspect
from typing import Any, Callable

from .durable_calls import DurableCalls, now_ms
from .failure import RunStopped, step_failure_of

_ATTEMPTS_MAX = 3
_PAUSE_SECONDS = 1
_BRANCH = "undo"


async def undo_steps(durable: DurableCalls, log_error: Callable[[str], None]) -> None:
    # Numbered apart from the code, which does not always come as far as the last time.
    with durable.in_branch(_BRANCH):
        for done, undo in reversed(list(durable.undos)):
            await _undo_one(durable, f"undo {done['key']}", undo, log_error)


async def _undo_one(
    durable: DurableCalls, name: str, undo: Callable[[], Any], log_error: Callable[[str], None]
) -> None:
    place, known = durable.next("undo", name)
    if known is not None and known["status"] != "running":
        await durable.replay(known)
        return

    async def body() -> None:
        result = undo()
        if inspect.isawaitable(result):
            await result

    attempts: list[dict[str, Any]] = []
    while True:
        attempt = len(attempts) + 1
        began = now_ms()
        durable.started(place, attempt)
        try:
            await durable.work(name, body)
        except (Exception, RunStopped) as raised:
            error = step_failure_of(raised)
            attempts.append({"attempt": attempt, "started_at": began, "ended_at": now_ms(), "error": error})
            if attempt < _ATTEMPTS_MAX:
                await durable.sleep_in_process(_PAUSE_SECONDS * attempt)
                continue
            log_error(f"{name} failed {attempt} times: {error['message']}")
            outcome: dict[str, Any] = {"attempts": attempts, "output": None, "error": error, "hasUndo": False}
        else:
            attempts.append({"attempt": attempt, "started_at": began, "ended_at": now_ms(), "error": None})
            outcome = {"attempts": attempts, "output": "null", "error": None, "hasUndo": False}
        await durable.record(place, outcome)
        return
