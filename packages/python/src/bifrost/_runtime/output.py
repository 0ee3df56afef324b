"""Everything that code logs and prints belongs to the log of its run."""

from __future__ import annotations

import io
import logging
import sys
from typing import Any, Callable, Iterable

from .failure import stack_of

# Longer text without a line end is written as a line, so that nothing grows without bound.
_LINE_LENGTH_MAX = 16 * 1024

Log = Callable[[str, str], None]


def level_of(number: int) -> str:
    if number < logging.INFO:
        return "debug"
    if number < logging.WARNING:
        return "info"
    return "warning" if number < logging.ERROR else "error"


class RunHandler(logging.Handler):
    """Takes the lines of the author's loggers. Those of libraries carry addresses with keys, and are left out."""

    def __init__(self, log: Log, has_module: Callable[[str], bool]) -> None:
        super().__init__(logging.DEBUG)
        self._log = log
        self._has_module = has_module

    def emit(self, record: logging.LogRecord) -> None:
        try:
            if not self._is_authors(record):
                return
            message = record.getMessage()
        except Exception as error:
            message = f"{record.msg!r} (its arguments do not fit it: {error})"
        if record.exc_info and record.exc_info[1] is not None:
            message = f"{message}\n{stack_of(record.exc_info[1])}"
        if record.stack_info:
            message = f"{message}\n{record.stack_info}"
        self._log(level_of(record.levelno), message)

    def _is_authors(self, record: logging.LogRecord) -> bool:
        top = record.name.partition(".")[0]
        if is_author_file_now(record.pathname) or top in ("root", "__main__", "bifrost") or self._has_module(top):
            return True
        # A name that is no module is one that the author made up.
        return top not in sys.modules


def is_author_file_now(path: str) -> bool:
    from . import failure

    return failure.is_author_file(path)


class LineStream(io.TextIOBase):
    """Standard output as lines of the log."""

    encoding = "utf-8"
    errors = "replace"

    def __init__(self, level: str, log: Log, descriptor: int) -> None:
        self._level = level
        self._log = log
        self._descriptor = descriptor
        self._begun = ""
        self._is_cut = False
        self.buffer = _Bytes(self)

    def write(self, text: str) -> int:
        if not isinstance(text, str):
            raise TypeError(f"write() argument must be str, not {type(text).__name__}")
        # What ends a line that was too long to wait for its end is no line of its own.
        taken = text[1:] if self._is_cut and text.startswith("\n") else text
        *lines, rest = (self._begun + taken).split("\n")
        self._is_cut = self._is_cut and text == ""
        if len(rest) > _LINE_LENGTH_MAX:
            lines.append(rest)
            rest = ""
            self._is_cut = True
        self._begun = rest
        for line in lines:
            self._log(self._level, line)
        return len(text)

    def writelines(self, lines: Iterable[str]) -> None:  # type: ignore[override]
        for line in lines:
            self.write(line)

    def end_line(self) -> None:
        """What stands without a line end is a line when the run ends."""
        begun, self._begun = self._begun, ""
        if begun:
            self._log(self._level, begun)

    def drop_line(self) -> None:
        self._begun = ""

    def writable(self) -> bool:
        return True

    def fileno(self) -> int:
        return self._descriptor

    def isatty(self) -> bool:
        return False

    def close(self) -> None:
        """Print still works after a library has closed it."""


class _Bytes(io.RawIOBase):
    def __init__(self, stream: LineStream) -> None:
        self._stream = stream

    def writable(self) -> bool:
        return True

    def write(self, data: Any) -> int:
        taken = bytes(data)
        self._stream.write(taken.decode("utf-8", "replace"))
        return len(taken)

    def close(self) -> None:
        pass


class Output:
    """Standard output, standard error and the root logger of the process."""

    def __init__(self, log: Log, has_module: Callable[[str], bool]) -> None:
        self._out = LineStream("info", log, 1)
        self._err = LineStream("error", log, 2)
        self._handler = RunHandler(log, has_module)

    def take(self) -> None:
        """Once more for each run: code may have put something else there."""
        sys.stdout, sys.stderr = self._out, self._err
        self._out.drop_line()
        self._err.drop_line()
        root = logging.getLogger()
        if self._handler not in root.handlers:
            root.addHandler(self._handler)
        root.setLevel(logging.DEBUG)
        root.disabled = False
        logging.disable(logging.NOTSET)

    def end(self) -> None:
        self._out.end_line()
        self._err.end_line()
