"""Request budgets of one process, for the embedded use and for tests."""

import threading
from collections.abc import Callable
from datetime import datetime
from typing import TypeVar

from mye_tiktok.domain.budget import Budget
from mye_tiktok.tiktok.clock import utc_now

T = TypeVar("T")


class InMemoryBudgets:
    """A BudgetStore that the threads of a process share and that ends with it."""

    def __init__(self, clock: Callable[[], datetime] = utc_now) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._budgets: dict[str, Budget] = {}

    def change(self, key: str, decide: Callable[[Budget | None, datetime], tuple[Budget, T]]) -> T:
        """Replace the budget of `key` by what `decide(budget, now)` returns, with nobody in between."""
        with self._lock:
            self._budgets[key], result = decide(self._budgets.get(key), self._clock())
            return result
