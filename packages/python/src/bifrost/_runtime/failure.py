"""Anything that was raised, as data. Nothing here raises itself, whatever the author's classes do."""

from __future__ import annotations

import traceback
from types import TracebackType
from typing import Any, Callable

from ..errors import EgressError, FatalError, UserError

MESSAGE_LENGTH_MAX = 10_000
STACK_LENGTH_MAX = 20_000

is_author_file: Callable[[str], bool] = lambda filename: False  # noqa: E731


class NotJsonError(TypeError):
    """A value that cannot be JSON, with its place."""


NotJsonError.__name__ = NotJsonError.__qualname__ = "ResultError"
# As tracebacks name errors of the language itself.
NotJsonError.__module__ = "builtins"


class NonDeterministicWorkflowError(Exception):
    """The code asked for something else than its journal has: it changed, or it depends on time or chance."""

    def __init__(self, expected: str, asked: str) -> None:
        super().__init__(
            f'The journal has "{expected}" here, and the code asks for "{asked}". The code is not the one that the run '
            "began with, or it depends on time or chance outside of steps. The run is parked; continue it on its own version."
        )
        self.expected = expected
        self.asked = asked


class RunStopped(BaseException):
    """The run was told to stop. No `except Exception` catches it, as it is with KeyboardInterrupt."""


def type_of(raised: BaseException) -> str:
    return str(type.__dict__["__name__"].__get__(type(raised)))


def failure_of(raised: BaseException, kind: str = "error") -> dict[str, Any]:
    """The failure of a run, as the protocol has it."""
    for_user = isinstance(raised, UserError)
    invalid = isinstance(raised, NotJsonError)
    never_again = for_user or invalid or isinstance(raised, (FatalError, EgressError))
    return {
        "kind": "result_invalid" if invalid else kind,
        "type": type_of(raised)[:200],
        "message": message_of(raised)[:MESSAGE_LENGTH_MAX],
        "stack": stack_of(raised),
        "forUser": for_user,
        "retry": not never_again,
    }


def step_failure_of(raised: BaseException) -> dict[str, str]:
    failure = failure_of(raised)
    return {name: failure[name] for name in ("type", "message", "stack")}


def may_retry(raised: BaseException) -> bool:
    return bool(failure_of(raised)["retry"])


def message_of(raised: BaseException) -> str:
    try:
        message = str(raised)
    except BaseException:
        return "The error itself could not be read."
    inner = getattr(raised, "exceptions", None)
    if isinstance(inner, tuple) and inner:
        reasons = "; ".join(f"{type_of(one)}: {message_of(one)}" for one in inner[:10])
        return f"{message}: {reasons}"
    return message


def stack_of(raised: BaseException) -> str:
    """The traceback with causes, with the author's lines only."""
    try:
        told = traceback.TracebackException.from_exception(raised, compact=True)
        _leave_own(told, 0)
        return "".join(told.format())[:STACK_LENGTH_MAX].rstrip("\n")
    except BaseException:
        return ""


def _leave_own(told: traceback.TracebackException, depth: int) -> None:
    told.stack = traceback.StackSummary.from_list([one for one in told.stack if is_author_file(one.filename)])
    for inner in (told.__cause__, told.__context__, *(getattr(told, "exceptions", None) or [])):
        if inner is not None and depth < 20:
            _leave_own(inner, depth + 1)


def author_frames(raised: BaseException) -> list[TracebackType]:
    """Where the author's code was when it was raised, the outermost first."""
    frames = []
    trace = raised.__traceback__
    while trace is not None:
        if is_author_file(trace.tb_frame.f_code.co_filename):
            frames.append(trace)
        trace = trace.tb_next
    return frames


def load_failure_of(raised: BaseException) -> dict[str, Any]:
    """Why code could not be loaded, with its place."""
    failure = failure_of(raised, "load_failed")
    if isinstance(raised, SyntaxError) and raised.filename is not None and is_author_file(raised.filename):
        failure["message"] = f"{raised.filename}:{raised.lineno or 1} is not valid Python: {raised.msg}"
        return failure
    frames = author_frames(raised)
    if isinstance(raised, SystemExit):
        failure["message"] = f"The code called sys.exit({'' if raised.code is None else raised.code})"
    if not frames:
        return failure
    place = f"{frames[-1].tb_frame.f_code.co_filename}:{frames[-1].tb_lineno}"
    if isinstance(raised, ModuleNotFoundError) and raised.name:
        text = (
            f'{place} imports the module "{raised.name}", which is neither in the workspace nor installed. '
            "Add it to requirements.txt, or correct the name."
        )
    else:
        text = (
            f"The code failed at module level at {place}, outside of any function, so that none of the workflows "
            f"that need it can run: {failure['message']}"
        )
    failure["message"] = text[:MESSAGE_LENGTH_MAX]
    return failure
