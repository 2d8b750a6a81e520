"""A package: what leaves the warehouse together, of one order or of several."""

from dataclasses import dataclass
from datetime import datetime

TO_FULFILL = "TO_FULFILL"
CANCELLED = "CANCELLED"
COMBINED, SPLIT = "COMBINE", "SPLIT"


@dataclass(frozen=True, slots=True, kw_only=True)
class Slot:
    """A window in which the carrier collects. `available`: whether it can still be booked."""

    start: datetime | None
    end: datetime | None
    available: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Package:
    """A package as TikTok tells of it; states that we don't know pass through.

    The search leaves out what only the detail tells: `sub_status`, `tag`, `shipping_type`, the delivery option, the
    warehouse and how it is handed over. An empty `tracking_number` says that there is none yet. What an order itself
    tells of its packages is domain.order.Package.
    """

    package_id: str
    order_ids: tuple[str, ...]
    line_item_ids: tuple[str, ...]
    status: str
    sub_status: str
    exception: str
    tag: str
    tracking_number: str
    last_mile_tracking_number: str
    provider_id: str
    provider_name: str
    shipping_type: str
    delivery_option_id: str
    delivery_option_name: str
    warehouse_id: str
    handover_method: str
    pickup: Slot | None
    created_at: datetime | None
    updated_at: datetime | None

    @property
    def is_combined(self) -> bool:
        """Whether it holds several orders, or TikTok says that it was combined."""
        return self.tag == COMBINED or len(self.order_ids) > 1

    @property
    def is_split(self) -> bool:
        """Whether it holds a part of its order only."""
        return self.tag == SPLIT

    @property
    def waits(self) -> bool:
        """Whether it has yet to be shipped."""
        return self.status == TO_FULFILL
