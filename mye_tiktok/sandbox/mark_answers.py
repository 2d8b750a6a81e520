"""What the sandbox does when a seller uploads a tracking number."""

from collections.abc import Sequence

from mye_tiktok.sandbox.answers import Json, Refusal
from mye_tiktok.sandbox.order_content import Order
from mye_tiktok.sandbox.packages import Package, packages_of
from mye_tiktok.sandbox.ship_rules import check_after_sales, check_market, check_state, chosen_lines, parcel_of
from mye_tiktok.sandbox.world import Call


def mark_shipped(call: Call) -> Json:
    """Ship with the one tracking number that is given. POST /fulfillment/202610/orders/{order_id}/packages.

    Several numbers are for sellers on a list of TikTok's, on which no shop of the sandbox stands.
    """
    given = call.body.get("shipping_info_list") or []
    if len(given) != 1:
        raise Refusal(21001001, "Invalid parameter. One tracking number is expected.")
    named = [str(line.get("order_line_id")) for line in call.body.get("order_line_list") or []]
    return _marked(call, given[0], named)


def older_mark_shipped(call: Call) -> Json:
    """Ship as the older version does. POST /fulfillment/202309/orders/{order_id}/packages."""
    return _marked(call, call.body, call.body.get("order_line_item_ids") or [])


def order_of(call: Call, order_id: str, *, code: int = 21008111) -> Order:
    """Return an order of the shop; `code` refuses one of somebody else's."""
    order = call.shop.orders.find(order_id)
    if order is None:
        raise Refusal(code, "The order does not belong to the seller.")
    return order


def _marked(call: Call, given: Json, named: Sequence[str]) -> Json:
    shop, parcels, order_id = call.shop, call.world.parcels, call.path["order_id"]
    with parcels.lock:
        order = order_of(call, order_id)
        entry = order.entry
        check_market(entry, shop.stall.region, "mark")
        check_state(entry, shop.stall.region, shipped=21011020)
        check_after_sales(call.world.cases.returns_of(shop, order_id))
        lines = chosen_lines(entry, named)
        parcel = parcel_of(entry, shop, given, spelling=21004012)
        parcels.numbers.check(parcel.tracking_number, shop, order_id)
        package = _combined(call, order, lines)
        if package is not None:
            parcels.hand_over_package(shop, package, parcel)
            package_id = package.package_id
        else:
            package_id = parcels.hand_over(shop, order_id, lines, parcel)
    answer = {"order_id": order_id, "order_line_item_ids": lines, "package_id": package_id}
    # our own rule for a remark whose real one is not documented
    doubtful = parcel.tracking_number.isdecimal()
    return {**answer, "warning": {"message": "match more than one provider"}} if doubtful else answer


def _combined(call: Call, order: Order, lines: Sequence[str]) -> Package | None:
    """Return the package that an order shares with others, which ship with it; refuses to ship a part of it."""
    package = next((each for each in packages_of(call.shop, order) if len(each.orders) > 1), None)
    if package is None:
        return None
    if set(lines) != set(package.lines_of(order.entry)):
        raise Refusal(21011046, "A combined order cannot be split.")
    for other in package.orders:
        check_state(other.entry, call.shop.stall.region, shipped=21011020)
    return package
