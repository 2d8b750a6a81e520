"""What the sandbox says about parcels on their way."""

from mye_tiktok.sandbox.answers import Json
from mye_tiktok.sandbox.mark_answers import order_of
from mye_tiktok.sandbox.packages import packages_of
from mye_tiktok.sandbox.world import Call

# field of an order → code, name and words of what happened then
STEPS = (
    ("delivery_time", 50101, "DELIVERED", "Your package was delivered!\n"),
    ("collection_time", 30101, "PICKED_UP", "Your package was picked up by the carrier."),
    ("rts_time", 10101, "READY", "Your order is ready to be collected."),
)


def order_tracking(call: Call) -> Json:
    """List what happened to an order, the latest first. GET /fulfillment/202309/orders/{order_id}/tracking."""
    entry = order_of(call, call.path["order_id"]).entry
    return {
        "tracking": [
            {"description": words, "update_time_millis": int(entry[field]) * 1000, "action_code": code}
            for field, code, _, words in STEPS
            if entry.get(field)
        ]
    }


def logistics_tracking(call: Call) -> Json:
    """List the parcels of an order, each with what happened. GET /logistics/202604/orders/{order_id}/tracking."""
    order = order_of(call, call.path["order_id"])
    parcels = []
    for package in packages_of(call.shop, order):
        number = package.of_lines("tracking_number")
        if not number:
            continue
        events = [
            {
                "description": words,
                "tracking_no": number,
                "update_time_millis": int(order.entry[field]) * 1000,
                "action_code": code,
                "action_code_name": name,
            }
            for field, code, name, words in STEPS
            if order.entry.get(field)
        ]
        carrier = package.of_lines("shipping_provider_name")
        parcels.append({"newest_tracking_no": number, "carrier_name": carrier, "track_list": events})
    return {"order_id": order.item_id, "logistics_details": parcels}
