"""Stock on its way from MYE to TikTok: wishes, what they come to per SKU and warehouse, and what became of them."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

Origin = Literal["queue", "file", "miams", "hand"]
RequestState = Literal["pending", "applied", "unchanged", "superseded", "rejected", "failed"]
Verdict = Literal["send", "unchanged", "rejected", "wait"]
UNMAPPED, AMBIGUOUS = "unmapped", "ambiguous"
"""Codes of wishes that wait for the catalogue: no SKU has that seller SKU, or two of one shop have it."""
HOT, NEAR_ZERO, ORDINARY = 0, 1, 2
"""The lanes of a push: what was just sold goes first, then what is nearly sold out."""
UNREADABLE = -1
"""The quantity of a wish that is rejected because its own could not be read."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """The stock that one SKU shall have, as MYE says it. Quantities are absolute.

    Without `channel_uid` every channel that lists the SKU is meant. `warehouse_id` is MYE's name of the place, or
    empty. A wish with a `reason` can't be fulfilled: it is written down as rejected, with `code` and `reason`.
    """

    fingerprint: str
    request_id: str
    channel_uid: str
    seller_sku: str
    product_id: str
    sku_id: str
    warehouse_id: str
    quantity: int
    occurred_at: datetime
    origin: Origin
    code: str = ""
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """A wish as it is kept, with its answer. `wish_id` is its row."""

    wish_id: int
    request_id: str
    channel_uid: str
    seller_sku: str
    product_id: str
    sku_id: str
    warehouse_id: str
    quantity: int
    occurred_at: datetime
    received_at: datetime
    origin: Origin
    state: RequestState
    code: str
    message: str
    settled_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Level:
    """What MYE says there is in one place; `place` is empty where it named none. `wish_id` is the wish that says so.

    One that was set `by_hand` is TikTok's own figure for the warehouse `place`: no rule changes it.
    """

    place: str
    quantity: int
    occurred_at: datetime
    received_at: datetime
    wish_id: int
    by_hand: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """A wish for one SKU that has no answer yet. `origin_id` is the row it arrived as, which its level names."""

    wish_id: int
    origin_id: int
    place: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Sale:
    """Pieces of a SKU that an order took."""

    quantity: int
    ordered_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """One SKU of a shop whose stock we keep. `status` is its product's at TikTok, empty where we don't know it.

    `figures` is what TikTok showed per warehouse at `read_at`, `sent` what it accepted last, at `sent_at`.
    """

    channel_uid: str
    product_id: str
    sku_id: str
    seller_sku: str
    lane: int
    revision: int
    attempts: int
    figures: Mapping[str, int]
    read_at: datetime | None
    sent: Mapping[str, int]
    sent_at: datetime | None
    status: str = ""

    @property
    def key(self) -> tuple[str, str, str]:
        """Channel, product and SKU."""
        return self.channel_uid, self.product_id, self.sku_id


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """What the plan of one SKU is made from, beside the rules and TikTok's figures.

    `levels` are all that may apply to it, also outdated ones; `sales` those since MYE spoke of it. Where another SKU of
    the channel has its seller SKU, too, it is `ambiguous`, and only levels by its ids are among them.
    """

    target: Target
    levels: tuple[Level, ...] = ()
    waiting: tuple[Waiting, ...] = ()
    sales: tuple[Sale, ...] = ()
    ambiguous: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class WarehousePlan:
    """What one warehouse of a SKU shows and shall show.

    `wanted` is what MYE says, None where it says nothing: then TikTok's own figure stays. `to` is what the rules make
    of it, and `rule` says how in words. `wish_ids` are the wishes that this answers.
    """

    warehouse_id: str
    current: int | None
    wanted: int | None
    to: int
    rule: str
    wish_ids: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class SkuPlan:
    """What is to be done about one SKU, with all its warehouses.

    `verdict`: "send" it, leave it because TikTok shows it already ("unchanged"), refuse it for good ("rejected") or
    look again later ("wait"), the last two with `code` and `message`. `revision` is that of its target when it was
    planned: whatever came after that stays pending. `superseded` are wishes that newer ones took the place of,
    `refused` those that name a place this SKU does not have, with the reason.
    """

    channel_uid: str
    product_id: str
    sku_id: str
    seller_sku: str
    revision: int
    lane: int
    attempts: int
    verdict: Verdict
    warehouses: tuple[WarehousePlan, ...]
    code: str = ""
    message: str = ""
    superseded: tuple[int, ...] = ()
    refused: Mapping[int, tuple[str, str]] | None = None

    @property
    def key(self) -> tuple[str, str, str]:
        """Channel, product and SKU."""
        return self.channel_uid, self.product_id, self.sku_id


@dataclass(frozen=True, slots=True, kw_only=True)
class SkuFigures:
    """What TikTok shows for one SKU: sellable pieces per warehouse, at the time of the call that read it."""

    product_id: str
    sku_id: str
    seller_sku: str
    available: Mapping[str, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What TikTok said of one SKU and warehouse in an update. An empty `code` is success.

    `again` means that the same figure may be accepted later; otherwise the refusal is final.
    """

    sku_id: str
    warehouse_id: str
    code: str = ""
    message: str = ""
    again: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class SettledWarehouse:
    """What one warehouse was given for a wish; None: nothing was `sent`, or TikTok's figure `before` is not known."""

    warehouse_id: str
    sent: int | None
    before: int | None
