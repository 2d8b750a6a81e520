"""What the sandbox says about the webhooks of a shop."""

from mye_tiktok.sandbox.answers import Json, Refusal
from mye_tiktok.sandbox.fields import INVALID
from mye_tiktok.sandbox.subscriptions import Address
from mye_tiktok.sandbox.world import Call


def listed(call: Call) -> Json:
    """List the shop's own addresses; what Partner Center has set is not among them."""
    own = call.world.subscriptions.own(call.shop.shop_id)
    unit = 1000 if call.world.options.webhook_times_in_ms else 1
    return {"webhooks": [_entry(address, unit) for address in own], "total_count": len(own)}


def updated(call: Call) -> Json:
    """Set the shop's own address for one event. Source: Update Shop Webhook, PUT /event/202309/webhooks."""
    try:
        address, event = call.body["address"], call.body["event_type"]
        call.world.subscriptions.put(call.shop.shop_id, event, address, call.world.now)
    except ValueError:
        raise Refusal(INVALID, "Invalid parameter. The 'address' parameter is invalid.") from None
    return {}


def deleted(call: Call) -> Json:
    """Remove the shop's own address for one event, also when there is none. Source: Delete Shop Webhook."""
    call.world.subscriptions.remove(call.shop.shop_id, call.body["event_type"])
    return {}


def _entry(address: Address, unit: int) -> Json:
    return {
        "event_type": address.event,
        "address": address.url,
        "create_time": int(address.created_at * unit),
        "update_time": int(address.updated_at * unit),
    }
