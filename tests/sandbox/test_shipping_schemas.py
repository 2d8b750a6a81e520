"""What the sandbox answers about shipping, against the documented schemas."""

from pathlib import Path
from typing import Any

import pytest

from mye_tiktok.sandbox.answers import Json
from mye_tiktok.sandbox.markets import regions
from mye_tiktok.sandbox.packages import find_package
from mye_tiktok.sandbox.ship_rules import ARRANGED, BOUGHT, MARKED
from tests.sandbox.caller import ORDER_DETAIL, WAREHOUSES, Caller
from tests.sandbox.shipping import PACKAGES, line_ids, mark, package_of, paid, parcel, search, ship, shop_in, split
from tests.sandbox.test_schemas import check, documented


def shop(region: str) -> Caller:
    return shop_in(region, orders=70, late_documents=False)


def agree(reference: Path, operation: str, envelope: Json) -> None:
    """Check an answer: its fields, and the words in them."""
    assert envelope["code"] == 0
    check(reference, operation, envelope["data"])
    words(envelope["data"], documented(reference, operation)["response_data"])


def words(value: Any, schema: Json) -> None:
    if isinstance(value, dict):
        for name, each in value.items():
            words(each, schema["properties"][name])
    elif isinstance(value, list):
        for each in value:
            words(each, schema["items"])
    elif value is not None and "x-enum" in schema:
        assert value in schema["x-enum"]


@pytest.mark.parametrize("region", regions())
def test_packages_are_as_documented(region: str, reference: Path) -> None:
    caller = shop(region)
    page = search(caller)
    agree(reference, "search_package", page)
    for each in page["data"]["packages"]:
        agree(reference, "get_package_detail", caller.get(f"{PACKAGES}/{each['id']}"))
        assert find_package(caller.sandbox.shop(), each["id"]) is not None


@pytest.mark.parametrize("region", regions())
def test_ways_of_delivery_are_as_documented(region: str, reference: Path) -> None:
    caller = shop(region)
    [warehouse, *_] = caller.get(WAREHOUSES)["data"]["warehouses"]
    options = caller.get(f"/logistics/202309/warehouses/{warehouse['id']}/delivery_options")
    agree(reference, "get_warehouse_delivery_options", options)
    path = f"/logistics/202309/delivery_options/{options['data']['delivery_options'][0]['id']}/shipping_providers"
    agree(reference, "get_shipping_providers", caller.get(path))


@pytest.mark.parametrize("region", sorted(MARKED))
def test_sellers_shipping_is_as_documented(region: str, reference: Path) -> None:
    caller = shop(region)
    order_id, older = paid(caller, count=2), paid(caller)
    first, *_ = line_ids(caller, order_id)
    marked = mark(caller, order_id, first)
    agree(reference, "mark_package_as_shipped", marked)
    path = f"/fulfillment/202309/orders/{older}/packages"
    agree(reference, "mark_package_as_shipped_202309", caller.post(path, **parcel(caller)))
    package_id = marked["data"]["package_id"]
    update = f"/fulfillment/202610/packages/{package_id}/shipping_info/update"
    corrected = caller.post(update, shipping_info_list=[parcel(caller, "TRACK-0002")])
    agree(reference, "update_package_shipping_info", corrected)
    path = f"/fulfillment/202309/orders/{older}/shipping_info/update"
    agree(reference, "update_order_shipping_info", caller.post(path, **parcel(caller, "TRACK-0003")))
    check(reference, "get_order_detail", caller.get(ORDER_DETAIL, ids=f"{order_id},{older}")["data"])


@pytest.mark.parametrize("region", sorted(ARRANGED["TIKTOK"]))
def test_arranged_shipping_is_as_documented(region: str, reference: Path) -> None:
    caller = shop(region)
    one, two, three = (paid(caller, "TIKTOK", need_upload_invoice="NO_NEED") for _ in range(3))
    caller.sandbox.request_cancel(three)
    package_id = package_of(caller, one)
    agree(reference, "get_package_handover_time_slots", caller.get(f"{PACKAGES}/{package_id}/handover_time_slots"))
    agree(reference, "ship_package", ship(caller, package_id))
    several = [{"id": package_of(caller, each)} for each in (two, three)]
    batch = caller.post(f"{PACKAGES}/ship", packages=several)
    assert len(batch["data"]["errors"]) == 1
    agree(reference, "batch_ship_packages", batch)
    label = caller.get(f"{PACKAGES}/{package_id}/shipping_documents", document_type="SHIPPING_LABEL")
    agree(reference, "get_package_shipping_document", label)
    agree(reference, "get_order_tracking", caller.get(f"/fulfillment/202309/orders/{one}/tracking"))
    agree(reference, "get_logistics_tracking", caller.get(f"/logistics/202604/orders/{one}/tracking"))
    check(reference, "get_order_detail", caller.get(ORDER_DETAIL, ids=f"{one},{two}")["data"])


@pytest.mark.parametrize("region", sorted(BOUGHT))
def test_labels_are_as_documented(region: str, reference: Path) -> None:
    caller = shop(region)
    order_id = paid(caller, "TIKTOK")
    weight = {"value": "1", "unit": "POUND"}
    query = f"/fulfillment/202309/orders/{order_id}/shipping_services/query"
    agree(reference, "get_eligible_shipping_services", caller.post(query, weight=weight))
    bought = caller.post("/fulfillment/202512/packages", ship_type="1", order_id=order_id, weight=weight)
    agree(reference, "create_packages", bought)


def test_regrouping_is_as_documented(reference: Path) -> None:
    caller = shop("GB")
    first, second, third = (paid(caller, count=2) for _ in range(3))
    caller.sandbox.make_combinable(first, second)
    kept = package_of(caller, first)
    entries = [{"id": kept, "order_ids": [second]}, {"id": package_of(caller, third), "order_ids": ["17"]}]
    combined = caller.post(f"{PACKAGES}/combine", combinable_packages=entries)
    assert len(combined["data"]["errors"]) == len(combined["data"]["packages"]) == 1
    agree(reference, "combine_package", combined)
    agree(reference, "uncombine_packages", caller.post(f"{PACKAGES}/{kept}/uncombine"))
    one, *rest = line_ids(caller, third)
    agree(reference, "confirm_order_split", split(caller, third, [one], rest))
    entries = [{"id": kept, "delivery_type": "DELIVERY_SUCCESS"}]
    agree(reference, "update_package_delivery_status", caller.post(f"{PACKAGES}/deliver", packages=entries))
