"""What the sandbox does when a seller who delivers tells how a package arrived."""

from mye_tiktok.sandbox.answers import Json, Refusal
from mye_tiktok.sandbox.packages import Package, find_package, packages_of
from mye_tiktok.sandbox.world import Call

STEPS = ("AWAITING_COLLECTION", "IN_TRANSIT", "DELIVERED")


def delivered(call: Call) -> Json:
    """Note how packages arrived, and tell what could not be. POST /fulfillment/202309/packages/deliver."""
    errors: list[Json] = []
    for given in call.body["packages"]:
        try:
            with call.world.parcels.lock:
                _note(call, given)
        except Refusal as refusal:
            detail = {"package_id": given["id"]}
            errors.append({"code": refusal.code, "message": refusal.message, "detail": detail})
    return {"errors": errors} if errors else {}


def _note(call: Call, given: Json) -> None:
    shop = call.shop
    package = find_package(shop, given["id"])
    if package is None:
        raise Refusal(21011028, "The package belongs to another shop.")
    if package.order.get("shipping_type") != "SELLER":
        raise Refusal(21011004, "The package is not shipped by the seller.")
    if package.status == "CANCELLED":
        raise Refusal(21011042, "The order is cancelled.")
    if package.status == "TO_FULFILL":
        raise Refusal(21011043, "The package has not been shipped yet.")
    if given["delivery_type"] == "DELIVERY_FAILED" and not given.get("fail_delivery_reason"):
        raise Refusal(21001001, "Invalid parameter. Why the delivery failed is missing.")
    if given["delivery_type"] == "DELIVERY_SUCCESS":
        call.world.parcels.note(shop, package, {"delivered": True})
        _follow(call, package)


def _follow(call: Call, package: Package) -> None:
    """Let each order go on of which all packages have arrived."""
    for member in package.orders:
        order = call.shop.orders.find(member.item_id) or member
        status = str(order.entry.get("status"))
        if status in STEPS and all(each.record.get("delivered") for each in packages_of(call.shop, order)):
            for step in STEPS[STEPS.index(status) + 1 :]:
                call.world.cases.orders.advance(call.shop, order.item_id, step)
