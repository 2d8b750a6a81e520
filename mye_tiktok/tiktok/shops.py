"""The shops that an authorization covers."""

from mye_tiktok.domain.authorization import Access, Shop
from mye_tiktok.domain.json import Json
from mye_tiktok.tiktok.client import TikTokClient
from mye_tiktok.tiktok.fields import rows, text
from mye_tiktok.tiktok.operations import GET_ACTIVE_SHOPS, GET_AUTHORIZED_SHOPS


def authorized_shops(client: TikTokClient, access: Access) -> list[Shop]:
    """Return the shops of the authorization with their ciphers ("Get Authorized Shops")."""
    found = rows(client.call(access, GET_AUTHORIZED_SHOPS).get("shops"))
    return [parse_shop(shop) for shop in found if text(shop.get("id"))]


def active_shops(client: TikTokClient, access: Access) -> list[Json]:
    """Return the seller's active shops as TikTok sends them: `id` and `region` ("Get Active Shops")."""
    return rows(client.call(access, GET_ACTIVE_SHOPS).get("shops"))


def parse_shop(shop: Json) -> Shop:
    """Read one shop of the list."""
    return Shop(
        shop_id=text(shop.get("id")),
        name=text(shop.get("name")),
        region=text(shop.get("region")),
        seller_type=text(shop.get("seller_type")),
        cipher=text(shop.get("cipher")),
        code=text(shop.get("code")),
    )
