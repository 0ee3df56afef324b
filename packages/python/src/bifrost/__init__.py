"""The SDK of Bifrost: decorators, the context of a run, and what a run may ask of the platform.

Example:
    from bifrost import UserError, config, logger, workflow

    @workflow(category="Billing")
    async def close_month(month: str):
        "Closes a month."
        logger.info("Closing %s", month)
        return {"closed": month, "by": await config.get("billing_contact")}
"""

from __future__ import annotations

import logging as _logging
from typing import Any as _Any

from . import (
    ai,
    config,
    events,
    executions,
    files,
    forms,
    integrations,
    knowledge,
    organizations,
    roles,
    secrets,
    tables,
    users,
    workflows,
)
from ._context import ExecutionContext, Organization, Roi, context
from ._cursor import Cursor, cursor
from ._graph.graph import Graph, graph
from ._graph.run import GraphContext
from ._screen import screen
from ._step import StepContext, StepTimeoutError, TableTransaction, step
from ._wait import sleep, sleep_until
from .client import BifrostClient
from .decorators import data_provider, tool, workflow
from .errors import (
    BifrostError,
    ChildRunError,
    ConfigurationError,
    EgressError,
    FatalError,
    IntegrationError,
    NotAvailableError,
    RetryAfterError,
    StepError,
    UserError,
    ValidationError,
    WorkflowError,
    WorkflowLoadError,
    WorkflowNotFoundError,
)
from .events import wait_for_event
from .models import FileInfo, FileLocation, FileRef

logger = _logging.getLogger("bifrost")
"""Writes to the log of the run, as every logger of the author's code does."""


def _fallback_names() -> dict[str, _Any]:
    """What workspace files may use without an import, as the snippets of the documentation do."""
    return {
        "workflow": workflow,
        "tool": tool,
        "data_provider": data_provider,
        "context": context,
        "ExecutionContext": ExecutionContext,
        "UserError": UserError,
    }


__all__ = [
    "BifrostClient",
    "BifrostError",
    "ChildRunError",
    "ConfigurationError",
    "Cursor",
    "EgressError",
    "ExecutionContext",
    "FatalError",
    "FileInfo",
    "FileLocation",
    "FileRef",
    "Graph",
    "GraphContext",
    "IntegrationError",
    "NotAvailableError",
    "Organization",
    "RetryAfterError",
    "Roi",
    "StepContext",
    "StepError",
    "StepTimeoutError",
    "TableTransaction",
    "UserError",
    "ValidationError",
    "WorkflowError",
    "WorkflowLoadError",
    "WorkflowNotFoundError",
    "ai",
    "config",
    "context",
    "cursor",
    "data_provider",
    "events",
    "executions",
    "files",
    "forms",
    "graph",
    "integrations",
    "knowledge",
    "logger",
    "organizations",
    "roles",
    "screen",
    "secrets",
    "sleep",
    "sleep_until",
    "step",
    "tables",
    "tool",
    "users",
    "wait_for_event",
    "workflow",
    "workflows",
]
