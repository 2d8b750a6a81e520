"""`consume shipments` and `ship retry`: from MYE's message to TikTok, once, and back to MYE."""

from datetime import timedelta

import pytest

from mye_tiktok.db.cipher import TokenCipher
from mye_tiktok.domain.channel import Channel
from mye_tiktok.domain.message import Broker
from mye_tiktok.errors import StoppedError
from mye_tiktok.jobs.overview import overview
from mye_tiktok.sandbox.faults import Fault, Kind
from mye_tiktok.sandbox.options import SandboxOptions
from tests.flows.conftest import MakeWorld
from tests.flows.shipment_desk import REGION, ShipmentDesk, number_of
from tests.flows.test_consuming_kills import Killed, MortalDatabase
from tests.flows.world import World, stop_after


@pytest.fixture(
    params=[
        ("sqlite", "embedded"),
        pytest.param(("postgresql", "rabbit"), marks=[pytest.mark.postgres, pytest.mark.rabbitmq]),
    ],
    ids=["embedded", "rabbitmq"],
)
def installation(request: pytest.FixtureRequest) -> tuple[str, str]:
    """A database and a broker as they are used together."""
    chosen: tuple[str, str] = request.param
    return chosen


@pytest.fixture
def database_kind(installation: tuple[str, str]) -> str:
    """The database of the installation."""
    return installation[0]


@pytest.fixture
def inner_broker(installation: tuple[str, str], request: pytest.FixtureRequest) -> Broker:
    """The broker of the installation."""
    broker: Broker = request.getfixturevalue(installation[1])
    return broker


@pytest.fixture
def world(make_world: MakeWorld) -> World:
    """A shop in a market where sellers mark their orders."""
    return make_world(SandboxOptions(products=6, regions=(REGION,)))


@pytest.fixture
def desk(world: World, channel: Channel) -> ShipmentDesk:
    """The queue of shipments."""
    return ShipmentDesk(world=world)


def test_what_mye_shipped_reaches_tiktok_and_comes_back_with_the_order(desk: ShipmentDesk, world: World) -> None:
    first, second = desk.order(), desk.order(count=3)
    world.fetch_orders()
    message_id = desk.want(first)
    desk.want(second)

    report = desk.consume()

    assert (report.outcome, report.counts["created"], report.counts["shipped"]) == ("ok", 2, 2)
    assert desk.shipped(first)
    assert desk.shipped(second)
    [news] = desk.told(first)
    assert (news["state"], news["code"], news["tracking_number"]) == ("shipped", "", number_of(first))
    assert (news["origin"], news["source"]) == ("queue", message_id)
    assert news["package_ids"] == [world.sandbox.order(first)["packages"][0]["id"]]


def test_a_message_delivered_twice_and_one_that_says_the_same_are_one_shipment(desk: ShipmentDesk) -> None:
    order_id = desk.order()
    message_id = desk.want(order_id)
    desk.consume()
    desk.want(order_id, message_id=message_id)
    desk.want(order_id)

    desk.consume()
    desk.by_hand(order_id)

    assert len(desk.shipments()) == 1
    assert desk.calls() == [0]


def test_what_cannot_be_read_goes_to_the_dead_ones_and_the_rest_is_shipped(desk: ShipmentDesk, world: World) -> None:
    order_id = desk.order()
    desk.say("no json")
    desk.want(order_id, number="no number")
    desk.want(order_id)

    report = desk.consume()

    assert report.counts["failed"] == 2
    assert world.broker.depth(desk.queue).dead == 2
    assert desk.shipped(order_id)


def test_an_order_on_hold_waits_until_tiktok_releases_it(desk: ShipmentDesk, world: World) -> None:
    order_id = desk.order("ON_HOLD")
    desk.want(order_id)
    desk.consume()
    assert desk.states() == [("pending", "on-hold")]
    assert overview(world.database, lambda: world.broker, world.queues).shipments == 1

    world.sandbox.advance(order_id, "AWAITING_SHIPMENT")
    desk.retry()
    assert desk.calls() == []
    world.clock.advance(timedelta(hours=2))
    desk.retry()

    assert desk.states() == [("shipped", "")]


def test_a_refusal_is_for_good_and_told_until_mye_says_it_again(desk: ShipmentDesk, world: World) -> None:
    order_id = desk.order()
    world.fetch_orders()
    cancel_id = world.sandbox.request_cancel(order_id)
    message_id = desk.want(order_id)
    desk.consume()
    desk.want(order_id, message_id=message_id)
    desk.consume()

    assert desk.states() == [("refused", "cancellation-pending")]
    assert [one["state"] for one in desk.told(order_id)] == ["refused"]
    world.sandbox.settle_cancellation(cancel_id, "reject")
    desk.want(order_id)
    desk.consume()

    assert [one["state"] for one in desk.told(order_id)] == ["refused", "shipped"]


@pytest.mark.parametrize("kind", ["bad_gateway", "timeout", "drop", "html", "internal"])
def test_a_call_that_did_nothing_is_made_again_only_after_a_look(desk: ShipmentDesk, world: World, kind: Kind) -> None:
    order_id = desk.order()
    world.sandbox.faults.add(Fault(kind=kind, operation="mark_package_as_shipped", times=1))
    desk.want(order_id)
    desk.consume()
    assert desk.states()[0][0] == "sent"
    desk.retry()
    assert len(desk.calls()) == 1

    world.clock.advance(timedelta(minutes=2))
    desk.retry()

    assert desk.states() == [("shipped", "")]
    assert len(desk.calls()) == 2
    assert desk.calls()[1] == 0


def test_a_lost_answer_is_found_without_another_call(desk: ShipmentDesk, world: World) -> None:
    order_id = desk.order()
    world.sandbox.faults.add(Fault(kind="lost", operation="mark_package_as_shipped", times=1))
    world.sandbox.faults.add(Fault(kind="drop", operation="get_order_detail", after=1, times=20))
    desk.want(order_id)
    desk.consume()
    assert desk.states()[0][0] == "sent"

    world.sandbox.heal()
    world.clock.advance(timedelta(minutes=2))
    desk.retry()

    assert desk.states() == [("shipped", "")]
    assert len(desk.calls()) == 1


def test_a_shop_that_is_out_of_reach_is_tried_for_three_days_then_given_up_and_told(
    desk: ShipmentDesk, world: World
) -> None:
    order_id = desk.order()
    world.fetch_orders()
    world.sandbox.faults.add(Fault(kind="drop", operation="get_order_detail"))
    desk.want(order_id)
    desk.consume()

    for _ in range(80):
        world.clock.advance(timedelta(hours=1))
        desk.retry()

    assert desk.states() == [("failed", "unreachable")]
    assert [one["state"] for one in desk.told(order_id)] == ["failed"]
    assert overview(world.database, lambda: world.broker, world.queues).unshipped == 1
    world.sandbox.heal()
    desk.retry(given_up=True)
    assert desk.states() == [("shipped", "")]


@pytest.mark.parametrize("dies_at", range(2, 15))
def test_a_process_that_dies_anywhere_leaves_its_shipments_to_the_next(
    desk: ShipmentDesk, world: World, database_url: str, cipher: TokenCipher, dies_at: int
) -> None:
    orders = [desk.order() for _ in range(3)]
    for order_id in orders:
        desk.want(order_id)
    mortal = MortalDatabase(database_url, cipher, dies_at=dies_at)
    try:
        desk.consume(database=mortal)
    except Killed:
        pass
    finally:
        mortal.close()
    world.clock.advance(timedelta(minutes=11))

    desk.consume()
    world.clock.advance(timedelta(minutes=11))
    desk.consume()

    assert desk.states() == [("shipped", "")] * 3
    assert all(desk.shipped(order_id) for order_id in orders)
    assert desk.calls() == [0, 0, 0]
    assert all(len(desk.told(order_id)) == 1 for order_id in orders)


@pytest.mark.parametrize("looks", range(1, 8))
def test_a_signal_leaves_nothing_behind_that_is_sent_twice(desk: ShipmentDesk, world: World, looks: int) -> None:
    orders = [desk.order() for _ in range(3)]
    for order_id in orders:
        desk.want(order_id)
    with pytest.raises(StoppedError):
        desk.consume(stop=stop_after(looks))

    desk.consume()

    assert desk.states() == [("shipped", "")] * 3
    assert desk.calls() == [0, 0, 0]


def test_another_host_leaves_alone_what_is_in_hand(desk: ShipmentDesk, world: World) -> None:
    order_id = desk.order()
    desk.want(order_id)
    other: list[int] = []
    world.sandbox.during("mark_package_as_shipped", lambda: other.append(desk.retry().counts.get("seen", 0)))

    desk.consume()

    assert other == [0]
    assert desk.calls() == [0]
    assert desk.states() == [("shipped", "")]


def test_a_shipment_for_a_channel_that_is_not_there_is_refused(desk: ShipmentDesk) -> None:
    desk.want(desk.order(), channel_uid="nobody")

    desk.consume()

    assert desk.states() == [("refused", "unknown-channel")]
