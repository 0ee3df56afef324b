"""What makes a function one that Bifrost can run."""

from __future__ import annotations

import inspect
import warnings
from typing import Any, Callable, Iterable, TypeVar, overload

F = TypeVar("F", bound=Callable[..., Any])

# What the platform reads of them is in its documentation; the values are read from the source, without running it.
_WORKFLOW_OPTIONS = frozenset(
    """name description category tags execution_mode timeout_seconds retry_policy schedule columns start_on cancel_on
    concurrency rate debounce singleton idempotency priority endpoint_enabled allowed_methods disable_global_key
    public_endpoint is_tool tool_description time_saved value cache_ttl_seconds cache_ttl""".split()
)


@overload
def workflow(function: F, /) -> F: ...
@overload
def workflow(**options: Any) -> Callable[[F], F]: ...
def workflow(function: Any = None, /, **options: Any) -> Any:
    """Makes a function a workflow: a form, an API call and a durable run. It stays the function that it is.

    Options: name, description, category, tags, execution_mode, timeout_seconds, retry_policy, schedule, columns, start_on,
    cancel_on, concurrency, rate, debounce, singleton, idempotency, priority, endpoint_enabled, allowed_methods,
    disable_global_key, public_endpoint, is_tool, tool_description, time_saved, value. An unknown one is a warning.

    Example:
        @workflow(category="Reports", schedule="0 2 * * *")
        async def nightly(region: str = "eu"): ...
    """
    return _decorate("tool" if options.get("is_tool") else "workflow", function, options)


@overload
def tool(function: F, /) -> F: ...
@overload
def tool(**options: Any) -> Callable[[F], F]: ...
def tool(function: Any = None, /, **options: Any) -> Any:
    """Makes a function a tool that agents may call; `description` says what it does and when to use it.

    Example:
        @tool(description="Finds a user by email.")
        async def find_user(email: str): ...
    """
    options = {**options, "is_tool": True}
    if "description" in options:
        options.setdefault("tool_description", options["description"])
    return _decorate("tool", function, options)


@overload
def data_provider(function: F, /) -> F: ...
@overload
def data_provider(**options: Any) -> Callable[[F], F]: ...
def data_provider(function: Any = None, /, **options: Any) -> Any:
    """Makes a function a source of choices for forms. It returns dicts with `label` and `value`, or with `id` and `name`.

    Example:
        @data_provider(cache_ttl_seconds=600)
        async def departments(): return [{"label": "Engineering", "value": "eng"}]
    """
    return _decorate("data_provider", function, options)


def _decorate(kind: str, function: Any, options: dict[str, Any]) -> Any:
    for name in options:
        if name not in _WORKFLOW_OPTIONS:
            warnings.warn(f"@{kind} has no option {name!r}.", stacklevel=3)

    def mark(function: F) -> F:
        return _marked(kind, function, options)

    if function is None:
        return mark
    if not callable(function):
        raise TypeError(f"@{kind} takes its options by name: @{kind}(name={function!r}).")
    return mark(function)


def _marked(kind: str, function: F, options: dict[str, Any]) -> F:
    metadata: dict[str, Any] = {
        **options,
        "type": kind,
        "name": options.get("name") or getattr(function, "__name__", ""),
        "description": options.get("description") or _first_line(function),
        "category": options.get("category") or "General",
        "tags": list(_iterable(options.get("tags"))),
        # The types are read by the platform; inside of a run they are here.
        "parameters": [],
    }
    try:
        function._executable_metadata = metadata  # type: ignore[attr-defined]
    except AttributeError:
        raise TypeError(f"@{kind} belongs on a function; it was put on {function!r}.") from None
    return function


def _first_line(function: Any) -> str:
    text = inspect.getdoc(function) or ""
    return next((line.strip() for line in text.splitlines() if line.strip()), "")


def _iterable(tags: Any) -> Iterable[Any]:
    return tags if isinstance(tags, (list, tuple, set)) else []
