"""A TikTok that only counts, and a clock that only moves when somebody waits."""

import heapq
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from mye_tiktok.tiktok.budgets import InMemoryBudgets
from mye_tiktok.tiktok.limiter import Endpoint, Limiter

START = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
ENDPOINT = Endpoint(key="app:shop:get_product", first_rate=10)


@dataclass(slots=True)
class FakeTime:
    """`seconds` since START; `sleep` moves it."""

    seconds: float = 0.0

    def monotonic(self) -> float:
        return self.seconds

    def now(self) -> datetime:
        return START + timedelta(seconds=self.seconds)

    def sleep(self, seconds: float) -> None:
        self.seconds += seconds


@dataclass(slots=True)
class Bucket:
    """A token bucket: `rate` per second, `burst` at once."""

    rate: float
    burst: float
    tokens: float = 0.0
    last: float = 0.0

    def takes(self, at: float) -> bool:
        self.tokens = min(self.burst, self.tokens + (at - self.last) * self.rate)
        self.last = at
        if self.tokens < 1:
            return False
        self.tokens -= 1
        return True


@dataclass(slots=True)
class Windows:
    """So many in each whole second."""

    rate: float
    second: int = -1
    taken: int = 0

    def takes(self, at: float) -> bool:
        if int(at) != self.second:
            self.second, self.taken = int(at), 0
        self.taken += 1
        return self.taken <= self.rate


@dataclass(slots=True)
class Tally:
    """What a simulated run came to. `starts` are the moments at which requests left."""

    seconds: float
    refused: int
    starts: list[float] = field(default_factory=list)


def run(
    takes: Callable[[float], bool],
    *,
    requests: int,
    most: float,
    retry_after: float | None = None,
    processes: int = 1,
) -> Tally:
    """Put `requests` through the limiters of some processes against a TikTok 150 ms away; a refused one queues again.

    The processes take turns and share one budget.
    """
    time = FakeTime(0.3)
    store = InMemoryBudgets(time.now)
    limiters = [Limiter(store, max_rps=most, monotonic=time.monotonic, sleep=time.sleep) for _ in range(processes)]
    in_flight: list[tuple[float, float, bool, int]] = []
    tally = Tally(seconds=0, refused=0)
    waiting, done = requests, 0
    while done < requests:
        if waiting:
            process = len(tally.starts) % processes
            started = limiters[process].acquire(ENDPOINT)
            tally.starts.append(started)
            waiting -= 1
            heapq.heappush(in_flight, (time.seconds + 0.15, started, takes(time.seconds + 0.075), process))
        else:
            time.seconds = max(time.seconds, in_flight[0][0])
        while in_flight and in_flight[0][0] <= time.seconds:
            _, started, taken, process = heapq.heappop(in_flight)
            if taken:
                done += 1
                limiters[process].passed(ENDPOINT)
            else:
                tally.refused += 1
                waiting += 1
                limiters[process].refused(ENDPOINT, started=started, after=retry_after)
    tally.seconds = time.seconds - 0.3
    return tally
