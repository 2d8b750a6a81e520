"""Packages: searched, read, and the carriers of a market."""

import pytest

from mye_tiktok.sandbox.delivery_options import FULFILLED, OPTIONS
from tests.sandbox.caller import WAREHOUSES, Caller, Clock
from tests.sandbox.shipping import PACKAGES, mark, package, paid, search, shop_in


@pytest.fixture
def vn(clock: Clock) -> Caller:
    return shop_in("VN", clock, orders=90)


def all_packages(caller: Caller, size: int = 50, sort: str = "", **body: object) -> list[dict[str, object]]:
    found, token = [], ""
    while True:
        data = search(caller, size, token, sort, **body)["data"]
        found += data["packages"]
        token = data["next_page_token"]
        if not token:
            assert data["total_count"] == len(found)
            return found


@pytest.mark.parametrize("region", ["VN", "GB", "US", "JP"])
def test_a_search_finds_each_package_of_each_order_once(region: str) -> None:
    caller = shop_in(region, orders=200)
    for _ in range(3):
        paid(caller)
    packages = {each["id"] for order in caller.all_orders() for each in order.get("packages") or []}

    found = all_packages(caller, size=37)

    assert len(found) == len(packages) > 100
    assert {each["id"] for each in found} == packages


@pytest.mark.parametrize("sort", ["create_time ASC", "update_time DESC", "update_time ASC", "create_time DESC"])
def test_pages_are_in_the_order_that_was_asked_for(vn: Caller, sort: str) -> None:
    found = all_packages(vn, size=20, sort=sort)
    key, direction = sort.split()

    times = [(int(str(each[key])), str(each["id"])) for each in found]

    assert times == sorted(times, reverse=direction == "DESC")


def test_a_search_filters_by_state_and_time(vn: Caller, clock: Clock) -> None:
    now = int(clock.now)
    fresh = [vn.sandbox.order(paid(vn))["packages"][0]["id"] for _ in range(2)]

    waiting = all_packages(vn, package_status="TO_FULFILL")

    assert {each["status"] for each in waiting} == {"TO_FULFILL"}
    assert {each["id"] for each in all_packages(vn, create_time_ge=now)} == set(fresh)
    assert not {each["id"] for each in all_packages(vn, update_time_lt=now)} & set(fresh)


def test_an_order_from_before_the_start_ships_like_any_other(clock: Clock) -> None:
    caller = shop_in("GB", clock, orders=300)
    waiting = [order for order in caller.all_orders() if order["status"] == "AWAITING_SHIPMENT"]
    own = next(
        order for order in waiting if order["shipping_type"] == "SELLER" and not order["is_buyer_request_cancel"]
    )

    package_id = mark(caller, own["id"])["data"]["package_id"]

    assert package(caller, package_id)["orders"][0]["id"] == own["id"]
    assert len([each for each in all_packages(caller) if each["id"] == package_id]) == 1


def test_a_package_of_nobody_is_not_shown(vn: Caller) -> None:
    for package_id in ("1150000000000000000", "17", "x"):
        assert vn.get(f"{PACKAGES}/{package_id}")["code"] == 10006402


def test_a_warehouse_offers_ways_of_delivery_and_each_has_its_carriers(vn: Caller) -> None:
    [warehouse, *_] = vn.get(WAREHOUSES)["data"]["warehouses"]
    path = f"/logistics/202309/warehouses/{warehouse['id']}/delivery_options"
    offered = vn.get(path)["data"]["delivery_options"]
    brief = vn.get(path, scope="PRODUCT")["data"]["delivery_options"]
    order = vn.sandbox.order(paid(vn))
    carriers = "/logistics/202309/delivery_options/{}/shipping_providers"

    assert [set(each) for each in brief] == [{"id", "name"}] * len(OPTIONS)
    assert order["delivery_option_id"] in {each["id"] for each in offered}
    assert vn.get(carriers.format(order["delivery_option_id"]))["data"]["shipping_providers"]
    assert vn.get(carriers.format(FULFILLED.option_id))["code"] == 21008117
    assert vn.get(carriers.format("17"))["code"] == 21008116
    assert vn.get("/logistics/202309/warehouses/17/delivery_options")["code"] == 11005004
