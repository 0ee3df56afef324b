"""Other workflows of the organization.

Example:
    from bifrost import workflows
    invoice = await workflows.run("create-invoice", {"order_id": order_id})
    execution_id = await workflows.execute("sync-devices", {})
"""

from __future__ import annotations

import builtins
import datetime
from typing import Any, Callable, Mapping, Sequence

from . import executions
from ._call import call, not_available
from ._durable import require_durable
from ._durations import moment_ms
from ._records import Record
from ._runtime.channel import from_text
from ._runtime.limits import DELAY_SECONDS_MAX
from ._start_many import StartManyResult, workflow_name
from ._start_many import start_many as _start_many
from .errors import BifrostError, ChildRunError, WorkflowLoadError, WorkflowNotFoundError


class Workflow(Record):
    """A workflow: `id`, `name`, `description`, `category`, `tags`, `type`, `parameters`.

    Example:
        names = [one.name for one in await workflows.list()]
    """

    id: str
    name: str
    description: str
    category: str
    tags: builtins.list[str]
    type: str
    parameters: builtins.list[Any]


async def list() -> builtins.list[Workflow]:
    """All workflows that can run, by name.

    Example:
        tools = [one for one in await workflows.list() if one.type == "tool"]
    """
    return [Workflow.of(one) for one in await call("workflows.list", {})]


async def find(name: str) -> Workflow | None:
    """One workflow by its name or id; None when there is none. `get` reads a run, as it does in other systems.

    Example:
        fields = (await workflows.find("nightly")).parameters
    """
    found = await call("workflows.get", {"name": name})
    return None if found is None else Workflow.of(found)


async def execute(
    workflow: Any,
    input_data: Mapping[str, Any] | None = None,
    *,
    org_id: str | None = None,
    run_as: str | None = None,
    scheduled_at: Any = None,
    delay_seconds: float | None = None,
) -> str:
    """Starts a run and gives its id at once. The workflow is the function itself, its id, its name or `path.py::function`.

    `scheduled_at` (a datetime, in UTC where it has no zone, or its ISO text) or `delay_seconds` plans it for later, up to a
    year ahead; a time that has passed means now. A WorkflowNotFoundError (also a ValueError) when there is none. A durable call: a run that comes back starts no second one.

    Example:
        execution_id = await workflows.execute("sync-devices", {"site": "eu"}, org_id=customer.id)
        await workflows.execute("remind", {"invoice": "A-17"}, delay_seconds=3600)
    """
    if run_as is not None:
        not_available("The argument run_as of workflows.execute")
    planned = _planned_time(scheduled_at, delay_seconds)
    named = workflow_name(workflow)
    records = [dict(input_data or {})]
    try:
        result = await _start_many(workflow, records, execution_ids=True, scope=org_id, scheduled_at=planned)
    except BifrostError as error:
        raise _workflow_error(named, error) from error
    return result.execution_ids[0]


def _planned_time(scheduled_at: Any, delay_seconds: float | None) -> str | None:
    if scheduled_at is None and delay_seconds is None:
        return None
    if scheduled_at is not None and delay_seconds is not None:
        raise TypeError("workflows.execute() takes scheduled_at or delay_seconds, not both.")
    if delay_seconds is not None and not 0 <= delay_seconds <= DELAY_SECONDS_MAX:
        raise ValueError(f"delay_seconds must be a number of seconds from 0 to {DELAY_SECONDS_MAX}; it is {delay_seconds}.")
    if scheduled_at is not None and not isinstance(scheduled_at, (str, datetime.datetime)):
        raise TypeError(f"scheduled_at must be a datetime or its ISO text; it is {scheduled_at!r:.60}.")
    when = moment_ms(delay_seconds if scheduled_at is None else scheduled_at, "The time of workflows.execute()")
    moment = datetime.datetime.fromtimestamp(when / 1000, datetime.timezone.utc)
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


async def run(workflow: Any, input_data: Mapping[str, Any] | None = None, *, timeout: Any = None) -> Any:
    """Starts a run and waits for its result, at no cost while it takes long.

    Raises a ChildRunError when that run fails, is cancelled, or the timeout passes; then the other run continues.

    Example:
        invoice = await workflows.run(create_invoice, {"order_id": order_id}, timeout="1 day")
    """
    name = workflow_name(workflow)
    durable = require_durable(f'workflows.run("{name}")')
    place, known = durable.next("run", name)
    if known is not None and known["status"] in ("completed", "failed"):
        await durable.replay(known)
        return _result_of(name, known)
    due_at = None if timeout is None else moment_ms(timeout, "The timeout of workflows.run()")
    durable.started(place, 1)
    args = {"workflow": name, "input": dict(input_data or {}), "key": place["key"]}
    try:
        # Asked for twice, after a crash, it is the same run: the place in the journal is its idempotency key.
        child_id = await durable.work(name, lambda: call("workflows.run", args))
    except BifrostError as error:
        raise _workflow_error(name, error) from error
    return _result_of(name, await durable.wait(place, {"kind": "child", "dueAt": due_at, "childId": child_id}, []))


def _result_of(name: str, entry: Mapping[str, Any]) -> Any:
    error = entry["error"]
    if error:
        raise ChildRunError(name, error["type"], error["message"])
    if entry["output"] is None:
        raise ChildRunError(name, "TimeoutError", f"The run of {name} did not end in time; it continues.")
    return from_text(entry["output"])


def _workflow_error(name: str, error: BifrostError) -> Exception:
    if error.code == "not_found":
        return WorkflowNotFoundError(str(error))
    return WorkflowLoadError(str(error)) if error.code == "workflow_broken" else error


async def start_many(
    workflow: Any,
    records: Sequence[Mapping[str, Any]],
    key: Callable[..., Any] | None = None,
    priority: int | None = None,
    execution_ids: bool = False,
) -> StartManyResult:
    """Starts one run per record and does not wait for them; 100,000 records at once.

    `key(record)` is what a record is known by: a key starts one run of the workflow, ever.

    Example:
        result = await workflows.start_many(process_order, orders, key=lambda order: order["id"])
    """
    return await _start_many(workflow, records, key, priority, execution_ids)


async def get(execution_id: str) -> executions.Execution:
    """A run, the same as `executions.get`.

    Example:
        status = (await workflows.get(execution_id)).status
    """
    return await executions.get(execution_id)


async def cancel(execution_id: str) -> bool:
    """Asks a run to end, as its page does; True when that changed something.

    Example:
        await workflows.cancel(execution_id)
    """
    return bool(await call("workflows.cancel", {"executionId": execution_id}))
