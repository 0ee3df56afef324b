"""Variables for people who look for a mistake: JSON where it is JSON, `<TypeName>` where it is not, and cut where it is long."""

from __future__ import annotations

import datetime
import enum
import math
import types
from typing import Any

from .channel import to_text
from .limits import VARIABLE_BYTES_MAX, VARIABLES_BYTES_MAX

_DEPTH_MAX = 8
_NUMBER_MAX = 2**53


class _Budget:
    def __init__(self) -> None:
        self.left = VARIABLE_BYTES_MAX


def describe_value(value: Any) -> Any:
    """Never raises, and calls none of the author's code."""
    try:
        return _describe(value, _Budget(), ())
    except BaseException:
        return "<unreadable>"


def _describe(value: Any, budget: _Budget, parents: tuple[int, ...]) -> Any:
    kind = type(value)
    if value is None:
        return None
    if kind is bool:
        budget.left -= 5
        return value
    if kind is str:
        return _cut(value, budget)
    if kind is int:
        budget.left -= 8
        return value if abs(value) <= _NUMBER_MAX else f"<int {value if abs(value) < 10**50 else '…'}>"
    if kind is float:
        budget.left -= 8
        return value if math.isfinite(value) else f"<{value}>"
    if isinstance(value, (types.FunctionType, types.BuiltinFunctionType, types.MethodType)):
        return f"<Function {value.__name__}>"
    if isinstance(value, types.ModuleType):
        return "<Module>"
    if isinstance(value, type):
        return f"<Class {_class_name(value)}>"
    if kind is datetime.datetime or kind is datetime.date:
        return f"<{kind.__name__} {value.isoformat()}>"
    if isinstance(value, BaseException):
        message = value.args[0] if len(value.args) == 1 and type(value.args[0]) is str else ""
        return f"<{_class_name(kind)}: {_cut(message, budget)}>"
    if isinstance(value, enum.Enum):
        return f"<{_class_name(kind)} {enum.Enum.name.__get__(value)}>"
    if kind is bytes:
        return f"<bytes of {len(value)}>"
    if kind is set or kind is frozenset:
        return f"<{kind.__name__} of {len(value)}>"
    if isinstance(value, (list, tuple, dict)):
        if id(value) in parents:
            return "<Circular>"
        if len(parents) >= _DEPTH_MAX:
            return f"<{_class_name(kind)}>"
        inside = (*parents, id(value))
        return _members(value, budget, inside) if isinstance(value, dict) else _items(value, budget, inside)
    return f"<{_class_name(kind)}>"


def _items(value: list[Any] | tuple[Any, ...], budget: _Budget, parents: tuple[int, ...]) -> list[Any]:
    items: list[Any] = []
    base: Any = list if isinstance(value, list) else tuple
    count = base.__len__(value)
    for item in base.__iter__(value):
        if budget.left <= 0:
            items.append(f"… {count - len(items)} more items")
            break
        items.append(_describe(item, budget, parents))
    return items


def _members(value: dict[Any, Any], budget: _Budget, parents: tuple[int, ...]) -> dict[str, Any]:
    members: dict[str, Any] = {}
    count = dict.__len__(value)
    for key, member in dict.items(value):
        if budget.left <= 0:
            members["…"] = f"{count - len(members)} more members"
            break
        name = key if type(key) is str else str(key) if type(key) in (int, float, bool) else f"<{_class_name(type(key))}>"
        budget.left -= len(name)
        members[name] = _describe(member, budget, parents)
    return members


def _cut(text: str, budget: _Budget) -> str:
    room = max(0, budget.left)
    budget.left -= len(text)
    return text if len(text) <= room else f"{text[:room]}… ({len(text) - room} more characters)"


def _class_name(kind: type) -> str:
    return str(type.__dict__["__name__"].__get__(kind))


class VariableCapture:
    """Per function the variables of the call that failed, else of the latest."""

    def __init__(self) -> None:
        self._left: dict[str, dict[str, Any]] = {}
        self._failed: dict[str, dict[str, Any]] = {}

    def left(self, name: str, variables: dict[str, Any]) -> None:
        """A function has ended with these. The latest call comes last, so an outer function stands after those it called."""
        self._left.pop(name, None)
        self._left[name] = variables

    def failed(self, frames: list[types.TracebackType]) -> None:
        for trace in frames:
            code = trace.tb_frame.f_code
            if code.co_name != "<module>":
                self._failed.setdefault(code.co_name, dict(trace.tb_frame.f_locals))

    def to_json_text(self) -> str:
        """All variables by name. The outermost function has the plain names; a name that is taken is written `function.name`."""
        members: list[str] = []
        taken: set[str] = set()
        size = 2
        left_out = 0
        # What failed goes first, outermost first; of what ended well the outermost ended last.
        functions = {**self._failed}
        for name in reversed(self._left):
            functions.setdefault(name, self._left[name])
        for function, variables in functions.items():
            for name, value in list(variables.items()):
                key = f"{function}.{name}" if name in taken else name
                if key in taken or name.startswith("__bifrost_"):
                    continue
                taken.add(key)
                member = f"{to_text(key)}:{to_text(describe_value(value))}"
                size += len(member) + 1
                if size > VARIABLES_BYTES_MAX:
                    left_out += 1
                else:
                    members.append(member)
        if left_out:
            members.append(f'"…":"{left_out} more variables; the limit is {VARIABLES_BYTES_MAX // 1024} KB"')
        return "{" + ",".join(members) + "}"
