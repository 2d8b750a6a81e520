"""Until when an order has to be shipped: the earliest of the deadlines that shipping meets."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType

from mye_tiktok.domain.order import Order
from mye_tiktok.domain.shipping_obstacles import waits_for_seller

MEANINGS: Mapping[str, str] = MappingProxyType(
    {
        "rts": "ready to ship",
        "tts": "handed to the carrier",
        "shipping_due": "cancelled if not shipped",
        "collection_due": "cancelled if not collected",
        "cancel": "cancelled by itself",
        "delivery": "delivered",
        "delivery_due": "delivered at the latest",
        "pick_up": "picked up",
        "recommended": "best shipped",
    }
)
"""What is to have happened by each of an order's Deadlines."""
MET_BY_SHIPPING = ("rts", "shipping_due", "cancel", "tts", "collection_due")
"""Those that a seller meets by shipping, in the order in which equal ones are named."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ShipBy:
    """The earliest deadline of an order; `deadline` is its name in Deadlines."""

    at: datetime
    deadline: str

    @property
    def meaning(self) -> str:
        """What is to have happened by then."""
        return MEANINGS[self.deadline]


def ship_by(order: Order) -> ShipBy | None:
    """Return until when the seller has to ship; None when there is nothing to ship, or TikTok names no time."""
    if not waits_for_seller(order):
        return None
    told = [(getattr(order.deadlines, name), name) for name in MET_BY_SHIPPING]
    known = [(at, name) for at, name in told if at is not None]
    if not known:
        return None
    at, name = min(known, key=lambda one: one[0])
    return ShipBy(at=at, deadline=name)
