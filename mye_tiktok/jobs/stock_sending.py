"""Send the stock of one product's SKUs to TikTok and read what became of each."""

from collections.abc import Sequence
from dataclasses import dataclass

from mye_tiktok.domain.channel import Channel
from mye_tiktok.domain.stock import SkuPlan
from mye_tiktok.domain.stock_outcome import Outcome, outcome_of, unanswered
from mye_tiktok.errors import MyeTikTokError, NotUnderstoodError, TryLaterError, UnreachableError
from mye_tiktok.tiktok.client import TikTokClient
from mye_tiktok.tiktok.inventory import update_inventory

MAY_PASS = (TryLaterError, UnreachableError, NotUnderstoodError)


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """What one call came to; `error` is why it came to nothing, and then all of it is to be repeated."""

    outcomes: tuple[Outcome, ...]
    request_id: str
    error: MyeTikTokError | None = None


def send(tiktok: TikTokClient, channel: Channel, plans: Sequence[SkuPlan]) -> Sent:
    """Set the stock of SKUs of one product, at most 100, with all their warehouses, in one call.

    Quantities are absolute, so what got no answer is simply repeated later. Raises what stops more than this product:
    a person must act, or the settings are wrong.
    """
    skus = {plan.sku_id: {one.warehouse_id: one.to for one in plan.warehouses} for plan in plans}
    try:
        answer = update_inventory(tiktok, channel.access, plans[0].product_id, skus)
    except MAY_PASS as error:
        answers = unanswered(plans, code=error.code, message=error.message)
        outcomes = tuple(outcome_of(plan, answers) for plan in plans)
        return Sent(outcomes=outcomes, request_id=error.request_id, error=error)
    return Sent(outcomes=tuple(outcome_of(plan, answer.answers) for plan in plans), request_id=answer.request_id)
