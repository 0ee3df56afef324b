"""Connections and lookups that the platform makes for this process, which has no network of its own: the line on descriptor 5
asks, and the bytes of a connection then go through a socket in a folder that only this process sees."""

from __future__ import annotations

import os
import threading
from concurrent.futures import Future
from typing import Any, Callable

from ..errors import EgressError
from .channel import from_text, to_text


class ProxyLine:
    """Asks the proxy; may be called from any thread."""

    def __init__(self, descriptor: int, run_now: Callable[[], int | None]) -> None:
        self._descriptor = descriptor
        self._run_now = run_now
        self._lock = threading.Lock()
        self._waiting: dict[int, Future[dict[str, Any]]] = {}
        self._last = 0
        self._read, self._write = os.read, os.write
        os.set_blocking(descriptor, True)
        os.set_inheritable(descriptor, False)
        threading.Thread(target=self._read_all, name="bifrost-egress", daemon=True).start()

    def connect(self, host: str, port: int) -> Future[dict[str, Any]]:
        """Gives the path of the socket that reaches it."""
        return self._ask({"type": "connect", "host": host, "port": port, "run": self._run_now()})

    def lookup(self, host: str) -> list[tuple[str, int]]:
        """Addresses of a name, each with 4 or 6."""
        answer = self._ask({"type": "lookup", "host": host}).result()
        return [(one["address"], one["family"]) for one in answer["addresses"]]

    def close(self, answer: dict[str, Any]) -> None:
        """The connection that was made is not taken."""
        self._send({"type": "close", "id": answer["id"], "cut": True})

    def _ask(self, request: dict[str, Any]) -> Future[dict[str, Any]]:
        future: Future[dict[str, Any]] = Future()
        with self._lock:
            self._last += 1
            id = self._last
            self._waiting[id] = future
        self._send({**request, "id": id})
        return future

    def _send(self, request: dict[str, Any]) -> None:
        line = memoryview(f"{to_text([request])}\n".encode())
        with self._lock:
            while line:
                line = line[self._write(self._descriptor, line) :]

    def _read_all(self) -> None:
        rest = b""
        while True:
            try:
                read = self._read(self._descriptor, 1 << 16)
            except OSError:
                read = b""
            if not read:
                break
            *lines, rest = (rest + read).split(b"\n")
            for line in lines:
                for answer in from_text(line.decode()):
                    self._receive(answer)
        for id in list(self._waiting):
            self._receive({"type": "failed", "id": id, "code": "ECONNRESET", "message": "The platform closed the network of this process."})

    def _receive(self, answer: dict[str, Any]) -> None:
        with self._lock:
            future = self._waiting.pop(answer["id"], None)
        # One that breaks after it was made ends with its socket.
        if future is None or future.cancelled():
            return
        if answer["type"] == "failed":
            future.set_exception(_error_of(answer["code"], answer["message"]))
        else:
            future.set_result(answer)


def _error_of(code: str, message: str) -> OSError:
    if code.islower():
        return EgressError(message, code)
    import errno
    import socket

    if code in ("ENOTFOUND", "EAI_AGAIN", "ENODATA"):
        return socket.gaierror(socket.EAI_NONAME, message)
    return OSError(getattr(errno, code, errno.EIO), message)
