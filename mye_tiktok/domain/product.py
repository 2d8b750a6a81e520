"""A product of a shop: its SKUs, prices, and stock per warehouse."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from mye_tiktok.domain.money import Money

Change = Literal["created", "updated", "removed"]
GONE = "DELETED"


@dataclass(frozen=True, slots=True, kw_only=True)
class Stock:
    """Sellable pieces of one SKU in one warehouse."""

    warehouse_id: str
    quantity: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Sku:
    """A variant. `seller_sku` is the seller's own code and may be empty or repeated."""

    sku_id: str
    seller_sku: str
    price: Money | None
    list_price: Money | None
    status: str
    attributes: tuple[tuple[str, str], ...]
    stock: tuple[Stock, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing:
    """A product as the search lists it, reduced to what tells whether it changed."""

    product_id: str
    status: str
    title: str
    created_at: datetime | None
    updated_at: datetime | None
    digest: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Product:
    """A product in full. `raw` is TikTok's own object as JSON text, `digest` its fingerprint."""

    product_id: str
    title: str
    status: str
    created_at: datetime | None
    updated_at: datetime | None
    skus: tuple[Sku, ...]
    digest: str
    raw: str = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class ProductChange:
    """What an upsert found: `version` grows by one per change of the product that MYE is told about."""

    change: Change
    product: Product
    version: int
