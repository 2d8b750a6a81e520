"""What the sandbox says about packages."""

from collections import Counter
from collections.abc import Mapping

from mye_tiktok.sandbox.answers import Json, Refusal
from mye_tiktok.sandbox.order_answers import window
from mye_tiktok.sandbox.package_search import page_of_rows
from mye_tiktok.sandbox.packages import Package, find_package
from mye_tiktok.sandbox.shops import Shop
from mye_tiktok.sandbox.world import Call

SUB_STATES: Mapping[str, str] = {
    "TO_FULFILL": "CREATED",
    "PROCESSING": "RTS",
    "FULFILLING": "TTS",
    "COMPLETED": "DELIVERED",
    "CANCELLED": "CANCELLED",
}
ADDRESS = (
    *("full_address", "phone_number", "name", "postal_code", "address_detail", "region_code"),
    *("address_line1", "address_line2", "address_line3", "address_line4"),
)


def search(call: Call) -> Json:
    """Answer one page of packages. Source: Search Package, POST /fulfillment/202309/packages/search."""
    shop, body = call.shop, call.body
    status = body.get("package_status") or ""
    rows, beside = page_of_rows(call, call.world.parcels.index.rows(shop), window(body), status)
    found = (find_package(shop, row.package_id) for row in rows)
    return {"packages": [_listed(package) for package in found if package is not None], **beside}


def detail(call: Call) -> Json:
    """Answer one package. Source: Get Package Detail, GET /fulfillment/202309/packages/{package_id}."""
    package = find_package(call.shop, call.path["package_id"])
    if package is None:
        raise Refusal(10006402, "No permission for this package.")
    return _detail(call.shop, package, call.world.now)


def _listed(package: Package) -> Json:
    return {
        "id": package.package_id,
        "orders": _orders(package),
        "create_time": package.created,
        "update_time": package.updated,
        "status": package.status,
        **_carried(package),
        "order_line_item_ids": package.line_ids,
    }


def _detail(shop: Shop, package: Package, now: float) -> Json:
    order, record = package.order, package.record
    shown = package.orders[0].view(shop.stall.region, now).get("recipient_address") or {}
    measures: Json = {
        key: record[key] for key in ("weight", "dimension", "pickup_slot", "handover_method") if key in record
    }
    return {
        "package_id": package.package_id,
        "orders": _orders(package),
        "package_status": package.status,
        "package_sub_status": SUB_STATES[package.status],
        "split_and_combine_tag": _tag(package),
        "has_multi_skus": len({line.get("sku_id") for line in package.lines}) > 1,
        "note_tag": "BUYER_NOTED" if order.get("buyer_message") else "BUYER_UNNOTED",
        **_carried(package),
        "shipping_type": order.get("shipping_type"),
        "delivery_option_name": order.get("delivery_option_name"),
        "delivery_option_id": order.get("delivery_option_id"),
        "create_time": package.created,
        "update_time": package.updated,
        "order_line_item_ids": package.line_ids,
        "recipient_address": {key: value for key, value in shown.items() if key in ADDRESS},
        "sender_address": _sender(shop, order),
        "warehouse_id": order.get("warehouse_id"),
        **measures,
    }


def _carried(package: Package) -> Json:
    return {
        "tracking_number": package.of_lines("tracking_number"),
        "shipping_provider_name": package.of_lines("shipping_provider_name"),
        "shipping_provider_id": package.of_lines("shipping_provider_id"),
    }


def _orders(package: Package) -> list[Json]:
    return [{"id": order.item_id, "skus": _skus(package, order.entry)} for order in package.orders]


def _skus(package: Package, order: Json) -> list[Json]:
    own = {line["id"] for line in order["line_items"]}
    lines = [line for line in package.lines if line["id"] in own]
    pieces = Counter(str(line.get("sku_id")) for line in lines)
    first = {str(line.get("sku_id")): line for line in reversed(lines)}
    return [
        {"id": sku_id, "name": line.get("sku_name"), "image_url": line.get("sku_image"), "quantity": pieces[sku_id]}
        for sku_id, line in first.items()
    ]


def _tag(package: Package) -> str:
    if len(package.orders) > 1:
        return "COMBINE"
    kept = [each for each in package.order.get("packages") or [] if not each.get("dissolved")]
    return "SPLIT" if len(kept) > 1 else "DEFAULT"


def _sender(shop: Shop, order: Json) -> Json:
    at = next((each for each in shop.warehouses if each.get("id") == order.get("warehouse_id")), {})
    address = at.get("address") or {}
    return {key: value for key, value in address.items() if key in ADDRESS and value}
