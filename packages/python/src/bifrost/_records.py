"""Objects made of what the platform answers."""

from __future__ import annotations

import re
from typing import Any, Iterator, Mapping, TypeVar

R = TypeVar("R", bound="Record")

_CAPITAL = re.compile(r"(?<=[a-z0-9])([A-Z])")


def snake(name: str) -> str:
    """`executionId` is `execution_id`."""
    return _CAPITAL.sub(r"_\1", name).lower()


class Record:
    """Members are read by attribute or by key; `to_dict()` and `dict(record)` give a plain dict.

    Example:
        organization = await organizations.get(id)
        organization.name == organization["name"] == organization.to_dict()["name"]
    """

    def __init__(self, **members: Any) -> None:
        self.__dict__.update(members)

    @classmethod
    def of(cls: type[R], members: Mapping[str, Any]) -> R:
        """Makes one of a JSON object; names become snake_case."""
        return cls(**{snake(name): value for name, value in members.items()})

    def to_dict(self) -> dict[str, Any]:
        """All members as a dict.

        Example:
            return (await organizations.get(id)).to_dict()
        """
        return dict(self.__dict__)

    model_dump = to_dict

    def keys(self) -> Any:
        """The names of the members, so that `dict(record)` works.

        Example:
            list(record.keys())
        """
        return self.__dict__.keys()

    def get(self, name: str, default: Any = None) -> Any:
        """A member, or the default where there is none.

        Example:
            record.get("domain", "")
        """
        return self.__dict__.get(name, default)

    def __getitem__(self, name: str) -> Any:
        return self.__dict__[name]

    def __contains__(self, name: object) -> bool:
        return name in self.__dict__

    def __iter__(self) -> Iterator[str]:
        return iter(self.__dict__)

    def __eq__(self, other: object) -> bool:
        return type(other) is type(self) and other.__dict__ == self.__dict__

    def __hash__(self) -> int:
        return id(self)

    def __repr__(self) -> str:
        members = ", ".join(f"{name}={value!r}" for name, value in self.__dict__.items())
        return f"{type(self).__name__}({members})"
