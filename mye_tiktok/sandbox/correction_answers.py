"""What the sandbox does when a seller corrects a tracking number."""

from mye_tiktok.sandbox.answers import Json, Refusal
from mye_tiktok.sandbox.mark_answers import order_of
from mye_tiktok.sandbox.order_states import HOUR
from mye_tiktok.sandbox.packages import Package, find_package, packages_of
from mye_tiktok.sandbox.ship_rules import check_after_sales, parcel_of
from mye_tiktok.sandbox.world import Call

ARRIVED = frozenset({"COMPLETED"})


def correct_package(call: Call) -> Json:
    """Correct a package. Source: POST /fulfillment/202610/packages/{package_id}/shipping_info/update."""
    given = call.body["shipping_info_list"]
    if len(given) != 1:
        raise Refusal(10007002, "One tracking number is expected.")
    return _correct_package(call, given[0])


def older_correct_package(call: Call) -> Json:
    """Correct a package as the older version does. POST /fulfillment/202309/packages/…/shipping_info/update."""
    return _correct_package(call, call.body)


def correct_order(call: Call) -> Json:
    """Correct an order that has one package. POST /fulfillment/202309/orders/{order_id}/shipping_info/update."""
    with call.world.parcels.lock:
        order = order_of(call, call.path["order_id"], code=21011028)
        packages = packages_of(call.shop, order)
        if order.entry.get("status") == "CANCELLED":
            raise Refusal(21011041, "The order is cancelled.")
        if len(packages) > 1:
            raise Refusal(21011030, "The order has several packages: correct the package.")
        if not packages:
            raise Refusal(21011043, "The order has not been shipped yet.")
        _correct(call, packages[0], call.body, late=21011049, often=21011049)
    return {}


def _correct_package(call: Call, given: Json) -> Json:
    with call.world.parcels.lock:
        package = find_package(call.shop, call.path["package_id"])
        if package is None:
            raise Refusal(21011028, "The package belongs to another shop.")
        _correct(call, package, given, late=21011049, often=21011051)
    return {}


def _correct(call: Call, package: Package, given: Json, *, late: int, often: int) -> None:
    """Check and correct; the codes are for one that comes too late, and for one too many."""
    world, shop, entry = call.world, call.shop, package.order
    _check_state(package)
    for order_id in package.order_ids:
        check_after_sales(world.cases.returns_of(shop, order_id), code=21011007)
    shipped = max((int(line.get("rts_time") or 0) for line in package.lines), default=0)
    if world.now > shipped + world.options.correction_hours * HOUR:
        raise Refusal(late, "A tracking number may be changed for 72 hours after shipping.")
    allowed = world.options.corrections_allowed
    if int(package.record.get("corrections") or 0) >= allowed:
        code = often if allowed == 1 or often == late else 21011052
        raise Refusal(code, "The tracking number may not be changed again.")
    parcel = parcel_of(entry, shop, given)
    for order_id in package.order_ids:
        world.parcels.numbers.check(parcel.tracking_number, shop, order_id, used=21011022)
    world.parcels.correct(shop, package, parcel)


def _check_state(package: Package) -> None:
    if package.order.get("shipping_type") != "SELLER":
        raise Refusal(21011004, "The package is not shipped by the seller.")
    if package.status == "CANCELLED":
        raise Refusal(21011042, "The order is cancelled.")
    if package.status == "TO_FULFILL":
        raise Refusal(21011043, "The package has not been shipped yet.")
    if package.status in ARRIVED:
        raise Refusal(21011050, "The time for changes is over.")
