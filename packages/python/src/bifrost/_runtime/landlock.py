"""The kernel's own fence around files (Linux 5.13 or newer), where no sandbox has taken them away already.

The hook of `audit` refuses what Python says of itself; a module in C need not say anything. The kernel hears of
each file that is opened. It opens what the hook opens: libraries to read, the folder of the child to write.

The numbers are those of the kernel's interface: https://docs.kernel.org/userspace-api/landlock.html
"""

from __future__ import annotations

import os
import struct
import sys
from typing import Iterable

_CREATE_RULESET, _ADD_RULE, _RESTRICT_SELF = 444, 445, 446
_VERSION_FLAG = 1
_PATH_BENEATH = 1
_NO_NEW_PRIVILEGES = 38

_EXECUTE, _WRITE_FILE, _READ_FILE, _READ_DIR = 1 << 0, 1 << 1, 1 << 2, 1 << 3
# Everything from making and removing files on; each version of the interface knows a few more.
_KNOWN_BITS = {1: 13, 2: 14, 3: 15, 4: 15, 5: 16}
# What a rule for a file, and not a folder, may have.
_OF_FILES = _EXECUTE | _WRITE_FILE | _READ_FILE | 1 << 14


def confine(readable: Iterable[str], writable: Iterable[str]) -> int:
    """Closes all other files to this thread and those that it starts. Gives the version of the interface; 0 where the
    kernel has none, and nothing is closed.

    Example:
        confine(["/usr/lib/python3.11"], ["/tmp/own"])
    """
    if not sys.platform.startswith("linux"):
        return 0
    try:
        import ctypes
    except ImportError:
        return 0
    libc = ctypes.CDLL(None, use_errno=True)

    def syscall(number: int, *arguments: object) -> int:
        return int(libc.syscall(ctypes.c_long(number), *arguments))

    version = syscall(_CREATE_RULESET, None, ctypes.c_size_t(0), ctypes.c_uint32(_VERSION_FLAG))
    if version < 1:
        return 0
    everything = (1 << _KNOWN_BITS.get(version, max(_KNOWN_BITS.values()))) - 1
    handled = struct.pack("=Q", everything)
    ruleset = syscall(_CREATE_RULESET, handled, ctypes.c_size_t(len(handled)), ctypes.c_uint32(0))
    if ruleset < 0:
        return 0
    try:
        reading = _EXECUTE | _READ_FILE | _READ_DIR
        for path, access in [*((one, reading) for one in readable), *((one, everything) for one in writable)]:
            _allow(syscall, ctypes, ruleset, path, access & everything)
        libc.prctl(_NO_NEW_PRIVILEGES, 1, 0, 0, 0)
        return version if syscall(_RESTRICT_SELF, ctypes.c_int(ruleset), ctypes.c_uint32(0)) == 0 else 0
    finally:
        os.close(ruleset)


def _allow(syscall: object, ctypes: object, ruleset: int, path: str, access: int) -> None:
    try:
        descriptor = os.open(path, os.O_PATH | os.O_CLOEXEC)
    except OSError:
        return
    try:
        is_folder = os.path.isdir(path)
        rule = struct.pack("=Qi", access if is_folder else access & _OF_FILES, descriptor)
        syscall(_ADD_RULE, ctypes.c_int(ruleset), ctypes.c_int(_PATH_BENEATH), rule, ctypes.c_uint32(0))  # type: ignore[operator,attr-defined]
    finally:
        os.close(descriptor)
