"""How TikTok spells a product."""

import json
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mye_tiktok.domain.money import Money
from mye_tiktok.domain.product import Product, Stock
from mye_tiktok.tiktok.product_parser import digest, parse_listing, parse_product
from tests.unit.tiktok.reference import reference
from tests.unit.tiktok.test_fields import ANYTHING

MUG: dict[str, Any] = {
    "id": "1731000000000000001",
    "title": "Becher\x00 „Grün“ 🌿",
    "status": "ACTIVATE",
    "create_time": 1757000000,
    "update_time": 1757500000,
    "skus": [
        {
            "id": "1731000000000000002",
            "seller_sku": "MUG-GRN",
            "price": {"currency": "EUR", "tax_exclusive_price": "8.40", "sale_price": "9.99"},
            "list_price": {"amount": "12.00", "currency": "EUR"},
            "status_info": {"status": "NORMAL"},
            "sales_attributes": [{"name": "Farbe", "value_name": "Grün"}],
            "inventory": [
                {"warehouse_id": "7300000000000000001", "quantity": 12},
                {"warehouse_id": "7300000000000000002", "quantity": "3"},
            ],
        }
    ],
}


def test_a_product_is_read_with_skus_prices_and_stock() -> None:
    product = parse_product(MUG)

    (sku,) = product.skus
    assert (product.product_id, product.title) == ("1731000000000000001", "Becher „Grün“ 🌿")
    assert sku.price == Money(amount=Decimal("9.99"), currency="EUR")
    assert sku.list_price == Money(amount=Decimal("12.00"), currency="EUR")
    assert sku.attributes == (("Farbe", "Grün"),)
    assert sku.stock == (
        Stock(warehouse_id="7300000000000000001", quantity=12),
        Stock(warehouse_id="7300000000000000002", quantity=3),
    )
    assert json.loads(product.raw) == MUG
    assert "🌿" in product.raw
    assert "\x00" not in product.raw


def test_local_sellers_have_only_the_price_before_tax() -> None:
    price = {"currency": "VND", "tax_exclusive_price": "72000", "sale_price": ""}

    (sku,) = parse_product({"id": "1", "skus": [{"id": "2", "price": price}]}).skus

    assert sku.price == Money(amount=Decimal(72000), currency="VND")


@pytest.mark.parametrize("empty", [{}, {"skus": None}, {"skus": [None, {}, {"id": ""}]}, {"skus": "none"}])
def test_a_product_without_usable_skus_has_none(empty: dict[str, Any]) -> None:
    assert parse_product({"id": "1"} | empty).skus == ()


def test_a_sku_or_warehouse_named_twice_counts_once() -> None:
    places = [{"warehouse_id": "w", "quantity": 1}, {"warehouse_id": "w", "quantity": 2}]
    raw = {"id": "1", "skus": [{"id": "2"}, {"id": "2", "inventory": places}]}

    (sku,) = parse_product(raw).skus

    assert sku.stock == (Stock(warehouse_id="w", quantity=2),)


def test_a_status_that_nobody_documented_passes_through() -> None:
    assert parse_listing({"id": "1", "status": "HIBERNATING"}).status == "HIBERNATING"


@given(st.dictionaries(st.text(max_size=5), ANYTHING, max_size=5), st.randoms())
def test_the_digest_does_not_depend_on_the_order_of_keys(value: dict[str, Any], random: Any) -> None:
    items = list(value.items())
    random.shuffle(items)

    assert digest(dict(items)) == digest(value)


def test_the_digest_tells_two_versions_apart() -> None:
    assert digest({"quantity": 1}) != digest({"quantity": 2})


KEYS = ("id", "title", "skus", "price", "inventory", "quantity", "currency", "sale_price", "create_time", "status_info")


@given(st.fixed_dictionaries({}, optional=dict.fromkeys(KEYS, ANYTHING)), ANYTHING)
def test_no_oddity_makes_parsing_fail(odd: dict[str, Any], price: Any) -> None:
    product = parse_product({**odd, "skus": [odd, {**odd, "id": "5", "price": {"sale_price": price}}]})

    assert isinstance(product, Product)
    assert parse_listing(odd).product_id == product.product_id


@pytest.mark.parametrize("name", ["product_detail.json", "product_detail_multi_sku_multi_warehouse.constructed.json"])
def test_a_recorded_detail_is_read(name: str) -> None:
    raw = reference(f"samples/responses/{name}")["data"]

    product = parse_product(raw)

    assert product.product_id == raw["id"]
    assert [sku.sku_id for sku in product.skus] == [sku["id"] for sku in raw["skus"]]
    assert all(sku.price is not None and sku.stock for sku in product.skus)


@pytest.mark.parametrize("name", ["product_search_page.json", "product_search_page_vn.json"])
def test_a_recorded_page_is_read(name: str) -> None:
    for raw in reference(f"samples/responses/{name}")["data"]["products"]:
        listing = parse_listing(raw)

        assert listing.product_id == raw["id"]
        assert listing.updated_at is not None
        assert int(listing.updated_at.timestamp()) == raw["update_time"]
