"""What shipping deals in: carriers, warehouses, hand-over, tracking, labels, and what came of a call."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from mye_tiktok.domain.money import Money
from mye_tiktok.domain.package import Slot
from mye_tiktok.errors import RefusedError

HandoverMethod = Literal["PICKUP", "DROP_OFF"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Provider:
    """A carrier that a delivery option allows; names are display texts and need not be unique."""

    provider_id: str
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliveryOption:
    """A way of delivery that a warehouse offers; `type` such as STANDARD or SEND_BY_SELLER."""

    option_id: str
    name: str
    type: str
    description: str
    platforms: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Warehouse:
    """A warehouse of the seller's. `sells`: stock in it is sold, otherwise it takes returns.

    `entity_id` is the same for all that stand in one building.
    """

    warehouse_id: str
    entity_id: str
    name: str
    status: str
    type: str
    sub_type: str
    is_default: bool
    region: str
    city: str

    @property
    def sells(self) -> bool:
        """Whether stock in it is sold."""
        return self.type == "SALES_WAREHOUSE"


@dataclass(frozen=True, slots=True, kw_only=True)
class Handover:
    """How a package may be handed to its carrier."""

    can_pickup: bool
    can_drop_off: bool
    can_van_collection: bool
    drop_off_point_url: str
    slots: tuple[Slot, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class TrackingEvent:
    """Something that happened to a parcel on its way. `action` is TikTok's code for it, or its name."""

    at: datetime | None
    description: str
    action: str = ""
    tracking_number: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class TrackedParcel:
    """One parcel of a cross-border order with what happened to it, the latest first."""

    tracking_number: str
    carrier: str
    events: tuple[TrackingEvent, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class SelfShipment:
    """The seller's own parcel: its number and who carries it."""

    tracking_number: str
    provider_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrangement:
    """How one package shall be shipped; all that is None is left to TikTok.

    Seller shipping needs `self_shipment`; pick-up takes a `slot`.
    """

    package_id: str
    method: HandoverMethod | None = None
    slot: Slot | None = None
    self_shipment: SelfShipment | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Shipped:
    """What marking as shipped came to. `warning`: TikTok took it, and has a remark."""

    order_id: str
    package_id: str
    line_item_ids: tuple[str, ...]
    warning: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemRefusal:
    """One package that a call on several refused, although the call as a whole succeeded."""

    package_id: str
    code: str
    message: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Weight:
    """`unit` is GRAM or POUND; the value is decimal text."""

    value: str
    unit: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Dimension:
    """`unit` is CM or INCH; all three go together, as decimal text."""

    length: str
    width: str
    height: str
    unit: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LabelOffer:
    """A label that TikTok sells for an order."""

    service_id: str
    name: str
    price: Money | None
    provider_id: str
    provider_name: str
    earliest_days: int | None
    latest_days: int | None
    is_default: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class BoughtLabel:
    """A package that came to exist with the label that was bought for it."""

    package_id: str
    service: LabelOffer | None
    created_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """Where a label or slip can be fetched, for 24 hours. The address is all that its reader needs: keep it secret.

    An empty `url`: it is still being made.
    """

    url: str = field(repr=False)
    tracking_number: str

    @property
    def is_ready(self) -> bool:
        """Whether it can be fetched."""
        return bool(self.url)


@dataclass(frozen=True, slots=True, kw_only=True)
class Regrouped:
    """The packages after combining, uncombining or splitting. `group` is the caller's name of a part of a split."""

    package_id: str
    order_ids: tuple[str, ...] = ()
    group: str = ""


def pick_provider(providers: Sequence[Provider], wanted: str) -> Provider:
    """Return the provider with this id, or else this name in any case; raises RefusedError that lists what there is."""
    name = wanted.strip().casefold()
    found = [one for one in providers if one.provider_id == wanted.strip()]
    found = found or [one for one in providers if one.name.strip().casefold() == name]
    if len(found) == 1:
        return found[0]
    listed = ", ".join(f"{one.name.strip()} ({one.provider_id})" for one in found or providers) or "none"
    words = f"{len(found)} shipping providers are called" if found else "no shipping provider has the id or name"
    hint = f"{'give the id of one of them' if found else 'the delivery option allows'}: {listed}"
    raise RefusedError(f"{words} {wanted!r}", hint=hint, code="provider")
