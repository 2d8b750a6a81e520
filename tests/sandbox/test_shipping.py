"""Packages arranged for shipment, one by one and in batches, with slots, and followed on their way."""

import pytest

from mye_tiktok.sandbox.answers import Json
from mye_tiktok.sandbox.markets import regions
from mye_tiktok.sandbox.ship_rules import ARRANGED, LATAM, SEA
from tests.sandbox.caller import Caller, Clock
from tests.sandbox.shipping import NUMBER, PACKAGES, package, package_of, paid, parcel, ship, shop_in

SHIP = f"{PACKAGES}/ship"


@pytest.fixture
def vn(clock: Clock) -> Caller:
    return shop_in("VN", clock)


@pytest.mark.parametrize("region", regions())
def test_tiktok_ships_a_package_where_packages_are_arranged(region: str) -> None:
    caller = shop_in(region)
    order_id = paid(caller, "TIKTOK", count=2, need_upload_invoice="NO_NEED")
    package_id = package_of(caller, order_id) if region != "US" else "1150000000000000000"

    answer = ship(caller, package_id)

    if region not in ARRANGED["TIKTOK"]:
        assert answer["code"] == (21011003 if region != "US" else 21011028)
        return
    order = caller.sandbox.order(order_id)
    assert (answer["code"], answer["data"]) == (0, {})
    assert order["status"] == "AWAITING_COLLECTION"
    assert package(caller, package_id)["tracking_number"] == order["tracking_number"] != ""
    assert ship(caller, package_id)["code"] == 21011040


@pytest.mark.parametrize("region", ["VN", "MX", "GB", "US", "JP"])
def test_a_seller_ships_with_a_number_where_packages_are_arranged(region: str) -> None:
    caller = shop_in(region)
    order_id = paid(caller)
    [*packages] = caller.sandbox.order(order_id).get("packages") or []
    if not packages:
        return
    package_id = packages[0]["id"]

    answer = ship(caller, package_id, self_shipment=parcel(caller))

    if region in SEA | LATAM:
        assert answer["code"] == 0
        assert caller.sandbox.order(order_id)["tracking_number"] == NUMBER
    else:
        assert answer["code"] == 21011003


def test_a_seller_who_ships_says_with_what(vn: Caller) -> None:
    package_id = package_of(vn, paid(vn))
    unknown = {"tracking_number": NUMBER, "shipping_provider_id": "17"}

    assert ship(vn, package_id)["code"] == 21011022
    assert ship(vn, package_id, self_shipment=unknown)["code"] == 21011022
    vn.sandbox.refuse_tracking("WRONG-1", 11028006)
    assert ship(vn, package_id, self_shipment=parcel(vn, "WRONG-1"))["code"] == 11028006
    assert ship(vn, package_id, self_shipment=parcel(vn))["code"] == 0


def test_of_a_batch_what_cannot_ship_is_told_and_the_rest_ships(vn: Caller) -> None:
    good, asked, sent = (paid(vn, "TIKTOK") for _ in range(3))
    vn.sandbox.request_cancel(asked)
    ship(vn, package_of(vn, sent))
    ids = [package_of(vn, each) for each in (good, asked, sent)]

    answer = vn.post(SHIP, packages=[{"id": each} for each in [*ids, "17"]])

    errors = {error["detail"]["package_id"]: error["code"] for error in answer["data"]["errors"]}
    assert answer["code"] == 0
    assert errors == {ids[1]: 21011007, ids[2]: 21011040, "17": 21011028}
    assert [vn.sandbox.order(each)["status"] for each in (good, asked)] == ["AWAITING_COLLECTION", "AWAITING_SHIPMENT"]


def test_a_batch_that_names_a_package_twice_ships_it_once(vn: Caller) -> None:
    package_id = package_of(vn, paid(vn, "TIKTOK"))

    answer = vn.post(SHIP, packages=[{"id": package_id}, {"id": package_id}])

    assert [error["code"] for error in answer["data"]["errors"]] == [21011040]


def test_a_pick_up_is_within_the_slots_that_are_offered(clock: Clock) -> None:
    caller = shop_in("GB", clock)
    package_id = package_of(caller, paid(caller, "TIKTOK"))
    offered = caller.get(f"{PACKAGES}/{package_id}/handover_time_slots")["data"]
    taken, free = (
        [slot for slot in offered["pickup_slots"] if slot["avaliable"] is is_free] for is_free in (False, True)
    )

    def pick_up(slot: Json) -> int:
        wanted = {key: slot[key] for key in ("start_time", "end_time")}
        code: int = ship(caller, package_id, handover_method="PICKUP", pickup_slot=wanted)["code"]
        return code

    assert offered["can_van_collection"]
    assert pick_up(taken[0]) == pick_up({"start_time": 1, "end_time": 2}) == 21011053
    assert pick_up(free[0]) == 0
    shown = package(caller, package_id)
    assert (shown["handover_method"], shown["pickup_slot"]["start_time"]) == ("PICKUP", free[0]["start_time"])


def test_a_local_seller_in_south_east_asia_is_not_asked_how(vn: Caller) -> None:
    package_id = package_of(vn, paid(vn, "TIKTOK"))

    assert ship(vn, package_id, handover_method="PICKUP", pickup_slot={"start_time": 1, "end_time": 2})["code"] == 0
    assert "handover_method" not in package(vn, package_id)


def test_an_order_in_brazil_needs_its_invoice_first() -> None:
    caller = shop_in("BR")
    order_id = paid(caller, "TIKTOK")
    package_id = package_of(caller, order_id)

    assert ship(caller, package_id)["code"] == 21004006
    caller.sandbox.accept_invoice(order_id)
    assert ship(caller, package_id)["code"] == 0


def test_a_parcel_is_followed_on_its_way(vn: Caller) -> None:
    order_id = paid(vn, "TIKTOK")
    paths = (f"/fulfillment/202309/orders/{order_id}/tracking", f"/logistics/202604/orders/{order_id}/tracking")
    events, parcels = (vn.get(path)["data"] for path in paths)
    assert (events["tracking"], parcels["logistics_details"]) == ([], [])

    ship(vn, package_of(vn, order_id))
    for _ in range(2):
        vn.sandbox.advance_clock(60)
        vn.sandbox.advance(order_id)

    events, parcels = (vn.get(path)["data"] for path in paths)
    times = [each["update_time_millis"] for each in events["tracking"]]
    assert len(times) == 3
    assert times == sorted(times, reverse=True)
    [one] = parcels["logistics_details"]
    assert one["newest_tracking_no"] == vn.sandbox.order(order_id)["tracking_number"]
    assert [each["update_time_millis"] for each in one["track_list"]] == times
    assert vn.get("/fulfillment/202309/orders/577000000000000001/tracking")["code"] == 21008111
