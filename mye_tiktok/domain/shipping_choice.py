"""Which call ships an order: that depends on its market and on who ships (FACTS: which call ships)."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Literal

from mye_tiktok.domain.order import Order
from mye_tiktok.domain.shipping_obstacles import Obstacle

ShippingCall = Literal["ship_package", "mark_shipped", "buy_label"]
"""Named as the functions in tiktok/: arrange a package, upload the seller's tracking number, buy TikTok's label."""

SEA = frozenset({"VN", "ID", "TH", "MY", "PH", "SG"})
LATAM = frozenset({"MX", "BR"})
EMEA = frozenset({"GB", "IE", "ES", "IT", "DE", "FR"})
CROSS_BORDER = "CROSS_BORDER"
ALIASES: Mapping[str, str] = MappingProxyType({"UK": "GB"})

ARRANGED: tuple[ShippingCall, ...] = ("ship_package",)
MARKED: tuple[ShippingCall, ...] = ("mark_shipped",)
BOUGHT: tuple[ShippingCall, ...] = ("buy_label",)
SELLERS: Mapping[str, tuple[ShippingCall, ...]] = MappingProxyType(
    {"SEA": ARRANGED, "LATAM": ARRANGED, "EMEA": MARKED, "US": MARKED, "JP": MARKED}
)
TIKTOKS: Mapping[str, tuple[ShippingCall, ...]] = MappingProxyType(
    {"SEA": ARRANGED, "LATAM": ARRANGED, "EMEA": (*ARRANGED, *BOUGHT), "US": BOUGHT, "JP": BOUGHT}
)
COMMANDS: Mapping[ShippingCall, str] = MappingProxyType(
    {
        "ship_package": "mye-tiktok ship arrange {package}",
        "mark_shipped": "mye-tiktok ship mark-shipped {order} --tracking NUMBER --provider ID",
        "buy_label": "mye-tiktok ship create {order}",
    }
)
DOES: Mapping[ShippingCall, str] = MappingProxyType(
    {
        "ship_package": "arranging its package",
        "mark_shipped": "marking it as shipped",
        "buy_label": "buying a label of TikTok's",
    }
)


def market_of(region: str) -> str:
    """Return SEA, LATAM, EMEA, US or JP; "" for a market that we know no rules of."""
    code = ALIASES.get(region.upper(), region.upper())
    for name, members in (("SEA", SEA), ("LATAM", LATAM), ("EMEA", EMEA)):
        if code in members:
            return name
    return code if code in SELLERS else ""


def calls(region: str, shipping_type: str) -> tuple[ShippingCall, ...]:
    """Return the calls that ship in a market, the usual one first.

    Where market or shipping type is new to us every call that may fit is allowed: TikTok decides.
    """
    market = market_of(region)
    sellers = SELLERS.get(market, (*MARKED, *ARRANGED))
    tiktoks = TIKTOKS.get(market, (*ARRANGED, *BOUGHT))
    if shipping_type == "SELLER":
        return sellers
    return tiktoks if shipping_type == "TIKTOK" else tuple(dict.fromkeys([*sellers, *tiktoks]))


def choose(order: Order, region: str) -> ShippingCall:
    """Return the call that ships this order: without a package there is none to arrange, so a label is bought."""
    usual, *others = calls(region, order.shipping_type)
    if usual == "ship_package" and not order.packages and others:
        return others[0]
    return usual


def needs_tracking(call: ShippingCall, order: Order) -> bool:
    """Tell whether the seller has to give a tracking number with the call."""
    return call == "mark_shipped" or (call == "ship_package" and order.shipping_type == "SELLER")


def wrong_call(call: ShippingCall, order: Order, region: str) -> Obstacle | None:
    """Return why `call` does not ship this order, with the command that does; None when it may."""
    if call in calls(region, order.shipping_type):
        return None
    who = {"SELLER": "the seller", "TIKTOK": "TikTok"}.get(order.shipping_type, order.shipping_type)
    return Obstacle(
        code="wrong-call",
        message=f"{DOES[call]} does not ship order {order.order_id}: it is shipped by {who} in {region}",
        hint=f"`{command(choose(order, region), order)}`",
    )


def command(call: ShippingCall, order: Order) -> str:
    """Return what to type to ship an order by this call."""
    package = order.packages[0].package_id if len(order.packages) == 1 else "PACKAGE_ID"
    typed = COMMANDS[call].format(order=order.order_id, package=package)
    sent_by_seller = call == "ship_package" and order.shipping_type == "SELLER"
    return f"{typed} --tracking NUMBER --provider ID" if sent_by_seller else typed


def ignores_handover(region: str, seller_type: str) -> bool:
    """Tell whether pick-up or drop-off is not ours to choose: local sellers in SEA, since October 2024."""
    return market_of(region) == "SEA" and seller_type != CROSS_BORDER


def splits_units(region: str, seller_type: str) -> bool:
    """Tell whether the units of one SKU may go into different packages; else an order is split by SKU only."""
    if region.upper() == "MX":
        return seller_type == CROSS_BORDER
    return market_of(region) in {"US", "EMEA", "JP"}
