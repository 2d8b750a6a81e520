"""What the sandbox says about shops and warehouses."""

from mye_tiktok.sandbox.answers import Json
from mye_tiktok.sandbox.world import Call


def authorized_shops(call: Call) -> Json:
    """List the shops that the token may act for."""
    return {"shops": [shop.entry for shop in call.authorization.shops]}


def active_shops(call: Call) -> Json:
    """List the seller's active shops: id and region only."""
    if call.authorization.seller.active:
        return {"shops": call.authorization.seller.active}
    return {
        "shops": [
            {"id": shop.shop_id, "region": shop.region}
            for shop in call.authorization.seller.shops
            if shop.shop_id not in call.world.inactive
        ]
    }


def warehouses(call: Call) -> Json:
    """List the warehouses; the key is left out when there are none."""
    disabled = call.world.stock.disabled
    shown = [{**each, "effect_status": "DISABLED"} if each["id"] in disabled else each for each in call.shop.warehouses]
    return {"warehouses": shown} if shown else {}
