"""`orders verify`: what TikTok has and we lack is named and stored, and it is told how changes arrived."""

from datetime import datetime, timedelta

import pytest

from mye_tiktok.domain.channel import Channel
from mye_tiktok.domain.period import Period
from mye_tiktok.domain.progress import Silence
from mye_tiktok.jobs.done import Done
from mye_tiktok.jobs.fetching import Parts
from mye_tiktok.jobs.order_verifying import Verified, verify_orders
from mye_tiktok.sandbox.options import SandboxOptions
from tests.flows.clock import NOON
from tests.flows.conftest import MakeWorld
from tests.flows.orders import bodies, cases, history, told
from tests.flows.postbox import Postbox
from tests.flows.world import World

HOUR = timedelta(hours=1)


@pytest.fixture
def world(make_world: MakeWorld) -> World:
    """A British shop with a dozen products and no order yet."""
    return make_world(SandboxOptions(products=12))


@pytest.fixture
def channel(world: World) -> Channel:
    return world.connect()


def verify(
    world: World, channel: Channel, *, since: datetime = NOON - HOUR, until: datetime | None = None, repair: bool = True
) -> tuple[Done, Verified]:
    parts = Parts(
        database=world.database,
        tiktok=world.process().tiktok,
        broker=lambda: world.broker,
        queues=world.queues,
        sleep=world.clock.sleep,
    )
    period = Period(since=since, until=until)
    done, [verified] = verify_orders(parts, [channel], period, world.around(), repair=repair, progress=Silence())
    return done, verified


def hours(verified: Verified) -> list[tuple[int, int, int, int]]:
    return [(hour.tiktok, hour.ours, hour.missing, hour.outdated) for hour in verified.hours.hours()]


def test_where_nothing_is_lacking_nothing_is_changed_or_told(world: World, channel: Channel) -> None:
    world.sandbox.place_order()
    world.fetch_orders(channel)

    done, verified = verify(world, channel)

    assert (done.report.job, done.report.outcome, done.report.exit_code) == ("orders verify", "ok", 0)
    assert (hours(verified), verified.gaps) == ([(1, 1, 0, 0)], [])
    assert len(told(world)) == 1


def test_a_missing_order_is_named_stored_and_told(world: World, channel: Channel) -> None:
    world.sandbox.place_order()
    world.fetch_orders(channel)
    missing = world.sandbox.place_order()

    done, verified = verify(world, channel)

    assert [(gap.order_id, gap.lack, gap.repaired) for gap in verified.gaps] == [(missing, "missing", True)]
    assert hours(verified) == [(2, 1, 1, 0)]
    assert (done.report.exit_code, done.report.counts["repaired"], done.report.counts["sent"]) == (0, 1, 1)
    assert told(world)[-1] == (missing, "created", "UNPAID")
    assert [change.source for change in history(world, channel, missing)] == ["verify"]
    assert verify(world, channel)[1].gaps == []


def test_an_order_that_went_on_since_is_outdated_and_brought_up_to_date(world: World, channel: Channel) -> None:
    order_id = world.sandbox.place_order()
    world.fetch_orders(channel)
    world.later(timedelta(minutes=1))
    status = world.sandbox.advance(order_id)

    _, verified = verify(world, channel)

    assert [(gap.order_id, gap.lack, gap.status) for gap in verified.gaps] == [(order_id, "outdated", status)]
    assert hours(verified) == [(1, 1, 0, 1)]
    assert told(world)[-1] == (order_id, "updated", status)


def test_without_repair_gaps_are_named_and_stay_open(world: World, channel: Channel) -> None:
    missing = world.sandbox.place_order(at=NOON - timedelta(minutes=2))

    done, verified = verify(world, channel, repair=False)

    assert [(gap.order_id, gap.repaired) for gap in verified.gaps] == [(missing, False)]
    assert (done.report.outcome, done.report.exit_code) == ("partial", 1)
    assert told(world) == []


def test_without_repair_what_changed_just_now_is_on_its_way_and_no_gap(world: World, channel: Channel) -> None:
    world.sandbox.place_order()

    done, verified = verify(world, channel, repair=False)

    assert (verified.gaps, done.report.exit_code, done.report.counts["on_their_way"]) == ([], 0, 1)


def test_what_happened_before_the_shop_was_connected_was_not_missed_by_any_webhook(
    world: World, channel: Channel
) -> None:
    world.sandbox.place_order(at=NOON - timedelta(minutes=30))
    world.fetch_orders(channel)

    assert verify(world, channel)[1].topics == []


def test_orders_count_for_the_hour_they_were_created_in(world: World, channel: Channel) -> None:
    for minutes in (0, 10, 70):
        world.sandbox.place_order(at=NOON - 2 * HOUR + timedelta(minutes=minutes))
    world.sandbox.place_order(at=NOON - 3 * HOUR)

    _, verified = verify(world, channel, since=NOON - 2 * HOUR, until=NOON)

    assert hours(verified) == [(2, 0, 2, 0), (1, 0, 1, 0)]


def test_a_shop_with_more_orders_than_a_page_holds_is_read_to_the_end(world: World, channel: Channel) -> None:
    placed = {world.sandbox.place_order() for _ in range(203)}

    done, verified = verify(world, channel)

    assert {gap.order_id for gap in verified.gaps} == placed
    assert world.asked("get_order_list") == 3
    assert done.report.counts["repaired"] == 203


def test_a_change_that_a_webhook_told_of_and_one_that_only_the_pull_found_are_told_apart(
    world: World, channel: Channel
) -> None:
    postbox = Postbox(world=world)
    by_webhook = world.sandbox.place_order()
    world.later(timedelta(seconds=4))
    postbox.tell("ORDER_STATUS_CHANGE", data__order_id=by_webhook, data__update_time=int(NOON.timestamp()))
    postbox.consume()
    world.sandbox.place_order()
    world.later(timedelta(minutes=3))
    world.fetch_orders(channel)
    world.sandbox.place_order()

    _, verified = verify(world, channel)

    [status] = verified.topics
    assert (status.topic, status.by_webhook, status.by_pull, status.by_verify) == ("ORDER_STATUS_CHANGE", 1, 1, 1)
    assert (status.webhook_p50, status.pull_p95) == (timedelta(seconds=4), timedelta(minutes=3))


def test_a_cancellation_that_we_lack_is_stored_and_told(world: World, channel: Channel) -> None:
    order_id = world.sandbox.place_order(status="AWAITING_SHIPMENT")
    world.fetch_orders(channel)
    world.later(timedelta(minutes=1))
    world.sandbox.request_cancel(order_id)

    done, _ = verify(world, channel)

    assert done.report.exit_code == 0
    assert bodies(world)[-1]["order"]["cancellation_requested"] is True
    assert cases(world, channel, order_id) == 1


def test_several_channels_are_verified_each_for_itself(make_world: MakeWorld) -> None:
    world = make_world(SandboxOptions(products=12, shops=2))
    world.connect()
    shops = world.sandbox.shops
    missing = world.sandbox.place_order(shops[1].shop_id)

    done, verified = verify_orders(
        Postbox(world=world).parts(),
        world.channels(),
        Period(since=NOON - HOUR),
        world.around(),
        repair=True,
        progress=Silence(),
    )

    assert done.report.exit_code == 0
    by_shop = {channel.channel_uid: channel.shop_id for channel in world.channels()}
    assert {by_shop[one.channel_uid]: [gap.order_id for gap in one.gaps] for one in verified} == {
        shops[0].shop_id: [],
        shops[1].shop_id: [missing],
    }


def test_what_a_person_asked_for_says_nothing_about_webhooks(world: World, channel: Channel) -> None:
    world.sandbox.place_order(at=NOON - timedelta(minutes=1))
    world.fetch_orders(channel, period=Period(since=NOON - HOUR))

    assert verify(world, channel)[1].topics == []
