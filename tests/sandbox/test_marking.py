"""Sellers' tracking numbers: marked as shipped, corrected, refused."""

from threading import Thread
from typing import Any

import pytest

from mye_tiktok.sandbox.answers import Json, Refusal
from mye_tiktok.sandbox.order_states import Parcel
from mye_tiktok.sandbox.ship_rules import MARKED
from mye_tiktok.sandbox.spoiled import DroppedError
from tests.sandbox.caller import Caller, Clock
from tests.sandbox.shipping import (
    NUMBER,
    PACKAGES,
    correct,
    line_ids,
    mark,
    package,
    paid,
    parcel,
    provider,
    ship,
    shop_in,
)

HOUR = 3600


@pytest.fixture
def uk(clock: Clock) -> Caller:
    return shop_in("GB", clock)


@pytest.mark.parametrize("region", sorted(MARKED))
def test_a_tracking_number_ships_an_order_and_everybody_sees_it(region: str) -> None:
    caller = shop_in(region)
    order_id = paid(caller, count=2)
    announced: list[Json] = []
    caller.sandbox.world.announce = lambda shop, event, data: announced.append(data)

    answer = mark(caller, order_id)

    assert answer["code"] == 0
    assert answer["data"]["order_line_item_ids"] == line_ids(caller, order_id)
    order = caller.sandbox.order(order_id)
    shipped = package(caller, answer["data"]["package_id"])
    assert (order["status"], order["tracking_number"]) == ("AWAITING_COLLECTION", NUMBER)
    assert order["packages"] == [{"id": answer["data"]["package_id"]}]
    assert {line["shipping_provider_id"] for line in order["line_items"]} == {provider(caller)}
    assert (shipped["package_status"], shipped["tracking_number"]) == ("PROCESSING", NUMBER)
    assert shipped["order_line_item_ids"] == line_ids(caller, order_id)
    assert [data["order_status"] for data in announced] == ["AWAITING_COLLECTION"]


def test_a_package_exists_before_shipping_but_not_in_the_us() -> None:
    for region, number in (("US", 0), ("GB", 1), ("VN", 1)):
        caller = shop_in(region)
        assert len(caller.sandbox.order(paid(caller)).get("packages") or []) == number


@pytest.mark.parametrize("region", ["US", "GB"])
def test_an_order_ships_in_as_many_parts_as_it_has_units(region: str) -> None:
    caller = shop_in(region)
    order_id = paid(caller, count=3)
    lines = line_ids(caller, order_id)

    states, packages = [], set()
    for at, line in enumerate(lines):
        packages.add(mark(caller, order_id, line, number=f"PART-{at}")["data"]["package_id"])
        states.append(caller.sandbox.order(order_id)["status"])

    assert states == ["PARTIALLY_SHIPPING"] * (len(lines) - 1) + ["AWAITING_COLLECTION"]
    assert {each["id"] for each in caller.sandbox.order(order_id)["packages"]} == packages
    assert len(packages) == len(lines)
    assert {package(caller, each)["tracking_number"] for each in packages} == {f"PART-{at}" for at in range(len(lines))}


def test_the_older_version_ships_alike(uk: Caller) -> None:
    order_id = paid(uk, count=2)
    first, *_ = line_ids(uk, order_id)

    answer = uk.post(f"/fulfillment/202309/orders/{order_id}/packages", order_line_item_ids=[first], **parcel(uk))

    assert answer["data"]["order_line_item_ids"] == [first]
    assert uk.sandbox.order(order_id)["status"] == "PARTIALLY_SHIPPING"


@pytest.mark.parametrize(
    ("status", "code"),
    [
        ("UNPAID", 21042057),
        ("ON_HOLD", 21011044),
        ("AWAITING_COLLECTION", 21011020),
        ("DELIVERED", 21011020),
        ("CANCELLED", 21011041),
    ],
)
def test_only_what_waits_is_shipped(uk: Caller, status: str, code: int) -> None:
    order_id = uk.sandbox.place_order(status=status, shipping_type="SELLER")
    before = uk.sandbox.order(order_id)

    assert mark(uk, order_id)["code"] == code
    assert uk.sandbox.order(order_id) == before


@pytest.mark.parametrize(
    ("region", "shipping", "fields", "code"),
    [
        ("VN", "SELLER", {}, 21008106),
        ("US", "TIKTOK", {}, 21011004),
        ("GB", "TIKTOK", {"fulfillment_type": "FULFILLMENT_BY_TIKTOK"}, 21008025),
    ],
)
def test_each_market_has_its_way(region: str, shipping: str, fields: dict[str, Any], code: int) -> None:
    caller = shop_in(region)

    assert mark(caller, paid(caller, shipping, **fields))["code"] == code


@pytest.mark.parametrize(
    ("number", "code"),
    [("123", 21011022), ("1" * 51, 21011022), ("AB CD", 21004012), ("ÄÖÜ-1", 21004012), ("a-_./9", 0), ("9" * 50, 0)],
)
def test_a_tracking_number_is_spelt_as_documented(uk: Caller, number: str, code: int) -> None:
    assert mark(uk, paid(uk), number=number)["code"] == code


def test_carrier_and_lines_must_be_the_orders(uk: Caller) -> None:
    order_id, path = paid(uk, count=2), "/fulfillment/202610/orders/{}/packages"
    first, second, *_ = line_ids(uk, order_id)
    unknown = [{"tracking_number": NUMBER, "shipping_provider_id": "1"}]

    assert uk.post(path.format(order_id), shipping_info_list=unknown)["code"] == 21011022
    assert uk.post(path.format(order_id), shipping_info_list=[])["code"] == 21001001
    assert uk.post(path.format(order_id), shipping_info_list=[parcel(uk), parcel(uk)])["code"] == 21001001
    assert mark(uk, order_id, "17")["code"] == 21011029
    assert mark(uk, order_id, first)["code"] == 0
    assert mark(uk, order_id, first, second)["code"] == 21011006
    assert mark(uk, "577000000000000001")["code"] == 21008111


def test_one_number_covers_twenty_orders_of_one_shop(clock: Clock) -> None:
    caller = shop_in("GB", clock, shops=2)
    orders = [paid(caller) for _ in range(21)]

    codes = [mark(caller, order_id)["code"] for order_id in orders]

    assert codes == [0] * 20 + [21011026]
    caller.cipher = caller.sandbox.shops[1].cipher
    elsewhere = caller.sandbox.place_order(
        caller.sandbox.shops[1].shop_id, status="AWAITING_SHIPMENT", shipping_type="SELLER"
    )
    assert mark(caller, elsewhere)["code"] == 21011025


@pytest.mark.parametrize(("region", "code"), [("US", 0), ("GB", 21011007)])
def test_a_buyers_wish_to_cancel_stops_shipping_but_in_the_us(region: str, code: int) -> None:
    caller = shop_in(region)
    order_id = paid(caller)
    caller.sandbox.request_cancel(order_id)

    assert mark(caller, order_id)["code"] == code
    [case] = caller.sandbox.cases.of_order(caller.sandbox.shop(), order_id)
    rejected = case.status == "CANCELLATION_REQUEST_CANCEL"
    assert rejected == (region == "US")


def test_of_two_who_ship_at_once_one_does(uk: Caller) -> None:
    orders = [paid(uk) for _ in range(8)]
    codes: dict[str, list[int]] = {order_id: [] for order_id in orders}

    def ship() -> None:
        for order_id in orders:
            codes[order_id].append(mark(uk, order_id)["code"])

    threads = [Thread(target=ship) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert all(sorted(each) == [0, 21011020] for each in codes.values())


def test_a_number_is_corrected_once(uk: Caller) -> None:
    order_id = paid(uk)
    package_id = mark(uk, order_id)["data"]["package_id"]

    assert correct(uk, package_id)["code"] == 0
    assert package(uk, package_id)["tracking_number"] == uk.sandbox.order(order_id)["tracking_number"] == "TRACK-0002"
    assert correct(uk, package_id, "TRACK-0003")["code"] == 21011051
    older = f"/fulfillment/202309/packages/{package_id}/shipping_info/update"
    assert uk.post(older, **parcel(uk, "TRACK-0003"))["code"] == 21011051
    assert package(uk, package_id)["tracking_number"] == "TRACK-0002"


def test_a_number_is_corrected_within_72_hours(uk: Caller, clock: Clock) -> None:
    order_id, late = paid(uk), paid(uk)
    path = "/fulfillment/202309/orders/{}/shipping_info/update"
    for each in (order_id, late):
        mark(uk, each)

    uk.sandbox.advance_clock(72 * HOUR)
    assert uk.post(path.format(order_id), **parcel(uk, "TRACK-0002"))["code"] == 0
    uk.sandbox.advance_clock(1)

    assert uk.post(path.format(late), **parcel(uk, "TRACK-0002"))["code"] == 21011049
    assert uk.sandbox.order(order_id)["tracking_number"] == "TRACK-0002"


def test_what_cannot_be_corrected_says_why(uk: Caller) -> None:
    [waiting] = uk.sandbox.order(paid(uk))["packages"]
    [tiktoks] = uk.sandbox.order(paid(uk, "TIKTOK"))["packages"]
    arrived = paid(uk)
    arrived_package = mark(uk, arrived)["data"]["package_id"]
    for _ in range(2):
        uk.sandbox.advance(arrived)
    returned = paid(uk)
    returned_package = mark(uk, returned)["data"]["package_id"]
    uk.sandbox.request_return(returned)

    assert correct(uk, waiting["id"])["code"] == 21011043
    assert correct(uk, tiktoks["id"])["code"] == 21011004
    assert correct(uk, arrived_package)["code"] == 21011050
    assert correct(uk, returned_package)["code"] == 21011007
    assert correct(uk, "1150000000000000000")["code"] == 21011028


def test_an_order_of_several_packages_is_corrected_by_package(uk: Caller) -> None:
    order_id = paid(uk, count=2)
    first, *rest = line_ids(uk, order_id)
    ids = [mark(uk, order_id, first)["data"]["package_id"], mark(uk, order_id, *rest)["data"]["package_id"]]
    path = f"/fulfillment/202309/orders/{order_id}/shipping_info/update"

    assert uk.post(path, **parcel(uk, "TRACK-0002"))["code"] == 21011030
    assert correct(uk, ids[0], "TRACK-0003")["code"] == 0
    assert [package(uk, each)["tracking_number"] for each in ids] == ["TRACK-0003", NUMBER]


def test_a_number_of_digits_alone_may_be_of_several_carriers(uk: Caller) -> None:
    assert mark(uk, paid(uk), number="1234567890")["data"]["warning"] == {"message": "match more than one provider"}
    assert "warning" not in mark(uk, paid(uk))["data"]


def test_a_shipment_whose_answer_is_lost_has_shipped(uk: Caller) -> None:
    order_id = paid(uk)
    uk.sandbox.fail("lost", operation="mark_package_as_shipped", times=1)

    with pytest.raises(DroppedError):
        mark(uk, order_id)

    assert uk.sandbox.order(order_id)["tracking_number"] == NUMBER
    assert mark(uk, order_id)["code"] == 21011020


def test_a_wish_to_cancel_that_comes_between_check_and_shipping_counts(uk: Caller) -> None:
    order_id, shop = paid(uk), uk.sandbox.shop()
    uk.sandbox.request_cancel(order_id)

    with pytest.raises(Refusal) as caught:
        uk.sandbox.parcels.hand_over(shop, order_id, line_ids(uk, order_id), Parcel(tracking_number=NUMBER))

    assert caught.value.code == 21011007
    assert uk.sandbox.order(order_id)["status"] == "AWAITING_SHIPMENT"


def test_a_detail_may_show_late_that_an_order_has_shipped(clock: Clock) -> None:
    caller = shop_in("GB", clock, shipping_shows_after=30)
    order_id = paid(caller)

    mark(caller, order_id)

    assert caller.orders_by_id(order_id)[0]["status"] == "AWAITING_SHIPMENT"
    assert mark(caller, order_id)["code"] == 21011020
    caller.sandbox.advance_clock(30)
    assert caller.orders_by_id(order_id)[0]["status"] == "AWAITING_COLLECTION"


def test_what_belongs_to_another_shop_is_not_touched(clock: Clock) -> None:
    caller = shop_in("GB", clock, shops=2)
    order_id = paid(caller)
    [waiting] = caller.sandbox.order(order_id)["packages"]
    caller.cipher = caller.sandbox.shops[1].cipher

    assert mark(caller, order_id)["code"] == 21008111
    assert correct(caller, waiting["id"])["code"] == 21011028
    assert caller.get(f"{PACKAGES}/{waiting['id']}")["code"] == 10006402
    assert ship(caller, waiting["id"])["code"] == 21011028
    assert caller.sandbox.order(order_id)["status"] == "AWAITING_SHIPMENT"
