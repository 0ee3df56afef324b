"""Starts one run per record and does not wait for them. A durable call: a crash in the middle starts nothing twice."""

from __future__ import annotations

from typing import Any, Callable, Mapping, Sequence

from ._durable import require_durable
from ._call import scope_name
from ._current import require_run
from ._records import Record
from ._runtime.channel import from_text
from ._runtime.durable_calls import now_ms
from ._runtime.json_text import to_json_text
from ._runtime.limits import START_MANY_RECORDS_MAX

# Records of one message to the server, and their size as JSON text.
_PART_RECORDS_MAX = 10_000
_PART_LENGTH_MAX = 4 * 1024 * 1024
_KEY_LENGTH_MAX = 200


class StartManyResult(Record):
    """What became of the records: `started`, `duplicates`, `repeated` (of them in this very call), `execution_ids` if asked for.

    Example:
        (await workflows.start_many("process", orders)).started
    """

    started: int
    duplicates: int
    repeated: int
    execution_ids: list[str]


def workflow_name(workflow: Any) -> str:
    """The name by which the platform knows a workflow that was imported, or named."""
    metadata = getattr(workflow, "_executable_metadata", None)
    name = workflow if isinstance(workflow, str) else metadata.get("name") if isinstance(metadata, dict) else None
    if isinstance(name, str) and name:
        return name
    raise TypeError("Give the workflow itself, imported from its file, or its name.")


async def start_many(
    workflow: Any,
    records: Sequence[Mapping[str, Any]],
    key: Callable[..., Any] | None = None,
    priority: int | None = None,
    execution_ids: bool = False,
    scope: str | None = None,
    scheduled_at: str | None = None,
) -> StartManyResult:
    name = workflow_name(workflow)
    run = require_durable(f'workflows.start_many("{name}")')
    keys = _keys_of(records, key)
    first, of = _only_first(keys)
    place, known = run.next("fan_out", name)
    if known is not None and known["status"] == "completed":
        await run.replay(known)
        return StartManyResult.of(from_text(known["output"] or "null"))
    began = now_ms()
    run.started(place, 1)

    async def ask(part: dict[str, Any], check: bool) -> Any:
        args = {"workflow": name, "place": place["key"], **part, "check": check, "ids": execution_ids}
        if priority is not None:
            args["priority"] = priority
        if scheduled_at is not None:
            args["scheduledAt"] = scheduled_at
        if scope is not None:
            args["scope"] = scope_name(scope)
        return await require_run("workflows.start_many").call("workflows.startMany", args)

    async def start_all() -> list[dict[str, Any]]:
        parts = _parts_of(records, keys, first)
        # What fits into one message is started or refused as a whole; of several, all are looked at before the first starts.
        if len(parts) > 1:
            for part in parts:
                await ask(part, True)
        answers = [await ask(part, False) for part in parts]
        return [answer for answer in answers if answer]

    answers = await run.work(place["name"], start_all)
    repeated = len(records) - len(first)
    result: dict[str, Any] = {
        "started": sum(answer["started"] for answer in answers),
        "duplicates": sum(answer["duplicates"] for answer in answers) + repeated,
        "repeated": repeated,
    }
    if execution_ids:
        ids = [id for answer in answers for id in answer["ids"] or []]
        result["executionIds"] = [ids[at] if at < len(ids) else "" for at in of]
    attempts = [{"attempt": 1, "started_at": began, "ended_at": now_ms(), "error": None}]
    output = to_json_text(result, "result")
    await run.record(place, {"attempts": attempts, "output": output, "error": None, "hasUndo": False})
    return StartManyResult.of(result)


def _keys_of(records: Any, key: Callable[..., Any] | None) -> list[str | None]:
    if not isinstance(records, (list, tuple)):
        raise TypeError("workflows.start_many() needs a list of records.")
    if len(records) > START_MANY_RECORDS_MAX:
        raise OverflowError(
            f"workflows.start_many() takes {START_MANY_RECORDS_MAX} records at once, not {len(records)}; call it several times."
        )
    keys: list[str | None] = []
    for index, record in enumerate(records):
        if not isinstance(record, Mapping):
            raise TypeError(f"records[{index}] must be a dict with one member per parameter of the workflow.")
        if key is None:
            keys.append(None)
            continue
        value = key(record)
        text = str(value) if isinstance(value, (int, float)) and not isinstance(value, bool) else value
        if not isinstance(text, str) or not 0 < len(text) <= _KEY_LENGTH_MAX or "\0" in text:
            raise TypeError(
                f"The key of records[{index}] must be a text of 1 to {_KEY_LENGTH_MAX} characters; it is {value!r:.100}."
            )
        keys.append(text)
    return keys


def _only_first(keys: list[str | None]) -> tuple[list[int], list[int]]:
    """Of records with one key the first counts; the second list tells for each record which one that is."""
    seen: dict[str, int] = {}
    first: list[int] = []
    of: list[int] = []
    for index, key in enumerate(keys):
        if key is not None and key in seen:
            of.append(seen[key])
            continue
        if key is not None:
            seen[key] = len(first)
        of.append(len(first))
        first.append(index)
    return first, of


def _parts_of(records: Sequence[Any], keys: list[str | None], first: list[int]) -> list[dict[str, Any]]:
    parts: list[dict[str, Any]] = []
    length = 0
    for offset, index in enumerate(first):
        text = to_json_text(records[index], f"records[{index}]")
        length += len(text)
        part = parts[-1] if parts else None
        if part is None or len(part["records"]) >= _PART_RECORDS_MAX or length > _PART_LENGTH_MAX:
            part = {"offset": offset, "records": [], "keys": None if keys[index] is None else []}
            parts.append(part)
            length = 0
        part["records"].append(from_text(text))
        if part["keys"] is not None:
            part["keys"].append(keys[index])
    return parts
