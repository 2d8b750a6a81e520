"""Set the prices of SKUs of one product."""

from collections.abc import Sequence
from dataclasses import replace

from mye_tiktok.domain.channel import Channel
from mye_tiktok.domain.product import Product, Sku
from mye_tiktok.domain.product_command import SkuPrice
from mye_tiktok.errors import RefusedError
from mye_tiktok.tiktok.client import TikTokClient
from mye_tiktok.tiktok.prices import update_price


def set_prices(tiktok: TikTokClient, channel: Channel, product_id: str, prices: Sequence[SkuPrice]) -> str:
    """Set prices that have their currency, and return TikTok's request id; raises what TikTok refuses."""
    return update_price(tiktok, channel.access, product_id, prices, seller_type=channel.seller_type)


def completed(product: Product, prices: Sequence[SkuPrice]) -> list[SkuPrice]:
    """Return the prices under TikTok's SKU ids and with the currency that each SKU has.

    Raises RefusedError for a SKU that the product does not have, one without a currency, one that is named twice, and
    a list price below the price, which TikTok would drop without a word.
    """
    found = [(sku_of(product, one.sku_id), one) for one in prices]
    if len({sku.sku_id for sku, _ in found}) < len(found):
        raise RefusedError(f"a SKU of product {product.product_id} is named twice", code="sku-twice")
    return [_completed(sku, one) for sku, one in found]


def sku_of(product: Product, named: str) -> Sku:
    """Return the SKU with this id or seller SKU; raises RefusedError that names those there are."""
    found = [sku for sku in product.skus if sku.sku_id == named] or [
        sku for sku in product.skus if sku.seller_sku == named
    ]
    if len(found) == 1:
        return found[0]
    there = ", ".join(f"{sku.sku_id} ({sku.seller_sku})" if sku.seller_sku else sku.sku_id for sku in product.skus)
    lack = f"{len(found)} SKUs named" if found else "no SKU"
    raise RefusedError(
        f"product {product.product_id} has {lack} {named!r}", hint=f"its SKUs are {there}", code="no-sku"
    )


def _completed(sku: Sku, price: SkuPrice) -> SkuPrice:
    currency = price.currency or (sku.price.currency if sku.price else "")
    if not currency:
        raise RefusedError(f"SKU {sku.sku_id} has no price yet: name its currency", code="no-currency")
    listed = price.list_price
    if listed is not None:
        listed = replace(listed, currency=listed.currency or currency)
        if listed.currency == currency and listed.amount < price.amount:
            raise RefusedError(
                f"the list price {listed.amount:f} of SKU {sku.sku_id} is below its price {price.amount:f}:"
                " TikTok would drop it without a word",
                code="list-price",
            )
    return replace(price, sku_id=sku.sku_id, currency=currency, list_price=listed)
