"""What happens while somebody calls: actions that run just before an answer is made."""

import threading
from collections.abc import Callable

from mye_tiktok.sandbox import operations


class Hooks:
    """Actions by operation. Safe to use from many threads; an action runs once."""

    def __init__(self) -> None:
        self._waiting: list[tuple[str, int, Callable[[], object]]] = []
        self._lock = threading.Lock()

    def add(self, operation: str, action: Callable[[], object], answer: int) -> None:
        """Let `action` run before the answer of this number, counted from now; raises ValueError for bad names."""
        names = {each.name for each in operations.table()}
        if operation not in names:
            raise ValueError(f"operation {operation!r} is not one of {', '.join(sorted(names))}")
        if answer < 1:
            raise ValueError("answers are counted from 1")
        with self._lock:
            self._waiting.append((operation, answer, action))

    def clear(self) -> None:
        """Forget what has not happened yet."""
        with self._lock:
            self._waiting = []

    def run(self, operation: str) -> None:
        """Count an answer of `operation`, and do what was to be done before it."""
        if not self._waiting:
            return
        with self._lock:
            counted = [(name, left - (name == operation), action) for name, left, action in self._waiting]
            self._waiting = [each for each in counted if each[1] > 0]
        for _, left, action in counted:
            if left <= 0:
                action()
