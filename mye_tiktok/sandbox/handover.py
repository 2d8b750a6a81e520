"""How and when packages are handed to a carrier, and what the sandbox says about it."""

from mye_tiktok.sandbox.answers import Json, Refusal
from mye_tiktok.sandbox.order_states import DAY, HOUR
from mye_tiktok.sandbox.packages import Package, find_package
from mye_tiktok.sandbox.ship_rules import SEA
from mye_tiktok.sandbox.shops import Shop
from mye_tiktok.sandbox.world import Call

WINDOWS = ((9, 13), (13, 18))
DAYS = 3


def time_slots(call: Call) -> Json:
    """List the windows of the coming days. GET /fulfillment/202309/packages/{package_id}/handover_time_slots."""
    package = find_package(call.shop, call.path["package_id"])
    if package is None:
        raise Refusal(21001001, "Invalid parameter. The package does not exist.")
    offered = slots(package, call.world.now)
    answer: Json = {
        "can_pickup": bool(offered),
        "can_drop_off": bool(offered),
        "drop_off_point_url": "https://drop-off.example.com/points" if offered else "",
        "pickup_slots": offered,
    }
    return {**answer, "can_van_collection": bool(offered)} if call.shop.stall.region == "GB" else answer


def slots(package: Package, now: float) -> list[Json]:
    """Return the windows of the next days in UTC, of which the first is taken; none where the seller ships."""
    if package.order.get("shipping_type") == "SELLER":
        return []
    tomorrow = int(now) // DAY * DAY + DAY
    return [
        {
            "start_time": tomorrow + day * DAY + first * HOUR,
            "end_time": tomorrow + day * DAY + last * HOUR,
            "avaliable": (day, first) != (0, WINDOWS[0][0]),
        }
        for day in range(DAYS)
        for first, last in WINDOWS
    ]


def listens(shop: Shop) -> bool:
    """Tell whether a shop may say how it hands packages over."""
    return shop.stall.region not in SEA or shop.entry.get("seller_type") != "LOCAL"


def check_slot(shop: Shop, package: Package, wanted: Json, now: float) -> None:
    """Refuse a pick-up outside what is offered."""
    offered = slots(package, now)
    if not offered:
        raise Refusal(21011054, "The package has no pick-up slots.")
    free = [(slot["start_time"], slot["end_time"]) for slot in offered if slot["avaliable"]]
    if (wanted.get("start_time"), wanted.get("end_time")) not in free:
        raise Refusal(21011053, "The pick-up time is outside the slots.")
