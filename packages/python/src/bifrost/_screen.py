"""Waiting for a person."""

from __future__ import annotations

import inspect
import re
from typing import Any, Callable, Mapping

from ._call import call
from ._durable import DurableRun, Entry, require_durable
from ._durations import duration_seconds, moment_ms
from ._runtime.channel import from_text
from ._runtime.durable_calls import now_ms
from ._runtime.failure import NotJsonError
from ._runtime.json_text import to_json_text
from ._runtime.limits import TASK_PROPS_BYTES_MAX
from .errors import StepError

_NAME_LENGTH_MAX = 200
_OPTIONS = ("title", "description", "props", "fields", "component", "output", "assignee", "due", "timeout", "escalate")
_TYPES = ("string", "integer", "number", "boolean", "list", "object", "json", "datetime", "file")
_PYTHON_TYPES = {str: "string", int: "integer", float: "number", bool: "boolean", list: "list", dict: "object"}


async def screen(name: str, **options: Any) -> Any:
    """Waits for a person, at no cost. The person gets a task with a form (`fields`) or a React component (`component`).

    Options: `title`, `description`, `props` (JSON that is shown), `fields` or `component`, `output` (what a component may
    answer), `assignee` (a dict with `user` or `role`, or a function that gives one), `due`, `timeout`, `escalate` (a dict with
    `after` and `to`). A field is a type ("boolean", or bool) or a dict with `type`, `label`, `help`, `required`, `default`,
    `options`, `items`, `fields`. Gives the answer; None when the timeout passed first. A StepError of the type
    `ScreenCancelledError` when a person declined.

    Example:
        answer = await screen("approve", fields={"approved": "boolean"}, assignee={"role": "org_admin"}, due="2 days")
    """
    check_options(name, options)

    async def given() -> dict[str, Any]:
        return options

    return await wait_for_screen(name, given)


def check_options(name: Any, options: Mapping[str, Any]) -> None:
    if not isinstance(name, str) or not 0 < len(name) <= _NAME_LENGTH_MAX or "\0" in name:
        raise TypeError(f"A screen needs a name of 1 to {_NAME_LENGTH_MAX} characters; it is {name!r:.100}.")
    has_fields, has_component = options.get("fields") is not None, options.get("component") is not None
    if has_fields == has_component:
        raise TypeError(f'screen("{name}") needs either fields for a form, or a component.')
    if has_fields and options.get("output") is not None:
        raise TypeError(f'screen("{name}") has an output without a component; the fields of a form are its output.')


async def wait_for_screen(name: str, ask: Callable[[], Any]) -> Any:
    """Asks what the screen shows only when the run gets there, and not at every replay."""
    run = require_durable(f'screen("{name}")')
    place, known = run.next("screen", name)
    if known is not None and known["status"] in ("completed", "failed"):
        await run.replay(known)
        return _outcome_of(name, known)

    async def described() -> dict[str, Any]:
        return await _describe(name, await ask())

    # A replay waits for the task that is there; what it shows is not computed again.
    waits = known is not None and known["status"] == "waiting"
    wait = {"dueAt": known["dueAt"], "task": None} if waits and known else await run.work(name, described)
    return _outcome_of(name, await run.wait(place, {"kind": "task", **wait}, []))


def _outcome_of(name: str, entry: Entry) -> Any:
    error = entry["error"]
    if error:
        raise StepError(name, error["type"], error["message"], error["stack"])
    return None if entry["output"] is None else from_text(entry["output"])


async def _describe(name: str, options: Mapping[str, Any]) -> dict[str, Any]:
    what = f'screen("{name}")'
    for option in options:
        if option not in _OPTIONS:
            raise TypeError(f'{what} has no option "{option}"; it has {", ".join(_OPTIONS)}.')
    is_form = options.get("fields") is not None
    fields = options["fields"] if is_form else options.get("output")
    assignee = options.get("assignee")
    if callable(assignee):
        assignee = assignee()
        assignee = await assignee if inspect.isawaitable(assignee) else assignee
    escalate = options.get("escalate")
    targets = await _resolve_targets(assignee, escalate.get("to") if escalate else None)
    description = options.get("description")
    due, timeout = options.get("due"), options.get("timeout")
    escalate_to = targets["escalateTo"]
    return {
        "dueAt": None if timeout is None else moment_ms(timeout, f"The timeout of {what}"),
        "task": {
            "title": str(options.get("title") or label_of(name))[:200],
            "description": None if description is None else str(description)[:4000],
            "component": options.get("component"),
            "props": _props_text(options.get("props"), what),
            "fields": None if not fields else to_parameters(fields, f"{what}: {'fields' if is_form else 'output'}"),
            "assignee": targets["assignee"],
            "dueAt": None if due is None else moment_ms(due, f"The due date of {what}"),
            "escalate": {
                "at": int(now_ms() + duration_seconds(escalate["after"], f"The time before {what} is escalated") * 1000),
                "to": escalate_to,
            }
            if escalate and escalate_to
            else None,
        },
    }


async def _resolve_targets(assignee: Any, escalate_to: Any) -> dict[str, Any]:
    """Asks the platform who they are; without a target, the task is for everybody."""
    if not assignee and not escalate_to:
        return {"assignee": {"user": None, "role": None}, "escalateTo": None}
    values = {"assignee": assignee or None, "escalateTo": escalate_to or None}
    targets: dict[str, Any] = await call("tasks.prepare", {}, values=values)
    return targets


def _props_text(props: Any, what: str) -> str:
    text = to_json_text({} if props is None else props, "props")
    if len(text.encode("utf-8")) > TASK_PROPS_BYTES_MAX:
        raise NotJsonError(
            f"The props of {what} are larger than {TASK_PROPS_BYTES_MAX // 1024 // 1024} MB. "
            "Write them with files.write and pass the path."
        )
    return text


def to_parameters(fields: Mapping[str, Any], where: str) -> list[dict[str, Any]]:
    """Fields as the platform keeps them; raises a TypeError that names the field that is wrong."""
    return [_to_parameter(name, field, f"{where}.{name}") for name, field in fields.items()]


def _to_parameter(name: str, field: Any, where: str) -> dict[str, Any]:
    options = field if isinstance(field, Mapping) else {"type": field}
    kind = _type_of(options.get("type"), where)
    items = None if options.get("items") is None else _type_of(options["items"], where)
    made: dict[str, Any] = {
        "name": name,
        "type": kind,
        "label": options.get("label") or label_of(name),
        "required": options.get("required", options.get("default") is None),
        "default": from_text(to_json_text(options.get("default"), where)),
        "options": [_to_option(choice) for choice in options["options"]] if options.get("options") else None,
        "help": options.get("help"),
    }
    if items is not None:
        made["items"] = items
    if options.get("fields"):
        made["fields"] = to_parameters(options["fields"], where)
    return made


def _type_of(kind: Any, where: str) -> str:
    named = _PYTHON_TYPES.get(kind, kind) if isinstance(kind, type) else kind
    if named not in _TYPES:
        raise TypeError(f"{where} has the type {named!r}; it must be one of {', '.join(_TYPES)}.")
    return str(named)


def _to_option(choice: Any) -> dict[str, Any]:
    if isinstance(choice, Mapping):
        return {"label": choice["label"], "value": choice["value"]}
    return {"label": str(choice), "value": choice}


def label_of(name: str) -> str:
    """Title Case of a camelCase or snake_case name: `apiKey` is `Api Key`."""
    text = re.sub(r"[_\-.]+", " ", name)
    text = re.sub(r"([a-z0-9])([A-Z])", r"\1 \2", text)
    text = re.sub(r"([A-Z]+)([A-Z][a-z])", r"\1 \2", text)
    return " ".join(word[:1].upper() + word[1:] for word in text.split())
