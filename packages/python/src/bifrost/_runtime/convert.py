"""Inputs as the hints of a function want them: JSON has no dates, enums and classes, and Python code asks for them."""

from __future__ import annotations

import dataclasses
import datetime
import decimal
import enum
import sys
import types
import typing
import uuid
from typing import Any, Callable, Literal, Union, get_args, get_origin

from ..errors import ValidationError
from ..models import FileRef


def hints_of(function: Callable[..., Any]) -> dict[str, Any]:
    """Each hint by itself: one that cannot be resolved is left out, and spoils no other."""
    found: dict[str, Any] = {}
    for name, hint in _annotations_of(function).items():
        resolved = resolve(hint, getattr(function, "__globals__", {}))
        if resolved is not None:
            found[name] = resolved
    return found


def _annotations_of(function: Callable[..., Any]) -> dict[str, Any]:
    try:
        return dict(getattr(function, "__annotations__", {}))
    except Exception:
        # From Python 3.14 on hints are evaluated when they are asked for, and here one of them fails.
        import annotationlib  # type: ignore[import-not-found,unused-ignore]

        form = annotationlib.Format.FORWARDREF
        return dict(annotationlib.get_annotations(function, format=form))


def resolve(hint: Any, scope: dict[str, Any]) -> Any:
    if isinstance(hint, typing.ForwardRef):
        hint = hint.__forward_arg__
    if not isinstance(hint, str):
        return hint
    try:
        # `get_type_hints` knows how strings inside of hints are resolved, too.
        holder = types.SimpleNamespace(__annotations__={"hint": hint}, __module__=None)
        return typing.get_type_hints(holder, scope, scope, include_extras=True)["hint"]
    except Exception:
        return None


def convert(value: Any, hint: Any, path: str) -> Any:
    """The value as its hint wants it; one that has no rule here stays as it came."""
    origin = get_origin(hint)
    if hint is None or hint is Any:
        return value
    if origin is typing.Annotated:
        return convert(value, get_args(hint)[0], path)
    if origin is Union or origin is getattr(types, "UnionType", Union):
        return _one_of(value, get_args(hint), path)
    if value is None or origin is Literal:
        return value
    if origin in (list, set, tuple, frozenset) and isinstance(value, list):
        return _many(value, origin, get_args(hint), path)
    if origin is dict and isinstance(value, dict):
        arguments = get_args(hint)
        of = arguments[1] if len(arguments) == 2 else None
        return {key: convert(member, of, f"{path}.{key}") for key, member in value.items()}
    if isinstance(hint, type):
        return _instance(value, hint, path)
    return value


def _one_of(value: Any, hints: tuple[Any, ...], path: str) -> Any:
    if value is None:
        return None
    wanted = [hint for hint in hints if hint is not type(None)]
    # A value that is one of them already stays: `int | str` does not make a number of a text.
    if any(isinstance(hint, type) and type(value) is hint for hint in wanted):
        return value
    problem: Exception | None = None
    for hint in wanted:
        try:
            return convert(value, hint, path)
        except ValidationError as error:
            problem = error
    if problem is not None and len(wanted) == 1:
        raise problem
    return value


def _many(value: list[Any], origin: Any, arguments: tuple[Any, ...], path: str) -> Any:
    of = arguments[0] if arguments else None
    if origin is tuple and len(arguments) > 1 and arguments[1] is not Ellipsis:
        return tuple(convert(item, hint, f"{path}[{at}]") for at, (item, hint) in enumerate(zip(value, arguments)))
    items = [convert(item, of, f"{path}[{index}]") for index, item in enumerate(value)]
    return items if origin is list else origin(items)


def _instance(value: Any, hint: type, path: str) -> Any:
    try:
        if not typing.is_typeddict(hint) and isinstance(value, hint):
            return value
        return _made(value, hint, path)
    except ValidationError:
        raise
    except Exception as error:
        raise ValidationError(f"{path} is not a {hint.__name__}: {error}") from error


def _made(value: Any, hint: type, path: str) -> Any:
    if issubclass(hint, enum.Enum):
        return _member(value, hint, path)
    if hint is datetime.datetime and isinstance(value, str):
        return _moment(value)
    if hint is datetime.date and isinstance(value, str):
        return _moment(value).date() if len(value) > 10 else datetime.date.fromisoformat(value)
    if hint is datetime.time and isinstance(value, str):
        return datetime.time.fromisoformat(value)
    if hint is uuid.UUID and isinstance(value, str):
        return uuid.UUID(value)
    if hint is decimal.Decimal and isinstance(value, (int, float, str)) and not isinstance(value, bool):
        return decimal.Decimal(str(value))
    if hint is float and isinstance(value, int) and not isinstance(value, bool):
        return float(value)
    if hint is int and isinstance(value, float) and value.is_integer():
        return int(value)
    if hint in (set, tuple, frozenset) and isinstance(value, list):
        return hint(value)
    if not isinstance(value, dict):
        return value
    if hint is FileRef:
        return FileRef.of(value)
    if hasattr(hint, "model_validate"):
        return hint.model_validate(value)
    if hasattr(hint, "parse_obj"):
        return hint.parse_obj(value)
    if dataclasses.is_dataclass(hint):
        return _dataclass(value, hint, path)
    if typing.is_typeddict(hint):
        scope = getattr(sys.modules.get(hint.__module__), "__dict__", {})
        hints = {name: resolve(one, scope) for name, one in hint.__annotations__.items()}
        return {key: convert(member, _required(hints.get(key)), f"{path}.{key}") for key, member in value.items()}
    return value


def _required(hint: Any) -> Any:
    """`Required[X]` and `NotRequired[X]` are X."""
    name = str(get_origin(hint))
    return get_args(hint)[0] if name.endswith(("Required", "NotRequired", "ReadOnly")) else hint


def _dataclass(value: dict[str, Any], hint: type, path: str) -> Any:
    scope = getattr(sys.modules.get(hint.__module__), "__dict__", {})
    known = {field.name: field for field in dataclasses.fields(hint) if field.init}
    made = {
        name: convert(value[name], resolve(field.type, scope), f"{path}.{name}")
        for name, field in known.items()
        if name in value
    }
    return hint(**made)


def _member(value: Any, hint: type[enum.Enum], path: str) -> Any:
    try:
        return hint(value)
    except ValueError:
        by_name = hint.__members__.get(value) if isinstance(value, str) else None
        if by_name is not None:
            return by_name
        known = ", ".join(repr(one.value) for one in hint)
        raise ValidationError(f"{path} must be one of {known}; it is {value!r}.") from None


def _moment(text: str) -> datetime.datetime:
    # Python 3.10 reads neither the Z nor milliseconds of other lengths than three and six.
    return datetime.datetime.fromisoformat(text[:-1] + "+00:00" if text.endswith(("Z", "z")) else text)
