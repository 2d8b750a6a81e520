"""How a product becomes rows of `products`, `skus` and `stock`, and rows become a product again."""

import hashlib
import json
from collections import defaultdict
from collections.abc import Iterable, Sequence
from decimal import Decimal
from functools import lru_cache

from sqlalchemy import select

from mye_tiktok.db.bulk import Row
from mye_tiktok.db.database import Session
from mye_tiktok.db.dialects import among
from mye_tiktok.db.tables.products import ProductRow, SkuRow, StockRow
from mye_tiktok.domain.money import Money
from mye_tiktok.domain.product import Product, Sku, Stock

SKU_KEY: tuple[str, ...] = ("product_id", "sku_id")
SKU_VALUES: tuple[str, ...] = (
    "position",
    "seller_sku",
    "price",
    "currency",
    "list_price",
    "list_currency",
    "status",
    "attributes",
)
STOCK_KEY: tuple[str, ...] = ("product_id", "sku_id", "warehouse_id")
STOCK_VALUES: tuple[str, ...] = ("position", "quantity")


def sku_rows(product: Product) -> list[Row]:
    """Return SKU_KEY and SKU_VALUES per SKU."""
    return [
        (
            product.product_id,
            sku.sku_id,
            position,
            sku.seller_sku,
            *_amount(sku.price),
            *_amount(sku.list_price),
            sku.status,
            _attributes(sku.attributes),
        )
        for position, sku in enumerate(_distinct(product))
    ]


def stock_rows(product: Product) -> list[Row]:
    """Return STOCK_KEY and STOCK_VALUES per SKU and warehouse."""
    return [
        (product.product_id, sku.sku_id, stock.warehouse_id, position, stock.quantity)
        for sku in _distinct(product)
        for position, stock in enumerate({stock.warehouse_id: stock for stock in sku.stock}.values())
    ]


def _distinct(product: Product) -> Iterable[Sku]:
    """Return the SKUs; of two with the same id, as of two warehouses, the last counts."""
    return {sku.sku_id: sku for sku in product.skus}.values()


def parts_digest(product: Product) -> str:
    """Return a fingerprint of which SKUs and warehouses there are, whatever is in them."""
    parts = [(sku.sku_id, *[stock.warehouse_id for stock in sku.stock]) for sku in product.skus]
    return hashlib.blake2b(repr(parts).encode("utf-8", "replace"), digest_size=12).hexdigest()


def load(session: Session, channel_uid: str, product_ids: Sequence[str]) -> list[Product]:
    """Return the stored products with SKUs and stock, in the order asked; unknown ids are left out."""
    mine = (ProductRow.channel_uid == channel_uid, among(session, ProductRow.product_id, product_ids))
    rows = {row.product_id: row for row in session.scalars(select(ProductRow).where(*mine))}
    skus = _load_skus(session, channel_uid, list(rows))
    return [
        _product(rows[product_id], skus[product_id]) for product_id in dict.fromkeys(product_ids) if product_id in rows
    ]


def _load_skus(session: Session, channel_uid: str, product_ids: Sequence[str]) -> defaultdict[str, list[Sku]]:
    stock = _load_stock(session, channel_uid, product_ids)
    mine = (SkuRow.channel_uid == channel_uid, among(session, SkuRow.product_id, product_ids))
    skus: defaultdict[str, list[Sku]] = defaultdict(list)
    for row in session.scalars(select(SkuRow).where(*mine).order_by(SkuRow.position)):
        skus[row.product_id].append(_sku(row, stock[row.product_id, row.sku_id]))
    return skus


def _load_stock(
    session: Session, channel_uid: str, product_ids: Sequence[str]
) -> defaultdict[tuple[str, str], list[Stock]]:
    mine = (StockRow.channel_uid == channel_uid, among(session, StockRow.product_id, product_ids))
    stock: defaultdict[tuple[str, str], list[Stock]] = defaultdict(list)
    for row in session.scalars(select(StockRow).where(*mine).order_by(StockRow.position)):
        stock[row.product_id, row.sku_id].append(Stock(warehouse_id=row.warehouse_id, quantity=row.quantity))
    return stock


def _product(row: ProductRow, skus: Sequence[Sku]) -> Product:
    return Product(
        product_id=row.product_id,
        title=row.title,
        status=row.status,
        created_at=row.created_at,
        updated_at=row.updated_at,
        skus=tuple(skus),
        digest=row.digest,
        raw=row.raw,
    )


def _sku(row: SkuRow, stock: Sequence[Stock]) -> Sku:
    return Sku(
        sku_id=row.sku_id,
        seller_sku=row.seller_sku,
        price=_money(row.price, row.currency),
        list_price=_money(row.list_price, row.list_currency),
        status=row.status,
        attributes=tuple((name, value) for name, value in json.loads(row.attributes)),
        stock=tuple(stock),
    )


@lru_cache(maxsize=1024)
def _attributes(attributes: tuple[tuple[str, str], ...]) -> str:
    return json.dumps(attributes)


def _amount(money: Money | None) -> tuple[str | None, str | None]:
    return (format(money.amount, "f"), money.currency) if money else (None, None)


def _money(amount: str | None, currency: str | None) -> Money | None:
    return None if amount is None else Money(amount=Decimal(amount), currency=currency or "")
