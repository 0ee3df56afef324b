"""Waiting for a time."""

from __future__ import annotations

from typing import Any, Callable

from ._durable import require_durable
from ._durations import Duration, moment_ms


async def sleep(duration: Duration) -> None:
    """Waits, at no cost: the run leaves its worker and comes back when the time has come, after restarts and deploys, too.

    Example:
        await sleep("3 days")
    """
    await sleep_at("sleep", lambda: moment_ms(duration, "The time to sleep"))


async def sleep_until(moment: Any) -> None:
    """Waits until a moment, a datetime (without a zone: in UTC) or its ISO 8601 text; one that has passed is now.

    Example:
        await sleep_until(datetime(2026, 12, 24, 18, tzinfo=timezone.utc))
    """
    await sleep_at("sleep", lambda: moment_ms(moment, "The moment to sleep until"))


async def sleep_at(name: str, due_at: Callable[[], int]) -> None:
    """A pause under a name of its own."""
    run = require_durable(f"{name}()")
    place, known = run.next("sleep", name)
    if known is not None and known["status"] == "completed":
        await run.replay(known)
    else:
        await run.wait(place, {"kind": "timer", "dueAt": due_at()}, [])
