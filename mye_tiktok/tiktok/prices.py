"""Setting the prices of SKUs ("Update Price")."""

from collections.abc import Sequence

from mye_tiktok.domain.authorization import Access
from mye_tiktok.domain.json import Json
from mye_tiktok.domain.money import Money
from mye_tiktok.domain.product_command import SkuPrice
from mye_tiktok.tiktok.client import TikTokClient
from mye_tiktok.tiktok.operations import UPDATE_PRICE

CROSS_BORDER = "CROSS_BORDER"


def update_price(
    client: TikTokClient, access: Access, product_id: str, prices: Sequence[SkuPrice], *, seller_type: str
) -> str:
    """Set the prices of some SKUs of one product and return the request id; all of them are set, or none.

    Each needs its currency. Local sellers name the price before tax, cross-border sellers what the buyer sees. TikTok's
    answer is empty: a list price that it does not like is silently dropped.
    """
    word = "sale_price" if seller_type == CROSS_BORDER else "amount"
    body: Json = {"skus": [_line(one, word) for one in prices]}
    return client.ask(access, UPDATE_PRICE, path={"product_id": product_id}, body=body).request_id


def _line(one: SkuPrice, word: str) -> Json:
    line: Json = {"id": one.sku_id, "price": {"currency": one.currency, word: format(one.amount, "f")}}
    return line if one.list_price is None else {**line, "list_price": _money(one.list_price)}


def _money(money: Money) -> Json:
    return {"amount": format(money.amount, "f"), "currency": money.currency}
