"""How far a source was read."""

from __future__ import annotations

from typing import Any

from ._call import call
from ._step import step


class Cursor:
    """A named place in a source that is read bit by bit: a time, a page, the last id. Each of its calls is a durable step.

    Example:
        place = cursor("orders")
        since = await place.get("1970-01-01")
        await place.set(orders[-1]["changed_at"])
    """

    def __init__(self, name: str) -> None:
        if not isinstance(name, str) or not 0 < len(name) <= 100:
            raise TypeError("The name of a cursor must have 1 to 100 characters.")
        self._name = name

    async def get(self, default: Any = None) -> Any:
        """What was set last; the default before the first time. In a run that comes back, what it read before.

        Example:
            since = await cursor("orders").get("1970-01-01")
        """
        found = await step(f"read cursor {self._name}", lambda: call("cursors.get", {"name": self._name}))
        return found["value"] if found["found"] else default

    async def set(self, value: Any) -> None:
        """Moves it, when the run gets here: call it after the work that it stands for was handed on.

        Example:
            await cursor("orders").set(orders[-1]["id"])
        """
        await step(f"move cursor {self._name}", lambda: call("cursors.set", {"name": self._name}, None, {"value": value}))

    async def clear(self) -> None:
        """Forgets it: the next run reads from the start.

        Example:
            await cursor("orders").clear()
        """
        await step(f"clear cursor {self._name}", lambda: call("cursors.clear", {"name": self._name}))


def cursor(name: str) -> Cursor:
    """A named place in a source, kept by the platform per workflow and organization.

    Example:
        since = await cursor("orders").get()
    """
    return Cursor(name)
