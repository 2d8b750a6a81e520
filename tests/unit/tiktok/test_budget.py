"""The pure decisions on a request budget."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from mye_tiktok.domain.budget import CAUTION, HEADROOM, LOWEST, Budget, refuse, reserve

START = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
MOST = 50.0


def after(seconds: float) -> datetime:
    return START + timedelta(seconds=seconds)


def grow(seconds: float, budget: Budget | None = None, *, most: float = MOST) -> Budget:
    for step in range(int(seconds * 10) + 1):
        budget, _ = reserve(budget, after(step / 10), wanted=1, first=10, most=most)
    assert budget is not None
    return budget


def refused(budget: Budget | None, at: float, *, achieved: float, pause: float | None = None) -> Budget:
    return refuse(budget, after(at), sent_at=after(at - 0.1), achieved=achieved, first=10, after=pause)


def test_the_rate_doubles_each_second_until_the_most_allowed() -> None:
    assert grow(0).rate == 10
    assert 19 < grow(1).rate < 21
    assert grow(5).rate == MOST * CAUTION


def test_above_the_documented_limit_the_rate_feels_its_way() -> None:
    assert 50 < grow(4, most=1000).rate < 60


def test_a_refusal_just_above_the_documented_limit_shows_the_limit_and_costs_a_short_pause() -> None:
    feeling = grow(3.5, most=1000)

    found = refused(feeling, 3.5, achieved=50)

    assert found.ceiling == 50
    assert found.blocked_until == after(3.7)


def test_below_the_ceiling_the_rate_recovers_to_the_headroom_and_creeps_closer_as_long_as_nothing_is_refused() -> None:
    budget = refused(grow(3.5, most=1000), 3.5, achieved=50)
    assert budget.rate == 50 * HEADROOM

    for step in range(5 * 60):
        budget, _ = reserve(budget, after(4 + step / 5), wanted=1, first=10, most=1000)

    assert budget.rate == 50 * CAUTION


def test_idle_time_does_not_raise_the_rate_much() -> None:
    busy = grow(1)

    later, _ = reserve(busy, after(3600), wanted=1, first=10, most=MOST)

    assert later.rate < busy.rate * 1.2


def test_a_refusal_stops_everybody_and_lowers_the_rate_below_what_was_achieved() -> None:
    budget = refused(grow(2), 2, achieved=30)

    assert budget.rate < 30
    assert budget.blocked_until == after(2.5)
    _, slots = reserve(budget, after(2), wanted=5, first=10, most=MOST)
    assert slots.delay >= 0.5


def test_retry_after_is_obeyed_to_the_second() -> None:
    budget = refused(grow(2), 2, achieved=30, pause=7)

    _, slots = reserve(budget, after(2), wanted=5, first=10, most=MOST)

    assert slots.delay == 7


def test_refusals_of_requests_sent_before_the_pause_lower_the_rate_only_once() -> None:
    once = refused(grow(2), 2, achieved=30)

    assert refused(once, 2.2, achieved=10).rate == once.rate


def test_a_rate_that_held_for_long_is_lowered_only_a_little() -> None:
    settled = refused(grow(5), 5, achieved=48)

    again = refused(settled, 60, achieved=3)

    assert again.rate > settled.rate * 0.9


def test_after_a_long_quiet_time_the_old_ceiling_is_tried_anew() -> None:
    budget = refused(grow(2), 2, achieved=20)
    for step in range(1500):
        budget, _ = reserve(budget, after(2 + step / 5), wanted=1, first=10, most=MOST)

    assert budget.rate == MOST * CAUTION


def test_a_chance_hit_at_a_rate_that_had_held_costs_little() -> None:
    steady = grow(10)

    hit = refused(steady, 10, achieved=48)

    assert hit.rate == steady.rate * 0.99
    assert hit.blocked_until == after(10.2)


def test_a_limit_that_collapses_is_followed_down() -> None:
    budget, at = refused(grow(10), 10, achieved=48), 10.0
    for _ in range(8):
        at += 1
        budget = refused(budget, at, achieved=5)

    assert budget.rate < 10


@given(
    st.lists(st.tuples(st.floats(0, 2), st.integers(1, 40), st.none() | st.floats(0, 100)), min_size=1, max_size=60),
    st.floats(1, 200),
)
def test_the_rate_stays_within_its_bounds_and_slots_are_never_given_twice(
    steps: list[tuple[float, int, float | None]], most: float
) -> None:
    budget: Budget | None = None
    now, given_until = 0.0, START - timedelta(days=1)
    for wait, wanted, achieved in steps:
        now += wait
        if achieved is not None:
            budget = refused(budget, now, achieved=achieved)
            assert budget.rate >= LOWEST * HEADROOM
            continue
        budget, slots = reserve(budget, after(now), wanted=wanted, first=10, most=most)
        first = after(now) + timedelta(seconds=slots.delay)
        assert first >= given_until - timedelta(milliseconds=1)
        assert 1 <= slots.count <= wanted
        assert budget.rate <= most * CAUTION + 1e-9
        given_until = first + timedelta(seconds=slots.interval) * slots.count


@given(st.floats(1, 60), st.floats(0, 60))
def test_recovery_never_passes_the_ceiling_before_it_was_quiet_for_long(achieved: float, seconds: float) -> None:
    budget = refused(grow(2), 2, achieved=achieved)
    assert budget.ceiling is not None

    later, _ = reserve(budget, after(2 + seconds), wanted=1, first=10, most=MOST)

    assert later.rate <= budget.ceiling
