"""An order of a buyer: lines, packages, totals, recipient, deadlines and after-sales."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from mye_tiktok.domain.money import Money
from mye_tiktok.domain.order_lines import Line, Unit, grouped
from mye_tiktok.domain.shipment import ShipmentNews

Change = Literal["created", "updated"]
Announced = Literal["", "provisional", "final"]
"""How MYE knows an order: not at all, while it was on hold, or as it is."""
Source = Literal["pull", "webhook", "verify", "command"]
AfterSaleKind = Literal["cancellation", "return"]

ON_HOLD = "ON_HOLD"
CANCELLED = "CANCELLED"
NORMAL = "normal"


@dataclass(frozen=True, slots=True, kw_only=True)
class Package:
    """One parcel, as far as the order tells: an empty `tracking_number` says that it was not shipped yet."""

    package_id: str
    tracking_number: str
    provider_id: str
    provider_name: str
    status: str
    line_item_ids: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Totals:
    """What the buyer pays and how it came about. `other`: every further amount under TikTok's name."""

    total: Money | None = None
    subtotal: Money | None = None
    original_products: Money | None = None
    shipping_fee: Money | None = None
    original_shipping_fee: Money | None = None
    seller_discount: Money | None = None
    platform_discount: Money | None = None
    tax: Money | None = None
    other: tuple[tuple[str, Money], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipient:
    """Where it goes, as TikTok gives it. `masked`: parts are hidden by asterisks. `empty`: nothing is told at all.

    `districts` are (level, label, name), the country first.
    """

    name: str = ""
    first_name: str = ""
    last_name: str = ""
    phone: str = ""
    full_address: str = ""
    lines: tuple[str, ...] = ()
    detail: str = ""
    postal_code: str = ""
    post_town: str = ""
    region: str = ""
    districts: tuple[tuple[str, str, str], ...] = ()
    delivery_preference: str = ""
    masked: bool = False
    empty: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Buyer:
    """Who bought. `user_id` is the stable key, `email` a relay address."""

    user_id: str = ""
    email: str = ""
    nickname: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Deadlines:
    """Until when something has to happen, where TikTok says so.

    `rts`: ready to ship. `tts`: handed to the carrier. `shipping_due`, `collection_due`: else it is cancelled.
    `cancel`: when it is cancelled by itself. `delivery`: to be delivered. `recommended`: when to ship at best.
    """

    rts: datetime | None = None
    tts: datetime | None = None
    shipping_due: datetime | None = None
    collection_due: datetime | None = None
    cancel: datetime | None = None
    delivery: datetime | None = None
    delivery_due: datetime | None = None
    pick_up: datetime | None = None
    recommended: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Milestones:
    """When the order reached what it did, in TikTok's words."""

    paid: datetime | None = None
    shipped: datetime | None = None
    collected: datetime | None = None
    delivered: datetime | None = None
    cancel_requested: datetime | None = None
    cancelled: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """An order in full. `raw` is TikTok's own object as JSON text, `digest` the fingerprint of what it says.

    `kinds` are all that hold, "normal" when none does. `passes_hold`: it went or will go through ON_HOLD. A status
    that we don't know passes through.
    """

    order_id: str
    status: str
    created_at: datetime | None
    updated_at: datetime | None
    units: tuple[Unit, ...]
    packages: tuple[Package, ...]
    totals: Totals
    recipient: Recipient = field(repr=False)
    buyer: Buyer = field(repr=False)
    buyer_message: str = field(repr=False)
    seller_note: str = field(repr=False)
    deadlines: Deadlines
    milestones: Milestones
    kinds: tuple[str, ...]
    passes_hold: bool
    cancellation_requested: bool
    cancel_reason: str
    warehouse_id: str
    delivery_option_id: str
    delivery_option_name: str
    shipping_type: str
    fulfillment_type: str
    payment_method: str
    cash_on_delivery: bool
    related_order_id: str
    digest: str
    raw: str = field(repr=False)

    @property
    def lines(self) -> tuple[Line, ...]:
        """Its units, those that are alike together."""
        return grouped(self.units)

    @property
    def kind(self) -> str:
        """The first of its kinds."""
        return self.kinds[0] if self.kinds else NORMAL

    @property
    def is_on_hold(self) -> bool:
        """Whether it must not be fulfilled yet."""
        return self.status == ON_HOLD

    @property
    def is_cancelled(self) -> bool:
        """Whether all of it was cancelled."""
        return self.status == CANCELLED


@dataclass(frozen=True, slots=True, kw_only=True)
class AfterSale:
    """A cancellation or a return of an order. `role` started it; until `deadline` the seller has to answer.

    `reason` is TikTok's word, `reason_text` the same for people.
    """

    kind: AfterSaleKind
    case_id: str
    order_id: str
    type: str
    status: str
    role: str
    reason: str
    reason_text: str
    created_at: datetime | None
    updated_at: datetime | None
    deadline: datetime | None
    refund: Money | None
    line_item_ids: tuple[str, ...]
    digest: str
    raw: str = field(repr=False)

    @property
    def is_pending(self) -> bool:
        """Whether the seller has yet to answer."""
        return self.status.endswith("_PENDING")


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderChange:
    """A change of an order, of its after-sales or of how it is to be shipped; `updated_at` is TikTok's time of it.

    `version` grows by one per change of the order. `after_sales` are all of the order, as they are now. `topic` is
    the webhook that tells of such a change, "" when none does. `told` is what MYE is told, None when nothing;
    `announced` is how MYE knows the order afterwards. `shipments` are intentions to ship that were settled.
    """

    change: Change
    order: Order
    previous_status: str | None
    version: int
    after_sales: tuple[AfterSale, ...]
    topic: str
    updated_at: datetime | None
    told: Change | None
    announced: Announced
    shipments: tuple[ShipmentNews, ...] = ()
