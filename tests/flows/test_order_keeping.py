"""Keeping orders: what is stored, noted down and told, whatever arrives in whatever order."""

import threading
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import accumulate, count

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mye_tiktok.db.orders import held
from mye_tiktok.domain.channel import Channel, HoldPolicy
from mye_tiktok.domain.json import Json
from mye_tiktok.domain.order import AfterSale, Order, OrderChange, Source
from mye_tiktok.jobs.order_keeping import keep_orders, unknown_orders
from mye_tiktok.tiktok.after_sales import parse_cancellation, parse_return
from mye_tiktok.tiktok.order_parser import parse_order
from tests.flows.orders import bodies, cases, history, stored, told
from tests.flows.world import World

NOON = datetime(2026, 10, 1, 12, tzinfo=UTC)
SECOND = timedelta(seconds=1)
LINE: Json = {"id": "11", "sku_id": "1", "currency": "GBP", "sale_price": "8.99"}


def an_order(status: str = "AWAITING_SHIPMENT", *, order_id: str = "577", at: int = 0, **fields: object) -> Order:
    updated = int(NOON.timestamp()) + at
    return parse_order({"id": order_id, "status": status, "update_time": updated, "line_items": [LINE], **fields})


def a_cancellation(status: str = "CANCELLATION_REQUEST_PENDING", *, order_id: str = "577", at: int = 0) -> AfterSale:
    updated = int(NOON.timestamp()) + at
    return parse_cancellation({"cancel_id": "9", "order_id": order_id, "cancel_status": status, "update_time": updated})


def keep(
    world: World,
    channel: Channel,
    *orders: Order,
    after_sales: tuple[AfterSale, ...] = (),
    read_at: datetime = NOON,
    source: Source = "webhook",
) -> list[OrderChange]:
    with world.database.transaction() as session:
        return keep_orders(session, channel, orders, after_sales, source=source, read_at=read_at, now=world.clock())


def test_an_order_is_told_once_however_often_it_arrives(world: World, channel: Channel) -> None:
    first = keep(world, channel, an_order(), an_order())
    again = keep(world, channel, an_order(), read_at=NOON + SECOND)

    assert [(change.change, change.version, change.told) for change in first] == [("created", 1, "created")]
    assert again == []
    assert told(world) == [("577", "created", "AWAITING_SHIPMENT")]
    assert stored(world, channel) == 1


def test_an_older_state_never_undoes_a_newer_one(world: World, channel: Channel) -> None:
    keep(world, channel, an_order("IN_TRANSIT", at=60))
    late = keep(world, channel, an_order("AWAITING_SHIPMENT", at=0), read_at=NOON + SECOND)

    assert late == []
    assert told(world) == [("577", "created", "IN_TRANSIT")]


def test_content_that_changed_within_a_second_is_a_change(world: World, channel: Channel) -> None:
    keep(world, channel, an_order(seller_note="a"))
    keep(world, channel, an_order(seller_note="b"), read_at=NOON + SECOND)

    assert [body["tiktok"]["seller_note"] for body in bodies(world)] == ["a", "b"]
    assert [body["version"] for body in bodies(world)] == [1, 2]


def test_of_two_readings_of_the_same_second_the_one_read_later_stands(world: World, channel: Channel) -> None:
    keep(world, channel, an_order(seller_note="new"), read_at=NOON + SECOND)
    keep(world, channel, an_order(seller_note="old"), read_at=NOON)

    assert [body["tiktok"]["seller_note"] for body in bodies(world)] == ["new"]


def test_a_state_that_was_confirmed_later_is_not_undone_by_a_reading_in_between(world: World, channel: Channel) -> None:
    keep(world, channel, an_order(seller_note="a"), read_at=NOON)
    keep(world, channel, an_order(seller_note="a"), read_at=NOON + 2 * SECOND)

    assert keep(world, channel, an_order(seller_note="b"), read_at=NOON + SECOND) == []


def test_times_that_are_missing_are_survived(world: World, channel: Channel) -> None:
    keep(world, channel, an_order(update_time=None))
    keep(world, channel, an_order("IN_TRANSIT", update_time=0), read_at=NOON + SECOND)
    keep(world, channel, an_order("AWAITING_SHIPMENT", update_time=None), read_at=NOON)

    assert [body["status"] for body in bodies(world)] == ["AWAITING_SHIPMENT", "IN_TRANSIT"]
    assert [body["updated_at"] for body in bodies(world)] == [None, None]


def test_an_unknown_status_passes_through(world: World, channel: Channel) -> None:
    keep(world, channel, an_order("SOMETHING_NEW"))

    assert told(world) == [("577", "created", "SOMETHING_NEW")]


def test_every_change_is_noted_down_with_how_it_reached_us(world: World, channel: Channel) -> None:
    keep(world, channel, an_order("UNPAID"), source="webhook")
    keep(world, channel, an_order("AWAITING_SHIPMENT", at=1), source="pull")
    packed = {**LINE, "package_id": "p-1", "tracking_number": "T"}
    keep(world, channel, an_order("AWAITING_SHIPMENT", at=2, line_items=[packed]), source="verify")

    past = history(world, channel, "577")
    assert [(one.version, one.status, one.previous_status, one.topic, one.source) for one in past] == [
        (1, "UNPAID", None, "ORDER_STATUS_CHANGE", "webhook"),
        (2, "AWAITING_SHIPMENT", "UNPAID", "ORDER_STATUS_CHANGE", "pull"),
        (3, "AWAITING_SHIPMENT", "AWAITING_SHIPMENT", "PACKAGE_UPDATE", "verify"),
    ]
    assert [one.updated_at for one in past] == [NOON, NOON + SECOND, NOON + 2 * SECOND]


def test_a_change_of_a_cancellation_alone_is_an_update_of_its_order(world: World, channel: Channel) -> None:
    keep(world, channel, an_order())
    keep(world, channel, after_sales=(a_cancellation(at=60),))

    before, after = bodies(world)
    assert after["tiktok"] == before["tiktok"]
    assert (after["version"], after["status"], after["updated_at"]) == (2, "AWAITING_SHIPMENT", "2026-10-01T12:01:00Z")
    assert [one["id"] for one in after["order"]["after_sales"]["cancellations"]] == ["9"]
    assert after["order"]["cancellation_requested"]
    assert history(world, channel, "577")[1].topic == "CANCELLATION_STATUS_CHANGE"


def test_the_same_cancellation_twice_is_no_news(world: World, channel: Channel) -> None:
    keep(world, channel, an_order(), after_sales=(a_cancellation(),))

    assert keep(world, channel, an_order(), after_sales=(a_cancellation(),), read_at=NOON + SECOND) == []
    assert len(told(world)) == 1


def test_an_older_state_of_a_cancellation_never_undoes_a_newer_one(world: World, channel: Channel) -> None:
    keep(world, channel, an_order(), after_sales=(a_cancellation("CANCELLATION_REQUEST_COMPLETE", at=60),))

    assert keep(world, channel, after_sales=(a_cancellation(at=0),), read_at=NOON + SECOND) == []


def test_a_cancellation_and_a_return_may_have_the_same_id(world: World, channel: Channel) -> None:
    returned = parse_return({"return_id": "9", "order_id": "577", "return_status": "AWAITING_BUYER_SHIP"})

    keep(world, channel, an_order(), after_sales=(a_cancellation(), returned))

    assert cases(world, channel, "577") == 2


def test_a_cancellation_of_an_unknown_order_waits_for_it(world: World, channel: Channel) -> None:
    assert keep(world, channel, after_sales=(a_cancellation(),)) == []
    with world.database.reading() as session:
        assert unknown_orders(session, channel.channel_uid, ["577", "577"]) == ["577"]

    keep(world, channel, an_order())

    assert [one["id"] for one in bodies(world)[0]["order"]["after_sales"]["cancellations"]] == ["9"]
    with world.database.reading() as session:
        assert unknown_orders(session, channel.channel_uid, ["577"]) == []


def test_an_order_and_its_cancellation_that_arrive_together_are_one_message(world: World, channel: Channel) -> None:
    keep(world, channel, an_order())
    keep(world, channel, an_order("CANCELLED", at=5), after_sales=(a_cancellation("CANCELLATION_REQUEST_SUCCESS"),))

    assert told(world) == [("577", "created", "AWAITING_SHIPMENT"), ("577", "updated", "CANCELLED")]


@pytest.mark.parametrize(
    ("policy", "expected"),
    [
        ("mark", [("created", "ON_HOLD"), ("updated", "AWAITING_SHIPMENT")]),
        ("release", [("created", "AWAITING_SHIPMENT")]),
        ("both", [("created", "ON_HOLD"), ("created", "AWAITING_SHIPMENT")]),
    ],
)
def test_a_channel_is_told_of_orders_on_hold_as_its_policy_says(
    world: World, channel: Channel, policy: HoldPolicy, expected: list[tuple[str, str]]
) -> None:
    theirs = replace(channel, hold_policy=policy)

    keep(world, theirs, an_order("ON_HOLD"))
    keep(world, theirs, an_order("AWAITING_SHIPMENT", at=3600))

    assert [(kind, status) for _, kind, status in told(world)] == expected
    assert [one.status for one in history(world, channel, "577")] == ["ON_HOLD", "AWAITING_SHIPMENT"]


def test_an_order_that_was_cancelled_on_hold_is_never_told_when_mye_did_not_know_it(
    world: World, channel: Channel
) -> None:
    theirs = replace(channel, hold_policy="release")

    keep(world, theirs, an_order("ON_HOLD"))
    keep(world, theirs, an_order("CANCELLED", at=60))
    keep(world, theirs, after_sales=(a_cancellation("CANCELLATION_REQUEST_COMPLETE", at=90),))

    assert told(world) == []
    assert len(history(world, channel, "577")) == 3


def test_what_was_read_twice_at_the_same_time_by_two_processes_is_told_once(world: World, channel: Channel) -> None:
    orders = [an_order(order_id=str(number)) for number in range(1, 41)]
    changes: list[OrderChange] = []

    def work(turned: bool) -> None:
        changes.extend(keep(world, channel, *(reversed(orders) if turned else orders)))

    threads = [threading.Thread(target=work, args=(number % 2 == 0,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(changes) == len(told(world)) == stored(world, channel) == 40
    with world.database.reading() as session:
        assert {one.version for one in held(session, channel.channel_uid, map(str, range(1, 41))).values()} == {1}


numbers = count(1)


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(gaps=st.lists(st.integers(0, 2), min_size=1, max_size=5), data=st.data())
def test_the_last_state_stands_and_versions_grow_by_one_whatever_order_readings_arrive_in(
    world: World, channel: Channel, gaps: list[int], data: st.DataObject
) -> None:
    order_id, seconds = str(next(numbers)), list(accumulate(gaps))
    readings = [
        (an_order(order_id=order_id, at=at, seller_note=str(place)), NOON + at * SECOND + place * SECOND / 10)
        for place, at in enumerate(seconds, start=1)
    ]

    for order, read_at in data.draw(st.permutations(readings + readings)):
        keep(world, channel, order, read_at=read_at)

    mine = [body for body in bodies(world) if body["order_id"] == order_id]
    assert mine[-1]["tiktok"]["seller_note"] == str(len(gaps))
    assert [body["version"] for body in mine] == list(range(1, len(mine) + 1))
    assert len({body["tiktok"]["seller_note"] for body in mine}) == len(mine)


def test_nothing_of_a_failed_transaction_is_left(world: World, channel: Channel) -> None:
    def fail() -> None:
        with world.database.transaction() as session:
            keep_orders(session, channel, [an_order()], [], source="pull", read_at=NOON, now=world.clock())
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        fail()

    assert (told(world), stored(world, channel)) == ([], 0)
