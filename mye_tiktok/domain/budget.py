"""The request budget of one app × shop × endpoint class: how fast we may call TikTok, shared by everybody.

The documentation gives no fixed figure; it says how fast to start and asks to back off when refused
("Rate limits", 2026). So the rate doubles each second while nothing is refused, drops below what was
achieved when TikTok says 429, and from then on climbs slowly.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol, TypeVar

T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Budget:
    """`rate` is in requests per second; slots up to `next_slot_at` are given away; `ceiling` is where 429 came."""

    rate: float
    next_slot_at: datetime
    raised_at: datetime
    ceiling: float | None = None
    blocked_until: datetime | None = None


class BudgetStore(Protocol):
    """Keeps one Budget per key, for all threads (in memory) or for all processes and hosts (in the database)."""

    def change(self, key: str, decide: Callable[[Budget | None, datetime], tuple[Budget, T]]) -> T:
        """Replace the budget of `key` by what `decide(budget, now)` returns, with nobody in between.

        `now` is the store's clock: the database's own where several hosts share it.
        """
