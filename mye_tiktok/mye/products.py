"""How MYE is told about a product: created, updated or removed."""

from datetime import UTC, datetime

import msgspec

from mye_tiktok.domain.channel import Channel
from mye_tiktok.domain.message import Message
from mye_tiktok.domain.product import Product, ProductChange, Sku, Stock
from mye_tiktok.mye import contract
from mye_tiktok.mye.money import MoneyBody, as_money
from mye_tiktok.mye.times import as_utc_text

KINDS = {kind.name.split(".")[1]: kind for kind in contract.KINDS if kind.queue == "product"}


class StockBody(msgspec.Struct):
    """Sellable pieces in one warehouse."""

    warehouse_id: str
    quantity: int


class AttributeBody(msgspec.Struct):
    """What tells a variant from its siblings: colour, size."""

    name: str
    value: str


class SkuBody(msgspec.Struct):
    """A variant as MYE sees it."""

    sku_id: str
    seller_sku: str
    price: MoneyBody | None
    list_price: MoneyBody | None
    status: str
    attributes: list[AttributeBody]
    stock: list[StockBody]


class ProductBody(msgspec.Struct):
    """A product as MYE sees it."""

    title: str
    status: str
    created_at: str | None
    updated_at: str | None
    skus: list[SkuBody]


class ProductMessage(msgspec.Struct):
    """The message's body; `tiktok` is TikTok's own object, byte for byte."""

    channel_uid: str
    shop_id: str
    product_id: str
    status: str
    updated_at: str | None
    version: int
    product: ProductBody
    tiktok: msgspec.Raw


ENCODER = msgspec.json.Encoder()


def product_message(change: ProductChange, channel: Channel, *, now: datetime, message_id: str) -> Message:
    """Return the message that tells MYE about `change`; a removed product is told as it was last known.

    TikTok's object is passed on as the text it came in (`raw`), null when that was not kept.
    """
    product, kind = change.product, KINDS[change.change]
    body = ProductMessage(
        channel_uid=channel.channel_uid,
        shop_id=channel.shop_id,
        product_id=product.product_id,
        status=product.status,
        updated_at=as_utc_text(product.updated_at),
        version=change.version,
        product=_product(product),
        tiktok=msgspec.Raw((product.raw or "null").encode()),
    )
    return Message(
        id=message_id,
        type=kind.type,
        subject=product.product_id,
        time=now.astimezone(UTC),
        body=ENCODER.encode(body),
        key=f"{channel.channel_uid}/{product.product_id}",
        dataschema=kind.dataschema,
    )


def _product(product: Product) -> ProductBody:
    return ProductBody(
        title=product.title,
        status=product.status,
        created_at=as_utc_text(product.created_at),
        updated_at=as_utc_text(product.updated_at),
        skus=[_sku(sku) for sku in product.skus],
    )


def _sku(sku: Sku) -> SkuBody:
    return SkuBody(
        sku_id=sku.sku_id,
        seller_sku=sku.seller_sku,
        price=as_money(sku.price),
        list_price=as_money(sku.list_price),
        status=sku.status,
        attributes=[AttributeBody(name=name, value=value) for name, value in sku.attributes],
        stock=[_stock(stock) for stock in sku.stock],
    )


def _stock(stock: Stock) -> StockBody:
    return StockBody(warehouse_id=stock.warehouse_id, quantity=stock.quantity)
