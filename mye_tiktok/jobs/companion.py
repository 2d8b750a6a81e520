"""A consumer of webhook events in a thread beside the listener, for a shop that wants one process."""

import logging
import signal
import threading
from collections.abc import Callable
from types import TracebackType
from typing import Self

from mye_tiktok.domain.progress import Stop
from mye_tiktok.errors import MyeTikTokError, StoppedError
from mye_tiktok.jobs.consuming import consume_forever
from mye_tiktok.jobs.fetching import Parts
from mye_tiktok.jobs.running import Surroundings

IDLE, AGAIN = 0.5, 10.0
log = logging.getLogger(__name__)


class Halt:
    """Stops what runs beside: `self()` is the `stop` of a job, and `sleep` ends when it was asked to stop."""

    def __init__(self) -> None:
        self._asked = threading.Event()

    def __call__(self) -> None:
        """Raise StoppedError once `ask` was called."""
        if self._asked.is_set():
            raise StoppedError(
                "stopped with the process it runs in; what was done is saved", signal_number=signal.SIGTERM
            )

    def ask(self) -> None:
        """Let it end after the item in hand."""
        self._asked.set()

    def sleep(self, seconds: float) -> None:
        """Sleep, but raise StoppedError when asked to stop meanwhile."""
        self._asked.wait(seconds)
        self()


class Companion:
    """Runs `consume webhooks` in a thread for as long as the context lasts; it leaves after the batch in hand.

    Whatever ends it early, the listener goes on, and it is started again after ten seconds.
    """

    def __init__(self, parts: Parts, around: Callable[[Stop], Surroundings], halt: Halt) -> None:
        self._parts, self._around, self._halt = parts, around, halt
        self._thread = threading.Thread(target=self._run, name="consume webhooks")

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._halt.ask()
        self._thread.join()

    def _run(self) -> None:
        try:
            while True:
                self._consume()
                self._halt.sleep(AGAIN)
        except StoppedError:
            return

    def _consume(self) -> None:
        """Consume until something ends it; tell what that was, and raise it when it is what was asked for."""
        around = self._around(self._halt)
        try:
            consume_forever(self._parts, around, idle=lambda: self._halt.sleep(IDLE), ready=lambda: None)
        except StoppedError:
            raise
        except MyeTikTokError as error:
            log.error("consuming webhooks ended, and begins again: %s", error.message)
        except Exception as error:
            log.error("a bug in mye-tiktok ended the consuming of webhooks: %s", type(error).__name__)
