"""What a run has done, and in which order its code learned of it.

Replay is right only if the code goes the same way again. So outcomes are handed over one at a time, in the recorded
order, and the code may run until it has nothing left to do before it learns the next one. The first time goes by the
same rule; otherwise two steps that end together would continue in an order that replay cannot know.
"""

from __future__ import annotations

import asyncio
import contextlib
import contextvars
from dataclasses import dataclass, field
from typing import Any, Callable, Iterator

from .failure import NonDeterministicWorkflowError
from .idle import when_idle
from .limits import STEPS_PER_RUN_MAX

# With the longest name of a step below it, it is a key that the journal takes.
_BRANCH_LENGTH_MAX = 790


@dataclass
class _Branch:
    """A part of a run whose durable calls are numbered on their own: an item of for_each, an arm of parallel."""

    path: str
    position: int = 0
    occurrences: dict[str, int] = field(default_factory=dict)


class Journal:
    def __init__(self, entries: list[dict[str, Any]], loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._entries = {entry["key"]: entry for entry in entries}
        self._by_position = {
            (entry["branch"], entry["position"]): entry["key"] for entry in entries if entry["position"] >= 0
        }
        self._root = _Branch("")
        self._branch: contextvars.ContextVar[_Branch] = contextvars.ContextVar("branch", default=self._root)
        self._rejoined: set[str] = set()
        self._deliveries: list[tuple[int, Callable[[], None]]] = []
        self._pumping = False
        # The last of what is known at the start; until the code has learned it, it does what it did before.
        self._known_until = max((entry["order"] or 0 for entry in entries), default=0)
        self._next_order = self._known_until + 1
        self._learned_until = 0
        self._count = 0
        # Orders of records on their way to the server: nothing that was recorded later is handed over before them.
        self._under_way: set[int] = set()

    @property
    def is_replaying(self) -> bool:
        """The code goes a way that it has gone before: what it says, it has said."""
        return self._learned_until < self._known_until

    @property
    def deliveries(self) -> int:
        """Outcomes that wait for their turn."""
        return len(self._deliveries)

    def next(self, kind: str, name: str) -> tuple[dict[str, Any], dict[str, Any] | None]:
        """Gives the next durable call of this branch its place. Raises when the journal has another one there."""
        self._count += 1
        if self._count > STEPS_PER_RUN_MAX:
            raise OverflowError(f"A run may have {STEPS_PER_RUN_MAX} steps; split it into several workflows.")
        branch = self._branch.get()
        occurrence = branch.occurrences.get(name, 0) + 1
        branch.occurrences[name] = occurrence
        # What was done, and is undone, may be more than at the last time: a record that had been on its way is stored now.
        position = -1 if kind == "undo" else branch.position
        branch.position += 0 if kind == "undo" else 1
        key = f"{branch.path}{name}#{occurrence}"
        place = {
            "key": key,
            "name": name,
            "occurrence": occurrence,
            "branch": branch.path,
            "position": position,
            "kind": kind,
        }
        recorded = None if position < 0 else self._by_position.get((branch.path, position))
        if recorded is not None and recorded != key:
            raise NonDeterministicWorkflowError(recorded, key)
        known = self._entries.get(key)
        if known is not None and known["kind"] != kind:
            raise NonDeterministicWorkflowError(f"{key} ({known['kind']})", f"{key} ({kind})")
        return place, known

    def take_waiting(self, key: str) -> bool:
        """Whether the journal says that the run waits at this place. Said once: what waits there again is a new wait."""
        known = self._entries.get(key)
        if known is None or known["status"] not in ("waiting", "retrying"):
            return False
        is_first = key not in self._rejoined
        self._rejoined.add(key)
        return is_first

    @contextlib.contextmanager
    def in_branch(self, name: str) -> Iterator[None]:
        """What is called inside belongs to a branch of the present one."""
        path = f"{self._branch.get().path}{name}/"
        # What is longer could not be stored, and would end all runs of the process.
        if len(path) > _BRANCH_LENGTH_MAX:
            raise OverflowError(
                f"The names of lists and branches around a step may have {_BRANCH_LENGTH_MAX} characters together: "
                f"{path[:200]}… Shorten names and keys."
            )
        token = self._branch.set(_Branch(path))
        try:
            yield
        finally:
            self._branch.reset(token)

    def take_order(self) -> int:
        """The order of an outcome that is new. It counts as under way until it is delivered."""
        order = self._next_order
        self._next_order += 1
        self._under_way.add(order)
        return order

    def release(self, order: int) -> None:
        """The record was refused: no delivery waits for this order any more."""
        self._under_way.discard(order)
        self._pump()

    def deliver(self, order: int, settle: Callable[[], None]) -> None:
        """Hands an outcome to the code when its turn has come."""
        self._under_way.discard(order)
        self._deliveries.append((order, settle))
        self._pump()

    def _pump(self) -> None:
        if not self._pumping:
            self._pumping = True
            when_idle(self._loop, self._hand_over)

    def _hand_over(self) -> None:
        self._pumping = False
        first = min(self._deliveries, key=lambda one: one[0], default=None)
        if first is None or any(order < first[0] for order in self._under_way):
            return
        self._deliveries.remove(first)
        self._learned_until = max(self._learned_until, first[0])
        first[1]()
        if self._deliveries:
            self._pump()
