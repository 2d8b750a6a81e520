"""Prices in the sandbox: set for the SKUs of one product, or refused for all of them."""

from typing import Any

import pytest

from mye_tiktok.sandbox.answers import Json
from mye_tiktok.sandbox.options import SandboxOptions
from mye_tiktok.sandbox.sandbox import Sandbox
from tests.sandbox.caller import PRODUCT, Caller, Clock


def caller_with(clock: Clock, **options: Any) -> Caller:
    return Caller.of(Sandbox(SandboxOptions(products=120, **options), clock=clock), clock)


def product_of(caller: Caller, status: str = "ACTIVATE", skus: int = 1) -> Json:
    """Return a product in this state with at least so many SKUs."""
    return next(each for each in caller.all_products(status=status) if len(each["skus"]) >= skus)


def update(caller: Caller, product_id: str, *skus: Json) -> Json:
    return caller.post(f"{PRODUCT}{product_id}/prices/update", skus=list(skus))


def priced(sku_id: str, amount: str, currency: str = "GBP", **more: Any) -> Json:
    return {"id": sku_id, "price": {"currency": currency, "amount": amount}, **more}


def skus_of(caller: Caller, product_id: str) -> dict[str, Json]:
    """Return the SKUs as detail and search show them alike."""
    detail = caller.get(PRODUCT + product_id)["data"]["skus"]
    hit = next(each for each in caller.all_products() if each["id"] == product_id)["skus"]
    for one, other in zip(detail, hit, strict=True):
        assert (one["price"], one.get("list_price")) == (other["price"], other.get("list_price"))
    return {sku["id"]: sku for sku in detail}


def test_a_local_seller_sets_the_amount(clock: Clock) -> None:
    caller = caller_with(clock)
    product = product_of(caller, skus=2)
    first, second = (sku["id"] for sku in product["skus"][:2])
    before = skus_of(caller, product["id"])
    clock.now += 60

    answer = update(caller, product["id"], priced(first, "12.34"))

    after = skus_of(caller, product["id"])
    shown = {"tax_exclusive_price": "12.34"} | (
        {"sale_price": "12.34"} if "sale_price" in before[first]["price"] else {}
    )
    assert answer["data"] == {}
    assert after[first]["price"] == {"currency": "GBP", **shown}
    assert after[second] == before[second]
    assert caller.get(PRODUCT + product["id"])["data"]["update_time"] == int(clock.now)


def test_a_global_seller_sets_the_sale_price(clock: Clock) -> None:
    caller = caller_with(clock, shops=2)
    product = product_of(caller)
    sku_id = product["skus"][0]["id"]

    sold = {"id": sku_id, "price": {"currency": "GBP", "sale_price": "9.99"}}
    assert update(caller, product["id"], sold)["data"] == {}

    assert skus_of(caller, product["id"])[sku_id]["price"]["sale_price"] == "9.99"
    assert update(caller, product["id"], priced(sku_id, "9.99"))["code"] == 12052424


@pytest.mark.parametrize(("listed", "shown"), [("20.00", "20.00"), ("12.50", "12.50"), ("12.49", None)])
def test_a_list_price_below_the_price_is_dropped_without_a_word(clock: Clock, listed: str, shown: str | None) -> None:
    caller = caller_with(clock, regions=("US",))
    product = product_of(caller)
    sku_id = product["skus"][0]["id"]

    amount = {"amount": listed, "currency": "USD"}
    answer = update(caller, product["id"], priced(sku_id, "12.50", "USD", list_price=amount))

    sku = skus_of(caller, product["id"])[sku_id]
    assert answer["code"] == 0
    assert sku["price"]["tax_exclusive_price"] == "12.50"
    assert (sku.get("list_price") or {}).get("amount") == shown


@pytest.mark.parametrize(
    ("amount", "more", "code"),
    [
        ("", {}, 12052073),
        ("0", {}, 12052073),
        ("-1", {}, 12052073),
        ("cheap", {}, 12052012),
        ("Infinity", {}, 12052012),
        ("1", {"list_price": {"amount": "7600.01", "currency": "USD"}}, 12052383),
        ("1", {"list_price": {"amount": "x", "currency": "USD"}}, 12052012),
        ("1", {"list_price": {"amount": "5", "currency": "GBP"}}, 12052376),
    ],
)
def test_a_wrong_price_has_its_code_and_sets_none(clock: Clock, amount: str, more: Json, code: int) -> None:
    caller = caller_with(clock, regions=("US",))
    product = product_of(caller, skus=2)
    before = skus_of(caller, product["id"])
    first, second = (sku["id"] for sku in product["skus"][:2])

    answer = update(caller, product["id"], priced(first, "3.21", "USD"), priced(second, amount, "USD", **more))

    assert answer["code"] == code
    assert skus_of(caller, product["id"]) == before


def test_a_list_price_is_in_the_currency_of_the_price(clock: Clock) -> None:
    caller = caller_with(clock)
    product = product_of(caller)

    listed = {"amount": "50", "currency": "USD"}
    answer = update(caller, product["id"], priced(product["skus"][0]["id"], "1", list_price=listed))

    assert answer["code"] == 12052376


@pytest.mark.parametrize("status", ["SELLER_DEACTIVATED", "FREEZE", "DRAFT"])
def test_only_products_on_sale_take_prices(clock: Clock, status: str) -> None:
    caller = caller_with(clock)
    product = product_of(caller)
    caller.sandbox.edit_product(product["id"], status=status)

    assert update(caller, product["id"], priced(product["skus"][0]["id"], "1"))["code"] == 12019113


def test_a_promotion_locks_the_price(clock: Clock) -> None:
    caller = caller_with(clock)
    product = product_of(caller)
    sku_id = product["skus"][0]["id"]
    caller.sandbox.stock.room(caller.sandbox.shop()).locked.add(sku_id)

    assert update(caller, product["id"], priced(sku_id, "1"))["code"] == 12052038


def test_what_is_not_the_products_is_refused(clock: Clock) -> None:
    caller = caller_with(clock, sellers=2)
    product = product_of(caller)
    sku_id = product["skus"][0]["id"]
    other = next(each for each in caller.all_products() if each["id"] != product["id"])["skus"][0]["id"]
    foreign = caller.sandbox.shops[1].catalogue.product_id(0)

    assert update(caller, product["id"], priced(other, "1"))["code"] == 12052557
    assert update(caller, product["id"], priced(sku_id, "1"), priced(sku_id, "2"))["code"] == 12052553
    assert update(caller, product["id"], priced(sku_id, "1", "EUR"))["code"] == 12052084
    assert update(caller, product["id"], priced(sku_id, "1", "XXX"))["code"] == 12052084
    assert caller.post(f"{PRODUCT}{product['id']}/prices/update", skus=[])["code"] == 12052902
    assert update(caller, foreign, priced(sku_id, "1"))["code"] == 12052048
    assert update(caller, "17", priced(sku_id, "1"))["code"] == 12052260
