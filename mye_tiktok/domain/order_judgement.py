"""What an order that arrived means, compared with the one we hold: is it newer, what changed, what is MYE told."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from mye_tiktok.domain.channel import HoldPolicy
from mye_tiktok.domain.order import AfterSaleKind, Announced, Change, Order, Recipient

Standing = Literal["new", "newer", "same", "older"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """One reading of a thing of TikTok's. `read_at` is when the call that brought it was sent."""

    updated_at: datetime | None
    digest: str
    read_at: datetime


def judge(held: Reading | None, incoming: Reading) -> Standing:
    """Tell what `incoming` is to what we hold.

    An older `updated_at` never undoes a newer one. Times tick in whole seconds, so of two with the same time, and
    where one has none, the one that was read later counts. What says the same is no news.
    """
    if held is None:
        return "new"
    if held.digest == incoming.digest:
        return "same"
    if held.updated_at is not None and incoming.updated_at is not None and held.updated_at != incoming.updated_at:
        return "newer" if incoming.updated_at > held.updated_at else "older"
    return "newer" if incoming.read_at >= held.read_at else "older"


def is_contested(held: Reading | None, incoming: Reading) -> bool:
    """Tell whether `incoming` may be newer although it was asked for first: what we hold differs and is as old.

    Calls wait for their turn and are repeated, and the clocks of hosts differ. Who can asks again.
    """
    if held is None or held.updated_at != incoming.updated_at:
        return False
    return held.digest != incoming.digest and incoming.read_at < held.read_at


def topic(before: Order | None, order: Order | None, after_sales: frozenset[AfterSaleKind] = frozenset()) -> str:
    """Return the webhook topic that tells of a change, the gravest when several do, "" when none does.

    `order` is None when only after-sales changed. An address that is masked or withheld all of a sudden did not change.
    """
    if order is not None:
        if before is None or before.status != order.status:
            return "ORDER_STATUS_CHANGE"
        if _moved(before.recipient, order.recipient):
            return "RECIPIENT_ADDRESS_UPDATE"
        if before.packages != order.packages:
            return "PACKAGE_UPDATE"
    if "cancellation" in after_sales:
        return "CANCELLATION_STATUS_CHANGE"
    return "RETURN_STATUS_CHANGE" if "return" in after_sales else ""


def _moved(before: Recipient, after: Recipient) -> bool:
    comparable = before.masked == after.masked and not before.empty and not after.empty
    return comparable and before != after


def announcement(
    policy: HoldPolicy, order: Order, *, known: bool, announced: Announced
) -> tuple[Change | None, Announced]:
    """Return what MYE is told of a change of `order`, None for nothing, and how MYE knows it from then on.

    `known`: we held the order before. One that was cancelled before MYE ever heard of it stays untold. One that MYE
    knew unpaid, before it went on hold, is not announced again at its release.
    """
    if order.is_on_hold:
        if policy == "release":
            return None, announced
        return ("updated", announced) if announced else ("created", "provisional")
    if not announced:
        return (None, "") if known and order.is_cancelled else ("created", "final")
    if announced == "provisional" and policy == "both" and not order.is_cancelled:
        return "created", "final"
    return "updated", "final"
