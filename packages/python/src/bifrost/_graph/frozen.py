"""Results as the functions of a graph see them: a change by one would reach the next ones, but not after a replay."""

from __future__ import annotations

from typing import Any, Mapping, NoReturn


def _refuse(self: Any, *_: Any, **__: Any) -> NoReturn:
    raise TypeError("What the steps of a graph gave cannot be changed; make a copy of it.")


class FrozenDict(dict):  # type: ignore[type-arg]
    """A dict that is read by attribute, too."""

    __setitem__ = __delitem__ = clear = pop = popitem = setdefault = update = __ior__ = _refuse

    def __getattr__(self, name: str) -> Any:
        try:
            return self[name]
        except KeyError:
            raise AttributeError(f"There is no {name}; there are {', '.join(map(str, self)) or 'none'}.") from None


class FrozenList(list):  # type: ignore[type-arg]
    __setitem__ = __delitem__ = append = extend = insert = pop = remove = clear = sort = reverse = _refuse
    __iadd__ = __imul__ = _refuse


def frozen(value: Any) -> Any:
    if isinstance(value, (FrozenDict, FrozenList)):
        return value
    if isinstance(value, Mapping):
        return FrozenDict({name: frozen(member) for name, member in value.items()})
    if isinstance(value, (list, tuple)):
        return FrozenList(frozen(item) for item in value)
    return value
