"""What a run saves, as its code adjusts it. What a step added is kept with the step, which is not run again."""

from __future__ import annotations

from typing import Any, Callable, Mapping

from .._context import Roi


def roi_of(context: Mapping[str, Any], added_in_step: Callable[[float, float], None]) -> Roi:
    return Roi(context["timeSaved"], context["value"], added_in_step)


def finite(value: Any) -> float:
    is_number = isinstance(value, (int, float)) and not isinstance(value, bool)
    return value if is_number and abs(value) < float("inf") else 0
