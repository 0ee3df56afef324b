"""How much memory this process has."""

from __future__ import annotations

import os

_pages = os.sysconf("SC_PAGE_SIZE")
_descriptor: int | None
try:
    # Open from the start: later, the author's code may have every file open that it may.
    _descriptor = os.open("/proc/self/statm", os.O_RDONLY | os.O_CLOEXEC)
except OSError:
    _descriptor = None


def resident_bytes() -> int:
    try:
        if _descriptor is not None:
            return int(os.pread(_descriptor, 100, 0).split()[1]) * _pages
        import resource

        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    except (OSError, ValueError, IndexError):
        return 0
