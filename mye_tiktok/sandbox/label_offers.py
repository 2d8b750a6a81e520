"""The labels that TikTok sells for an order, and what they cost."""

from collections.abc import Sequence
from decimal import Decimal
from math import ceil

from mye_tiktok.sandbox.answers import Json, Refusal
from mye_tiktok.sandbox.order_money import money
from mye_tiktok.sandbox.order_states import CARRIER, derived
from mye_tiktok.sandbox.shops import Shop

# name, fastest and slowest days, price for a pound or half a kilogram
SERVICES = (("Ground", 3, 5, "4.20"), ("Priority", 2, 3, "7.90"), ("Next day", 1, 1, "15.50"))
HEAVIEST = {"POUND": Decimal(70), "GRAM": Decimal(30_000)}
STEP = {"POUND": Decimal(1), "GRAM": Decimal(500)}


def offers(shop: Shop, order_id: str, weight: Json | None) -> list[Json]:
    """Return what is on offer, the usual one first; refuses what is too heavy."""
    steps = _steps(weight)
    return [
        {
            "id": derived(7_300_000_000_000_000_000, "service", order_id, name),
            "name": name,
            "price": str(money(Decimal(price) * steps, shop.stall.market)),
            "currency": shop.stall.market.currency,
            "earliest_delivery_days": earliest,
            "latest_delivery_days": latest,
            "is_default": name == SERVICES[0][0],
            "shipping_provider_name": CARRIER[1],
            "shipping_provider_id": CARRIER[0],
        }
        for name, earliest, latest, price in SERVICES
    ]


def chosen_offer(offered: Sequence[Json], service_id: str) -> Json:
    """Return the offer with this id, or the usual one; refuses an id that is on no offer."""
    for offer in offered:
        if service_id in {"", offer["id"]}:
            return offer
    raise Refusal(21004008, "The label offer was not found.")


def _steps(weight: Json | None) -> int:
    if not weight:
        return 1
    try:
        value = Decimal(weight["value"])
    except ArithmeticError:
        raise Refusal(21001001, "Invalid parameter. The weight is no number.") from None
    if not 0 < value <= HEAVIEST[weight["unit"]]:
        raise Refusal(21011037, "There is no shipping service for this weight.")
    return ceil(value / STEP[weight["unit"]])
