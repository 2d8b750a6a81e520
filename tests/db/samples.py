"""Small values that the database tests are made of."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

from mye_tiktok.db import authorizations, channels
from mye_tiktok.db.database import Database
from mye_tiktok.domain.authorization import Authorization, Shop, TokenGrant
from mye_tiktok.domain.channel import Channel
from mye_tiktok.domain.message import Message
from mye_tiktok.domain.money import Money
from mye_tiktok.domain.product import Listing, Product, Sku, Stock

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
DAY = timedelta(days=1)


def a_grant(name: str = "first", *, open_id: str = "seller-1", at: datetime = NOON) -> TokenGrant:
    return TokenGrant(
        access_token=f"access-{name}",
        access_token_expires_at=at + 7 * DAY,
        refresh_token=f"refresh-{name}",
        refresh_token_expires_at=at + 365 * DAY,
        open_id=open_id,
        seller_name="Anna's Atelier",
        seller_base_region="GB",
        granted_scopes=("seller.product.basic", "seller.shop.info"),
    )


def a_shop(shop_id: str = "7490000000000000001") -> Shop:
    return Shop(shop_id=shop_id, name="Atelier", region="GB", seller_type="LOCAL", cipher="GCP_cipher")


def an_authorization(database: Database, *, open_id: str = "seller-1") -> Authorization:
    with database.transaction() as session:
        return authorizations.save_grant(session, "app-1", a_grant(open_id=open_id), now=NOON)


def a_channel(database: Database, authorization: Authorization, *, uid: str = "uid-1", shop_id: str = "1") -> Channel:
    with database.transaction() as session:
        return channels.connect(session, authorization, a_shop(shop_id), channel_uid=uid, now=NOON)


def a_sku(number: int = 1, *, quantity: int = 5, warehouses: tuple[str, ...] = ("w-1", "w-2")) -> Sku:
    return Sku(
        sku_id=f"172900000000000000{number}",
        seller_sku=f"SHIRT-{number}",
        price=Money(amount=Decimal("12.50"), currency="GBP"),
        list_price=None,
        status="NORMAL",
        attributes=(("Colour", "Blue"), ("Größe", "M")),
        stock=tuple(Stock(warehouse_id=warehouse, quantity=quantity) for warehouse in warehouses),
    )


def a_product(
    product_id: str = "p-1",
    *,
    digest: str = "one",
    status: str = "ACTIVATE",
    updated_at: datetime | None = NOON,
    skus: tuple[Sku, ...] = (a_sku(1), a_sku(2)),
    title: str = "Shirt “Côte d'Azur” 海",
) -> Product:
    return Product(
        product_id=product_id,
        title=title,
        status=status,
        created_at=NOON - DAY,
        updated_at=updated_at,
        skus=skus,
        digest=digest,
        raw='{"id": "p-1", "note": "\\u0000 and \\\\ and \\"quotes\\""}',
    )


def a_listing(product: Product, *, digest: str | None = None) -> Listing:
    return Listing(
        product_id=product.product_id,
        status=product.status,
        title=product.title,
        created_at=product.created_at,
        updated_at=product.updated_at,
        digest=f"listed-{product.digest}" if digest is None else digest,
    )


def listed(*products: Product) -> list[tuple[Listing, Product]]:
    return [(a_listing(product), product) for product in products]


def a_message(message_id: str, *, key: str = "") -> Message:
    return Message(
        id=message_id,
        type="mye.tiktok.product.updated.v1",
        subject=f"product {key}",
        time=NOON,
        body='{"title": "“Ü” \\" \\\\"}'.encode(),
        key=key,
        dataschema="urn:mye:tiktok:product.updated:v1",
        headers={"note": 'a "quoted" word'},
    )
