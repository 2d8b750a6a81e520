"""What the sandbox does when a seller buys a label of TikTok's."""

from mye_tiktok.sandbox.answers import Json, Refusal
from mye_tiktok.sandbox.label_offers import chosen_offer, offers
from mye_tiktok.sandbox.mark_answers import order_of
from mye_tiktok.sandbox.order_states import Parcel, derived
from mye_tiktok.sandbox.packages import find_package
from mye_tiktok.sandbox.regrouping import combinable
from mye_tiktok.sandbox.ship_rules import check_after_sales, check_market, check_state, chosen_lines
from mye_tiktok.sandbox.world import Call

WHOLE_ORDER, SOME_LINES, SEVERAL_ORDERS = "1", "2", "3"
MEASURES = ("weight", "dimension")


def services(call: Call) -> Json:
    """List the labels on offer. POST /fulfillment/202309/orders/{order_id}/shipping_services/query."""
    body, order = call.body, order_of(call, call.path["order_id"], code=10006402)
    named = [str(line.get("order_line_id")) for line in body.get("order_line_list") or []]
    check_market(order.entry, call.shop.stall.region, "buy")
    check_state(order.entry, call.shop.stall.region, shipped=21011006)
    lines = chosen_lines(order.entry, named or body.get("order_line_item_ids") or [])
    offered = offers(call.shop, order.item_id, body.get("weight"))
    return {"order_id": order.item_id, "order_line_id": lines, "shipping_services": offered, **_measures(body)}


def create_packages(call: Call) -> Json:
    """Buy a label for an order, some of its lines, or several orders, which ships them. POST …/202512/packages."""
    shop, parcels, body = call.shop, call.world.parcels, call.body
    order_ids, named = _content(body)
    with parcels.lock:
        for order_id in order_ids:
            _check(call, order_id)
        if len(order_ids) > 1 and not combinable([order_of(call, order_id) for order_id in order_ids]):
            raise Refusal(21011012, "The orders may not be combined.")
        first = order_of(call, order_ids[0]).entry
        lines = [] if len(order_ids) > 1 else chosen_lines(first, named)
        offer = chosen_offer(offers(shop, order_ids[0], body.get("weight")), body.get("shipping_service_id") or "")
        number = f"SBX{derived(0, 'label', *order_ids, *named)[-12:]}"
        parcel = Parcel(tracking_number=number)
        if len(order_ids) > 1:
            package_id = parcels.ship_together(shop, order_ids, parcel)
        else:
            package_id = parcels.hand_over(shop, order_ids[0], lines, parcel)
        package = find_package(shop, package_id)
        if package is not None:
            parcels.note(shop, package, _measures(body))
    info = {key: value for key, value in offer.items() if key != "is_default"}
    bought: Json = {"package_id": package_id, "shipping_service_info": info, "create_time": int(call.world.now)}
    return {**bought, **_measures(body)}


def _content(body: Json) -> tuple[list[str], list[str]]:
    """Return which orders go into the package, and which lines where not all do."""
    order_ids = [str(each) for each in body.get("order_list_ids") or []]
    named = [str(line.get("order_line_id")) for line in body.get("order_line_item") or []]
    if body["ship_type"] == SEVERAL_ORDERS:
        if len(set(order_ids)) < 2:
            raise Refusal(21001001, "Invalid parameter. Two orders or more are expected.")
        return list(dict.fromkeys(order_ids)), []
    if not body.get("order_id") or (body["ship_type"] == SOME_LINES) != bool(named):
        raise Refusal(21001001, "Invalid parameter. The order or its lines are missing, or too many.")
    return [str(body["order_id"])], named


def _check(call: Call, order_id: str) -> None:
    entry = order_of(call, order_id).entry
    check_market(entry, call.shop.stall.region, "buy")
    check_state(entry, call.shop.stall.region, shipped=21011006)
    check_after_sales(call.world.cases.returns_of(call.shop, order_id), code=21011007)


def _measures(body: Json) -> Json:
    return {key: body[key] for key in MEASURES if body.get(key)}
