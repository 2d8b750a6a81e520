"""Tables `products`, `skus` and `stock`: the catalogue as we last saw it."""

from datetime import datetime

from sqlalchemy import BigInteger, Index
from sqlalchemy.orm import Mapped, mapped_column

from mye_tiktok.db.tables.base import Base, Identifier, IdentifierKey

# an update that finds room on its page leaves the indexes alone and costs a quarter less
ROOM_TO_CHANGE = {"postgresql_with": {"fillfactor": 70}}


class ProductRow(Base):
    """One product. `listing_digest` tells whether the search shows a change, `digest` whether the product has one.

    `parts_digest` tells whether a SKU or a warehouse came or went. `version` counts the changes that MYE is
    told about; `seen_run` is the full run that last listed the product.
    """

    __tablename__ = "products"
    __table_args__ = ROOM_TO_CHANGE

    channel_uid: Mapped[IdentifierKey]
    product_id: Mapped[IdentifierKey]
    title: Mapped[str]
    status: Mapped[str]
    created_at: Mapped[datetime | None]
    updated_at: Mapped[datetime | None]
    listing_digest: Mapped[str]
    digest: Mapped[str]
    parts_digest: Mapped[str]
    raw: Mapped[str]
    version: Mapped[int]
    seen_run: Mapped[str | None]
    stored_at: Mapped[datetime]
    removed_at: Mapped[datetime | None]


class SkuRow(Base):
    """One variant. Amounts are kept as TikTok wrote them: decimal text, no float in between.

    A page is written as one statement per table, which keeps children and parents together; foreign keys
    would be checked row by row and cost a third of the speed.
    """

    __tablename__ = "skus"
    __table_args__ = (Index(None, "channel_uid", "seller_sku"), ROOM_TO_CHANGE)

    channel_uid: Mapped[IdentifierKey]
    product_id: Mapped[IdentifierKey]
    sku_id: Mapped[IdentifierKey]
    position: Mapped[int]
    seller_sku: Mapped[Identifier]
    price: Mapped[str | None]
    currency: Mapped[str | None]
    list_price: Mapped[str | None]
    list_currency: Mapped[str | None]
    status: Mapped[str]
    attributes: Mapped[str]


class StockRow(Base):
    """Sellable pieces of one SKU in one warehouse."""

    __tablename__ = "stock"
    __table_args__ = ROOM_TO_CHANGE

    channel_uid: Mapped[IdentifierKey]
    product_id: Mapped[IdentifierKey]
    sku_id: Mapped[IdentifierKey]
    warehouse_id: Mapped[IdentifierKey]
    position: Mapped[int]
    quantity: Mapped[int] = mapped_column(BigInteger)
