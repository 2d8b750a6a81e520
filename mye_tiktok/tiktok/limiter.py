"""How fast we call TikTok: one pace per app × shop × endpoint, shared through a store of budgets."""

import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from mye_tiktok.domain.budget import LATE_SLOTS, BudgetStore, Slots, refuse, reserve
from mye_tiktok.errors import TryLaterError

MOST_RPS = 50.0
LONGEST_WAIT = 120.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Endpoint:
    """What TikTok counts together. `key` names the budget in the store, `first_rate` is in requests per second."""

    key: str
    first_rate: float


class Limiter:
    """Lets requests go at the pace TikTok accepts.

    Slots come from the store in chunks, sized by how many threads wait; so a store in a database sees a few updates
    per second and endpoint. Threads pass a gate one after the other, which spreads their requests evenly.
    `first_rps` replaces the rate that each operation begins with; `monotonic` and `sleep` are in seconds.
    """

    def __init__(
        self,
        store: BudgetStore,
        *,
        max_rps: float = MOST_RPS,
        first_rps: float | None = None,
        longest_wait: float = LONGEST_WAIT,
        monotonic: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._store = store
        self._most = max_rps
        self._first = first_rps
        self._longest_wait = longest_wait
        self._monotonic = monotonic
        self._sleep = sleep
        self._lock = threading.Lock()
        self._gates: dict[str, _Gate] = {}

    def acquire(self, endpoint: Endpoint) -> float:
        """Wait until a request may start; returns the monotonic time of the start.

        Raises TryLaterError when TikTok asked everybody to rest for longer than `longest_wait`.
        """
        gate = self._gate(endpoint)
        self._count(gate, 1)
        try:
            with gate.turn:
                return self._pass(endpoint, gate)
        finally:
            self._count(gate, -1)

    def passed(self, endpoint: Endpoint) -> None:
        """Note that TikTok took a request, whatever it thought of its content."""
        self._gate(endpoint).passed.append(self._monotonic())

    def refused(self, endpoint: Endpoint, *, started: float, after: float | None) -> None:
        """Slow everybody down: TikTok refused a request that started at `started` for the rate.

        `after` is Retry-After in seconds.
        """
        gate, now = self._gate(endpoint), self._monotonic()
        age = timedelta(seconds=max(0.0, now - started))
        achieved, first = gate.achieved(now) + gate.foreign(), self._first or endpoint.first_rate
        gate.slots = None
        self._store.change(
            endpoint.key,
            lambda budget, at: (
                refuse(budget, at, sent_at=at - age, achieved=achieved, first=first, after=after),
                None,
            ),
        )

    def _pass(self, endpoint: Endpoint, gate: "_Gate") -> float:
        while True:
            slots = gate.slots or self._reserve(endpoint, gate)
            delay = gate.next_at - self._monotonic()
            if delay > 0:
                self._wait(endpoint, delay)
            if gate.slots is slots:
                return self._take(gate, slots)

    def _wait(self, endpoint: Endpoint, delay: float) -> None:
        if delay > self._longest_wait:
            raise TryLaterError(
                f"TikTok asked for a pause of {delay:.0f} seconds", hint="try again after the pause", after=delay
            )
        self._sleep(delay)

    def _take(self, gate: "_Gate", slots: Slots) -> float:
        now = self._monotonic()
        gate.next_at = max(gate.next_at, now - LATE_SLOTS * slots.interval) + slots.interval
        gate.left -= 1
        if gate.left <= 0:
            gate.slots = None
        return now

    def _reserve(self, endpoint: Endpoint, gate: "_Gate") -> Slots:
        now = self._monotonic()
        slots = self._store.change(
            endpoint.key,
            lambda budget, at: reserve(
                budget,
                at,
                wanted=gate.waiting,
                first=self._first or endpoint.first_rate,
                most=self._most,
                since=gate.until,
            ),
        )
        gate.slots, gate.left, gate.next_at, gate.until = slots, slots.count, now + slots.delay, slots.until
        gate.others.append((now, slots.foreign))
        return slots

    def _count(self, gate: "_Gate", change: int) -> None:
        with self._lock:
            gate.waiting += change

    def _gate(self, endpoint: Endpoint) -> "_Gate":
        gate = self._gates.get(endpoint.key)
        if gate is None:
            with self._lock:
                gate = self._gates.setdefault(endpoint.key, _Gate())
        return gate


class _Gate:
    """This process's share of one budget: the slots in hand, what passed lately, and what others took."""

    __slots__ = ("left", "next_at", "others", "passed", "slots", "turn", "until", "waiting")

    def __init__(self) -> None:
        self.turn = threading.Lock()
        self.waiting = 0
        self.slots: Slots | None = None
        self.left = 0
        self.next_at = 0.0
        self.until: datetime | None = None
        self.passed: deque[float] = deque(maxlen=1000)
        self.others: deque[tuple[float, float]] = deque(maxlen=100)

    def achieved(self, now: float) -> float:
        """Return how many requests TikTok took in the last second."""
        return float(sum(1 for moment in tuple(self.passed) if moment > now - 1.0))

    def foreign(self) -> float:
        """Return about how many slots other processes took in the second before our last reservation."""
        others = tuple(self.others)
        return sum(slots for moment, slots in others if moment > others[-1][0] - 1.0)
