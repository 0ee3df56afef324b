"""Runs of the organization, as far as the person who started this one may see them.

Example:
    from bifrost import executions
    failed = await executions.list(workflow_name="nightly", status="Failed")
"""

from __future__ import annotations

import builtins
import datetime
import re
from typing import Any, Iterable

from ._call import call
from ._context import context
from ._records import Record


class Execution(Record):
    """A run: `id`, `workflow_name`, `status`, `trigger`, `created_at`, `duration_ms`, `error`; read alone also `input`, `result`.

    Example:
        (await executions.get(execution_id)).status
    """

    id: str
    workflow_id: str | None
    workflow_name: str
    status: str
    created_at: str
    error: Any


def status_name(status: str) -> str:
    """A status as the platform has it: `Failed`, `CompletedWithErrors` and `FAILED` are accepted alike.

    Example:
        status_name("CompletedWithErrors")  # "COMPLETED_WITH_ERRORS"
    """
    name = re.sub(r"(?<=[a-z])(?=[A-Z])|[\s-]+", "_", status.strip()).upper()
    return {"COMPLETED": "SUCCESS", "SUCCEEDED": "SUCCESS", "TIMED_OUT": "TIMEOUT", "CANCELED": "CANCELLED"}.get(name, name)


def _moment(moment: Any) -> str | None:
    if isinstance(moment, datetime.datetime):
        return (moment if moment.tzinfo else moment.astimezone()).isoformat()
    if isinstance(moment, datetime.date):
        return f"{moment.isoformat()}T00:00:00Z"
    return f"{moment}T00:00:00Z" if isinstance(moment, str) and len(moment) == 10 else moment


async def list(
    workflow_name: str | None = None,
    status: str | Iterable[str] | None = None,
    start_date: Any = None,
    end_date: Any = None,
    limit: int = 50,
) -> builtins.list[Execution]:
    """Newest first, 200 at most.

    Example:
        await executions.list(status="CompletedWithErrors", start_date="2026-11-01")
    """
    names = [status] if isinstance(status, str) else status
    args = {
        "workflow": workflow_name,
        "status": None if names is None else [status_name(name) for name in names],
        "since": _moment(start_date),
        "until": _moment(end_date),
        "limit": limit,
    }
    return [Execution.of(one) for one in (await call("executions.list", args))["items"]]


async def get(execution_id: str) -> Execution:
    """One run with its input and result; a ValueError when there is none that may be seen.

    Example:
        result = (await executions.get(execution_id)).result
    """
    found = await call("executions.get", {"id": execution_id})
    if found is None:
        raise ValueError(f"There is no execution {execution_id}.")
    return Execution.of(found)


async def get_logs(execution_id: str, limit: int = 1000, after: int | None = None) -> builtins.list[Record]:
    """Lines of a log, oldest first: `seq`, `timestamp`, `level`, `message`.

    Example:
        text = "\\n".join(line.message for line in await executions.get_logs(execution_id))
    """
    lines = await call("executions.logs", {"id": execution_id, "limit": limit, "after": after})
    return [Record.of(line) for line in lines]


async def get_current_logs(limit: int = 1000) -> builtins.list[Record]:
    """Lines of the log of this run, as far as they are stored.

    Example:
        lines = await executions.get_current_logs()
    """
    return await get_logs(context.execution_id, limit)
