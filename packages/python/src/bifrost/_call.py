"""Calls of declared methods of the platform; `packages/contract/src/methods` says what each takes and answers."""

from __future__ import annotations

from typing import Any, NoReturn

from ._current import require_run
from .errors import NotAvailableError


async def call(
    method: str, args: dict[str, Any], scope: str | None = None, values: dict[str, Any] | None = None
) -> Any:
    """Asks for the run of the caller, or for the program that is connected. What is None is not sent, but for `values`."""
    sent = {name: value for name, value in args.items() if value is not None}
    sent.update(values or {})
    if scope is not None:
        sent["scope"] = scope_name(scope)
    return await require_run(method).call(method, sent)


def scope_name(scope: object) -> str:
    """An id of an organization, or `global` in any case."""
    text = str(scope)
    return "global" if text.lower() == "global" else text


def not_available(what: str, instead: str = "") -> NoReturn:
    raise NotAvailableError(f"{what} is not available on this platform yet.{f' {instead}' if instead else ''}")
