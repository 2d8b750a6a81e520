"""Who may carry: the shipping providers of a delivery option."""

from mye_tiktok.domain.authorization import Access
from mye_tiktok.domain.shipping import Provider
from mye_tiktok.errors import RefusedError
from mye_tiktok.tiktok.client import TikTokClient
from mye_tiktok.tiktok.fields import rows, text
from mye_tiktok.tiktok.ids import require_id
from mye_tiktok.tiktok.operations import GET_SHIPPING_PROVIDERS

WHERE = "`mye-tiktok ship warehouses --delivery-options` lists the options there are"
FULFILLED_BY_TIKTOK = "21008117"


def get_providers(client: TikTokClient, access: Access, delivery_option_id: str) -> tuple[Provider, ...]:
    """Return the carriers that a delivery option allows, in TikTok's order ("Get Shipping Providers").

    Raises RefusedError for an option that TikTok fulfils itself: it has no providers to choose from.
    """
    require_id(delivery_option_id, "delivery option", hint=WHERE)
    try:
        data = client.call(access, GET_SHIPPING_PROVIDERS, path={"delivery_option_id": delivery_option_id})
    except RefusedError as refusal:
        if refusal.code != FULFILLED_BY_TIKTOK:
            raise
        raise RefusedError(
            f"delivery option {delivery_option_id} is fulfilled by TikTok: there is no provider to choose",
            hint="nothing has to be shipped by you; `mye-tiktok orders get ORDER_ID` shows who ships an order",
            code=refusal.code,
            request_id=refusal.request_id,
        ) from None
    found = (
        Provider(provider_id=text(row.get("id")), name=text(row.get("name")).strip())
        for row in rows(data.get("shipping_providers"))
    )
    return tuple(provider for provider in found if provider.provider_id)
