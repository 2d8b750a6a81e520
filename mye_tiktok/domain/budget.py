"""The request budget of one app × shop × endpoint class: how fast we may call TikTok, shared by everybody.

The documentation gives no fixed figure; it says how fast to start and asks to back off when refused
("Rate limits", 2026). So the rate doubles each second while nothing is refused, drops below what was
achieved when TikTok says 429, and from then on climbs slowly.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
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


GROWTH = 2.0
"""While nothing was ever refused the rate grows by this factor each second."""
DOCUMENTED = 50.0
"""The limit that the documentation named until 2025; above it the rate feels its way."""
FEELING = 1.05
"""The factor per second of feeling one's way."""
HEADROOM = 0.98
"""TikTok counts when requests arrive, we when they leave: stay this close below a limit, not on it."""
CAUTION = 0.99
"""The same for the most that the settings allow; also what a chance hit costs of the rate."""
RECOVERY = 0.3
"""Below the ceiling, each second closes this part of the gap to it, up to the headroom."""
CREEP = 1.001
"""The factor per second from there on: what is not refused for a while needs no more than caution."""
QUIET = timedelta(seconds=120)
"""After so long without a refusal the ceiling is tried anew, slowly."""
CLIMB = 1.01
"""The factor per second of that trial."""
ESCAPE = 1.25
"""A rate so far above the old ceiling shows that TikTok raised the limit; from there on it doubles again."""
PAUSE = timedelta(seconds=0.5)
SHORT_PAUSE = timedelta(seconds=0.2)
"""How long everybody rests after a refusal that names no Retry-After; shorter where it shows no more than the limit."""
NEAR, ACHIEVED = 0.9, 0.85
"""How near the documented limit a rate is likely right, if this part of it passed in the second before."""
RECENT = timedelta(seconds=5)
"""A second refusal so soon after the first means that the ceiling was guessed too high."""
STEP = 0.93
"""Such a second refusal, after doubling, lowers the ceiling at least to this part of the rate."""
LOWEST = 0.2
CHUNK = timedelta(seconds=0.25)
"""How many slots one reservation may take, in time."""
SECOND = timedelta(seconds=1)
LATE_SLOTS = 2
"""So many slots may be made up for when everybody was late."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Slots:
    """`count` requests may start, the first in `delay` seconds, the others `interval` seconds apart.

    They end at `until`. `foreign` is about how many slots other processes took just before.
    """

    count: int
    delay: float
    interval: float
    until: datetime
    foreign: float


def reserve(
    budget: Budget | None, now: datetime, *, wanted: int, first: float, most: float, since: datetime | None = None
) -> tuple[Budget, Slots]:
    """Give away up to `wanted` slots of a budget that starts at `first` and never exceeds `most` per second.

    `since` is where the slots ended that this process took before.
    """
    budget = budget or Budget(rate=min(first, most * CAUTION), next_slot_at=now, raised_at=now)
    foreign = _foreign(budget, now, since)
    budget = _raised(budget, now, most * CAUTION)
    interval = timedelta(seconds=1 / budget.rate)
    late = now - interval * LATE_SLOTS
    start = max(budget.next_slot_at, late, budget.blocked_until or late)
    count = max(1, min(wanted, int(budget.rate * CHUNK.total_seconds())))
    until = start + interval * count
    delay = (start - now).total_seconds()
    slots = Slots(count=count, delay=delay, interval=1 / budget.rate, until=until, foreign=foreign)
    return replace(budget, next_slot_at=until), slots


def refuse(
    budget: Budget | None, now: datetime, *, sent_at: datetime, achieved: float, first: float, after: float | None
) -> Budget:
    """Back off after a 429 to a request sent at `sent_at`; `achieved` is what passed in the second before, for all.

    Requests sent before the pause that are refused during it tell nothing new. `after` is Retry-After in seconds.
    """
    budget = budget or Budget(rate=first, next_slot_at=now, raised_at=now)
    until = now + (PAUSE if after is None else timedelta(seconds=after))
    if budget.blocked_until is not None and sent_at < budget.blocked_until:
        until = budget.blocked_until if after is None else max(until, budget.blocked_until)
        return replace(budget, blocked_until=until, next_slot_at=max(until, budget.next_slot_at))
    held = _held(budget, now, achieved)
    ceiling = max(LOWEST, budget.rate if held else _passable(budget, achieved))
    until = now + SHORT_PAUSE if (held or _feels_its_way(budget)) and after is None else until
    return Budget(
        rate=ceiling * (CAUTION if held else HEADROOM),
        next_slot_at=max(until, budget.next_slot_at),
        raised_at=until,
        ceiling=ceiling,
        blocked_until=until,
    )


def _foreign(budget: Budget, now: datetime, since: datetime | None) -> float:
    """Count the slots given away after `since`, of the last second: nobody but other processes took them."""
    begin = max(now - SECOND, since or now - SECOND, budget.blocked_until or now - SECOND)
    return max(0.0, (budget.next_slot_at - begin).total_seconds() * budget.rate)


def _held(budget: Budget, now: datetime, achieved: float) -> bool:
    """Tell a chance hit from a rate that is too high: it had gone well, or is just below the documented limit."""
    if DOCUMENTED * NEAR <= budget.rate <= DOCUMENTED and achieved >= budget.rate * ACHIEVED:
        return True
    if budget.blocked_until is None or budget.ceiling is None:
        return False
    return now - budget.blocked_until > RECENT and budget.rate <= budget.ceiling


def _feels_its_way(budget: Budget) -> bool:
    """Tell whether a rate was just above the documented limit, to see whether there is more: hardly too much went."""
    return budget.ceiling is None and DOCUMENTED * HEADROOM <= budget.rate < DOCUMENTED * ESCAPE


def _passable(budget: Budget, achieved: float) -> float:
    """Estimate the limit from what was seen to pass, yet never less than half the rate."""
    seen = min(budget.rate, max(achieved, budget.rate / 2))
    if budget.ceiling is None:
        return min(seen, DOCUMENTED) if budget.rate < DOCUMENTED * ESCAPE else seen
    if budget.rate > budget.ceiling:
        return min(budget.rate, budget.ceiling)
    doubled = budget.rate < DOCUMENTED * HEADROOM
    return min(seen, budget.rate * STEP) if doubled else seen


def _raised(budget: Budget, now: datetime, most: float) -> Budget:
    """Let the rate grow for the time since it last changed; idle time counts as one chunk."""
    seconds = min(max(0.0, (now - budget.raised_at).total_seconds()), CHUNK.total_seconds())
    rate, ceiling = budget.rate, budget.ceiling
    if ceiling is None or budget.blocked_until is None:
        rate = min(rate * GROWTH**seconds, max(DOCUMENTED * HEADROOM, rate * FEELING**seconds))
    elif now - budget.blocked_until > QUIET:
        rate *= CLIMB**seconds
        ceiling = None if rate > ceiling * ESCAPE else ceiling
    elif rate < ceiling * CAUTION:
        gap = max(0.0, ceiling * HEADROOM - rate)
        rate = min(rate * CREEP**seconds + gap * min(1.0, RECOVERY * seconds), ceiling * CAUTION)
    return replace(budget, rate=min(rate, most), ceiling=ceiling, raised_at=max(now, budget.raised_at))
