"""Events tell other workflows that something happened: they start runs (`start_on`), wake them (`wait_for_event`) and cancel them.

Example:
    from bifrost import events
    await events.emit("order.created", {"id": order_id})
"""

from __future__ import annotations

import hashlib
import math
from typing import Any, Mapping

from ._call import scope_name
from ._current import CurrentRun, require_run
from ._durable import Place, require_durable
from ._durations import moment_ms
from ._records import Record
from ._runtime.channel import from_text
from ._runtime.durable_calls import now_ms
from ._runtime.failure import step_failure_of
from ._runtime.json_text import to_json_text
from ._runtime.limits import EVENT_ID_LENGTH_MAX, EVENT_MATCH_FIELDS_MAX, EVENT_NAME_LENGTH_MAX
from .errors import BifrostError

_TRIES_MAX = 3
_PAUSE_SECONDS = 0.5


class EmittedEvent(Record):
    """What an event did at once: `event_id`, `started` (ids of runs), `woken` (how many waits it answered), `duplicate`.

    Example:
        started = (await events.emit("order.created", order)).started
    """

    event_id: str
    started: list[str]
    woken: int
    duplicate: bool


async def emit(
    topic: str, data: Any = None, scope: str | None = None, *, id: str | None = None, key: str | None = None
) -> EmittedEvent:
    """Emits an event. In a durable run it is emitted once, also when the run comes back after a crash.

    Inside a step give it an `id`, since a step may run again: an event of this name with this id is processed once. Events of
    one `key` are processed in order. The payload is JSON of up to 1 MB.

    Example:
        await events.emit("order.created", {"id": order.id}, id=order.id)
    """
    run = require_run("events.emit")
    # Checked here, so that a value that is no JSON is named by its place.
    event: dict[str, Any] = {"name": topic, "payload": from_text(to_json_text(data, "payload"))}
    for name, value in (("id", id), ("key", key)):
        if value is not None:
            event[name] = _short_text(name, value)
    if scope is not None:
        event["scope"] = scope_name(scope)
    durable = run.durable
    if not durable.is_durable or durable.inside_step is not None:
        return EmittedEvent(**await _emit_now(run, event))
    place, known = durable.next("emit", _name_of_event(topic))
    if known is not None and known["status"] == "completed":
        await durable.replay(known)
        return _emitted(from_text(known["output"] or "null"))
    if known is not None and known["status"] == "failed" and known["error"]:
        await durable.replay(known)
        raise BifrostError(known["error"]["message"])
    event.setdefault("id", _id_of(durable.execution_id, place))
    return await _emit_once(run, place, event)


async def _emit_now(run: CurrentRun, event: dict[str, Any]) -> dict[str, Any]:
    answer: dict[str, Any] = await run.call("events.emit", event)
    return answer


def _emitted(stored: Mapping[str, Any]) -> EmittedEvent:
    """As the journal has it, which is the same for both languages."""
    return EmittedEvent.of(stored)


async def _emit_once(run: CurrentRun, place: Place, event: dict[str, Any]) -> EmittedEvent:
    """The id makes a further try the same event."""
    durable = run.durable
    began = now_ms()
    durable.started(place, 1)
    tries = 0
    while True:
        tries += 1
        try:
            answer = await durable.work(place["name"], lambda: _emit_now(run, event))
        except Exception as raised:
            if getattr(raised, "code", None) in ("internal", "unavailable") and tries < _TRIES_MAX:
                await durable.sleep_in_process(_PAUSE_SECONDS * tries)
                continue
            error = step_failure_of(raised)
            attempts = [{"attempt": 1, "started_at": began, "ended_at": now_ms(), "error": error}]
            await durable.record(place, {"attempts": attempts, "output": None, "error": error, "hasUndo": False})
            raise
        stored = {
            "eventId": answer["event_id"],
            "started": answer["started"],
            "woken": answer["woken"],
            "duplicate": answer["duplicate"],
        }
        attempts = [{"attempt": 1, "started_at": began, "ended_at": now_ms(), "error": None}]
        output = to_json_text(stored, "event")
        await durable.record(place, {"attempts": attempts, "output": output, "error": None, "hasUndo": False})
        return _emitted(stored)


async def wait_for_event(name: str, match: Mapping[str, Any] | None = None, timeout: Any = None) -> Any:
    """Waits for an event, at no cost, and gives its payload; None when the time is up first.

    `match` has dotted paths into the payload and the values that must stand there. An event that came since the run was
    started, and that no other wait of it has read, counts.

    Example:
        payment = await wait_for_event("order.paid", match={"order_id": order_id}, timeout="3 days")
    """
    return await _wait_for_event_as(name, name, match, timeout)


async def _wait_for_event_as(own: str, name: str, match: Mapping[str, Any] | None, timeout: Any) -> Any:
    """Waits under a name of its own in the journal."""
    run = require_durable(f'wait_for_event("{name}")')
    fields = _checked_match(match or {})
    due_at = None if timeout is None else moment_ms(timeout, "The timeout of wait_for_event()")
    _name_of_event(name)
    place, known = run.next("event", own)
    if known is not None and known["status"] == "completed":
        await run.replay(known)
        output = known["output"]
    else:
        output = (await run.wait(place, {"kind": "event", "name": name, "match": fields, "dueAt": due_at}, []))["output"]
    # No output: the time was up.
    return None if output is None else from_text(output)


def _id_of(execution_id: str, place: Place) -> str:
    """The same at every replay. A place deep in branches may have a name too long for an id."""
    id = f"{execution_id}/{place['key']}"
    if len(id) <= EVENT_ID_LENGTH_MAX:
        return id
    return f"{execution_id}/{hashlib.sha256(place['key'].encode('utf-8', 'surrogatepass')).hexdigest()}"


def _name_of_event(name: Any) -> str:
    if isinstance(name, str) and 0 < len(name) <= EVENT_NAME_LENGTH_MAX and "\0" not in name:
        return name
    raise TypeError(f"An event needs a name of 1 to {EVENT_NAME_LENGTH_MAX} characters; it is {name!r:.100}.")


def _short_text(name: str, value: Any) -> str:
    text = value if isinstance(value, str) else str(value) if isinstance(value, int) else ""
    if not 0 < len(text) <= EVENT_ID_LENGTH_MAX:
        raise TypeError(f"The {name} of an event must be text of 1 to {EVENT_ID_LENGTH_MAX} characters.")
    return text


def _checked_match(match: Mapping[str, Any]) -> dict[str, Any]:
    if len(match) > EVENT_MATCH_FIELDS_MAX:
        raise TypeError(f"match may name {EVENT_MATCH_FIELDS_MAX} fields; it names {len(match)}.")
    for field, value in match.items():
        is_plain = value is None or isinstance(value, (str, bool, int)) or (isinstance(value, float) and math.isfinite(value))
        if not is_plain:
            raise TypeError(f"match[{field!r}] must be text, a number, True, False or None; it is a {type(value).__name__}.")
    return dict(match)
