"""A workflow as an outline of its steps."""

from __future__ import annotations

import functools
import typing
from typing import Any, Callable, Mapping

from .._screen import check_options
from ..decorators import _marked
from .run import Node, run_graph

_NAME_LENGTH_MAX = 100

Ask = Callable[[Any], Any]


def graph(name: str, **options: Any) -> Graph:
    """Begins a workflow that is written as an outline of its steps, and drawn as one on its page. What the last step gives is
    the result of the run. Options are those of a workflow; `input` may be a dataclass, a TypedDict or a pydantic model.

    Every function of a graph is part of a durable step, so that a run continues where it was after a crash or a deploy.

    Example:
        process_order = (
            graph("process-order", input=OrderInput)
            .step("fetch-order", lambda ctx: fetch_order(ctx.input.order_id), retries=3)
            .if_(lambda ctx: ctx.results["fetch-order"].total > 1000, lambda then: then.step("tell-sales", tell_sales))
            .step("ship", lambda ctx: ship(ctx.results["fetch-order"]))
        )
    """
    if not isinstance(name, str) or not name.strip():
        return Graph("graph", options, (), (), TypeError("graph() needs a name as its first argument."))
    return Graph(name, options, (), (), None)


def _part_of_graph(method: Callable[..., Any]) -> Callable[..., Any]:
    """A method that raises gives a graph that fails when it runs. Raised while the file is loaded, the error would take the
    other workflows of the file with it."""

    @functools.wraps(method)
    def guarded(self: Graph, *arguments: Any, **named: Any) -> Any:
        if self._error is not None:
            return self
        try:
            return method(self, *arguments, **named)
        except Exception as error:
            return Graph(self._name, self._options, self._nodes, self._names, error)

    return guarded


class Graph:
    """How far a graph has been written. Each method gives a longer one, so that a part may be the start of several.

    Example:
        fetched = graph("process").step("fetch", fetch)
        shipped = fetched.step("ship", ship)
    """

    def __init__(
        self, name: str, options: dict[str, Any], nodes: tuple[Node, ...], names: tuple[str, ...], error: Exception | None
    ) -> None:
        self._name = name
        self._options = options
        self._nodes = nodes
        # All names of the graph so far, also those inside of arms, items and branches.
        self._names = names
        self._error = error
        self.__name__ = name
        self.__doc__ = options.get("description") or Graph.__doc__
        told = {key: value for key, value in options.items() if key != "input"}
        _marked("tool" if options.get("is_tool") else "workflow", self, {**told, "name": name})
        self._executable_metadata["description"] = options.get("description", "")

    _executable_metadata: dict[str, Any]

    async def __call__(self, given: Mapping[str, Any] | None = None, /, **members: Any) -> Any:
        """Runs it. Inside of a run only: its steps are kept there.

        Example:
            result = await process_order({"order_id": "A-17"})
        """
        if self._error is not None:
            raise self._error
        from .._runtime.convert import convert

        whole = {**(given or {}), **members}
        kind = self._options.get("input")
        if kind is None or typing.is_typeddict(kind):
            return await run_graph(self._nodes, whole)
        return await run_graph(self._nodes, convert(whole, kind, "input"))

    def _add(self, node: Node, names: tuple[str, ...] | None = None) -> Graph:
        then = (*self._names, node.name) if names is None else names
        return Graph(self._name, self._options, (*self._nodes, node), then, None)

    def _replace_last(self, node: Node, names: tuple[str, ...]) -> Graph:
        return Graph(self._name, self._options, (*self._nodes[:-1], node), names, None)

    def _part(self, build: Any, what: str, taken: tuple[str, ...]) -> Graph:
        """What a callback adds to an empty graph that knows which names are taken."""
        if not callable(build):
            raise TypeError(f"{what} needs a function such as lambda then: then.step(…).")
        inside = build(Graph(self._name, self._options, (), taken, None))
        if not isinstance(inside, Graph):
            raise TypeError(f"{what} must return what it adds to: lambda then: then.step(…).")
        if inside._error is not None:
            raise inside._error
        return inside

    def _fresh(self, name: Any) -> str:
        if _named(name) in self._names:
            raise TypeError(
                f'Two steps of the graph have the name "{name}". Results are known by their names, so give one of them another.'
            )
        return str(name)

    def _unnamed(self, kind: str) -> str:
        """What a node is called that has no name of its own; the same as in TypeScript."""
        count = 1
        while True:
            name = kind if count == 1 else f"{kind} {count}"
            if name not in self._names:
                return name
            count += 1

    @_part_of_graph
    def step(self, name: str, body: Ask, **options: Any) -> Graph:
        """A durable step, with the options of `step`; `undo(output, ctx)` and `on_failure(error, ctx)` get the context as well.

        Example:
            .step("fetch-order", lambda ctx: fetch_order(ctx.input.order_id), retries=3)
        """
        if not callable(body):
            raise TypeError(f'.step("{name}") needs a function.')
        return self._add(Node("step", self._fresh(name), {"options": options, "body": body}))

    @_part_of_graph
    def tx(self, name: str, body: Callable[[Any, Any], Any]) -> Graph:
        """A step that writes to tables: what it writes and that it is done are stored in one transaction.

        Example:
            .tx("book", lambda tx, ctx: tx.insert("bookings", {"order": ctx.input.order_id}))
        """
        if not callable(body):
            raise TypeError(f'.tx("{name}") needs a function.')
        return self._add(Node("tx", self._fresh(name), {"body": body}))

    @_part_of_graph
    def screen(self, name: str, **options: Any) -> Graph:
        """Waits for a person, with the options of `screen`. Title, description, props, assignee and due may be functions of ctx.

        Example:
            .screen("review", fields={"approved": "boolean"}, props=lambda ctx: {"total": ctx.results["fetch-order"].total})
        """
        own = self._fresh(name)
        check_options(own, options)
        return self._add(Node("screen", own, {"options": options}))

    @_part_of_graph
    def wait_for_event(
        self, event: str, *, as_: str | None = None, match: Any = None, timeout: Any = None, parse: Ask | None = None
    ) -> Graph:
        """Waits for an event, at no cost. What it carries is `ctx.results[name]`; None when the timeout passed first.

        Example:
            .wait_for_event("order.paid", match=lambda ctx: {"order_id": ctx.input.order_id}, timeout="3 days")
        """
        own = self._fresh(event if as_ is None else as_)
        return self._add(Node("event", own, {"event": _named(event), "match": match, "timeout": timeout, "parse": parse}))

    @_part_of_graph
    def do(self, name: str, body: Ask) -> Graph:
        """Runs code that makes durable calls itself. It is no step: when the run comes back, the code runs again from its top.

        Example:
            .do("invoice", lambda ctx: workflows.run("create-invoice", {"order_id": ctx.input.order_id}))
        """
        return self._add(Node("do", self._fresh(name), {"body": _asked(body, f'.do("{name}")')}))

    @_part_of_graph
    def if_(self, condition: Ask, then: Any, otherwise: Any = None) -> Graph:
        """Takes one way or the other. The condition is asked once and its answer kept, so it may read whatever it wants.

        Example:
            .if_(lambda ctx: ctx.results["fetch-order"].total > 1000, lambda then: then.step("approve", approve))
        """
        name = self._unnamed("if")
        arm = self._part(then, ".if_()", (*self._names, name))
        other = None if otherwise is None else self._part(otherwise, "The else of .if_()", arm._names)
        arms = [(_asked(condition, ".if_()"), arm._nodes)]
        of = {"arms": arms, "otherwise": None if other is None else other._nodes}
        return self._add(Node("if", name, of), (arm if other is None else other)._names)

    def _open_if(self, method: str) -> Node:
        last = self._nodes[-1] if self._nodes else None
        if last is None or last.kind != "if" or last.of["otherwise"] is not None:
            raise TypeError(f".{method}() must follow an .if_() that has no else yet.")
        return last

    @_part_of_graph
    def else_if(self, condition: Ask, then: Any) -> Graph:
        """Another condition, asked when those before were false.

        Example:
            .if_(is_large, approve).else_if(is_new, lambda then: then.step("look-at", look))
        """
        last = self._open_if("else_if")
        arm = self._part(then, ".else_if()", self._names)
        arms = [*last.of["arms"], (_asked(condition, ".else_if()"), arm._nodes)]
        return self._replace_last(Node("if", last.name, {**last.of, "arms": arms}), arm._names)

    @_part_of_graph
    def else_(self, otherwise: Any) -> Graph:
        """What is done when no condition was true.

        Example:
            .if_(is_large, approve).else_(lambda otherwise: otherwise.step("note", note))
        """
        last = self._open_if("else_")
        arm = self._part(otherwise, ".else_()", self._names)
        return self._replace_last(Node("if", last.name, {**last.of, "otherwise": arm._nodes}), arm._names)

    @_part_of_graph
    def for_each(self, *arguments: Any, concurrency: int = 1, key: Ask | None = None) -> Graph:
        """Does the same for each item of a list. The result is the list of what the bodies' last steps gave, in the order of
        the items; with a name, which may stand first, it is `ctx.results[name]`, too.

        Example:
            .for_each("lines", lambda ctx: ctx.results["order"].lines, lambda line: line.step("reserve", reserve), concurrency=5)
        """
        is_named = bool(arguments) and isinstance(arguments[0], str)
        given, items, build = arguments if is_named else (None, *arguments)
        name = self._unnamed("forEach") if given is None else self._fresh(given)
        if isinstance(concurrency, bool) or not isinstance(concurrency, int) or concurrency < 1:
            raise TypeError(f'The concurrency of for_each "{name}" must be a whole number of at least 1.')
        body = self._part(build, f'.for_each("{name}")', (*self._names, name))
        of = {
            "items": _asked(items, f'.for_each("{name}")'),
            "body": body._nodes,
            "concurrency": concurrency,
            "key": key,
            "keeps_result": given is not None,
        }
        return self._add(Node("for_each", name, of), body._names)

    @_part_of_graph
    def parallel(self, *arguments: Any) -> Graph:
        """Takes all its branches at once and waits for all of them. The result is a dict of what their last steps gave; with a
        name, which may stand first, it is `ctx.results[name]`, too. When a branch fails, the others begin nothing new.

        Example:
            .parallel({"stock": lambda branch: branch.step("reserve", reserve), "money": lambda branch: branch.step("charge", charge)})
        """
        is_named = bool(arguments) and isinstance(arguments[0], str)
        given, builds = arguments if is_named else (None, *arguments)
        name = self._unnamed("parallel") if given is None else self._fresh(given)
        if not isinstance(builds, Mapping) or not builds:
            raise TypeError('.parallel() needs a dict of branches, such as {"stock": lambda branch: branch.step(…)}.')
        taken = (*self._names, name)
        branches = []
        for branch, build in builds.items():
            inside = self._part(build, f'The branch "{branch}" of .parallel()', taken)
            taken = inside._names
            branches.append((_named(branch), inside._nodes))
        return self._add(Node("parallel", name, {"branches": branches, "keeps_result": given is not None}), taken)

    @_part_of_graph
    def sleep(self, duration: Any) -> Graph:
        """Waits, at no cost: a duration, or a function of ctx that gives one. The result of the graph stays what it was.

        Example:
            .sleep("3 days")
        """
        until = duration if callable(duration) else lambda ctx: duration
        return self._add(Node("sleep", self._unnamed("sleep"), {"until": until}))

    sleep_until = sleep


def _asked(question: Any, what: str) -> Ask:
    if not callable(question):
        raise TypeError(f"{what} needs a function of ctx as its question.")
    return question  # type: ignore[no-any-return]


def _named(name: Any) -> str:
    if not isinstance(name, str) or not 0 < len(name) <= _NAME_LENGTH_MAX or "\0" in name:
        raise TypeError(f"A name in a graph has 1 to {_NAME_LENGTH_MAX} characters; it is {name!r:.120}.")
    return name
