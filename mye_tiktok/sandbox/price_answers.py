"""What the sandbox says to new prices of a product's SKUs: all of them are set, or none."""

from decimal import Decimal, InvalidOperation

from mye_tiktok.sandbox.answers import Json, Refusal
from mye_tiktok.sandbox.product_answers import located
from mye_tiktok.sandbox.shops import Shop
from mye_tiktok.sandbox.world import Call

LEAST, MOST = Decimal("0.01"), Decimal(7600)
"""The bounds of a list price, which is in US dollars."""


def update(call: Call) -> Json:
    """Set prices. Source: Update Price, POST /product/202309/products/{product_id}/prices/update."""
    position = located(call, call.path["product_id"])
    if call.shop.catalogue.brief(position).status != "ACTIVATE":
        raise Refusal(12019113, "The status of the product does not allow a new price.")
    wanted: list[Json] = call.body["skus"]
    if not wanted:
        raise Refusal(12052902, "The SKU list is empty.")
    if len({sku["id"] for sku in wanted}) < len(wanted):
        raise Refusal(12052553, "The SKU is given twice.")
    prices = {sku["id"]: _price(call, position, sku) for sku in wanted}
    call.shop.catalogue.price(call.path["product_id"], prices, int(call.world.now))
    return {}


def _price(call: Call, position: int, sku: Json) -> Json:
    """Return what becomes of the entry of a SKU."""
    room = call.world.stock.room(call.shop)
    entry = room.sku(position, sku["id"])
    if entry is None:
        raise Refusal(12052557, "The SKU belongs to another product.")
    if sku["id"] in room.locked:
        raise Refusal(12052038, "The price of the SKU is locked by a promotion.")
    before, given = entry.get("price") or {}, sku["price"]
    if given["currency"] != before.get("currency", call.shop.stall.market.currency):
        raise Refusal(12052084, "The currency cannot be used in this region.")
    price = _of_global(given) if _is_global(call.shop) else _of_local(given, before)
    return {"price": {**before, "currency": given["currency"], **price}, **_list_price(sku, price)}


def _of_local(given: Json, before: Json) -> Json:
    """Return the price that a local seller sets: the one before tax, and with it the one that buyers see."""
    amount = _amount(given.get("amount"), missing=12052073, wrong=12052073)
    return {"tax_exclusive_price": amount, **({"sale_price": amount} if "sale_price" in before else {})}


def _of_global(given: Json) -> Json:
    """Return the price that a global seller sets: the one that buyers see."""
    return {"sale_price": _amount(given.get("sale_price"), missing=12052424, wrong=12052572)}


def _list_price(sku: Json, price: Json) -> Json:
    """Return the struck-through price; one that is below the price is dropped without a word."""
    given = sku.get("list_price")
    if given is None:
        return {}
    if sku["price"]["currency"] != given["currency"]:
        raise Refusal(12052376, "A list price is not supported here.")
    amount = _decimal(given["amount"])
    if amount > MOST:
        raise Refusal(12052383, "The list price is too high.")
    if amount < max(LEAST, *map(Decimal, price.values())):
        return {}
    return {"list_price": {"amount": given["amount"], "currency": given["currency"]}}


def _is_global(shop: Shop) -> bool:
    return shop.entry.get("seller_type") == "CROSS_BORDER"


def _amount(text: str | None, *, missing: int, wrong: int) -> str:
    if not text:
        raise Refusal(missing, "The price is missing.")
    if _decimal(text) <= 0:
        raise Refusal(wrong, "The price is invalid.")
    return text


def _decimal(text: str) -> Decimal:
    try:
        number = Decimal(text)
    except InvalidOperation:
        number = Decimal("NaN")
    if not number.is_finite():
        raise Refusal(12052012, "The format of the price is wrong.")
    return number
