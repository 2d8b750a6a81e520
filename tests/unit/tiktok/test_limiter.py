"""How fast TikTok is called."""

import threading
from collections.abc import Callable
from datetime import datetime
from typing import TypeVar

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mye_tiktok.domain.budget import LATE_SLOTS, Budget
from mye_tiktok.errors import TryLaterError
from mye_tiktok.tiktok.budgets import InMemoryBudgets
from mye_tiktok.tiktok.limiter import Limiter
from tests.unit.tiktok.world import ENDPOINT, Bucket, FakeTime, Windows, run

T = TypeVar("T")


@pytest.mark.parametrize("most", [50, 60, 200])
@pytest.mark.parametrize("tiktok", [Windows(50), Bucket(50, burst=50), Bucket(50, burst=5)])
def test_5000_products_are_fetched_at_95_percent_of_the_limit_known_or_not(
    most: float, tiktok: Windows | Bucket
) -> None:
    tiktok = Windows(50) if isinstance(tiktok, Windows) else Bucket(50, burst=tiktok.burst)

    tally = run(tiktok.takes, requests=5000, most=most)

    assert 5000 / tally.seconds >= 0.95 * 50


@pytest.mark.parametrize("limit", [3, 10, 20, 35])
def test_a_limit_far_below_ours_is_found_and_held(limit: float) -> None:
    tally = run(Windows(limit).takes, requests=1000, most=50)

    assert 1000 / tally.seconds >= 0.85 * limit
    assert tally.refused <= 60


@pytest.mark.parametrize("processes", [2, 3, 8])
@pytest.mark.parametrize("limit", [10, 20, 35])
def test_a_limit_that_several_processes_share_is_found_and_held(limit: float, processes: int) -> None:
    tally = run(Windows(limit).takes, requests=1000, most=50, processes=processes)

    assert 1000 / tally.seconds >= 0.85 * limit
    assert tally.refused <= 60


def test_a_limit_above_the_documented_one_is_used_in_the_end() -> None:
    tally = run(Windows(100).takes, requests=5000, most=200)

    assert 5000 / tally.seconds >= 0.75 * 100


@settings(max_examples=30)
@given(st.floats(2, 120), st.floats(2, 80))
def test_never_more_than_the_limit_and_a_small_burst_leaves_in_any_second(limit: float, most: float) -> None:
    tally = run(Bucket(limit, burst=limit).takes, requests=150, most=most)

    for index, start in enumerate(tally.starts):
        within = sum(1 for other in tally.starts[index:] if other < start + 1)
        assert within <= most + LATE_SLOTS + 1


def test_retry_after_rests_everybody() -> None:
    time = FakeTime()
    limiter = Limiter(InMemoryBudgets(time.now), monotonic=time.monotonic, sleep=time.sleep)
    started = limiter.acquire(ENDPOINT)

    limiter.refused(ENDPOINT, started=started, after=9)

    assert limiter.acquire(ENDPOINT) >= started + 9


def test_a_pause_beyond_patience_ends_in_try_later() -> None:
    time = FakeTime()
    limiter = Limiter(InMemoryBudgets(time.now), longest_wait=60, monotonic=time.monotonic, sleep=time.sleep)
    limiter.refused(ENDPOINT, started=limiter.acquire(ENDPOINT), after=3600)

    with pytest.raises(TryLaterError) as caught:
        limiter.acquire(ENDPOINT)

    assert caught.value.after == 3600
    assert time.seconds < 60


def test_two_processes_share_one_budget() -> None:
    time = FakeTime()
    store = InMemoryBudgets(time.now)
    limiters = [Limiter(store, first_rps=20, max_rps=20, monotonic=time.monotonic, sleep=time.sleep) for _ in range(2)]

    starts = sorted(limiters[turn % 2].acquire(ENDPOINT) for turn in range(100))

    assert starts[-1] - starts[0] >= 99 / 20 * 0.95


def test_a_process_sees_a_pause_that_another_one_was_told() -> None:
    time = FakeTime()
    store = InMemoryBudgets(time.now)
    one, other = (Limiter(store, monotonic=time.monotonic, sleep=time.sleep) for _ in range(2))

    one.refused(ENDPOINT, started=one.acquire(ENDPOINT), after=5)

    assert other.acquire(ENDPOINT) >= 5


class CountingStore:
    """A store that counts how often it is asked."""

    def __init__(self, inner: InMemoryBudgets) -> None:
        self._inner = inner
        self.changes = 0

    def change(self, key: str, decide: Callable[[Budget | None, datetime], tuple[Budget, T]]) -> T:
        self.changes += 1
        return self._inner.change(key, decide)


def test_many_threads_ask_the_store_only_a_few_times_per_second() -> None:
    time = FakeTime()
    arrived = threading.Semaphore(0)
    everybody = threading.Event()

    def sleep(seconds: float) -> None:
        everybody.wait(timeout=10)
        time.sleep(seconds)

    store = CountingStore(InMemoryBudgets(time.now))
    limiter = Limiter(store, first_rps=50, monotonic=time.monotonic, sleep=sleep)
    starts: list[float] = []

    def work() -> None:
        arrived.release()
        starts.extend(limiter.acquire(ENDPOINT) for _ in range(10))

    threads = [threading.Thread(target=work) for _ in range(24)]
    for thread in threads:
        thread.start()
    for _ in threads:
        arrived.acquire()
    everybody.set()
    for thread in threads:
        thread.join()

    assert len(starts) == 240
    assert store.changes < 120
    assert max(starts) - min(starts) >= 239 / 50 * 0.95


def test_endpoints_have_budgets_of_their_own() -> None:
    time = FakeTime()
    limiter = Limiter(InMemoryBudgets(time.now), monotonic=time.monotonic, sleep=time.sleep)
    limiter.refused(ENDPOINT, started=limiter.acquire(ENDPOINT), after=30)

    other = type(ENDPOINT)(key="app:shop:search_products", first_rate=10)

    assert limiter.acquire(other) < 1
