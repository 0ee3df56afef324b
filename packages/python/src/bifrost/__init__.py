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

from ._context import ExecutionContext, Organization, Roi, context
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
    "BifrostError",
    "ChildRunError",
    "ConfigurationError",
    "EgressError",
    "ExecutionContext",
    "FatalError",
    "FileInfo",
    "FileLocation",
    "FileRef",
    "IntegrationError",
    "NotAvailableError",
    "Organization",
    "RetryAfterError",
    "Roi",
    "StepError",
    "UserError",
    "ValidationError",
    "WorkflowError",
    "WorkflowLoadError",
    "WorkflowNotFoundError",
    "context",
    "data_provider",
    "logger",
    "tool",
    "workflow",
]
