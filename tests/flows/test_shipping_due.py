"""What has to be shipped next, from the orders we hold."""

from datetime import datetime, timedelta

from mye_tiktok.db import channels
from mye_tiktok.domain.channel import Channel
from mye_tiktok.domain.order import Order
from mye_tiktok.jobs.order_keeping import keep_orders
from mye_tiktok.jobs.shipping_due import Due, read_due
from mye_tiktok.tiktok.order_parser import parse_order
from tests.flows.world import World

HOUR = timedelta(hours=1)


def an_order(order_id: str, ships_by: datetime | None, *, status: str = "AWAITING_SHIPMENT", at: int = 1) -> Order:
    times = {"rts_sla_time": int(ships_by.timestamp())} if ships_by else {}
    return parse_order({"id": order_id, "status": status, "update_time": at, "line_items": [{"id": "1"}], **times})


def keep(world: World, channel: Channel, *orders: Order) -> None:
    now = world.clock()
    with world.database.transaction() as session:
        keep_orders(session, channel, orders, [], source="pull", read_at=now, now=now)


def due(world: World, *, hours: int = 12, limit: int = 100, channel_uids: tuple[str, ...] = ()) -> Due:
    return read_due(world.database, now=world.clock(), within=hours * HOUR, limit=limit, channel_uids=channel_uids)


def test_the_most_urgent_order_comes_first_and_what_is_far_away_is_only_counted(world: World, channel: Channel) -> None:
    now = world.clock()
    keep(
        world,
        channel,
        *(an_order(str(hours + 100), now + hours * HOUR) for hours in (30, 5, -2, 12)),
        an_order("1", None),
    )

    seen = due(world)

    assert [one.order.order_id for one in seen.orders] == ["98", "105", "112"]
    assert [round(one.hours_left(now)) for one in seen.orders] == [-2, 5, 12]
    assert (seen.counts.waiting, seen.counts.late, seen.counts.soon, seen.total) == (4, 1, 2, 3)
    assert seen.counts.next_at is not None
    assert seen.counts.next_at - now < -HOUR


def test_a_limit_cuts_the_list_but_not_the_counts(world: World, channel: Channel) -> None:
    keep(world, channel, *(an_order(str(number), world.clock() + HOUR) for number in range(5)))

    seen = due(world, limit=2)

    assert ([one.order.order_id for one in seen.orders], seen.total) == (["0", "1"], 5)


def test_an_order_that_was_shipped_is_due_no_more(world: World, channel: Channel) -> None:
    ships_by = world.clock() + HOUR
    keep(world, channel, an_order("5", ships_by))
    assert due(world).total == 1

    keep(world, channel, an_order("5", ships_by, status="PARTIALLY_SHIPPING", at=2))
    assert due(world).total == 1

    keep(world, channel, an_order("5", ships_by, status="AWAITING_COLLECTION", at=3))
    assert (due(world).total, due(world).counts.next_at) == (0, None)


def test_a_deadline_that_tiktok_moves_moves_here(world: World, channel: Channel) -> None:
    now = world.clock()
    keep(world, channel, an_order("5", now - HOUR))
    keep(world, channel, an_order("5", now + HOUR, at=2))

    assert (due(world).counts.late, due(world).counts.soon) == (0, 1)


def test_channels_can_be_chosen_and_removed_ones_are_left_out(world: World, channel: Channel) -> None:
    keep(world, channel, an_order("5", world.clock() - HOUR))

    assert due(world, channel_uids=(channel.channel_uid,)).total == 1
    assert due(world, channel_uids=("another",)).total == 0
    with world.database.transaction() as session:
        channels.remove(session, channel.channel_uid, now=world.clock())
    assert due(world).total == 0
