"""Events are grouped so that one call serves all that are about the same thing."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from mye_tiktok.domain import webhook_patience
from mye_tiktok.domain.webhook_plan import ORDERS_PER_CALL, Hint, Work, WorkKind, plan

NOON = datetime(2026, 10, 1, 12, tzinfo=UTC)

KINDS: tuple[WorkKind, ...] = ("order", "after-sale", "product", "sweep", "message", "authorization")
channels = st.sampled_from(["uk-1", "uk-2"])
orders = st.integers(1, 120).map(str)


@st.composite
def some_hints(draw: st.DrawFn) -> list[Hint]:
    """Events of every kind about a few things in two channels, in any order."""
    found = []
    for event_id in range(draw(st.integers(0, 60))):
        kind = draw(st.sampled_from(KINDS))
        uid = draw(channels)
        named = draw(st.lists(orders, min_size=1, max_size=3, unique=True)) if kind in ("order", "after-sale") else [""]
        if kind == "product":
            product_id = draw(orders)
            targets = tuple((each, product_id) for each in draw(st.sampled_from([(uid,), ("uk-1", "uk-2")])))
        else:
            targets = tuple((uid, one) for one in named)
        at = NOON + timedelta(seconds=draw(st.integers(0, 100)))
        found.append(Hint(event_id=event_id, kind=kind, targets=targets, occurred_at=at))
    return draw(st.permutations(found))


def about_orders(work: Work) -> bool:
    return work.kind in ("order", "after-sale")


@given(hints=some_hints())
def test_every_event_is_in_exactly_one_piece_of_work(hints: list[Hint]) -> None:
    planned = [event_id for work in plan(hints) for event_id in work.event_ids]

    assert sorted(planned) == sorted(hint.event_id for hint in hints)


@given(hints=some_hints())
def test_no_order_and_no_product_is_looked_at_twice(hints: list[Hint]) -> None:
    for chosen in (about_orders, lambda work: work.kind == "product"):
        targets = [target for work in plan(hints) if chosen(work) for target in work.targets]
        assert len(targets) == len(set(targets))


def test_an_event_ties_together_two_groups_that_are_larger_than_itself() -> None:
    events = [("1", "2", "3"), ("4", "5", "6"), ("3", "4")]
    hints = [
        Hint(event_id=number, kind="order", targets=tuple(("uk-1", order_id) for order_id in ids))
        for number, ids in enumerate(events)
    ]

    (work,) = plan(hints)

    assert [len(part.targets) for part in work.parts] == [6]


@given(hints=some_hints())
def test_an_event_is_settled_with_everything_it_is_about(hints: list[Hint]) -> None:
    parts = {event_id: part for work in plan(hints) for part in work.parts for event_id in part.event_ids}

    for hint in hints:
        assert set(hint.targets) <= set(parts[hint.event_id].targets)


@given(hints=some_hints())
def test_a_call_asks_for_fifty_orders_of_one_channel_at_most(hints: list[Hint]) -> None:
    for work in filter(about_orders, plan(hints)):
        assert len({uid for uid, _ in work.targets}) == 1
        assert len(work.targets) <= ORDERS_PER_CALL or len(work.parts) == 1


@given(hints=some_hints())
def test_an_order_with_an_after_sales_event_is_looked_at_with_its_cases(hints: list[Hint]) -> None:
    kinds = {target: work.kind for work in plan(hints) if about_orders(work) for target in work.targets}

    for hint in hints:
        if hint.kind == "after-sale":
            assert {kinds[target] for target in hint.targets} == {"after-sale"}


@given(hints=some_hints())
def test_a_sweep_looks_back_to_the_earliest_of_its_events(hints: list[Hint]) -> None:
    for work in plan(hints):
        if work.kind == "sweep":
            times = [hint.occurred_at for hint in hints if hint.event_id in work.event_ids and hint.occurred_at]
            assert work.since == min(times)


@given(number=st.integers(0, 500))
def test_events_about_single_orders_take_as_few_calls_as_there_can_be(number: int) -> None:
    hints = [Hint(event_id=n, kind="order", targets=(("uk-1", str(n % 200)),)) for n in range(number)]

    assert len(plan(hints)) == -(-min(number, 200) // ORDERS_PER_CALL)


@given(hints=some_hints())
def test_halves_hold_what_the_whole_held(hints: list[Hint]) -> None:
    for work in plan(hints):
        halves = work.halves()
        assert bool(halves) == (len(work.parts) > 1)
        if halves:
            assert sum((half.event_ids for half in halves), ()) == work.event_ids
            assert all(half.kind == work.kind and half.parts for half in halves)


@given(attempts=st.integers(0, 1000))
def test_an_event_waits_the_longer_the_more_often_it_was_tried_but_an_hour_at_most(attempts: int) -> None:
    for wait in (webhook_patience.delay, webhook_patience.lease):
        assert timedelta(seconds=5) <= wait(attempts) <= wait(attempts + 1) <= timedelta(hours=1)


def test_an_event_is_given_up_after_a_few_hours() -> None:
    last = next(attempts for attempts in range(1, 100) if webhook_patience.is_last(attempts))
    waited = sum((webhook_patience.delay(attempts) for attempts in range(1, last)), timedelta())

    assert timedelta(hours=2) < waited < timedelta(hours=6)
