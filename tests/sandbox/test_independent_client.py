"""A client that somebody else wrote from TikTok's documentation, at work in the sandbox."""

from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from tiktok_shop_api import TikTokShop, TikTokShopAuth, TikTokShopError
from tiktok_shop_api.generated.models import (
    ActivateProductsRequest,
    BatchShipPackagesRequest,
    CreatePackagesRequest,
    DeactivateProductsRequest,
    InventorySearchRequest,
    MarkPackageAsShippedRequest,
    SearchPackageRequest,
    ShipPackageRequest,
    UpdateInventoryRequest,
    UpdatePackageShippingInfoRequest,
    UpdatePriceRequest,
)

from mye_tiktok.sandbox.delivery_options import BY_SELLER
from mye_tiktok.sandbox.markets import regions
from mye_tiktok.sandbox.options import SandboxOptions
from mye_tiktok.sandbox.sandbox import Sandbox
from mye_tiktok.sandbox.server import running
from mye_tiktok.sandbox.ship_rules import ARRANGED, MARKED


@pytest.fixture
def sandbox() -> Sandbox:
    return Sandbox(SandboxOptions(products=110, orders=60, shops=len(regions()), regions=regions()))


@pytest.fixture
def url(sandbox: Sandbox) -> Iterator[str]:
    with running(sandbox) as base_url:
        yield base_url


@pytest.fixture
def client(sandbox: Sandbox, url: str) -> Iterator[TikTokShop]:
    auth = TikTokShopAuth(sandbox.app_key, sandbox.app_secret, service_id=sandbox.service_id, base_url=url)
    grant = auth.exchange_code(sandbox.auth_code())
    renewed = auth.refresh(grant.refresh_token)
    assert renewed.open_id == grant.open_id
    # a transport that is given is shared by the clients of all shops
    transport = httpx.HTTPTransport()
    token = renewed.access_token
    with TikTokShop(sandbox.app_key, sandbox.app_secret, token, base_url=url, transport=transport) as shop:
        yield shop


def data(answer: Any) -> Any:
    envelope = answer.to_dict()
    assert envelope["code"] == 0
    return envelope["data"]


def all_products(shop: TikTokShop) -> list[dict[str, Any]]:
    products: list[dict[str, Any]] = []
    token = ""
    while True:
        query: dict[str, Any] = {"page_token": token} if token else {}
        page = data(shop.products.search_products(page_size=50, **query))
        products += page["products"]
        token = page["next_page_token"]
        if not token:
            return products


def test_it_authorizes_lists_and_reads_everything(sandbox: Sandbox, client: TikTokShop) -> None:
    listed = data(client.authorization.get_authorized_shops())["shops"]
    active = data(client.seller.get_active_shops())["shops"]

    assert [entry["id"] for entry in listed] == [entry["id"] for entry in active]
    for entry in listed:
        with client.with_shop(shop_cipher=entry["cipher"]) as shop:
            products = all_products(shop)
            for product in products[::10]:
                assert data(shop.products.get_product(product["id"]))["id"] == product["id"]
            assert len({product["id"] for product in products}) == len(products) == 110
            assert data(shop.products.get_categories(category_version="v2"))["categories"]
            assert len(data(shop.logistics.get_warehouse_list())["warehouses"]) == 3
    assert {code for codes in sandbox.requests.counts().values() for code in codes} == {"0"}


def test_it_reads_orders_and_after_sales(sandbox: Sandbox, client: TikTokShop) -> None:
    for shop in sandbox.shops:
        pending = sandbox.request_cancel(sandbox.place_order(shop.shop_id, status="AWAITING_SHIPMENT"))
        with client.with_shop(shop_cipher=shop.cipher) as seller:
            ids: list[str] = []
            token = ""
            while True:
                query: dict[str, Any] = {"page_token": token} if token else {}
                page = data(seller.orders.get_order_list(page_size=20, **query))
                ids += [order["id"] for order in page["orders"]]
                token = page["next_page_token"]
                if not token:
                    break
            # several ids would go out as several parameters, where the documentation joins them with commas
            details = data(seller.orders.get_order_detail(ids=[",".join(ids[:50])]))["orders"]
            prices = data(seller.orders.get_order_price_details(ids[0]))
            returns = data(seller.return_and_refund.search_returns(page_size="50"))
            cancellations = data(seller.return_and_refund.search_cancellations(page_size="50"))

            assert len(set(ids)) == len(ids) == 61
            assert [order["id"] for order in details] == ids[:50]
            assert prices["line_items"]
            assert returns["total_count"] == len(returns["return_orders"]) > 0
            assert pending in {each["cancel_id"] for each in cancellations["cancellations"]}
    assert {code for codes in sandbox.requests.counts().values() for code in codes} == {"0"}


def test_it_sets_stock_and_prices_and_takes_products_off_sale(sandbox: Sandbox, client: TikTokShop) -> None:
    for shop in sandbox.shops:
        with client.with_shop(shop_cipher=shop.cipher) as seller:
            product = next(each for each in all_products(seller) if on_sale_with_stock(each))
            sku, where = product["skus"][0], [each["warehouse_id"] for each in product["skus"][0]["inventory"]]
            levels = [{"warehouse_id": each, "quantity": 7} for each in where]
            stock = {"skus": [{"id": sku["id"], "inventory": levels}]}
            short = {"skus": [{"id": sku["id"], "inventory": [*levels[1:], {"warehouse_id": "1", "quantity": 7}]}]}
            price = {"currency": sku["price"]["currency"], "sale_price": "9000"}
            products = {"product_ids": [product["id"]]}

            done, refused = (
                data(seller.products.update_inventory(product["id"], body=UpdateInventoryRequest.from_dict(body)))
                for body in (stock, short)
            )
            asked = InventorySearchRequest.from_dict({"sku_ids": [sku["id"]]})
            [found] = data(seller.products.inventory_search(body=asked))["inventory"]
            prices = UpdatePriceRequest.from_dict({"skus": [{"id": sku["id"], "price": price}]})
            data(seller.products.update_price(product["id"], body=prices))
            data(seller.products.deactivate_products(body=DeactivateProductsRequest.from_dict(products)))
            hidden = data(seller.products.get_product(product["id"]))
            data(seller.products.activate_products(body=ActivateProductsRequest.from_dict(products)))

            assert not done
            [error] = refused["errors"]
            assert (error["code"], error["detail"]["sku_id"]) == (12052990, sku["id"])
            assert [each["code"] for each in error["detail"]["extra_errors"]] == [12052097]
            assert found["skus"][0]["total_available_quantity"] == 7 * len(where)
            assert (hidden["status"], hidden["skus"][0]["price"]["sale_price"]) == ("SELLER_DEACTIVATED", "9000")
            assert data(seller.products.get_product(product["id"]))["status"] == "PENDING"
    assert {code for codes in sandbox.requests.counts().values() for code in codes} == {"0"}


def on_sale_with_stock(product: dict[str, Any]) -> bool:
    return bool(product["status"] == "ACTIVATE" and product["skus"][0]["inventory"])


def shipped(seller: TikTokShop, order_id: str, region: str) -> None:
    """Ship an order the way its market has it, and read what came of it."""
    calls = seller.fulfillment
    carriers = data(seller.logistics.get_shipping_providers(BY_SELLER.option_id))["shipping_providers"]
    parcel = {"tracking_number": f"N-{order_id}", "shipping_provider_id": carriers[-1]["id"]}
    if region in MARKED:
        body = MarkPackageAsShippedRequest.from_dict({"shipping_info_list": [parcel]})
        package_id = data(calls.mark_package_as_shipped(order_id, body=body))["package_id"]
        again = {**parcel, "tracking_number": f"M-{order_id}"}
        correction = UpdatePackageShippingInfoRequest.from_dict({"shipping_info_list": [again]})
        data(calls.update_package_shipping_info(package_id, body=correction))
    else:
        [package] = data(seller.orders.get_order_detail(ids=[order_id]))["orders"][0]["packages"]
        package_id = package["id"]
        several = {"packages": [{"id": package_id, "self_shipment": parcel}]}
        assert not data(calls.batch_ship_packages(body=BatchShipPackagesRequest.from_dict(several))).get("errors")
    detail = data(calls.get_package_detail(package_id))
    assert detail["package_status"] == "PROCESSING"
    assert detail["tracking_number"] == f"{'M' if region in MARKED else 'N'}-{order_id}"
    assert data(calls.get_order_tracking(order_id))["tracking"]
    assert data(seller.logistics.get_logistics_tracking(order_id))["logistics_details"]


def labelled(seller: TikTokShop, order_id: str, region: str) -> None:
    """Let TikTok ship an order the way its market has it, and fetch the label."""
    calls = seller.fulfillment
    if region in ARRANGED["TIKTOK"]:
        [package] = data(seller.orders.get_order_detail(ids=[order_id]))["orders"][0]["packages"]
        package_id = package["id"]
        assert data(calls.get_package_handover_time_slots(package_id))["pickup_slots"]
        data(calls.ship_package(package_id, body=ShipPackageRequest.from_dict({})))
    else:
        services = data(calls.get_eligible_shipping_services(order_id))["shipping_services"]
        wanted = {"ship_type": "1", "order_id": order_id, "shipping_service_id": services[0]["id"]}
        package_id = data(calls.create_packages(body=CreatePackagesRequest.from_dict(wanted)))["package_id"]
    label = data(calls.get_package_shipping_document(package_id, document_type="SHIPPING_LABEL"))["doc_url"]
    assert httpx.get(label.strip()).content.startswith(b"%PDF-")


def test_it_ships(sandbox: Sandbox, client: TikTokShop) -> None:
    sandbox.parcels.documents.some_late = False
    waiting: dict[str, Any] = {"status": "AWAITING_SHIPMENT", "need_upload_invoice": "NO_NEED"}
    for shop in sandbox.shops:
        by_seller, by_tiktok = (
            sandbox.place_order(shop.shop_id, shipping_type=shipping, **waiting) for shipping in ("SELLER", "TIKTOK")
        )
        with client.with_shop(shop_cipher=shop.cipher) as seller:
            shipped(seller, by_seller, shop.region)
            labelled(seller, by_tiktok, shop.region)
            listed = data(seller.fulfillment.search_package(page_size=50, body=SearchPackageRequest.from_dict({})))
            [warehouse, *_] = data(seller.logistics.get_warehouse_list())["warehouses"]

            assert len(listed["packages"]) == min(listed["total_count"], 50)
            assert data(seller.logistics.get_warehouse_delivery_options(warehouse["id"]))["delivery_options"]
    assert {code for codes in sandbox.requests.counts().values() for code in codes} == {"0", "-1"}


def test_it_understands_our_refusals(sandbox: Sandbox, client: TikTokShop) -> None:
    sandbox.expire_access_tokens()

    with pytest.raises(TikTokShopError) as caught:
        client.authorization.get_authorized_shops()

    assert caught.value.code == 105002
