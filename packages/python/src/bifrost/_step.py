"""Steps: the unit of retry and of memory."""

from __future__ import annotations

import asyncio
import functools
import inspect
import random
import time
from typing import Any, Callable, Mapping, NoReturn

from ._durable import DurableRun, Place, require_durable
from ._durations import moment_ms
from ._runtime.channel import from_text
from ._runtime.durable_calls import now_ms
from ._runtime.failure import RunStopped, may_retry, step_failure_of
from ._runtime.json_text import to_json_text
from .errors import FatalError, RetryAfterError, StepError
from .tables import Document, _document, _row
from ._call import call
from ._current import require_run

_NAME_LENGTH_MAX = 200
# The process stays for a shorter pause; for a longer one the run leaves it.
_IN_PROCESS_SECONDS_MAX = 2.0
# How often the function of a step.tx is called again because what it read was changed.
_CONFLICTS_MAX = 20

_NUMBERS = {"retries", "backoff_seconds", "factor", "max_delay_seconds", "timeout_seconds"}
_FUNCTIONS = {"retry_if", "on_failure", "undo"}
_OPTIONS = _NUMBERS | _FUNCTIONS | {"jitter"}


class StepTimeoutError(Exception):
    """An attempt at a step took longer than its `timeout_seconds`.

    Example:
        except StepError as error: slow = error.type == "StepTimeoutError"
    """


class _Suspended(BaseException):
    """Unwinds the function of a step that suspended itself. No `except Exception` catches it."""


class StepContext:
    """What the function of a step may take as its `ctx`.

    `attempt` is 1 for the first. `idempotency_key` is the same at every attempt of this step in this run. `is_resuming` is
    True when the step was suspended and has resumed, `resume_data` is what was answered, None after a time limit.

    Example:
        async def ask(ctx: StepContext):
            if ctx.is_resuming: return ctx.resume_data
            return await ctx.suspend(reason="for the customer's call")
    """

    def __init__(self, attempt: int, idempotency_key: str, resume: Mapping[str, Any] | None) -> None:
        self.attempt = attempt
        self.idempotency_key = idempotency_key
        self.is_resuming = resume is not None
        data = None if resume is None else resume["data"]
        self.resume_data: Any = None if data is None else from_text(data)
        self._suspended: dict[str, Any] | None = None

    def suspend(self, reason: str | None = None, timeout: Any = None) -> NoReturn:
        """Stops here until an answer comes through `POST /api/executions/{id}/resume`; the run leaves its worker meanwhile.

        Then the function is called again from its top, with `is_resuming` and `resume_data`. It never returns: write
        `return await ctx.suspend()`, and begin the function with what should happen after the answer.

        Example:
            return await ctx.suspend(reason="for the approval", timeout="3 days")
        """
        if self._suspended is None:
            self._suspended = {
                "kind": "resume",
                "dueAt": None if timeout is None else moment_ms(timeout, "The timeout of suspend()"),
                "reason": None if reason is None else str(reason)[:500],
            }
        raise _Suspended


class _Step:
    """The unit of retry and of memory: the JSON output of a step is stored, and is never computed again in this run, not
    after a crash, a retry, a resume or a deploy. Do one outward action per step.

    As a call, `await step(name, function, *arguments, **options)`; as a decorator, `@step` or `@step(retries=3)`, where each
    call of the function is a step of its name. A function that has a parameter `ctx` gets a StepContext there, and so does
    one that needs an argument and was given none.

    Options: `retries` (attempts after the first), `backoff_seconds` (1), `factor` (2), `max_delay_seconds` (3600), `jitter`
    (True), `timeout_seconds` (a function that blocks is not interrupted; the attempt counts as failed when it is over),
    `retry_if(error)`, `on_failure(error)`, `undo(output)`. Raises a StepError when all attempts failed.

    Example:
        order = await step("fetch-order", fetch_order, order_id, retries=3)
    """

    def __call__(self, first: Any = None, function: Any = None, /, *arguments: Any, **options: Any) -> Any:
        if callable(first) and function is None:
            return _decorated(first, None, options)
        if function is None and (first is None or isinstance(first, str)):
            return lambda decorated: _decorated(decorated, first, options)
        if not callable(function):
            if inspect.iscoroutine(function):
                function.close()
            raise TypeError(f"step({first!r}) needs a function, and not what it returned: step({first!r}, fetch, order_id).")
        return _run_step(first, options, lambda ctx: _called(function, arguments, {}, ctx))

    def tx(self, name: str, function: Callable[[TableTransaction], Any]) -> Any:
        """A step whose writes to tables and whose output are stored in one transaction: both or neither, exactly once.

        Its function gets the transaction; other effects do not belong in it, because it may be called again before it is
        stored.

        Example:
            async def book(tx):
                account = await tx.get("accounts", id)
                tx.update("accounts", id, {"balance": account.data["balance"] - 10})
            await step.tx("book", book)
        """
        return _run_tx(name, function)


step = _Step()


def _decorated(function: Callable[..., Any], name: str | None, options: dict[str, Any]) -> Callable[..., Any]:
    own = name or getattr(function, "__name__", "step")

    @functools.wraps(function)
    async def call_as_step(*arguments: Any, **named: Any) -> Any:
        return await _run_step(own, options, lambda ctx: _called(function, arguments, named, ctx))

    return call_as_step


def _called(function: Callable[..., Any], arguments: tuple[Any, ...], named: dict[str, Any], ctx: StepContext) -> Any:
    try:
        parameters = inspect.signature(function).parameters
    except (TypeError, ValueError):
        return function(*arguments, **named)
    in_order = [one for one in parameters.values() if one.kind in (one.POSITIONAL_ONLY, one.POSITIONAL_OR_KEYWORD)]
    wanted = parameters.get("ctx")
    if wanted is not None and "ctx" not in named:
        if wanted.kind is wanted.KEYWORD_ONLY:
            return function(*arguments, ctx=ctx, **named)
        at = in_order.index(wanted)
        if len(arguments) < len(in_order):
            return function(*arguments[:at], ctx, *arguments[at:], **named)
    if not arguments and not named and any(one.default is one.empty for one in in_order):
        return function(ctx)
    return function(*arguments, **named)


def require_step_name(name: Any) -> str:
    """Refuses a name that could not be a key in the journal."""
    if not isinstance(name, str) or not 0 < len(name) <= _NAME_LENGTH_MAX or "\0" in name:
        raise TypeError(f"A step needs a name of 1 to {_NAME_LENGTH_MAX} characters; it is {name!r:.100}.")
    return name


def _require_options(name: str, options: Mapping[str, Any]) -> None:
    for option, value in options.items():
        if option not in _OPTIONS:
            raise TypeError(f'step("{name}") has no option "{option}"; it has {", ".join(sorted(_OPTIONS))}.')
        if option in _NUMBERS and (isinstance(value, bool) or not isinstance(value, (int, float)) or value < 0):
            raise TypeError(f'The option {option} of step("{name}") must be a number of at least 0; it is {value!r}.')
        if option in _FUNCTIONS and value is not None and not callable(value):
            raise TypeError(f'The option {option} of step("{name}") must be a function; it is {value!r}.')


async def _run_step(name: Any, options: dict[str, Any], body: Callable[[StepContext], Any]) -> Any:
    require_step_name(name)
    run = require_durable(f'step("{name}")')
    place, known = run.next("step", name)
    undo = options.get("undo")
    if known is not None and known["status"] == "completed":
        await run.replay(known)
        output = from_text(known["output"] or "null")
        if undo is not None:
            run.on_undo(place, lambda: undo(output))
        return output
    if known is not None and known["status"] == "failed" and known["error"]:
        await run.replay(known)
        raise _step_error(name, known["error"])
    # What was stored is given back in any case; code that runs the step has to give options that it knows.
    _require_options(name, options)
    attempts: list[dict[str, Any]] = list(known["attempts"]) if known else []
    resume = known["resume"] if known else None
    if known is not None and known["status"] == "waiting":
        wait = {"kind": "resume", "dueAt": known["dueAt"], "reason": None}
        resume = (await run.wait(place, wait, attempts))["resume"]
    elif known is not None and known["status"] == "retrying" and (known["dueAt"] or 0) > now_ms():
        await run.wait(place, {"kind": "retry", "dueAt": known["dueAt"]}, attempts)
    return await _attempt_until_done(run, place, options, body, attempts, resume)


def _step_error(name: str, error: Mapping[str, str]) -> StepError:
    return StepError(name, error["type"], error["message"], error["stack"])


async def _attempt_until_done(
    run: DurableRun,
    place: Place,
    options: dict[str, Any],
    body: Callable[[StepContext], Any],
    attempts: list[dict[str, Any]],
    resume: Mapping[str, Any] | None,
) -> Any:
    name, undo = place["name"], options.get("undo")
    while True:
        attempt = len(attempts) + 1
        began = now_ms()
        run.started(place, attempt)
        ctx = StepContext(attempt, f"{run.execution_id}/{place['key']}", resume)
        try:
            text, roi = await run.work(name, lambda: _run_once(run, name, ctx, options, body))
            if ctx._suspended is not None:
                resume = (await run.wait(place, ctx._suspended, attempts))["resume"]
                continue
            ended = {"attempt": attempt, "started_at": began, "ended_at": now_ms(), "error": None}
            attempts.append({**ended, "roi": roi} if roi else ended)
            await run.record(place, _outcome(attempts, text, None, undo is not None))
            output = from_text(text)
            if undo is not None:
                run.on_undo(place, lambda: undo(output))
            return output
        except (Exception, RunStopped) as raised:
            error = step_failure_of(raised)
            attempts.append({"attempt": attempt, "started_at": began, "ended_at": now_ms(), "error": error})
            delay = _retry_delay(raised, attempt, options)
            if delay is None:
                return await _failed(run, place, options, attempts, raised)
            if delay <= _IN_PROCESS_SECONDS_MAX:
                await run.sleep_in_process(delay)
            else:
                await run.wait(place, {"kind": "retry", "dueAt": int(now_ms() + delay * 1000)}, attempts)


async def _run_once(
    run: DurableRun, name: str, ctx: StepContext, options: dict[str, Any], body: Callable[[StepContext], Any]
) -> tuple[str, dict[str, float] | None]:
    seconds = options.get("timeout_seconds")
    began = time.monotonic()
    value: Any = None
    try:
        value = body(ctx)
        if inspect.isawaitable(value):
            value = await (value if seconds is None else _in_time(value, name, seconds))
    except _Suspended:
        pass
    if ctx._suspended is not None:
        return "null", None
    if seconds is not None and time.monotonic() - began > seconds:
        raise _too_long(name, seconds)
    # What replay would give, so that the first time and every other are alike.
    return to_json_text(value, name), run.take_roi()


def _too_long(name: str, seconds: float) -> StepTimeoutError:
    return StepTimeoutError(f'The step "{name}" took longer than {seconds:g} s.')


async def _in_time(value: Any, name: str, seconds: float) -> Any:
    async def awaited() -> Any:
        try:
            return await value
        except _Suspended:
            return None

    work = asyncio.ensure_future(awaited())
    try:
        done, _ = await asyncio.wait({work}, timeout=seconds)
    except asyncio.CancelledError:
        work.cancel()
        raise
    if not done:
        work.cancel()
        raise _too_long(name, seconds)
    return work.result()


async def _failed(
    run: DurableRun, place: Place, options: dict[str, Any], attempts: list[dict[str, Any]], raised: BaseException
) -> Any:
    on_failure = options.get("on_failure")
    if on_failure is not None and isinstance(raised, Exception):

        async def hand_over() -> Any:
            value = on_failure(raised)
            return await value if inspect.isawaitable(value) else value

        text = to_json_text(await run.work(place["name"], hand_over), place["name"])
        await run.record(place, _outcome(attempts, text, None, options.get("undo") is not None))
        return from_text(text)
    error = attempts[-1]["error"]
    await run.record(place, _outcome(attempts, None, error, False))
    # A run that was told to stop is not continued by code that handles the errors of its steps.
    raise raised if isinstance(raised, RunStopped) else _step_error(place["name"], error)


def _outcome(
    attempts: list[dict[str, Any]], output: str | None, error: dict[str, str] | None, has_undo: bool
) -> dict[str, Any]:
    return {"attempts": attempts, "output": output, "error": error, "hasUndo": has_undo}


def _retry_delay(raised: BaseException, attempt: int, options: Mapping[str, Any]) -> float | None:
    """Seconds; None: no further attempt."""
    if attempt > options.get("retries", 0) or not may_retry(raised) or isinstance(raised, (FatalError, RunStopped)):
        return None
    retry_if = options.get("retry_if")
    if retry_if is not None and not retry_if(raised):
        return None
    if isinstance(raised, RetryAfterError) and raised.after_seconds is not None:
        return raised.after_seconds
    delay = min(
        options.get("max_delay_seconds", 3600),
        options.get("backoff_seconds", 1) * options.get("factor", 2) ** (attempt - 1),
    )
    return float(delay * (1 + random.random() / 10 if options.get("jitter", True) else 1))


class TableTransaction:
    """What `step.tx` gives its function: reads see what is stored, writes are done together with the step.

    Example:
        await step.tx("book", lambda tx: tx.insert("bookings", {"order": order_id}))
    """

    def __init__(self) -> None:
        self.reads: list[dict[str, Any]] = []
        self.writes: list[dict[str, Any]] = []

    async def get(self, table: str, id: str) -> Document | None:
        """Reads one document; None when it is not there. When it changes before the step is stored, the function is called again.

        Example:
            account = await tx.get("accounts", "17")
        """
        row = await call("tables.get", {"table": table, "id": str(id)})
        self.reads.append({"table": table, "id": str(id), "version": row["version"] if row else None})
        return _document(table, row) if row else None

    def insert(self, table: str, data: Mapping[str, Any], id: str | None = None) -> str:
        """Adds a document; one with this id must not be there. Gives its id.

        Example:
            booking_id = tx.insert("bookings", {"order": order_id})
        """
        return self._write("insert", table, data, id)

    def upsert(self, table: str, id: str, data: Mapping[str, Any]) -> str:
        """Writes a document, whether or not one with its id is there.

        Example:
            tx.upsert("accounts", "17", {"balance": 0})
        """
        return self._write("upsert", table, data, id)

    def update(self, table: str, id: str, data: Mapping[str, Any]) -> None:
        """Changes these fields of a document; the others stay.

        Example:
            tx.update("accounts", "17", {"balance": 10})
        """
        self._write("update", table, data, id)

    def delete(self, table: str, id: str) -> None:
        """Deletes a document.

        Example:
            tx.delete("accounts", "17")
        """
        self.writes.append({"kind": "delete", "table": table, "id": str(id)})

    def _write(self, kind: str, table: str, data: Mapping[str, Any], id: str | None) -> str:
        chosen, fields = _row(data, id)
        # It leaves with the step, past where calls are looked at.
        self.writes.append({"kind": kind, "table": table, "id": chosen, "data": from_text(to_json_text(fields, "data"))})
        return chosen


async def _run_tx(name: str, function: Callable[[TableTransaction], Any]) -> Any:
    if not callable(function):
        raise TypeError(f'step.tx("{name}") needs a function.')
    require_step_name(name)
    run = require_durable(f'step.tx("{name}")')
    if require_run("step.tx").context._scope is not None:
        raise RuntimeError(
            "step.tx stays in the organization of the run, and context.set_scope() was called. "
            "Write with tables, in a step, after it."
        )
    place, known = run.next("tx", name)
    if known is not None and known["status"] == "completed":
        await run.replay(known)
        return from_text(known["output"] or "null")
    if known is not None and known["status"] == "failed" and known["error"]:
        await run.replay(known)
        raise _step_error(name, known["error"])
    conflicts = 0
    while True:
        began = now_ms()
        run.started(place, 1)
        tx = TableTransaction()
        try:
            text = to_json_text(await run.work(name, lambda tx=tx: _awaited(function(tx))), name)  # type: ignore[misc]
            outcome = _outcome([_attempt(began, None)], text, None, False)
            await run.record(place, {**outcome, "transaction": {"reads": tx.reads, "writes": tx.writes}})
            return from_text(text)
        except Exception as raised:
            if getattr(raised, "code", None) == "conflict" and conflicts < _CONFLICTS_MAX:
                conflicts += 1
                continue
            error = step_failure_of(raised)
            await run.record(place, _outcome([_attempt(began, error)], None, error, False))
            raise _step_error(name, error) from raised


async def _awaited(value: Any) -> Any:
    return await value if inspect.isawaitable(value) else value


def _attempt(began: float, error: dict[str, str] | None) -> dict[str, Any]:
    return {"attempt": 1, "started_at": began, "ended_at": now_ms(), "error": error}


