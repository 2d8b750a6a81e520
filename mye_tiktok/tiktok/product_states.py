"""Putting products on sale and taking them off ("Activate Products", "Deactivate Products")."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from mye_tiktok.domain.authorization import Access
from mye_tiktok.domain.product_command import StateAction
from mye_tiktok.errors import RefusedError
from mye_tiktok.tiktok.client import TikTokClient
from mye_tiktok.tiktok.fields import mapping, rows, text
from mye_tiktok.tiktok.item_errors import ItemError, errors_of
from mye_tiktok.tiktok.operations import ACTIVATE_PRODUCTS, DEACTIVATE_PRODUCTS, Operation

PRODUCTS_PER_CALL = 20
OPERATIONS: Mapping[StateAction, Operation] = {"activate": ACTIVATE_PRODUCTS, "deactivate": DEACTIVATE_PRODUCTS}


@dataclass(frozen=True, slots=True, kw_only=True)
class StatesAnswer:
    """What TikTok said to one call: the products it refused, each with why, and its request id."""

    request_id: str
    refused: Mapping[str, ItemError]


def change_states(
    client: TikTokClient, access: Access, action: StateAction, product_ids: Sequence[str]
) -> StatesAnswer:
    """Activate or deactivate products, at most 20, and return those that were refused; the rest was accepted.

    A refusal of the whole call is the answer for all of them; what stops more than these products is raised.
    """
    try:
        answer = client.ask(access, OPERATIONS[action], body={"product_ids": list(product_ids)})
    except RefusedError as refusal:
        said = ItemError(code=refusal.code, message=refusal.message)
        return StatesAnswer(request_id=refusal.request_id, refused=dict.fromkeys(product_ids, said))
    refused: dict[str, ItemError] = {}
    for error in errors_of(mapping(answer.data)):
        detail = mapping(error.get("detail"))
        named = text(detail.get("product_id"))
        # an error about none of ours may be about any of them: whoever asked looks at the products
        for product_id in [named] if named in product_ids else product_ids:
            for extra in rows(detail.get("extra_errors")) or [{}]:
                said = ItemError.of(error, extra)
                known = refused.get(product_id)
                if known is None or (known.passes_by_itself and not said.passes_by_itself):
                    refused[product_id] = said
    return StatesAnswer(request_id=answer.request_id, refused=refused)
