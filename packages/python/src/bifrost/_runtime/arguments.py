"""How a function is called with the inputs of a run."""

from __future__ import annotations

import inspect
from typing import Any, Callable

from .convert import convert, hints_of, resolve

Call = tuple[list[Any], dict[str, Any]]


def build_arguments(
    function: Callable[..., Any], target: dict[str, Any], given: dict[str, Any], context: Any
) -> Call:
    """Positional and keyword arguments. What was not given is absent, so that the default of the signature applies."""
    signature = inspect.signature(function, follow_wrapped=True)
    hints = hints_of(inspect.unwrap(function))
    parameters = list(signature.parameters.values())
    of_context = _context_parameters(parameters, target["arguments"], hints)
    of_all = _names_by_kind(parameters, target["arguments"], "object")
    positional: list[Any] = []
    named: dict[str, Any] = {}
    rest: str | None = None
    for parameter in parameters:
        if parameter.kind is parameter.VAR_POSITIONAL:
            continue
        if parameter.kind is parameter.VAR_KEYWORD:
            rest = parameter.name
            continue
        is_required = parameter.default is parameter.empty
        if parameter.name in of_context:
            value = context
        elif parameter.name in of_all:
            value = dict(given)
        elif parameter.name in given:
            value = convert(given[parameter.name], hints.get(parameter.name), parameter.name)
        elif is_required and _takes_none(hints.get(parameter.name)):
            value = None
        elif parameter.kind is parameter.POSITIONAL_ONLY and not is_required:
            value = parameter.default
        else:
            continue
        if parameter.kind is parameter.POSITIONAL_ONLY:
            positional.append(value)
        else:
            named[parameter.name] = value
    if rest is not None:
        known = set(signature.parameters)
        hint = hints.get(rest)
        named.update(
            {name: convert(value, hint, name) for name, value in given.items() if name not in known}
        )
    return positional, named


def _context_parameters(
    parameters: list[inspect.Parameter], shape: list[dict[str, Any]], hints: dict[str, Any]
) -> set[str]:
    """The context by its place, or by the name of its type."""
    found = _names_by_kind(parameters, shape, "context")
    for name, hint in hints.items():
        if getattr(hint, "__name__", None) == "ExecutionContext":
            found.add(name)
    return found


def _names_by_kind(
    parameters: list[inspect.Parameter], shape: list[dict[str, Any]], kind: str
) -> set[str]:
    """The shape says what an argument is by its place among those that stand in order."""
    in_order = [one for one in parameters if one.kind not in (one.VAR_POSITIONAL, one.VAR_KEYWORD)]
    return {one.name for one, argument in zip(in_order, shape) if argument["kind"] == kind}


def _takes_none(hint: Any) -> bool:
    hint = resolve(hint, {}) if isinstance(hint, str) else hint
    return type(None) in getattr(hint, "__args__", ())
