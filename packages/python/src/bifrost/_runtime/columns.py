"""The display columns of one run: computed again when a step has ended, and once more at the end."""

from __future__ import annotations

import asyncio
import inspect
import math
from typing import Any, Callable, Mapping

from .._records import Record
from .channel import from_text, to_text
from .failure import message_of
from .json_text import plain
from .limits import COLUMN_LENGTH_MAX

# Changes that come together are sent together.
_SEND_AFTER_SECONDS = 0.2
_KINDS_WITHOUT_OUTPUT = ("sleep", "undo", "emit")


class Columns:
    def __init__(
        self,
        loop: asyncio.AbstractEventLoop,
        columns: Any,
        given: Mapping[str, Any],
        is_replaying: Callable[[], bool],
        send: Callable[[dict[str, Any]], None],
        warn: Callable[[str], None],
    ) -> None:
        self._loop = loop
        self._columns: dict[str, Any] = columns if isinstance(columns, dict) else {}
        self._given = given
        self._is_replaying = is_replaying
        self._send_cells = send
        self._warn = warn
        self._outputs: dict[str, Any] = {}
        self._sent = ""
        self._timer: asyncio.TimerHandle | None = None

    def learned(self, kind: str, name: str, output: str | None) -> None:
        """A step has ended, or is known to have."""
        if not self._columns or kind in _KINDS_WITHOUT_OUTPUT:
            return
        self._outputs[name] = None if output is None else from_text(output)
        # What the code repeats changes no column: they have those values already.
        if not self._is_replaying() and self._timer is None:
            self._timer = self._loop.call_later(_SEND_AFTER_SECONDS, self._send, None, False)

    def close(self, result: Any = None, has_ended: bool = False) -> None:
        """The run leaves: nothing is sent later. What a column cannot do now it never will, so that is told."""
        if self._columns:
            self._send(result, has_ended)
        if self._timer is not None:
            self._timer.cancel()

    def _send(self, result: Any, tell: bool) -> None:
        self._timer = None
        run = {"input": dict(self._given), "steps": self._outputs, "result": result}
        cells: dict[str, Any] = {}
        for name, column in self._columns.items():
            try:
                cells[name] = _cell_of(column(Record(**run)) if callable(column) else _at(run, str(column)))
            except Exception as raised:
                cells[name] = None
                if tell:
                    self._warn(f'The column "{name}" has no value: {message_of(raised)}')
        text = to_text(cells)
        if text != self._sent:
            self._sent = text
            self._send_cells(cells)


def _at(run: dict[str, Any], path: str) -> Any:
    """The value at a path; what is not there (yet) is empty. Of a step both `steps.fetch` and `steps.fetch.output` is its output."""
    root, *rest = path.split(".")
    if root == "steps" and len(rest) > 1 and rest[1] == "output":
        output = run["steps"].get(rest[0])
        if not (isinstance(output, dict) and "output" in output):
            del rest[1]
    value: Any = run.get(root)
    for part in rest:
        if isinstance(value, dict) and part in value:
            value = value[part]
        elif isinstance(value, list) and part.isdigit() and int(part) < len(value):
            value = value[int(part)]
        else:
            return None
    return value


def _cell_of(value: Any) -> Any:
    """What a table can show: text, a number, true or false; anything else as its JSON."""
    if value is None or isinstance(value, bool):
        return value
    if inspect.isawaitable(value):
        if inspect.iscoroutine(value):
            value.close()
        raise TypeError("a column cannot be async")
    made = plain(value, "the column")
    if isinstance(made, (int, float)):
        return made if math.isfinite(made) else None
    return _cut(made if isinstance(made, str) else to_text(made))


def _cut(text: str) -> str:
    return f"{text[: COLUMN_LENGTH_MAX - 1]}…" if len(text) > COLUMN_LENGTH_MAX else text
