"""Stopping code that blocks: a signal interrupts it wherever it is, also in a system call."""

from __future__ import annotations

import signal
import threading
from types import FrameType
from typing import Any, Callable

from .failure import RunStopped

_SIGNAL = signal.SIGUSR2
# The event loop has so long to take a stop by itself; then the code is interrupted, again and again until it ends.
_PATIENCE_SECONDS = 0.2
_AGAIN_SECONDS = 0.5


class Stops:
    """Made in the main thread, before any code of authors."""

    def __init__(self, is_author_file: Callable[[str], bool]) -> None:
        self._is_author_file = is_author_file
        self._main = threading.main_thread().ident or 0
        self._wanted = False
        self._kill = signal.pthread_kill
        signal.signal(_SIGNAL, self._interrupt)
        _keep_signals_home()

    def stop(self, has_ended: Callable[[], bool], is_heard: threading.Event) -> None:
        """`is_heard`: the event loop has turned, and stops the code by itself."""

        def watch() -> None:
            if not is_heard.wait(_PATIENCE_SECONDS):
                self._wanted = True
            while not has_ended():
                if self._wanted:
                    self._kill(self._main, _SIGNAL)
                ended.wait(_AGAIN_SECONDS)
                # Code that continued without a turn of the loop blocks once more.
                self._wanted = True
            self._wanted = False

        ended = threading.Event()
        threading.Thread(target=watch, name="bifrost-stop", daemon=True).start()

    def rest(self) -> None:
        self._wanted = False

    def _interrupt(self, _number: int, frame: FrameType | None) -> None:
        if not self._wanted:
            return
        # Nothing of the runtime is interrupted, nor the loop between two pieces of code.
        while frame is not None:
            if self._is_author_file(frame.f_code.co_filename):
                raise RunStopped("The run was stopped.")
            frame = frame.f_back


def _keep_signals_home() -> None:
    """Code may ask for other signals. This one is the platform's, and so is how the process ends."""
    original = signal.signal
    kept = {_SIGNAL, signal.SIGTERM, signal.SIGINT}

    def guarded(number: int, handler: Any) -> Any:
        return signal.getsignal(number) if number in kept else original(number, handler)

    signal.signal = guarded  # type: ignore[assignment]
    # Who ends a child ends it for good: there is nothing that it has to tidy up.
    original(signal.SIGINT, signal.SIG_DFL)
