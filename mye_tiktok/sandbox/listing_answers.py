"""What the sandbox says to putting products on sale and taking them off: one error for each that cannot be."""

from collections.abc import Callable

from mye_tiktok.sandbox.answers import Json, Refusal
from mye_tiktok.sandbox.shops import Shop
from mye_tiktok.sandbox.world import Call

ON_TOKOPEDIA = frozenset({"ID"})
WRONG_STATUS = (12052901, "The status of the product does not allow this.")
FOREIGN = (12052048, "The product does not belong to this shop.")
UNKNOWN = (12052032, "The product does not exist.")
FAILED_CHECK = (12052990, "The check failed. See extra_errors.")
Move = Callable[[Shop, str], bool]


def activate(call: Call) -> Json:
    """Send hidden products to audit. Source: Activate Products, POST /product/202309/products/activate.

    Its codes have none for a product that nobody has: that is one of another shop here.
    """
    return _answer(call, call.world.products.activate, unknown=FOREIGN, nested=True)


def deactivate(call: Call) -> Json:
    """Take products off sale. Source: Deactivate Products, POST /product/202309/products/deactivate."""
    return _answer(call, call.world.products.deactivate, unknown=UNKNOWN, nested=False)


def _answer(call: Call, move: Move, *, unknown: tuple[int, str], nested: bool) -> Json:
    if not call.body["product_ids"]:
        raise Refusal(12052910, "The 'product_ids' are empty.")
    if "TOKOPEDIA" in (call.body.get("listing_platforms") or ()) and call.shop.region not in ON_TOKOPEDIA:
        raise Refusal(12052330, "The product cannot be sold on this platform.")
    errors: list[Json] = []
    for product_id in dict.fromkeys(call.body["product_ids"]):
        if call.world.products.status(call.shop, product_id) is None:
            errors.append(_error(product_id, FOREIGN if _elsewhere(call, product_id) else unknown, nested=nested))
        elif not move(call.shop, product_id):
            errors.append(_error(product_id, WRONG_STATUS, nested=nested))
    return {"errors": errors} if errors else {}


def _elsewhere(call: Call, product_id: str) -> bool:
    return any(call.world.products.status(shop, product_id) is not None for shop in call.world.shops)


def _error(product_id: str, reason: tuple[int, str], *, nested: bool) -> Json:
    code, message = FAILED_CHECK if nested else reason
    detail: Json = {"product_id": product_id}
    if nested:
        detail["extra_errors"] = [{"code": reason[0], "message": reason[1]}]
    return {"code": code, "message": message, "detail": detail}
