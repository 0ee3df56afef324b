"""Stretches of time and moments, as durable calls take them."""

from __future__ import annotations

import datetime
import math
import re
import time
from typing import Any, Union

Duration = Union[str, int, float, datetime.timedelta]
"""Text with a unit, such as `"90s"`, `"1h"`, `"3 days"`; a number of seconds; or a timedelta."""

_TEXT = re.compile(r"^\s*(\d+(?:\.\d+)?)\s*([a-z]+)\s*$", re.IGNORECASE)
_SECONDS_MAX = 100 * 366 * 24 * 60 * 60
_UNITS = {
    0.001: "ms msec msecs millisecond milliseconds",
    1: "s sec secs second seconds",
    60: "m min mins minute minutes",
    3600: "h hr hrs hour hours",
    86_400: "d day days",
    7 * 86_400: "w week weeks",
    365.25 * 86_400: "y yr yrs year years",
}
_SECONDS_OF = {name: seconds for seconds, names in _UNITS.items() for name in names.split()}


def duration_seconds(duration: Any, what: str) -> float:
    """Seconds of a duration; raises a TypeError that says what is wanted."""
    value = _read(duration)
    if not math.isfinite(value) or value < 0:
        raise TypeError(
            f'{what} must be a time with a unit such as "90s", "1h" or "3 days", a number of seconds, or a timedelta; '
            f"it is {duration!r:.60}."
        )
    if value > _SECONDS_MAX:
        raise TypeError(f"{what} is longer than 100 years.")
    return value


def _read(duration: Any) -> float:
    if isinstance(duration, datetime.timedelta):
        return duration.total_seconds()
    if isinstance(duration, (int, float)) and not isinstance(duration, bool):
        return float(duration)
    found = _TEXT.match(duration) if isinstance(duration, str) and len(duration) <= 50 else None
    seconds = _SECONDS_OF.get(found.group(2).lower()) if found else None
    return float(found.group(1)) * seconds if found and seconds is not None else math.nan


def moment_ms(when: Any, what: str) -> int:
    """The moment that a duration from now, a datetime or a text of one means, in milliseconds since 1970.

    A datetime without a zone is in UTC.
    """
    if isinstance(when, datetime.datetime):
        aware = when if when.tzinfo else when.replace(tzinfo=datetime.timezone.utc)
        return int(aware.timestamp() * 1000)
    if isinstance(when, str) and re.match(r"^\d{4}-\d\d-\d\dT", when):
        return moment_ms(datetime.datetime.fromisoformat(when.replace("Z", "+00:00")), what)
    return int(time.time() * 1000 + duration_seconds(when, what) * 1000)
