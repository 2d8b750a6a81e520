"""Two wishes for one package: it is shipped once, and what TikTok did not take is not called shipped."""

import pytest

from mye_tiktok.domain.channel import Channel
from mye_tiktok.domain.shipment import Shipment
from mye_tiktok.jobs.regrouping import combine_packages
from mye_tiktok.jobs.shipping_by_hand import ByHand, ship_by_hand
from mye_tiktok.sandbox.delivery_options import carriers
from mye_tiktok.sandbox.options import SandboxOptions
from tests.flows.conftest import MakeWorld
from tests.flows.shipment_desk import ShipmentDesk
from tests.flows.world import World

REGION = "VN"


@pytest.fixture
def world(make_world: MakeWorld) -> World:
    """A shop in a market where packages are arranged."""
    return make_world(SandboxOptions(products=6, regions=(REGION,)))


@pytest.fixture
def combined(world: World, channel: Channel) -> tuple[str, str]:
    """Two orders in one package."""
    first, second = (world.sandbox.place_order(status="AWAITING_SHIPMENT", shipping_type="SELLER") for _ in range(2))
    world.sandbox.make_combinable(first, second)
    packages = [world.sandbox.order(one)["packages"][0]["id"] for one in (first, second)]
    combine_packages(ShipmentDesk(world=world).parts(), channel, packages, world.around(), dry_run=False)
    return first, second


def ship(world: World, channel: Channel, orders: tuple[str, str], numbers: tuple[str, str]) -> ByHand:
    provider = list(carriers(REGION))[-1]
    wanted = [
        Shipment(
            channel_uid=channel.channel_uid, kind="ship", order_id=order_id, tracking_number=number, provider=provider
        )
        for order_id, number in zip(orders, numbers, strict=True)
    ]
    return ship_by_hand(ShipmentDesk(world=world).parts(), channel, wanted, world.around(), job="ship arrange")[1]


def test_two_numbers_for_a_combined_package_are_one_shipment_and_one_refusal(
    world: World, channel: Channel, combined: tuple[str, str]
) -> None:
    found = ship(world, channel, combined, ("TRACK-1", "TRACK-2")).found

    line = world.sandbox.order(combined[0])["line_items"][0]
    assert [(one.state, one.tracking_number) for one in found] == [
        ("shipped", line["tracking_number"]),
        ("refused", "TRACK-2"),
    ]
    assert "TRACK-1" in found[1].message


def test_the_number_of_a_combined_package_is_done_for_each_of_its_orders(
    world: World, channel: Channel, combined: tuple[str, str]
) -> None:
    found = ship(world, channel, combined, ("TRACK-1", "TRACK-1")).found

    assert [one.state for one in found] == ["shipped", "shipped"]
    records = world.sandbox.requests.records("ship_package")
    assert [one.code == 0 for one in records] == [True, False]
    assert world.sandbox.requests.records("batch_ship_packages") == [], "a call named the package twice"
