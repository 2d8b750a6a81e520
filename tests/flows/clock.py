"""A clock that only moves when somebody sleeps or the test says so."""

import threading
from datetime import UTC, datetime, timedelta

NOON = datetime(2026, 10, 1, 12, tzinfo=UTC)


class Clock:
    """The time of the test. `sleep` returns at once and lets that time pass for everybody."""

    def __init__(self, now: datetime = NOON) -> None:
        self._now = now
        self._lock = threading.Lock()
        self.slept: list[float] = []

    def __call__(self) -> datetime:
        return self._now

    def unix(self) -> float:
        """The time as the sandbox counts it."""
        return self._now.timestamp()

    def sleep(self, seconds: float) -> None:
        """Let `seconds` pass."""
        self.slept.append(seconds)
        self.advance(timedelta(seconds=seconds))

    def advance(self, span: timedelta) -> None:
        """Let `span` pass."""
        with self._lock:
            self._now += max(span, timedelta())
