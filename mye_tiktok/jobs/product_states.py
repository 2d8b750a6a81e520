"""Put products on sale or take them off, and find out what became of each."""

from collections.abc import Mapping, Sequence

from mye_tiktok.domain.channel import Channel
from mye_tiktok.domain.product_command import STANDING, Result, StateAction
from mye_tiktok.jobs.product_truth import Truth
from mye_tiktok.tiktok.client import TikTokClient
from mye_tiktok.tiktok.item_errors import ItemError
from mye_tiktok.tiktok.product_states import PRODUCTS_PER_CALL, change_states

NO_PRODUCT = "no-product"


def ask_for_states(
    tiktok: TikTokClient, channel: Channel, action: StateAction, product_ids: Sequence[str]
) -> dict[str, Result]:
    """Ask TikTok, twenty products per call, and return what it said of each: done, refused, or to be tried later."""
    wanted = list(dict.fromkeys(product_ids))
    results: dict[str, Result] = {}
    for start in range(0, len(wanted), PRODUCTS_PER_CALL):
        part = wanted[start : start + PRODUCTS_PER_CALL]
        answer = change_states(tiktok, channel.access, action, part)
        results |= {one: _result(answer.refused.get(one), answer.request_id) for one in part}
    return results


def in_truth(action: StateAction, said: Mapping[str, Result], truth: Truth) -> dict[str, Result]:
    """Return what became of each product: one that stands as it shall is well, whatever TikTok said.

    A call whose answer was lost is repeated, and then refused for what the first one did.
    """
    return {product_id: _in_truth(action, product_id, result, truth) for product_id, result in said.items()}


def gone(product_id: str, truth: Truth) -> Result:
    """Return the answer about a product that TikTok does not show."""
    if refusal := truth.refused.get(product_id):
        return Result(outcome="refused", code=refusal.code, reason=refusal.message, request_id=refusal.request_id)
    return Result(outcome="refused", code=NO_PRODUCT, reason=f"TikTok has no product {product_id}")


def _in_truth(action: StateAction, product_id: str, result: Result, truth: Truth) -> Result:
    product = truth.shown.get(product_id)
    if result.outcome == "done":
        return result
    if product is not None and product.status in STANDING[action]:
        return Result(outcome="unchanged", request_id=result.request_id)
    return result


def _result(error: ItemError | None, request_id: str) -> Result:
    if error is None:
        return Result(request_id=request_id)
    return Result(
        outcome="refused",
        code=error.code,
        reason=error.message,
        request_id=request_id,
        later=error.passes_by_itself,
    )
