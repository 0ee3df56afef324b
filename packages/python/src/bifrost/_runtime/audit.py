"""The last fence: what code of a workflow has no need for is refused where the interpreter itself does it. The wall around
the process is the server's."""

from __future__ import annotations

import os
import site
import sys
import sysconfig
import tempfile
from typing import Any, Callable

from .sockets import LISTENING, Sockets

_PROGRAMS = "A workflow cannot start other programs or processes."
_LIBRARIES = "A workflow cannot load libraries of the machine with ctypes."
# What libraries of Python read of a machine.
_READABLE = (
    "/etc/ssl",
    "/etc/pki",
    "/etc/ca-certificates",
    "/etc/localtime",
    "/etc/timezone",
    "/etc/mime.types",
    "/etc/services",
    "/etc/hosts",
    "/etc/resolv.conf",
    "/etc/nsswitch.conf",
    "/usr/share/zoneinfo",
    "/usr/share/ca-certificates",
    "/usr/local/share/ca-certificates",
    "/dev/null",
    "/dev/zero",
    "/dev/random",
    "/dev/urandom",
    "/proc/self/statm",
    "/proc/cpuinfo",
    "/proc/meminfo",
    "/sys/fs/cgroup",
)
_WRITES = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND

Check = Callable[[tuple[Any, ...]], None]


def install(sockets: Sockets) -> None:
    """Cannot be taken off again."""
    checks = _checks(sockets)

    def hook(event: str, arguments: tuple[Any, ...]) -> None:
        check = checks.get(event)
        if check is not None:
            check(arguments)

    sys.addaudithook(hook)
    _refuse_unheard_starts()


def _refuse_unheard_starts() -> None:
    """What starts processes without an event that a hook would hear of."""
    import subprocess

    def refuse(*_: Any, **__: Any) -> None:
        raise PermissionError(13, _PROGRAMS)

    for module in (sys.modules.get("_posixsubprocess"), subprocess):
        for name in ("fork_exec", "_fork_exec"):
            if hasattr(module, name):
                setattr(module, name, refuse)


def own_folders() -> list[str]:
    """The folders of this child: what the server gave it for temporary files, and where it was started when that is none."""
    given = os.environ.get("TMPDIR")
    return [os.path.realpath(given or os.getcwd())]


def readable_paths() -> list[str]:
    """What a child may read: the interpreter, its packages, what libraries read of a machine, and its own folder."""
    return [*_libraries(), *_READABLE, *own_folders()]


def _libraries() -> list[str]:
    """The interpreter's library and installed packages, and the runtime."""
    runtime = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
    paths = [*sysconfig.get_paths().values(), *sys.path, *site.getsitepackages(), runtime, os.path.dirname(os.__file__)]
    certificates = __import__("ssl").get_default_verify_paths()
    paths += [one for one in (certificates.openssl_cafile, certificates.openssl_capath) if one]
    both = {path for path in paths if path} | {os.path.realpath(path) for path in paths if path}
    # A folder that is the root of everything opens nothing.
    return [path for path in both if path.count("/") > 1]


def _checks(sockets: Sockets) -> dict[str, Check]:
    owned = own_folders()
    tempfile.tempdir = owned[0]
    readable = readable_paths()
    # The author's code may replace these.
    realpath, fspath, fsdecode, kill_pid = os.path.realpath, os.fspath, os.fsdecode, os.getpid()

    def is_within(path: Any, folders: list[str]) -> bool:
        if isinstance(path, int) or path is None:
            return True
        try:
            real = realpath(fsdecode(fspath(path)))
        except (TypeError, ValueError, OSError):
            return False
        return any(real == folder or real.startswith(folder + "/") for folder in folders)

    def refuse_path(path: Any, what: str) -> None:
        raise PermissionError(
            13,
            f"A workflow cannot {what} {path.decode(errors='replace') if isinstance(path, bytes) else path}: it has a folder for temporary files (tempfile), and bifrost.files.",
        )

    def open_file(arguments: tuple[Any, ...]) -> None:
        path, mode, flags = (*arguments, None, None)[:3]
        writes = any(one in mode for one in "wax+") if isinstance(mode, str) else bool((flags or 0) & _WRITES)
        if path == "/dev/null" or is_within(path, owned if writes else readable):
            return
        refuse_path(path, "write" if writes else "read")

    def list_folder(arguments: tuple[Any, ...]) -> None:
        if not is_within(arguments[0] if arguments and arguments[0] is not None else ".", readable):
            refuse_path(arguments[0] or ".", "list")

    def change(arguments: tuple[Any, ...]) -> None:
        for path in arguments[:1]:
            if not is_within(path, owned):
                refuse_path(path, "change")

    def move(arguments: tuple[Any, ...]) -> None:
        for path in arguments[:2]:
            if not is_within(path, owned):
                refuse_path(path, "move")

    def refused(message: str) -> Check:
        def refuse(_: tuple[Any, ...]) -> None:
            raise PermissionError(13, message)

        return refuse

    def database(arguments: tuple[Any, ...]) -> None:
        name = arguments[0]
        if name not in (":memory:", "", b":memory:") and not is_within(name, owned):
            refuse_path(name, "write")

    def connect(arguments: tuple[Any, ...]) -> None:
        sock, address = arguments
        sockets.require_open(sock.family, sock.type, address)

    def send(arguments: tuple[Any, ...]) -> None:
        # Without an address it goes where the socket is connected to, which was checked.
        if arguments[1] is not None:
            connect(arguments)

    def kill(arguments: tuple[Any, ...]) -> None:
        if arguments[0] != kill_pid:
            raise PermissionError(1, "A workflow cannot end other processes.")

    def load_library(arguments: tuple[Any, ...]) -> None:
        # With the interpreter itself begins `import ctypes`, which packages such as numpy and pandas do. Functions are still
        # refused to those who ask for one by its name.
        if arguments[0] is not None:
            libraries(arguments)

    programs, listening, libraries = refused(_PROGRAMS), refused(LISTENING), refused(_LIBRARIES)
    checks: dict[str, Check] = {
        "open": open_file,
        "os.listdir": list_folder,
        "os.scandir": list_folder,
        "os.chdir": list_folder,
        "os.rename": move,
        "os.link": move,
        "os.symlink": move,
        "sqlite3.connect": database,
        "sqlite3.enable_load_extension": libraries,
        "socket.connect": connect,
        "socket.sendto": connect,
        "socket.sendmsg": send,
        "socket.bind": listening,
        "os.kill": kill,
        "os.killpg": refused("A workflow cannot end other processes."),
        "ctypes.dlopen": load_library,
        "ctypes.dlsym": libraries,
        "ctypes.dlsym/handle": libraries,
    }
    for name in ("remove", "mkdir", "rmdir", "chmod", "chown", "truncate", "utime", "setxattr", "removexattr", "chflags"):
        checks[f"os.{name}"] = change
    for name in ("system", "exec", "posix_spawn", "spawn", "fork", "forkpty", "startfile"):
        checks[f"os.{name}"] = programs
    for name in ("subprocess.Popen", "pty.spawn"):
        checks[name] = programs
    return checks
