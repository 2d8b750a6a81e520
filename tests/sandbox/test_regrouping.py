"""Packages combined, taken apart and split."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mye_tiktok.sandbox.packages import find_package, own_packages
from tests.sandbox.caller import Caller, Clock
from tests.sandbox.shipping import (
    NUMBER,
    PACKAGES,
    combine,
    line_ids,
    mark,
    package,
    package_of,
    paid,
    parcel,
    search,
    ship,
    shop_in,
    split,
)


@pytest.fixture
def vn(clock: Clock) -> Caller:
    return shop_in("VN", clock)


def alike(caller: Caller, number: int = 2, shipping: str = "TIKTOK", **fields: Any) -> list[str]:
    """Place orders that may be combined."""
    orders = [paid(caller, shipping, **fields) for _ in range(number)]
    caller.sandbox.make_combinable(*orders)
    return orders


def uncombine(caller: Caller, package_id: str, *order_ids: str) -> Any:
    body: dict[str, Any] = {"order_ids": list(order_ids)} if order_ids else {}
    return caller.post(f"{PACKAGES}/{package_id}/uncombine", **body)


def test_combined_orders_share_a_package_and_ship_with_it(vn: Caller) -> None:
    first, second = alike(vn)
    announced: list[tuple[str, Any]] = []
    kept = package_of(vn, first)
    vn.sandbox.world.announce = lambda shop, event, data: announced.append((event, data))

    answer = combine(vn, kept, second)

    assert answer["data"] == {"packages": [{"id": kept, "order_ids": [first, second]}]}
    assert package_of(vn, first) == package_of(vn, second) == kept
    assert package(vn, kept)["split_and_combine_tag"] == "COMBINE"
    assert {each["id"] for each in package(vn, kept)["orders"]} == {first, second}
    assert vn.sandbox.order(second)["split_or_combine_tag"] == "COMBINED"
    assert [each["id"] for each in search(vn)["data"]["packages"]] == [kept]
    [(event, data)] = announced
    assert (event, data["sc_type"]) == ("PACKAGE_UPDATE", "COMBINE")
    assert data["package_list"] == [{"package_id": kept, "order_id_list": [first, second]}]
    assert ship(vn, kept)["code"] == 0
    shipped = [vn.sandbox.order(each) for each in (first, second)]
    assert {order["status"] for order in shipped} == {"AWAITING_COLLECTION"}
    assert len({order["tracking_number"] for order in shipped}) == 1


def test_packages_that_are_named_one_by_one_are_taken_together(vn: Caller) -> None:
    orders = alike(vn, 3)
    entries = [{"id": package_of(vn, each), "order_ids": [each]} for each in orders]

    answer = vn.post(f"{PACKAGES}/combine", combinable_packages=entries)

    assert answer["data"]["packages"] == [{"id": entries[0]["id"], "order_ids": orders}]
    assert len({package_of(vn, each) for each in orders}) == 1


def test_what_cannot_be_combined_is_told_per_package(vn: Caller) -> None:
    first, second = alike(vn)
    stranger = paid(vn, "TIKTOK", auto_combine_group_id="N/A")
    kept = package_of(vn, first)
    asked = alike(vn)
    vn.sandbox.request_cancel(asked[1])

    def code(package_id: str, *orders: str) -> int:
        [error] = combine(vn, package_id, *orders)["data"]["errors"]
        assert error["detail"] == {"package_id": package_id}
        found: int = error["code"]
        return found

    assert code(kept, stranger) == 10007014
    assert code(kept, first) == 10007014
    assert code(kept, "577000000000000001") == 21011031
    assert code("1150000000000000000", first, second) == 21011028
    assert code(package_of(vn, asked[0]), asked[1]) == 10007014
    ship(vn, kept)
    assert code(kept, second) == 10007014


def test_a_package_is_taken_apart_as_a_whole_or_in_part(vn: Caller) -> None:
    first, second, third = alike(vn, 3)
    kept = package_of(vn, first)
    combine(vn, kept, second, third)

    part = uncombine(vn, kept, third)["data"]["packages"]
    assert {tuple(each["order_ids"]) for each in part} == {(first, second), (third,)}
    whole = uncombine(vn, kept)["data"]["packages"]

    assert {tuple(each["order_ids"]) for each in whole} == {(first,), (second,)}
    assert len({package_of(vn, each) for each in (first, second, third)}) == 3
    assert "split_or_combine_tag" not in vn.sandbox.order(first)
    assert vn.get(f"{PACKAGES}/{kept}")["code"] == 10006402
    assert uncombine(vn, package_of(vn, first))["code"] == 21011005
    assert uncombine(vn, "1150000000000000000")["code"] == 21011028


def test_only_what_is_in_a_package_is_taken_out(vn: Caller) -> None:
    first, second = alike(vn)
    kept = package_of(vn, first)
    combine(vn, kept, second)

    assert uncombine(vn, kept, paid(vn))["code"] == 21011029
    ship(vn, kept)
    assert uncombine(vn, kept)["code"] == 21011005


def test_a_number_for_one_of_combined_orders_ships_all(clock: Clock) -> None:
    caller = shop_in("GB", clock)
    first, second = alike(caller, shipping="SELLER", count=2)
    kept = package_of(caller, first)
    combine(caller, kept, second)
    [one, *_] = line_ids(caller, second)

    assert mark(caller, second, one)["code"] == 21011046
    assert mark(caller, second)["data"]["package_id"] == kept
    assert {caller.sandbox.order(each)["tracking_number"] for each in (first, second)} == {NUMBER}
    assert mark(caller, first)["code"] == 21011020


def test_an_order_is_split_and_its_packages_ship_one_by_one(clock: Clock) -> None:
    caller = shop_in("GB", clock)
    order_id = paid(caller, count=3)
    first, *rest = line_ids(caller, order_id)

    made = split(caller, order_id, [first], rest)["data"]["packages"]

    assert [each["splittable_group_id"] for each in made] == ["1", "2"]
    assert {each["id"] for each in caller.sandbox.order(order_id)["packages"]} == {each["id"] for each in made}
    assert caller.sandbox.order(order_id)["split_or_combine_tag"] == "SPLIT"
    assert mark(caller, order_id)["code"] == 21011048
    assert mark(caller, order_id, first)["data"]["package_id"] == made[0]["id"]
    assert mark(caller, order_id, number="TRACK-0002")["data"]["package_id"] == made[1]["id"]
    assert caller.sandbox.order(order_id)["status"] == "AWAITING_COLLECTION"


def test_packages_of_a_split_order_are_arranged_one_by_one(vn: Caller) -> None:
    products = vn.search(status="ACTIVATE")["data"]["products"]
    skus = [product["skus"][0]["id"] for product in products[:2]]
    order_id = vn.sandbox.place_order(skus=skus, status="AWAITING_SHIPMENT", shipping_type="SELLER")
    first, *rest = line_ids(vn, order_id)
    one, two = (each["id"] for each in split(vn, order_id, [first], rest)["data"]["packages"])

    assert ship(vn, one, self_shipment=parcel(vn))["code"] == 0
    assert vn.sandbox.order(order_id)["status"] == "PARTIALLY_SHIPPING"
    assert ship(vn, two, self_shipment=parcel(vn, "TRACK-0002"))["code"] == 0
    assert vn.sandbox.order(order_id)["status"] == "AWAITING_COLLECTION"


def test_a_split_names_each_unit_once_and_leaves_two_parts(clock: Clock) -> None:
    caller = shop_in("GB", clock)
    order_id = paid(caller, count=2)
    first, *rest = line_ids(caller, order_id)

    assert split(caller, order_id, [first, *rest])["code"] == 21011035
    assert split(caller, order_id, [first], [first])["code"] == 21011005
    assert split(caller, order_id, ["17"])["code"] == 21011005
    assert split(caller, order_id, [])["code"] == 21011005
    assert split(caller, "577000000000000001", [first])["code"] == 21008111
    mark(caller, order_id)
    assert split(caller, order_id, [first], rest)["code"] == 21011020


def test_units_of_a_sku_stay_together_in_some_markets(vn: Caller) -> None:
    [product, *_] = vn.search(status="ACTIVATE")["data"]["products"]
    order_id = vn.sandbox.place_order(
        skus={product["skus"][0]["id"]: 2}, status="AWAITING_SHIPMENT", shipping_type="SELLER"
    )
    first, *rest = line_ids(vn, order_id)

    assert split(vn, order_id, [first], rest)["code"] == 21011036


Deeds = st.lists(
    st.tuples(st.sampled_from(["mark", "ship", "combine", "apart", "split", "cancel", "go"]), st.integers(0, 5)),
    max_size=12,
)


@settings(deadline=None, max_examples=40)
@given(region=st.sampled_from(["GB", "US", "VN", "MX"]), deeds=Deeds)
def test_whatever_is_done_each_unit_lies_in_one_package(region: str, deeds: list[tuple[str, int]]) -> None:
    caller = shop_in(region)
    orders = alike(caller, 3, shipping="SELLER", count=3)

    for at, (deed, number) in enumerate(deeds):
        perform(caller, orders, deed, number, at)

    shop = caller.sandbox.shop()
    held: list[str] = []
    for each in (each for order in shop.orders.living() for each in own_packages(shop, order)):
        assert find_package(shop, each.package_id) == each
        held += [str(line["id"]) for line in each.lines if line["display_status"] != "CANCELLED"]
    assert len(set(held)) == len(held)
    for order_id in orders:
        order = caller.sandbox.order(order_id)
        shown = {each["id"] for each in order.get("packages") or []}
        for line in order["line_items"]:
            if line["display_status"] == "CANCELLED":
                continue
            sent = line["display_status"] != "AWAITING_SHIPMENT"
            assert sent == bool(line["tracking_number"])
            assert line.get("package_id") in shown or (region == "US" and not sent)
            assert (line["id"] in held) == ("package_id" in line)


def perform(caller: Caller, orders: list[str], deed: str, number: int, at: int) -> None:
    order_id = orders[number % len(orders)]
    order = caller.sandbox.order(order_id)
    lines, packages = line_ids(caller, order_id), [each["id"] for each in order.get("packages") or []]
    package_id = packages[number % len(packages)] if packages else "17"
    if deed == "mark":
        mark(caller, order_id, *lines[: number % 3], number=f"TRACK-{at}")
    elif deed == "ship":
        ship(caller, package_id, self_shipment=parcel(caller, f"TRACK-{at}"))
    elif deed == "combine":
        combine(caller, package_id, *orders[: 1 + number % 3])
    elif deed == "apart":
        uncombine(caller, package_id, *orders[: number % 2])
    elif deed == "split":
        split(caller, order_id, lines[:1], lines[1 : 2 + number % 2])
    elif deed == "cancel":
        body: dict[str, Any] = {"order_id": order_id, "cancel_reason": "out_of_stock", "order_line_item_ids": lines[:1]}
        caller.post("/return_refund/202309/cancellations", **body)
    elif order["status"] == "AWAITING_COLLECTION":
        caller.sandbox.advance(order_id)
