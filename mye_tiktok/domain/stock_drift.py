"""Where TikTok shows another figure than it should, and why that may be."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from mye_tiktok.domain.stock import Known, SkuPlan, WarehousePlan
from mye_tiktok.domain.stock_plan import REFUSING_STATUSES

PROMOTION_LOCK = "12052393"
PERHAPS_SOLD = "perhaps sold since: `mye-tiktok orders fetch`"


@dataclass(frozen=True, slots=True, kw_only=True)
class Drift:
    """One difference: `asked` is what TikTok should show, `since` when it was told, or when we were.

    An empty `cause` is not known: somebody else may have set it. What is not `mendable` stays whatever is sent.
    """

    channel_uid: str
    product_id: str
    sku_id: str
    seller_sku: str
    warehouse_id: str
    asked: int
    shows: int | None
    since: datetime
    cause: str
    mendable: bool = True


def drifts(
    plan: SkuPlan, known: Known, *, status: str, is_due: bool, code: str, message: str, sold: int, now: datetime
) -> Iterator[Drift]:
    """Yield the differences of one SKU; `sold` is how many pieces orders took since the last figure was sent.

    `status` is the product's: in some TikTok takes no stock.
    """
    refuses = status in REFUSING_STATUSES
    if plan.verdict != "send":
        return
    for one in plan.warehouses:
        if one.wanted is not None and one.to != one.current:
            yield Drift(
                channel_uid=plan.channel_uid,
                product_id=plan.product_id,
                sku_id=plan.sku_id,
                seller_sku=plan.seller_sku,
                warehouse_id=one.warehouse_id,
                asked=one.to,
                shows=one.current,
                since=_since(one, known, now),
                cause=f"the product is {status}: TikTok takes no stock for it"
                if refuses
                else _cause(one, is_due=is_due, code=code, message=message, sold=sold),
                mendable=not refuses,
            )


def _since(one: WarehousePlan, known: Known, now: datetime) -> datetime:
    target = known.target
    if target.sent_at is not None and target.sent.get(one.warehouse_id) == one.to:
        return target.sent_at
    return max((level.received_at for level in known.levels), default=now)


def _cause(one: WarehousePlan, *, is_due: bool, code: str, message: str, sold: int) -> str:
    if code == PROMOTION_LOCK:
        return "a promotion locks it"
    if is_due:
        return f"still to be pushed: {message}" if message else "still to be pushed"
    if sold and one.current is not None and one.current < one.to:
        return f"orders took {sold} since it was sent"
    if code:
        return f"refused: {message}"
    return PERHAPS_SOLD if one.current is not None and one.current < one.to else ""
