"""Runs a graph by the same durable calls that other code makes."""

from __future__ import annotations

import inspect
import math
from dataclasses import dataclass, field
from typing import Any, Callable

from .._context import context as run_context
from .._current import require_run
from .._durable import require_durable
from .._durations import moment_ms
from .._screen import wait_for_screen
from .._step import StepContext, step
from .._wait import sleep_at
from ..errors import FatalError
from ..events import _wait_for_event_as
from .frozen import FrozenDict, frozen
from .team import Team

_KEY_LENGTH_MAX = 100
_ASKABLE = ("title", "description", "props", "assignee", "due")


@dataclass(frozen=True)
class Node:
    """A graph as data. Names are unique in the whole graph; they are the names of the durable calls."""

    kind: str
    name: str
    of: dict[str, Any] = field(default_factory=dict)


@dataclass
class _Scope:
    """What a node sees of the nodes before it. A pass of for_each and a branch have their own, made from the one around."""

    members: dict[str, Any]
    results: dict[str, Any]
    team: Team | None


class GraphContext:
    """What the functions of a graph are called with: `input`, `results` by name, `item` and `index` inside of for_each, and
    the attributes of the run's context. In a step also those of a StepContext.

    Example:
        graph("ship").step("fetch", lambda ctx: fetch(ctx.input.order_id)).step("ship", lambda ctx: ship(ctx.results["fetch"]))
    """

    def __init__(self, members: dict[str, Any], results: dict[str, Any], step_context: StepContext | None) -> None:
        self.__dict__.update(members)
        self.results = FrozenDict(results)
        self._step = step_context

    def __getattr__(self, name: str) -> Any:
        if not name.startswith("_") and self._step is not None and hasattr(self._step, name):
            return getattr(self._step, name)
        return getattr(run_context, name)


async def run_graph(nodes: tuple[Node, ...], given: Any) -> Any:
    require_durable("A graph")
    return await _run_nodes(nodes, _Scope({"input": frozen(given)}, {}, None), None)


async def _run_nodes(nodes: Any, scope: _Scope, last: Any) -> Any:
    """The result is that of the last node that has one."""
    for node in nodes:
        if scope.team is not None:
            scope.team.leave_if_over()
        last = await _RUNNERS[node.kind](node, scope, last)
    return last


def _keep(scope: _Scope, name: str, result: Any) -> Any:
    scope.results[name] = frozen(result)
    return result


def _context(scope: _Scope, step_context: StepContext | None = None) -> GraphContext:
    return GraphContext(scope.members, dict(scope.results), step_context)


async def _awaited(value: Any) -> Any:
    return await value if inspect.isawaitable(value) else value


async def _until_over(scope: _Scope, waiting: Any) -> Any:
    return await (waiting if scope.team is None else scope.team.until_over(waiting))


async def _run_step(node: Node, scope: _Scope, _last: Any) -> Any:
    # Undone, it sees what it saw when it was done.
    seen = _Scope(scope.members, dict(scope.results), scope.team)
    options = dict(node.of["options"])
    for name in ("undo", "on_failure"):
        if options.get(name) is not None:
            options[name] = _with_context(options[name], seen)
    body = node.of["body"]
    output = await step(node.name, lambda ctx: body(_context(seen, ctx)), **options)
    return _keep(scope, node.name, output)


def _with_context(function: Callable[..., Any], scope: _Scope) -> Callable[[Any], Any]:
    return lambda value: function(value, _context(scope))


async def _run_tx(node: Node, scope: _Scope, _last: Any) -> Any:
    output = await step.tx(node.name, lambda tx: node.of["body"](tx, _context(scope)))
    return _keep(scope, node.name, output)


async def _run_if(node: Node, scope: _Scope, last: Any) -> Any:
    async def choose(ctx: StepContext) -> int | None:
        seen = _context(scope, ctx)
        for index, (condition, _) in enumerate(node.of["arms"]):
            if await _awaited(condition(seen)):
                return index
        return None

    taken = await step(node.name, choose)
    nodes = node.of["otherwise"] if taken is None else node.of["arms"][taken][1]
    return last if nodes is None else await _run_nodes(nodes, scope, last)


async def _run_for_each(node: Node, scope: _Scope, _last: Any) -> Any:
    name, key = node.name, node.of["key"]

    async def make(ctx: StepContext) -> dict[str, Any]:
        made = await _awaited(node.of["items"](_context(scope, ctx)))
        if not isinstance(made, (list, tuple)):
            raise TypeError(f'for_each "{name}" needs a list of items; it got a {type(made).__name__}.')
        return {"keys": _keys_of(name, made, key), "items": made} if key else {"items": made}

    # Kept with their keys, so that the run continues with the same list however its source changes meanwhile.
    made = await step(name, make)
    items, keys = made["items"], made.get("keys")
    results: list[Any] = [None] * len(items)
    waiting = iter(enumerate(items))
    team = Team(scope.team)

    async def worker() -> None:
        for index, item in waiting:
            team.leave_if_over()
            own = _Scope({**scope.members, "item": frozen(item), "index": index}, dict(scope.results), team)
            with _branch(f"{name}[{keys[index] if keys else index}]"):
                results[index] = await _run_nodes(node.of["body"], own, None)

    await team.work([worker] * min(node.of["concurrency"], len(items)))
    return _keep(scope, name, results) if node.of["keeps_result"] else results


def _keys_of(name: str, items: Any, key: Callable[..., Any]) -> list[str]:
    seen: dict[str, int] = {}
    for index, item in enumerate(items):
        given = key(item)
        is_number = isinstance(given, (int, float)) and not isinstance(given, bool) and math.isfinite(given)
        text = str(given) if is_number else given
        if not isinstance(text, str) or not 0 < len(text) <= _KEY_LENGTH_MAX or "\0" in text:
            raise FatalError(
                f'The key of item {index} of for_each "{name}" must be a number, or text of 1 to {_KEY_LENGTH_MAX} '
                f"characters; it is {given!r:.120}."
            )
        if text in seen:
            raise FatalError(
                f'Items {seen[text]} and {index} of for_each "{name}" have the same key "{text}". Each item needs a key of its own.'
            )
        seen[text] = index
    return list(seen)


async def _run_parallel(node: Node, scope: _Scope, _last: Any) -> Any:
    team = Team(scope.team)
    results: dict[str, Any] = {}
    owns: list[_Scope] = []

    def member(branch: str, nodes: Any, own: _Scope) -> Any:
        async def work() -> None:
            with _branch(f"{node.name}/{branch}"):
                results[branch] = await _run_nodes(nodes, own, None)

        return work

    members = []
    for branch, nodes in node.of["branches"]:
        own = _Scope(scope.members, dict(scope.results), team)
        owns.append(own)
        members.append(member(branch, nodes, own))
    await team.work(members)
    for own in owns:
        scope.results.update(own.results)
    result = {branch: results.get(branch) for branch, _ in node.of["branches"]}
    return _keep(scope, node.name, result) if node.of["keeps_result"] else result


async def _run_screen(node: Node, scope: _Scope, _last: Any) -> Any:
    async def ask() -> dict[str, Any]:
        made = dict(node.of["options"])
        for name in _ASKABLE:
            if callable(made.get(name)):
                made[name] = await _awaited(made[name](_context(scope)))
        return made

    return _keep(scope, node.name, await _until_over(scope, wait_for_screen(node.name, ask)))


async def _run_event(node: Node, scope: _Scope, _last: Any) -> Any:
    ctx = _context(scope)
    match, timeout = (one(ctx) if callable(one) else one for one in (node.of["match"], node.of["timeout"]))
    payload = await _until_over(scope, _wait_for_event_as(node.name, node.of["event"], match, timeout))
    parse = node.of["parse"]
    return _keep(scope, node.name, parse(payload) if parse and payload is not None else payload)


async def _run_do(node: Node, scope: _Scope, _last: Any) -> Any:
    with _branch(node.name):
        return _keep(scope, node.name, await _awaited(node.of["body"](_context(scope))))


async def _run_sleep(node: Node, scope: _Scope, last: Any) -> Any:
    await _until_over(scope, sleep_at(node.name, lambda: moment_ms(node.of["until"](_context(scope)), "The time to sleep")))
    return last


def _branch(name: str) -> Any:
    return require_run("A graph").durable.in_branch(name)


_RUNNERS: dict[str, Callable[[Node, _Scope, Any], Any]] = {
    "step": _run_step,
    "tx": _run_tx,
    "if": _run_if,
    "for_each": _run_for_each,
    "parallel": _run_parallel,
    "screen": _run_screen,
    "event": _run_event,
    "do": _run_do,
    "sleep": _run_sleep,
}
