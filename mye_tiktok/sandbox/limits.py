"""How many calls per second TikTok takes, counted for each app, shop and endpoint."""

import threading


class RateLimit:
    """At most `most` calls of a key within each second of the clock; 0 takes any number."""

    def __init__(self, most: int) -> None:
        self.most = most
        self._second = -1
        self._taken: dict[tuple[str, ...], int] = {}
        self._lock = threading.Lock()

    def takes(self, key: tuple[str, ...], now: float) -> bool:
        """Count one call and tell whether it is within the limit."""
        if not self.most:
            return True
        with self._lock:
            if int(now) != self._second:
                self._second, self._taken = int(now), {}
            self._taken[key] = self._taken.get(key, 0) + 1
            return self._taken[key] <= self.most
