"""Labels that TikTok sells, and parcels that sellers deliver themselves."""

from typing import Any

import pytest

from mye_tiktok.sandbox.answers import Json
from mye_tiktok.sandbox.ship_rules import BOUGHT
from tests.sandbox.caller import Caller, Clock
from tests.sandbox.shipping import PACKAGES, line_ids, mark, package, paid, shop_in

CREATE = "/fulfillment/202512/packages"
DELIVER = "/fulfillment/202309/packages/deliver"
HEAVY = {"value": "500", "unit": "POUND"}


@pytest.fixture
def us(clock: Clock) -> Caller:
    return shop_in("US", clock, late_documents=False)


def offered(caller: Caller, order_id: str, **body: Any) -> Json:
    return caller.post(f"/fulfillment/202309/orders/{order_id}/shipping_services/query", **body)


@pytest.mark.parametrize("region", sorted(BOUGHT))
def test_a_label_that_is_bought_ships_the_order(region: str) -> None:
    caller = shop_in(region, late_documents=False)
    order_id = paid(caller, "TIKTOK", count=2)
    services = offered(caller, order_id)["data"]["shipping_services"]
    chosen = services[1]

    answer = caller.post(CREATE, ship_type="1", order_id=order_id, shipping_service_id=chosen["id"])

    package_id = answer["data"]["package_id"]
    assert answer["data"]["shipping_service_info"]["name"] == chosen["name"]
    assert caller.sandbox.order(order_id)["status"] == "AWAITING_COLLECTION"
    assert package(caller, package_id)["order_line_item_ids"] == line_ids(caller, order_id)
    path = f"{PACKAGES}/{package_id}/shipping_documents"
    assert caller.get(path, document_type="SHIPPING_LABEL")["data"]["doc_url"]
    assert caller.post(CREATE, ship_type="1", order_id=order_id)["code"] == 21011006
    assert offered(caller, order_id)["code"] == 21011006


def test_a_label_may_be_for_some_lines(us: Caller) -> None:
    order_id = paid(us, "TIKTOK", count=2)
    first, *_ = line_ids(us, order_id)
    measures: dict[str, Any] = {
        "weight": {"value": "1.5", "unit": "POUND"},
        "dimension": {"length": "9", "width": "6", "height": "2", "unit": "INCH"},
    }

    answer = us.post(CREATE, ship_type="2", order_id=order_id, order_line_item=[{"order_line_id": first}], **measures)

    found = package(us, answer["data"]["package_id"])
    assert us.sandbox.order(order_id)["status"] == "PARTIALLY_SHIPPING"
    assert found["order_line_item_ids"] == [first]
    assert {key: found[key] for key in measures} == {key: answer["data"][key] for key in measures} == measures


def test_a_label_may_be_for_several_orders_of_one_buyer(us: Caller) -> None:
    orders = [paid(us, "TIKTOK") for _ in range(2)]
    body: dict[str, Any] = {"ship_type": "3", "order_list_ids": orders}
    for order_id in orders:
        us.sandbox.edit_order(order_id, auto_combine_group_id="N/A")
    assert us.post(CREATE, **body)["code"] == 21011012

    us.sandbox.make_combinable(*orders)
    package_id = us.post(CREATE, **body)["data"]["package_id"]

    assert {each["id"] for each in package(us, package_id)["orders"]} == set(orders)
    assert {us.sandbox.order(each)["status"] for each in orders} == {"AWAITING_COLLECTION"}
    assert len({us.sandbox.order(each)["tracking_number"] for each in orders}) == 1


def test_a_label_costs_by_weight(us: Caller) -> None:
    order_id = paid(us, "TIKTOK")

    def first_price(pounds: str) -> str:
        answer = offered(us, order_id, weight={"value": pounds, "unit": "POUND"})
        return str(answer["data"]["shipping_services"][0]["price"])

    assert (first_price("0.5"), first_price("1.5")) == ("4.20", "8.40")
    assert offered(us, order_id, weight=HEAVY)["code"] == 21011037
    assert offered(us, order_id, weight={"value": "much", "unit": "POUND"})["code"] == 21001001


def test_what_no_label_is_sold_for(us: Caller, clock: Clock) -> None:
    order_id = paid(us, "TIKTOK")
    elsewhere = shop_in("VN", clock)

    assert us.post(CREATE, ship_type="1", order_id=order_id, shipping_service_id="17")["code"] == 21004008
    assert us.post(CREATE, ship_type="1", order_id=paid(us))["code"] == 21011013
    assert us.post(CREATE, ship_type="2", order_id=order_id)["code"] == 21001001
    assert us.post(CREATE, ship_type="3", order_list_ids=[order_id])["code"] == 21001001
    assert elsewhere.post(CREATE, ship_type="1", order_id=paid(elsewhere, "TIKTOK"))["code"] == 21004010
    assert offered(us, "577000000000000001")["code"] == 10006402
    assert us.sandbox.order(order_id)["status"] == "AWAITING_SHIPMENT"


def deliver(caller: Caller, *packages: str, kind: str = "DELIVERY_SUCCESS", **more: str) -> dict[str, int]:
    answer = caller.post(DELIVER, packages=[{"id": each, "delivery_type": kind, **more} for each in packages])
    assert answer["code"] == 0
    return {error["detail"]["package_id"]: error["code"] for error in answer["data"].get("errors") or []}


def test_an_order_has_arrived_once_all_its_packages_have(us: Caller) -> None:
    order_id = paid(us, count=2)
    lines = line_ids(us, order_id)
    packages = [mark(us, order_id, line, number=f"PART-{line}")["data"]["package_id"] for line in lines]

    assert deliver(us, *packages[:-1]) == {}
    assert us.sandbox.order(order_id)["status"] == "AWAITING_COLLECTION"
    assert deliver(us, packages[-1]) == {}
    assert us.sandbox.order(order_id)["status"] == "DELIVERED"


def test_what_has_not_left_cannot_arrive(clock: Clock) -> None:
    caller = shop_in("GB", clock)
    waiting, tiktoks = (caller.sandbox.order(paid(caller, by))["packages"][0]["id"] for by in ("SELLER", "TIKTOK"))
    sent = mark(caller, paid(caller))["data"]["package_id"]

    assert deliver(caller, waiting, tiktoks, "17") == {waiting: 21011043, tiktoks: 21011004, "17": 21011028}
    assert deliver(caller, sent, kind="DELIVERY_FAILED") == {sent: 21001001}
    assert deliver(caller, sent, kind="DELIVERY_FAILED", fail_delivery_reason="BUYER_REFUSED") == {}
