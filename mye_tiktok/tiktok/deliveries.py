"""How the seller's own fleet or an in-store pick-up tells TikTok what became of packages (SEA)."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from mye_tiktok.domain.authorization import Access
from mye_tiktok.domain.json import Json
from mye_tiktok.domain.shipping import ItemRefusal
from mye_tiktok.tiktok.client import TikTokClient
from mye_tiktok.tiktok.operations import UPDATE_PACKAGE_DELIVERY_STATUS
from mye_tiktok.tiktok.partial import refusals

DELIVERY_TYPES = ("DELIVERY_SUCCESS", "DELIVERY_FAILED", "UPDATE_POD")


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliveryResult:
    """What became of one package. `type` is one of DELIVERY_TYPES; a failed delivery needs a `reason`.

    `proof_url` leads to a picture (IMG) or PDF; `verification_code` is what the buyer shows in the store.
    """

    package_id: str
    type: str
    reason: str = ""
    proof_type: str = ""
    proof_url: str = ""
    verification_code: str = field(default="", repr=False)


def update_deliveries(
    client: TikTokClient, access: Access, results: Sequence[DeliveryResult]
) -> tuple[ItemRefusal, ...]:
    """Tell TikTok the results and return those it refused; the rest is taken ("Update Package Delivery Status")."""
    body = {"packages": [_result(one) for one in results]}
    return refusals(client.call(access, UPDATE_PACKAGE_DELIVERY_STATUS, body=body))


def _result(one: DeliveryResult) -> Json:
    told = {
        "fail_delivery_reason": one.reason,
        "file_type": one.proof_type,
        "file_url": one.proof_url,
        "verification_code": one.verification_code,
    }
    return {"id": one.package_id, "delivery_type": one.type, **{name: word for name, word in told.items() if word}}
