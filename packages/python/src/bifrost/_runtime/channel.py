"""The line to the server on descriptor 3: each line is a JSON array of messages, in both directions."""

from __future__ import annotations

import json
import os
import signal
import threading
from typing import Any, Callable

# Code that logs faster than the server reads waits, so that nothing grows without bound.
_PENDING_BYTES_MAX = 8 * 1024 * 1024


# The author's code may replace what it finds in modules: the runtime uses what there was at the start.
_encode = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), allow_nan=False).encode
_encode_ascii = json.JSONEncoder(ensure_ascii=True, separators=(",", ":"), allow_nan=False).encode
from_text = json.JSONDecoder().decode
"""The value of a JSON text."""


def to_text(value: Any) -> str:
    """JSON text that is valid UTF-8, also where a string has half of a surrogate pair."""
    text = _encode(value)
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        return _encode_ascii(value)
    return text


class Channel:
    """Messages go out from one thread, several in one line; they come in on another, also while code blocks."""

    def __init__(self, descriptor: int, receive: Callable[[dict[str, Any]], None]) -> None:
        self._descriptor = descriptor
        self._receive = receive
        self._pending: list[str] = []
        self._pending_bytes = 0
        self._changed = threading.Condition()
        # The author's code may replace these.
        self._read, self._write, self._kill, self._pid = os.read, os.write, os.kill, os.getpid()

    def start(self) -> None:
        os.set_blocking(self._descriptor, True)
        os.set_inheritable(self._descriptor, False)
        threading.Thread(target=self._write_all, name="bifrost-writer", daemon=True).start()
        threading.Thread(target=self._read_all, name="bifrost-reader", daemon=True).start()

    def send(self, message: dict[str, Any]) -> None:
        text = to_text(message)
        with self._changed:
            while self._pending_bytes > _PENDING_BYTES_MAX:
                self._changed.wait()
            self._pending.append(text)
            self._pending_bytes += len(text)
            self._changed.notify_all()

    def send_now(self, message: dict[str, Any]) -> None:
        """From the reader, which must not wait for the writer."""
        text = to_text(message)
        with self._changed:
            self._pending.append(text)
            self._pending_bytes += len(text)
            self._changed.notify_all()

    def _write_all(self) -> None:
        while True:
            with self._changed:
                while not self._pending:
                    self._changed.wait()
                pending, self._pending, self._pending_bytes = self._pending, [], 0
                self._changed.notify_all()
            line = memoryview(f"[{','.join(pending)}]\n".encode("utf-8"))
            try:
                while line:
                    line = line[self._write(self._descriptor, line) :]
            except OSError:
                self._end()

    def _read_all(self) -> None:
        pieces: list[bytes] = []
        while True:
            try:
                read = self._read(self._descriptor, 1 << 16)
            except OSError:
                read = b""
            # Without a server nothing hears what a run does: end at once.
            if not read:
                self._end()
            first, *others = read.split(b"\n")
            pieces.append(first)
            for following in others:
                line = b"".join(pieces)
                pieces = [following]
                for message in from_text(line.decode()):
                    self._receive(message)

    def _end(self) -> None:
        self._kill(self._pid, signal.SIGKILL)
