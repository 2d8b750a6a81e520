"""What to do about a label that TikTok refuses: which command comes first, or why there never will be one."""

from collections.abc import Mapping, Sequence
from types import MappingProxyType

from mye_tiktok.domain.shipping_choice import COMMANDS
from mye_tiktok.errors import RefusedError
from mye_tiktok.tiktok.labels import NOT_SHIPPED_YET, PICKED_UP

SHIP_FIRST = f"ship it first: `{COMMANDS['ship_package']}`, then run this again"
TOO_LATE = "labels are to be had until the pick-up only; `mye-tiktok ship track {order}` shows where it is"
SELLERS = f"the label comes from your own carrier; then `{COMMANDS['mark_shipped']}`, or `{COMMANDS['ship_package']}`"
INVOICE = "its invoice comes first: upload it in Seller Center and wait until it is accepted, then ship the package"
HINTS: Mapping[str, str] = MappingProxyType(
    {
        **dict.fromkeys(NOT_SHIPPED_YET, SHIP_FIRST),
        PICKED_UP: TOO_LATE,
        **dict.fromkeys(("11034002", "21008017"), SELLERS),
        **dict.fromkeys(("21004006", "21004019", "21004020"), INVOICE),
        "21008043": "TikTok fulfils it: nothing has to be printed by you",
        "21023059": "it is cancelled: nothing has to be printed, keep the parcel back",
    }
)


def explained(refusal: RefusedError, package_id: str, order_ids: Sequence[str]) -> RefusedError:
    """Return the refusal with the next step, where we know it."""
    hint = HINTS.get(refusal.code)
    if hint is None:
        return refusal
    order = order_ids[0] if len(order_ids) == 1 else "ORDER_ID"
    said = hint.format(package=package_id, order=order)
    return RefusedError(refusal.message, hint=said, code=refusal.code, request_id=refusal.request_id)
