"""How many calls per second TikTok takes, counted for each app, shop and endpoint."""

import threading
from typing import Literal

LimitKind = Literal["window", "bucket"]


class RateLimit:
    """At most `most` calls per second of a key; 0 takes any number.

    A window counts anew with each second of the clock. A bucket holds `most` calls and is refilled steadily.
    """

    def __init__(self, most: int, kind: LimitKind = "window") -> None:
        self.most, self.kind = most, kind
        # per key: the moment of the latest call, and how many calls were left after it
        self._left: dict[tuple[str, ...], tuple[float, float]] = {}
        self._lock = threading.Lock()

    def takes(self, key: tuple[str, ...], now: float) -> bool:
        """Count one call and tell whether it is within the limit."""
        if not self.most:
            return True
        with self._lock:
            before, left = self._left.get(key, (now, float(self.most)))
            left = self._refilled(left, before, now)
            taken = left >= 1.0
            self._left[key] = (now, left - 1.0 if taken else left)
            return taken

    def _refilled(self, left: float, before: float, now: float) -> float:
        if self.kind == "bucket":
            return min(float(self.most), left + max(now - before, 0.0) * self.most)
        return left if int(now) == int(before) else float(self.most)
