"""What the sandbox does when a seller arranges the shipment of packages."""

from mye_tiktok.sandbox.answers import Json, Refusal
from mye_tiktok.sandbox.handover import check_slot, listens
from mye_tiktok.sandbox.order_states import Parcel, derived
from mye_tiktok.sandbox.packages import TO_FULFILL, Package, find_package
from mye_tiktok.sandbox.ship_rules import check_after_sales, check_market, check_state, parcel_of
from mye_tiktok.sandbox.world import Call

INVOICES: dict[str, int] = {"NEED_INVOICE": 21004006, "INVOICE_UPLOADED": 21004020, "INVOICE_PROCESSING": 21004020}


def ship(call: Call) -> Json:
    """Ship one package. Source: Ship Package, POST /fulfillment/202309/packages/{package_id}/ship."""
    _ship(call, call.path["package_id"], call.body)
    return {}


def ship_several(call: Call) -> Json:
    """Ship each that can be shipped, and tell of the others. POST /fulfillment/202309/packages/ship."""
    errors: list[Json] = []
    for given in call.body["packages"]:
        try:
            _ship(call, str(given["id"]), given)
        except Refusal as refusal:
            detail = {"package_id": given["id"]}
            errors.append({"code": refusal.code, "message": refusal.message, "detail": detail})
    return {"errors": errors} if errors else {}


def _ship(call: Call, package_id: str, given: Json) -> None:
    shop, parcels = call.shop, call.world.parcels
    with parcels.lock:
        package = find_package(shop, package_id)
        if package is None:
            raise Refusal(21011028, "The package belongs to another shop.")
        _check(call, package)
        parcel = _parcel(call, package, given)
        facts = _handover(call, package, given)
        parcels.hand_over_package(shop, package, parcel)
        parcels.note(shop, package, facts)


def _check(call: Call, package: Package) -> None:
    region = call.shop.stall.region
    if package.status == "CANCELLED":
        raise Refusal(21011041, "The package is cancelled.")
    for order in package.orders:
        check_market(order.entry, region, "arrange")
    if package.status == "COMPLETED":
        raise Refusal(21011027, "The package has been delivered.")
    if package.status != TO_FULFILL:
        raise Refusal(21011040, "The package has been shipped already.")
    for order in package.orders:
        check_state(order.entry, region, shipped=21011040)
        check_after_sales(call.world.cases.returns_of(call.shop, order.item_id))
        invoice = INVOICES.get(str(order.entry.get("need_upload_invoice")))
        if invoice is not None:
            raise Refusal(invoice, "The order needs an accepted invoice before it ships.")


def _parcel(call: Call, package: Package, given: Json) -> Parcel:
    """Return what the package goes by: the seller's number, or one that TikTok gives out."""
    if package.order.get("shipping_type") != "SELLER":
        return Parcel(tracking_number=f"SBX{derived(0, 'tracking', package.package_id)[-12:]}")
    parcel = parcel_of(package.order, call.shop, given.get("self_shipment") or {})
    for order_id in package.order_ids:
        call.world.parcels.numbers.check(parcel.tracking_number, call.shop, order_id)
    return parcel


def _handover(call: Call, package: Package, given: Json) -> Json:
    """Return what is noted on how the package is handed over; local sellers in South-East Asia are not listened to."""
    if not listens(call.shop):
        return {}
    method, slot = given.get("handover_method"), given.get("pickup_slot")
    if slot is not None and method != "DROP_OFF":
        check_slot(call.shop, package, slot, call.world.now)
        return {"handover_method": "PICKUP", "pickup_slot": slot}
    return {"handover_method": method} if method else {}
