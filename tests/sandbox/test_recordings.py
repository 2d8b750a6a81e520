"""Folders of recorded payloads, served unchanged."""

import json
from pathlib import Path
from typing import Any

import pytest

from mye_tiktok.sandbox.options import SandboxOptions
from mye_tiktok.sandbox.sandbox import Sandbox
from tests.sandbox.caller import (
    ACTIVE_SHOPS,
    AUTHORIZED_SHOPS,
    CANCELLATIONS,
    CATEGORIES,
    PRODUCT,
    REJECT_REASONS,
    RETURNS,
    WAREHOUSES,
    Caller,
    Clock,
    read,
)

SHOP = {
    "id": "7494000000000000017",
    "name": "Kiosk",
    "region": "TH",
    "seller_type": "LOCAL",
    "cipher": "ROW_kiosk",
    "code": "TH17",
}


def entry(number: int, **more: object) -> dict[str, Any]:
    stock = [{"warehouse_id": "7300000000000000001", "quantity": number}]
    sku = {"id": f"173000000000000{number:04}", "seller_sku": f"K-{number}", "inventory": stock}
    times = {"create_time": 1_700_000_000 + number, "update_time": 1_600_000_000}
    return {
        "id": f"172900000000000{number:04}",
        "title": f"ร่ม {number}",
        "status": "ACTIVATE",
        "skus": [sku],
        **times,
        **more,
    }


def write(folder: Path, name: str, data: object, code: int = 0) -> None:
    folder.mkdir(exist_ok=True)
    envelope = {"code": code, "data": data, "message": "Success", "request_id": "1"}
    (folder / name).write_text(json.dumps(envelope, ensure_ascii=False), encoding="utf-8")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    pages = tmp_path / "responses"
    write(
        pages,
        "product_search_page.json",
        {"products": [entry(1), entry(2)], "total_count": 200, "next_page_token": "x"},
    )
    write(
        pages,
        "product_search_page_2.json",
        {"products": [entry(3, audit=None, unheard_of=[]), entry(1, title="later")]},
    )
    write(pages, "product_detail.json", {**entry(2), "description": "<p>ร่ม</p>", "status": "FREEZE"})
    write(pages, "product_detail_unlisted.json", {**entry(9), "description": ""})
    write(pages, "authorized_shops.json", {"shops": [SHOP]})
    write(pages, "active_shops.json", {"shops": [{"id": "5", "region": "TH"}]})
    write(pages, "warehouses.json", {"warehouses": [{"id": "7300000000000000001", "name": "คลัง"}]})
    write(pages, "categories.json", {"categories": [{"id": "1", "local_name": "ร่ม"}]})
    write(tmp_path / "errors", "warehouses_refused.json", None, code=36009003)
    write(pages, "order_list_page.json", {"orders": []})
    (pages / "product_search_broken.json").write_text("{", encoding="utf-8")
    return tmp_path


def caller_of(folder: Path, clock: Clock) -> Caller:
    return Caller.of(Sandbox(SandboxOptions(load=folder), clock=clock), clock)


def test_recorded_products_are_served_unchanged(folder: Path, clock: Clock) -> None:
    caller = caller_of(folder, clock)

    found = caller.all_products(1)

    assert found == [entry(3, audit=None, unheard_of=[]), entry(2), entry(1)]
    assert caller.get(PRODUCT + entry(2)["id"])["data"] == {**entry(2), "description": "<p>ร่ม</p>", "status": "FREEZE"}
    assert caller.get(PRODUCT + entry(9)["id"])["data"] == {**entry(9), "description": ""}


def test_a_product_without_a_recorded_detail_is_its_search_entry(folder: Path, clock: Clock) -> None:
    assert caller_of(folder, clock).get(PRODUCT + entry(1)["id"])["data"] == entry(1)


def test_shops_warehouses_and_categories_are_served_unchanged(folder: Path, clock: Clock) -> None:
    caller = caller_of(folder, clock)

    assert read(caller.send("GET", AUTHORIZED_SHOPS))["data"] == {"shops": [SHOP]}
    assert read(caller.send("GET", ACTIVE_SHOPS))["data"] == {"shops": [{"id": "5", "region": "TH"}]}
    assert caller.get(WAREHOUSES)["data"]["warehouses"] == [{"id": "7300000000000000001", "name": "คลัง"}]
    assert caller.get(CATEGORIES)["data"]["categories"] == [{"id": "1", "local_name": "ร่ม"}]
    assert caller.grant["seller_name"] == "Kiosk"


def test_files_that_are_not_understood_are_named(folder: Path, clock: Clock) -> None:
    assert caller_of(folder, clock).sandbox.unused_recordings == (
        "errors/warehouses_refused.json",
        "responses/order_list_page.json",
        "responses/product_search_broken.json",
    )


def test_recorded_products_are_searched_by_what_they_hold(folder: Path, clock: Clock) -> None:
    caller = caller_of(folder, clock)

    assert caller.all_products(create_time_ge=1_700_000_002, create_time_le=1_700_000_002) == [entry(2)]
    assert caller.all_products(seller_skus=["K-2"]) == [entry(2)]
    assert caller.all_products(sku_ids=["1730000000000000003"]) == [entry(3, audit=None, unheard_of=[])]
    assert len(caller.all_products(update_time_le=1_600_000_000)) == 3
    assert caller.all_products(update_time_ge=1_600_000_001) == []


def test_recorded_products_can_be_changed_but_not_invented(folder: Path, clock: Clock) -> None:
    caller = caller_of(folder, clock)
    changed = caller.sandbox.change_products(1)

    found = caller.all_products(update_time_ge=int(clock.now))

    assert [product["id"] for product in found] == changed == [entry(1)["id"]]
    assert found[0]["skus"][0]["inventory"][0]["quantity"] == 2
    with pytest.raises(ValueError, match="cannot grow"):
        caller.sandbox.add_products(1)


def test_without_recorded_shops_a_made_up_shop_sells_the_products(tmp_path: Path, clock: Clock) -> None:
    write(tmp_path / "responses", "product_search.json", {"products": [entry(1)]})
    caller = caller_of(tmp_path, clock)

    assert caller.all_products() == [entry(1)]
    assert read(caller.send("GET", AUTHORIZED_SHOPS))["data"]["shops"][0]["region"] == "GB"
    assert caller.get(WAREHOUSES)["data"] == {}


def test_a_folder_without_products_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="no product_search"):
        Sandbox(SandboxOptions(load=tmp_path))


def test_the_samples_of_the_reference_pack_are_served_unchanged(reference: Path, clock: Clock) -> None:
    caller = caller_of(reference / "samples", clock)
    responses = reference / "samples" / "responses"

    def recorded(name: str) -> Any:
        return json.loads((responses / name).read_text(encoding="utf-8"))["data"]

    vietnamese, british = caller.all_products()
    assert british == recorded("product_search_page.json")["products"][0]
    assert vietnamese == recorded("product_search_page_vn.json")["products"][0]
    assert caller.get(PRODUCT + british["id"])["data"] == recorded("product_detail.json")
    assert caller.get(PRODUCT + vietnamese["id"])["data"] == vietnamese
    assert read(caller.send("GET", AUTHORIZED_SHOPS))["data"] == recorded("authorized_shops.json")
    assert caller.get(WAREHOUSES)["data"] == recorded("warehouses.json")


def test_recorded_orders_are_served_unchanged(reference: Path, clock: Clock) -> None:
    caller = caller_of(reference / "samples", clock)
    responses = reference / "samples" / "responses"
    listed: dict[str, Any] = {}
    detailed: dict[str, Any] = {}
    for path in sorted(responses.glob("order_*.json"), reverse=True):
        data = json.loads(path.read_text(encoding="utf-8"))["data"]
        found = listed if path.name.startswith("order_list_page") else detailed
        found.update({order["id"]: order for order in data.get("orders") or []})

    assert {order["id"]: order for order in caller.all_orders()} == listed
    for order_id in {**listed, **detailed}:
        assert caller.orders_by_id(order_id) == [detailed.get(order_id, listed.get(order_id))]
    assert not all(order_id.isdecimal() for order_id in detailed)


def test_recorded_after_sales_and_prices_are_served_unchanged(reference: Path, clock: Clock) -> None:
    caller = caller_of(reference / "samples", clock)
    responses = reference / "samples" / "responses"

    def recorded(name: str) -> Any:
        return json.loads((responses / name).read_text(encoding="utf-8"))["data"]

    cancellations, returns = recorded("cancellations_search_202309.json"), recorded("returns_search_202309.json")
    order_id = caller.all_orders()[0]["id"]
    price_path = f"/order/202407/orders/{order_id}/price_detail"

    assert caller.cases(CANCELLATIONS)["data"]["cancellations"] == cancellations["cancellations"]
    assert caller.cases(RETURNS)["data"]["return_orders"] == returns["return_orders"]
    assert caller.get(price_path)["data"] == recorded("order_price_detail.json")
    cancel_id = cancellations["cancellations"][0]["cancel_id"]
    assert caller.get(REJECT_REASONS, return_or_cancel_id=cancel_id)["data"] == recorded("reject_reasons.json")
    assert not [
        name
        for name in caller.sandbox.unused_recordings
        if name.startswith("responses/order_") and "tracking" not in name
    ]


def test_recorded_orders_and_requests_can_be_changed(reference: Path, clock: Clock) -> None:
    caller = caller_of(reference / "samples", clock)
    [waiting, *_] = caller.all_orders(order_status="AWAITING_SHIPMENT")
    [pending] = caller.cases(CANCELLATIONS)["data"]["cancellations"]

    caller.sandbox.advance(waiting["id"])
    caller.sandbox.settle_cancellation(pending["cancel_id"], "reject")
    caller.sandbox.edit_order("order-1", status="DELIVERED", keep_update_time=True)

    [listed] = caller.all_orders(update_time_ge=int(clock.now))
    assert (listed["id"], listed["status"]) == (waiting["id"], "AWAITING_COLLECTION")
    assert listed["recipient_address"] == waiting["recipient_address"]
    assert caller.cases(CANCELLATIONS)["data"]["cancellations"][0]["cancel_status"] == "CANCELLATION_REQUEST_CANCEL"
    assert caller.orders_by_id("order-1")[0]["status"] == "DELIVERED"


def test_new_orders_are_of_recorded_products(reference: Path, clock: Clock) -> None:
    caller = caller_of(reference / "samples", clock)
    products = {product["id"] for product in caller.all_products()}

    order_ids = [caller.sandbox.place_order(status="DELIVERED") for _ in range(10)]

    for order in caller.orders_by_id(*order_ids):
        assert {line["product_id"] for line in order["line_items"]} <= products
