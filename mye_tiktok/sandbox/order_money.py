"""What a buyer pays: the summary of an order, and how each price was built."""

import random
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal

from mye_tiktok.sandbox.answers import Json
from mye_tiktok.sandbox.markets import Market

SHIPPING: Mapping[str, str] = {"VND": "19700", "IDR": "10000", "JPY": "550"}
TAXED = {"US": Decimal("0.0825")}


def money(amount: Decimal, place: Market) -> Decimal:
    """Round to what the market's currency has."""
    return amount.quantize(Decimal(1).scaleb(-place.decimals))


def payment(lines: Sequence[Json], region: str, place: Market, die: random.Random) -> Json:
    """Return the summary of what is paid for these units; in the US, tax is written on the lines as well."""
    listed = Decimal(SHIPPING.get(place.currency, "3.90"))
    free = listed if die.random() < 0.5 else money(Decimal(0), place)
    goods, zero = _sum(lines, "sale_price"), money(Decimal(0), place)
    tax = money(sum((_tax(line, region, place) for line in lines), zero), place)
    return {
        "currency": place.currency,
        "original_total_product_price": str(_sum(lines, "original_price")),
        "sub_total": str(goods),
        "seller_discount": str(_sum(lines, "seller_discount")),
        "platform_discount": str(_sum(lines, "platform_discount")),
        "original_shipping_fee": str(listed),
        "shipping_fee": str(listed - free),
        "shipping_fee_seller_discount": str(zero),
        "shipping_fee_platform_discount": str(free),
        "shipping_fee_cofunded_discount": str(zero),
        "tax": str(tax),
        "product_tax": str(tax),
        "shipping_fee_tax": str(zero),
        "total_amount": str(goods + listed - free + tax),
    }


def price_detail(entry: Json) -> Json:
    """Return how the price of an order was built; source: Get Order Price Detail."""
    paid = entry.get("payment") or {}
    lines = [_line_detail(line) for line in entry.get("line_items") or []]
    return {
        **_summed(lines),
        "currency": paid.get("currency", ""),
        "total": paid.get("total_amount", "0"),
        "payment": paid.get("total_amount", "0"),
        "tax_amount": paid.get("tax", "0"),
        "subtotal_tax_amount": paid.get("product_tax", "0"),
        "shipping_list_price": paid.get("original_shipping_fee", "0"),
        "shipping_sale_price": paid.get("shipping_fee", "0"),
        "shipping_fee_deduction_seller": paid.get("shipping_fee_seller_discount", "0"),
        "shipping_fee_deduction_platform": paid.get("shipping_fee_platform_discount", "0"),
        "line_items": lines,
    }


def _line_detail(line: Json) -> Json:
    tax = str(sum((Decimal(each["tax_amount"]) for each in line.get("item_tax") or []), Decimal(0)))
    price = line.get("sale_price", "0")
    return {
        "id": line.get("id"),
        "currency": line.get("currency", ""),
        "sku_list_price": line.get("original_price", "0"),
        "sku_sale_price": price,
        "subtotal": price,
        "subtotal_deduction_seller": line.get("seller_discount", "0"),
        "subtotal_deduction_platform": line.get("platform_discount", "0"),
        "subtotal_tax_amount": tax,
        "tax_amount": tax,
        "net_price_amount": price,
        "payment": str(Decimal(price) + Decimal(tax)),
        "total": str(Decimal(price) + Decimal(tax)),
        **({"sku_gift_original_price": line["gift_retail_price"]} if line.get("is_gift") else {}),
    }


def _summed(lines: Sequence[Json]) -> Json:
    keys = (
        *("sku_list_price", "sku_sale_price", "subtotal", "net_price_amount"),
        *("subtotal_deduction_seller", "subtotal_deduction_platform"),
    )
    return {key: str(_sum(lines, key)) for key in keys}


def _sum(lines: Iterable[Json], key: str) -> Decimal:
    return sum((Decimal(line[key]) for line in lines), Decimal(0))


def _tax(line: Json, region: str, place: Market) -> Decimal:
    rate = TAXED.get(region)
    if rate is None:
        return Decimal(0)
    amount = money(Decimal(line["sale_price"]) * rate, place)
    line["item_tax"] = [{"tax_type": "SALES_TAX", "tax_amount": str(amount), "tax_rate": str(rate)}]
    return amount
