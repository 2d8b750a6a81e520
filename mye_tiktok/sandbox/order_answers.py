"""What the sandbox says about orders."""

from mye_tiktok.sandbox.answers import Json, Refusal
from mye_tiktok.sandbox.book import Window
from mye_tiktok.sandbox.order_money import price_detail
from mye_tiktok.sandbox.order_past import OrderFilter
from mye_tiktok.sandbox.page_tokens import page
from mye_tiktok.sandbox.shops import Shop
from mye_tiktok.sandbox.world import Call


def search(call: Call) -> Json:
    """Answer one page of an order search. Source: Get Order List, POST /order/202309/orders/search."""
    shop, body = call.shop, call.body
    query = _filter(body).query(window(body), shop.stall, shop.orders.series)
    orders, beside = page(shop.orders, query, call, call.query["page_size"], sort_order="DESC", code=98001004)
    now = call.world.now
    return {"orders": [order.view(shop.stall.region, now, listing=True) for order in orders], **beside}


def detail(call: Call) -> Json:
    """Answer orders by id. Source: Get Order Detail, GET /order/202507/orders."""
    return _details(call, older=False)


def older_detail(call: Call) -> Json:
    """Answer orders by id as the older version does, with less about the payment. GET /order/202309/orders."""
    return _details(call, older=True)


def prices(call: Call) -> Json:
    """Answer how an order's price was built. Source: GET /order/202407/orders/{order_id}/price_detail."""
    order = call.shop.orders.find(call.path["order_id"])
    if order is None:
        raise Refusal(21008111, "The order does not belong to the seller.")
    return _recorded(call.shop, order.entry) or price_detail(order.entry)


def _recorded(shop: Shop, entry: Json) -> Json | None:
    """Return the recorded answer about one of these lines, else the first: samples do not always belong together."""
    lines = {line.get("id") for line in entry.get("line_items") or []}
    for recorded in shop.price_details:
        if any(line.get("id") in lines for line in recorded.get("line_items") or []):
            return recorded
    return shop.price_details[0] if shop.price_details else None


def window(body: Json) -> Window:
    """Read the bounds of a search."""
    return Window(
        created_from=body.get("create_time_ge"),
        created_to=body.get("create_time_lt"),
        updated_from=body.get("update_time_ge"),
        updated_to=body.get("update_time_lt"),
    )


def _details(call: Call, *, older: bool) -> Json:
    shop, now = call.shop, call.world.now
    found = [shop.orders.find(order_id) for order_id in dict.fromkeys(call.query["ids"])]
    if None in found and call.world.options.unknown_orders == "refuse":
        raise Refusal(21008111, "The order does not belong to the seller.")
    shown = [call.world.parcels.shown(order) for order in found if order is not None]
    return {"orders": [order.view(shop.stall.region, now, older=older) for order in shown]}


def _filter(body: Json) -> OrderFilter:
    return OrderFilter(
        status=body.get("order_status") or "",
        shipping_type=body.get("shipping_type") or "",
        buyer_user_id=body.get("buyer_user_id") or "",
        buyer_asked=body.get("is_buyer_request_cancel"),
        warehouse_ids=tuple(body.get("warehouse_ids") or ()),
    )
