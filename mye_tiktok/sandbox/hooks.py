"""What happens while somebody calls: actions that run just before an answer is made."""

import threading
from collections.abc import Callable
from dataclasses import dataclass

from mye_tiktok.sandbox import operations


@dataclass(slots=True)
class _Hook:
    operation: str
    left: int
    action: Callable[[], object]
    late: bool


class Hooks:
    """Actions by operation. Safe to use from many threads; an action runs once."""

    def __init__(self) -> None:
        self._waiting: list[_Hook] = []
        self._lock = threading.Lock()

    def add(self, operation: str, action: Callable[[], object], answer: int, *, late: bool = False) -> None:
        """Let `action` run before the answer of this number, counted from now; raises ValueError for bad names.

        late: when a search has chosen what it shows, but not read it yet.
        """
        names = {each.name for each in operations.table()}
        if operation not in names:
            raise ValueError(f"operation {operation!r} is not one of {', '.join(sorted(names))}")
        if answer < 1:
            raise ValueError("answers are counted from 1")
        with self._lock:
            self._waiting.append(_Hook(operation, answer, action, late))

    def clear(self) -> None:
        """Forget what has not happened yet."""
        with self._lock:
            self._waiting = []

    def run(self, operation: str, *, late: bool = False) -> bool:
        """Count an answer of `operation`, and do what was to be done before it; tells whether there was anything."""
        if not self._waiting:
            return False
        with self._lock:
            for hook in self._waiting:
                hook.left -= (hook.operation, hook.late) == (operation, late)
            due = [hook for hook in self._waiting if hook.left <= 0]
            self._waiting = [hook for hook in self._waiting if hook.left > 0]
        for hook in due:
            hook.action()
        return bool(due)
