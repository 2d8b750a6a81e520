"""Orders that live by the clock, and what may happen while somebody pages."""

from collections import Counter

import pytest

from mye_tiktok.sandbox.options import SandboxOptions
from mye_tiktok.sandbox.sandbox import Sandbox
from tests.sandbox.caller import CANCELLATIONS, RETURNS, Caller, Clock

MINUTE, HOUR, DAY = 60, 3600, 86_400


@pytest.fixture
def sandbox(clock: Clock) -> Sandbox:
    return Sandbox(SandboxOptions(products=50, access_token_seconds=1000 * DAY), clock=clock)


def test_orders_are_placed_at_the_rate_and_move_by_the_clock(caller: Caller, clock: Clock) -> None:
    start = int(clock.now)
    caller.sandbox.let_live(2, until=start + 5 * MINUTE)
    clock.now += 10 * MINUTE

    orders = caller.all_orders(sort="create_time ASC")

    assert [order["create_time"] - start for order in orders] == [30, 60, 90, 120, 150, 180, 210, 240, 270]
    clock.now += 30 * DAY
    assert {order["status"] for order in caller.all_orders()} <= {"COMPLETED", "CANCELLED"}


def test_life_is_the_same_however_often_it_is_looked_at(clock: Clock) -> None:
    def lived(steps: int) -> list[object]:
        watch = Clock()
        sandbox = Sandbox(SandboxOptions(products=50), clock=watch)
        heard: list[object] = []
        sandbox.world.announce = lambda shop, event, data: heard.append((event, data))
        sandbox.let_live(1, until=watch.now + HOUR)
        for _ in range(steps):
            watch.now += 20 * DAY / steps
            sandbox.tick()
        return heard

    once, often = lived(1), lived(97)

    assert once == often
    assert len(once) > 300


def test_a_busy_day_shows_every_turn_that_orders_take(caller: Caller, clock: Clock) -> None:
    caller.sandbox.let_live(1, until=clock.now + 8 * HOUR)
    seen: Counter[str] = Counter()
    for _ in range(60):
        clock.now += 6 * HOUR
        seen.update(order["status"] for order in caller.all_orders())

    assert set(seen) >= {"ON_HOLD", "AWAITING_SHIPMENT", "PARTIALLY_SHIPPING", "AWAITING_COLLECTION", "IN_TRANSIT"}
    assert set(seen) >= {"DELIVERED", "COMPLETED", "CANCELLED"}
    assert caller.cases(RETURNS)["data"]["total_count"] > 3
    types = {each["cancel_type"] for each in caller.cases(CANCELLATIONS)["data"]["cancellations"]}
    assert types == {"CANCEL", "BUYER_CANCEL"}


def test_a_request_that_nobody_answers_is_granted_after_two_days(caller: Caller, clock: Clock) -> None:
    order_id = caller.sandbox.place_order(status="AWAITING_SHIPMENT")
    caller.sandbox.request_cancel(order_id)
    asked = int(clock.now)

    caller.sandbox.advance_clock(47 * HOUR)
    before = caller.sandbox.order(order_id)["status"]
    caller.sandbox.advance_clock(2 * HOUR)

    [order] = caller.orders_by_id(order_id)
    [cancellation] = caller.cases(CANCELLATIONS)["data"]["cancellations"]
    assert before == "AWAITING_SHIPMENT"
    assert (order["status"], order["cancel_time"]) == ("CANCELLED", asked + 48 * HOUR)
    assert cancellation["cancel_status"] == "CANCELLATION_REQUEST_COMPLETE"


def test_an_order_that_others_moved_goes_on_from_there(caller: Caller, clock: Clock) -> None:
    caller.sandbox.let_live(1, until=clock.now + 90)
    clock.now += 90
    [order] = caller.all_orders()
    for status in ("ON_HOLD", "AWAITING_SHIPMENT", "AWAITING_COLLECTION"):
        caller.sandbox.advance(order["id"], status)

    clock.now += 30 * DAY

    assert caller.all_orders()[0]["status"] == "COMPLETED"


def test_time_moves_on_without_putting_off_who_calls(caller: Caller, clock: Clock) -> None:
    caller.sandbox.advance_clock(3 * DAY)

    order_id = caller.sandbox.place_order()

    assert caller.orders_by_id(order_id)[0]["create_time"] == int(clock.now) + 3 * DAY
    with pytest.raises(ValueError, match="back"):
        caller.sandbox.advance_clock(-1)


def test_nobody_lives_backwards(caller: Caller) -> None:
    for rate, speed in ((-1, 1), (1, 0)):
        with pytest.raises(ValueError, match="rate"):
            caller.sandbox.let_live(rate, speed=speed)


def test_an_order_that_changes_while_somebody_pages_is_met_at_the_end(caller: Caller, clock: Clock) -> None:
    sandbox = caller.sandbox
    placed = [sandbox.place_order(at=clock.now - 100 + number) for number in range(10)]
    sandbox.during("get_order_list", lambda: sandbox.advance(placed[1]), answer=2)
    sandbox.during("get_order_list", lambda: sandbox.advance(placed[8]), answer=3)

    orders = caller.all_orders(page_size=3, sort="update_time ASC")

    assert [order["id"] for order in orders] == [*placed[:8], placed[9], placed[1], placed[8]]


def test_offset_tokens_miss_an_order_when_another_moves(clock: Clock) -> None:
    sandbox = Sandbox(SandboxOptions(products=5, page_tokens="offset"), clock=clock)
    caller = Caller.of(sandbox, clock)
    placed = [sandbox.place_order(at=clock.now - 100 + number) for number in range(6)]
    sandbox.during("get_order_list", lambda: sandbox.advance(placed[0]), answer=2)

    orders = caller.all_orders(page_size=2, sort="update_time ASC")

    assert set(placed) - {order["id"] for order in orders} == {placed[2]}


def test_an_order_can_show_an_update_time_outside_the_window(caller: Caller, clock: Clock) -> None:
    sandbox = caller.sandbox
    order_id = sandbox.place_order(at=clock.now - 100)
    sandbox.during("get_order_list", lambda: sandbox.advance(order_id), late=True)

    [order] = caller.all_orders(update_time_lt=int(clock.now))

    assert (order["id"], order["update_time"]) == (order_id, int(clock.now))
    assert caller.all_orders(update_time_lt=int(clock.now)) == []


def test_a_hook_names_an_operation_and_an_answer(caller: Caller) -> None:
    with pytest.raises(ValueError, match="get_order_list"):
        caller.sandbox.during("orders", print)
    with pytest.raises(ValueError, match="counted from 1"):
        caller.sandbox.during("get_order_list", print, answer=0)
