"""How TikTok spells a product; search and detail use the same words."""

from hashlib import sha256

import msgspec

from mye_tiktok.domain.json import Json
from mye_tiktok.domain.money import Money
from mye_tiktok.domain.product import Listing, Product, Sku, Stock
from mye_tiktok.tiktok.fields import mapping, moment, money, number, rows, text

_canonical = msgspec.json.Encoder(order="sorted")
_compact = msgspec.json.Encoder()


def digest(value: Json) -> str:
    """Return the SHA-256 of an object's canonical JSON; the order of its keys does not count."""
    return sha256(_canonical.encode(value)).hexdigest()


def parse_listing(raw: Json) -> Listing:
    """Read a product as the search lists it."""
    return Listing(
        product_id=text(raw.get("id")),
        status=text(raw.get("status")),
        title=text(raw.get("title")),
        created_at=moment(raw.get("create_time")),
        updated_at=moment(raw.get("update_time")),
        digest=digest(raw),
    )


def parse_product(raw: Json) -> Product:
    """Read a product in full."""
    skus = {sku.sku_id: sku for sku in map(_sku, rows(raw.get("skus"))) if sku.sku_id}
    return Product(
        product_id=text(raw.get("id")),
        title=text(raw.get("title")),
        status=text(raw.get("status")) or text(raw.get("product_status")),
        created_at=moment(raw.get("create_time")),
        updated_at=moment(raw.get("update_time")),
        skus=tuple(skus.values()),
        digest=digest(raw),
        raw=_compact.encode(raw).decode(),
    )


def _sku(raw: Json) -> Sku:
    list_price = mapping(raw.get("list_price"))
    stock = {place.warehouse_id: place for place in map(_stock, rows(raw.get("inventory")))}
    return Sku(
        sku_id=text(raw.get("id")),
        seller_sku=text(raw.get("seller_sku")),
        price=_price(mapping(raw.get("price"))),
        list_price=money(list_price.get("amount"), list_price.get("currency")),
        status=text(mapping(raw.get("status_info")).get("status")),
        attributes=tuple(
            (text(attribute.get("name")), text(attribute.get("value_name")))
            for attribute in rows(raw.get("sales_attributes"))
        ),
        stock=tuple(stock.values()),
    )


def _price(price: Json) -> Money | None:
    """Prefer what the buyer pays; local sellers know only the price before tax."""
    currency = price.get("currency")
    return money(price.get("sale_price"), currency) or money(price.get("tax_exclusive_price"), currency)


def _stock(raw: Json) -> Stock:
    """Read what one warehouse holds; no figure counts as none to sell."""
    return Stock(warehouse_id=text(raw.get("warehouse_id")), quantity=number(raw.get("quantity")) or 0)
