"""Results as JSON: what Python has a plain form for becomes it, anything else is refused with its place."""

from __future__ import annotations

import dataclasses
import datetime
import decimal
import enum
import inspect
import math
import pathlib
import re
import types
import uuid
from collections.abc import Mapping
from typing import Any

from .channel import to_text
from .failure import NotJsonError
from .limits import JSON_DEPTH_MAX, JSON_VALUES_MAX, RESULT_BYTES_MAX

_PLAIN_NAME = re.compile(r"^[A-Za-z_]\w*$")


class _Writer:
    def __init__(self) -> None:
        self.values = 0


def to_json_text(value: Any, root: str) -> str:
    """JSON text of a result or an output; raises a NotJsonError that names the place."""
    writer = _Writer()
    text = to_text(_plain(value, root, (), writer))
    size = len(text.encode("utf-8"))
    if size > RESULT_BYTES_MAX:
        raise NotJsonError(
            f"The {root} is {size / 1024 / 1024:.1f} MB as JSON; the limit is {RESULT_BYTES_MAX / 1024 / 1024:.1f} MB. "
            "Write it with files.write and return its path."
        )
    if writer.values > JSON_VALUES_MAX:
        raise NotJsonError(
            f"The {root} has more than {JSON_VALUES_MAX:,} values. Write it with files.write and return its path."
        )
    return text


def plain(value: Any, root: str) -> Any:
    """The same as a value, for what is sent to the platform."""
    return _plain(value, root, (), _Writer())


def plain_members(members: Mapping[str, Any]) -> dict[str, Any]:
    return {name: plain(value, name) for name, value in members.items()}


def _plain(value: Any, path: str, parents: tuple[int, ...], writer: _Writer) -> Any:
    writer.values += 1
    kind = type(value)
    if value is None or kind is str or kind is bool or kind is int:
        return value
    if kind is float:
        if math.isfinite(value):
            return value
        raise _refusal(path, repr(value), "use None or a text")
    if isinstance(value, enum.Enum):
        return _plain(value.value, path, parents, writer)
    simple = _simple(value)
    if simple is not None:
        return simple
    if id(value) in parents:
        raise _refusal(path, "a circular reference", "return the parts that are needed")
    if len(parents) >= JSON_DEPTH_MAX:
        root = re.split(r"[.\[]", path, maxsplit=1)[0]
        raise NotJsonError(
            f"{root} is nested too deeply: {JSON_DEPTH_MAX} levels at most. Flatten it, or write it with files.write and give its path."
        )
    inside = (*parents, id(value))
    if isinstance(value, (list, tuple)):
        return [_plain(item, f"{path}[{index}]", inside, writer) for index, item in enumerate(value)]
    if isinstance(value, (set, frozenset)):
        return [_plain(item, f"{path}[{index}]", inside, writer) for index, item in enumerate(_sorted(value))]
    members = _members(value)
    if members is None:
        raise _refusal(path, *_what(value))
    made: dict[str, Any] = {}
    for key, member in members.items():
        name = _key(key, path)
        made[name] = _plain(member, _member_path(path, name), inside, writer)
    return made


def _simple(value: Any) -> str | int | float | None:
    if isinstance(value, str):
        return str.__str__(value)
    if isinstance(value, int):
        return int(value)
    if isinstance(value, float) and math.isfinite(value):
        return float(value)
    if isinstance(value, (datetime.datetime, datetime.date, datetime.time)):
        return value.isoformat()
    if isinstance(value, datetime.timedelta):
        return value.total_seconds()
    if isinstance(value, (uuid.UUID, pathlib.PurePath)):
        return str(value)
    if isinstance(value, decimal.Decimal) and value.is_finite():
        whole = value == value.to_integral_value()
        return int(value) if whole else float(value)
    return None


def _members(value: Any) -> Mapping[Any, Any] | None:
    """What an object consists of; None for one that has no plain form."""
    if isinstance(value, Mapping):
        return value
    kind = type(value)
    if isinstance(value, type) or inspect.ismodule(value):
        return None
    if dataclasses.is_dataclass(value):
        return {field.name: getattr(value, field.name) for field in dataclasses.fields(value)}
    # pydantic 2, pydantic 1, and the objects of this SDK; asked of the class, since an instance may answer to any name.
    if hasattr(kind, "model_dump") and hasattr(kind, "model_fields"):
        return value.model_dump()  # type: ignore[no-any-return]
    if hasattr(kind, "__fields__") and hasattr(kind, "dict"):
        return value.dict()  # type: ignore[no-any-return]
    if hasattr(kind, "to_dict") and kind.__module__.partition(".")[0] == "bifrost":
        return value.to_dict()  # type: ignore[no-any-return]
    return None


def _key(key: Any, path: str) -> str:
    if type(key) is str:
        return key
    if isinstance(key, enum.Enum):
        return _key(key.value, path)
    if key is None or isinstance(key, bool):
        return {None: "null", True: "true", False: "false"}[key]
    if isinstance(key, (str, int, float, uuid.UUID)):
        return str(key)
    if isinstance(key, (datetime.datetime, datetime.date)):
        return key.isoformat()
    raise NotJsonError(f"{path} has a key that is {_with_article(type(key).__name__)}, which JSON does not have: use text.")


def _sorted(values: Any) -> list[Any]:
    try:
        return sorted(values)
    except TypeError:
        return list(values)


def _what(value: Any) -> tuple[str, str]:
    name = type(value).__name__
    if inspect.iscoroutine(value):
        function = getattr(value, "__name__", "it")
        return f"a coroutine that was not awaited ({function})", f"write await before {function}(…)"
    if inspect.isawaitable(value):
        return f"{_with_article(name)} that was not awaited", "await it"
    if isinstance(value, (bytes, bytearray, memoryview)):
        return f"bytes ({name})", "write them with files.write_bytes, or use base64"
    if isinstance(value, BaseException):
        return f"an error ({name})", "use str(error)"
    if isinstance(value, (types.GeneratorType, types.AsyncGeneratorType)):
        return "a generator", "use a list: list(values)"
    if callable(value):
        return _with_article(name), "leave it out"
    if isinstance(value, (float, decimal.Decimal)):
        return str(value), "use None or a text"
    return _with_article(name), "use a dict or a dataclass"


def _with_article(name: str) -> str:
    return f"{'an' if name[:1] in 'AEIOaeio' else 'a'} {name}"


def _member_path(path: str, key: str) -> str:
    return f"{path}.{key}" if _PLAIN_NAME.match(key) else f"{path}[{to_text(key)}]"


def _refusal(path: str, what: str, advice: str) -> NotJsonError:
    return NotJsonError(f"{path} is {what}, which JSON does not have: {advice}.")
