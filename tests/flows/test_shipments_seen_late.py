"""What TikTok took and shows late: nobody is told that it failed, and no parcel goes out twice."""

from datetime import timedelta

import pytest

from mye_tiktok.domain.channel import Channel
from mye_tiktok.domain.shipment import Shipment
from mye_tiktok.jobs.shipping_by_hand import ship_by_hand
from mye_tiktok.sandbox.faults import Fault
from mye_tiktok.sandbox.options import SandboxOptions
from tests.flows.conftest import MakeWorld
from tests.flows.shipment_desk import REGION, ShipmentDesk
from tests.flows.world import World

LATE = timedelta(minutes=10)


@pytest.fixture
def world(make_world: MakeWorld) -> World:
    """A shop whose orders show for ten minutes as they were before they shipped."""
    return make_world(SandboxOptions(products=6, regions=(REGION,), shipping_shows_after=LATE.total_seconds()))


@pytest.fixture
def desk(world: World, channel: Channel) -> ShipmentDesk:
    """The queue of shipments."""
    return ShipmentDesk(world=world)


def test_a_lost_answer_whose_order_shows_late_is_never_called_a_failure(desk: ShipmentDesk, world: World) -> None:
    order_id = desk.order()
    world.fetch_orders()
    world.sandbox.faults.add(Fault(kind="lost", operation="mark_package_as_shipped", times=1))
    desk.want(order_id)
    desk.consume()

    for _ in range(4):
        world.clock.advance(timedelta(minutes=2))
        desk.retry()
        assert [one.state for one in desk.shipments()] == ["sent"]
    world.clock.advance(timedelta(hours=1))
    desk.retry()

    assert desk.states() == [("shipped", "")]
    assert desk.shipped(order_id)
    assert [one["state"] for one in desk.told(order_id)] == ["shipped"]


def test_a_number_given_again_before_the_order_shows_it_waits_for_the_order(desk: ShipmentDesk, world: World) -> None:
    order_id = desk.order()
    desk.by_hand(order_id)

    by_hand = desk.by_hand(order_id)

    assert [one.state for one in by_hand.found] == ["sent"]
    world.clock.advance(LATE)
    desk.retry()
    assert desk.states() == [("shipped", "")]


def test_another_number_for_an_order_that_shows_late_is_refused_once_it_shows(desk: ShipmentDesk, world: World) -> None:
    order_id = desk.order()
    desk.by_hand(order_id)
    desk.by_hand(order_id, number="ANOTHER-1")

    world.clock.advance(LATE)
    desk.retry()

    assert [one.state for one in desk.shipments()] == ["shipped", "refused"]


def test_a_correction_whose_answer_was_lost_is_done_when_tiktok_says_it_was_corrected(
    desk: ShipmentDesk, world: World
) -> None:
    order_id = desk.order()
    desk.by_hand(order_id)
    world.clock.advance(LATE)
    channel = world.channels()[0]
    package_id = world.sandbox.order(order_id)["packages"][0]["id"]
    world.sandbox.faults.add(Fault(kind="lost", operation="update_package_shipping_info", times=1))
    wanted = Shipment(channel_uid=channel.channel_uid, kind="update", package_id=package_id, tracking_number="MENDED-1")

    ship_by_hand(desk.parts(), channel, [wanted], world.around(), job="ship update")

    assert [one.state for one in desk.shipments()] == ["shipped", "shipped"]


def test_a_label_whose_answer_was_lost_is_not_bought_again_while_the_order_shows_late(make_world: MakeWorld) -> None:
    world = make_world(SandboxOptions(products=6, regions=("US",), shipping_shows_after=LATE.total_seconds()))
    channel = world.connect()
    desk = ShipmentDesk(world=world)
    order_id = world.sandbox.place_order(status="AWAITING_SHIPMENT", shipping_type="TIKTOK")
    world.sandbox.faults.add(Fault(kind="lost", operation="create_packages", times=1))
    wanted = Shipment(channel_uid=channel.channel_uid, kind="create", order_id=order_id)
    ship_by_hand(desk.parts(), channel, [wanted], world.around(), job="ship create")

    for _ in range(4):
        world.clock.advance(timedelta(minutes=4))
        desk.retry()
    world.clock.advance(timedelta(minutes=15))
    desk.retry()

    assert desk.states() == [("shipped", "")]
    assert len(world.sandbox.requests.records("create_packages")) == 1
