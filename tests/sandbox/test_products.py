"""Searching and reading products, and what changes them."""

import base64
from typing import Any

import pytest

from mye_tiktok.sandbox.options import SandboxOptions
from mye_tiktok.sandbox.sandbox import Sandbox
from tests.sandbox.caller import CATEGORIES, PRODUCT, WAREHOUSES, Caller, Clock


def caller_with(clock: Clock, **options: Any) -> Caller:
    return Caller.of(Sandbox(SandboxOptions(**options), clock=clock), clock)


def ids(products: list[dict[str, Any]]) -> list[str]:
    return [product["id"] for product in products]


@pytest.mark.parametrize("newest_first", [True, False])
@pytest.mark.parametrize("page_size", [1, 7, 50, 100])
def test_every_product_is_listed_once(clock: Clock, newest_first: bool, page_size: int) -> None:
    caller = caller_with(clock, products=50, newest_first=newest_first)

    found = caller.all_products(page_size)

    times = [product["create_time"] for product in found]
    assert len(set(ids(found))) == len(found) == 50
    assert times == sorted(times, reverse=newest_first)


def test_a_search_counts_all_hits(caller: Caller, clock: Clock) -> None:
    assert caller.search(10)["data"]["total_count"] == 50
    assert "total_count" not in caller_with(clock, sends_total_count=False).search()["data"]


def test_page_tokens_hold_what_a_url_mistakes(caller: Caller) -> None:
    token = caller.search(10)["data"]["next_page_token"]

    assert {"+", "/", "="} <= set(token)


@pytest.mark.parametrize("token", ["nonsense", "bm90IGpzb24=", base64.b64encode(b'[1,"17"]').decode()])
def test_a_page_token_nobody_gave_out_is_refused(caller: Caller, token: str) -> None:
    assert caller.search(10, token)["code"] == 12019108


def test_the_last_page_has_no_token(caller: Caller) -> None:
    assert caller.search(50)["data"]["next_page_token"] == ""


def test_more_than_ten_thousand_hits_are_refused_until_the_search_is_narrowed(clock: Clock) -> None:
    caller = caller_with(clock, products=10_001)
    oldest = caller.search(1, create_time_le=1_672_531_200)["data"]["products"][0]

    narrowed = caller.search(1, create_time_ge=oldest["create_time"] + 1)

    assert caller.search()["code"] == 12052180
    assert caller.search(status="ACTIVATE")["code"] == 0
    assert narrowed["data"]["total_count"] == 10_000


def test_time_bounds_are_inclusive(caller: Caller) -> None:
    products = caller.all_products()
    one = products[20]
    created, updated = one["create_time"], one["update_time"]

    assert one["id"] in ids(caller.all_products(create_time_ge=created, create_time_le=created))
    assert one["id"] in ids(caller.all_products(update_time_ge=updated, update_time_le=updated))
    assert one["id"] not in ids(caller.all_products(create_time_ge=created + 1))
    assert one["id"] not in ids(caller.all_products(update_time_le=updated - 1))


@pytest.mark.parametrize("kind", ["create_time", "update_time"])
def test_a_time_filter_finds_what_a_look_at_every_product_finds(caller: Caller, kind: str) -> None:
    caller.sandbox.change_products(3)
    products = caller.all_products()
    times = sorted(product[kind] for product in products)
    first, last = times[10], times[-10]

    window: dict[str, Any] = {f"{kind}_ge": first, f"{kind}_le": last}
    found = caller.all_products(**window)

    assert ids(found) == [product["id"] for product in products if first <= product[kind] <= last]


@pytest.mark.parametrize(("kind", "code"), [("create", 12019118), ("update", 12019119)])
def test_a_window_that_ends_before_it_begins_is_refused(caller: Caller, kind: str, code: int) -> None:
    window: dict[str, Any] = {f"{kind}_time_ge": 5, f"{kind}_time_le": 4}

    assert caller.search(**window)["code"] == code


def test_products_are_found_by_status_audit_and_sku(clock: Clock) -> None:
    caller = caller_with(clock, products=400)
    products = caller.all_products()
    some = next(product for product in products if product["skus"][0].get("seller_sku"))
    sku = some["skus"][0]

    frozen = caller.all_products(status="FREEZE")
    audited = caller.all_products(audit_status=["AUDITING"])

    assert ids(frozen) == [product["id"] for product in products if product["status"] == "FREEZE"] != []
    assert all(product["audit"]["status"] == "AUDITING" for product in audited)
    assert audited
    assert ids(caller.all_products(sku_ids=[sku["id"], "17"])) == [some["id"]]
    assert ids(caller.all_products(seller_skus=[sku["seller_sku"], "x"])) == [some["id"]]


def test_a_platform_filter_needs_a_status(caller: Caller) -> None:
    assert caller.search(listing_platforms=["TIKTOK_SHOP"])["code"] == 12052910
    assert caller.search(listing_platforms=["TIKTOK_SHOP"], status="ACTIVATE")["code"] == 0


def test_listing_and_detail_tell_the_same(clock: Clock) -> None:
    caller = caller_with(clock, products=200)
    changed = caller.sandbox.change_products(20)
    caller.sandbox.edit_product(changed[0], title="新しい名前")

    for listed in caller.all_products():
        detail = caller.get(PRODUCT + listed["id"])["data"]
        shared = {key for key in listed if key in detail} - {"skus"}
        skus = [{k: v for k, v in sku.items() if k != "sales_attributes"} for sku in detail["skus"]]
        assert {"id", "title", "status", "create_time", "update_time"} <= shared
        assert {key: listed[key] for key in shared} == {key: detail[key] for key in shared}
        assert listed["skus"] == skus


def test_nothing_was_updated_lately_until_something_changes(caller: Caller, clock: Clock) -> None:
    before = caller.all_products(update_time_ge=int(clock.now) - 86_400)
    clock.now += 60
    changed = caller.sandbox.change_products(3)

    found = caller.all_products(update_time_ge=int(clock.now))

    assert before == []
    assert sorted(ids(found)) == sorted(changed)
    assert {product["update_time"] for product in found} == {int(clock.now)}


def test_a_change_shows_in_price_and_stock(caller: Caller) -> None:
    product_id = caller.sandbox.shop().catalogue.product_id(0)
    before = caller.get(PRODUCT + product_id)["data"]

    caller.sandbox.change_products(1)

    after = caller.get(PRODUCT + product_id)["data"]
    assert after["skus"][0]["price"] != before["skus"][0]["price"]
    assert after["skus"][0]["inventory"] != before["skus"][0]["inventory"]
    assert after["skus"][1:] == before["skus"][1:]


def test_an_edit_can_name_its_own_time(caller: Caller, clock: Clock) -> None:
    product_id = caller.sandbox.shop().catalogue.product_id(7)

    caller.sandbox.edit_product(product_id, title="same second", update_time=int(clock.now) - 5)

    assert caller.get(PRODUCT + product_id)["data"]["update_time"] == int(clock.now) - 5


def test_changes_pass_by_what_was_deleted(caller: Caller) -> None:
    catalogue = caller.sandbox.shop().catalogue
    first, second, third = (catalogue.product_id(place) for place in range(3))
    caller.sandbox.remove_product(first)
    caller.sandbox.remove_product(second, forgotten=True)

    assert caller.sandbox.change_products(1) == [third]
    assert len(caller.sandbox.change_products(1000)) == 48


def test_many_different_searches_are_answered(caller: Caller) -> None:
    counts = [caller.search(create_time_ge=moment)["data"]["total_count"] for moment in range(1, 40)]

    assert counts == [50] * 39


def test_both_versions_of_a_product_cannot_be_had_at_once(caller: Caller) -> None:
    product = PRODUCT + caller.sandbox.shop().catalogue.product_id(0)

    answer = caller.get(product, return_under_review_version="true", return_draft_version="true")

    assert answer["code"] == 98001004


def test_products_that_are_added_are_new(caller: Caller, clock: Clock) -> None:
    added = caller.sandbox.add_products(2)
    clock.now += 10
    later = caller.sandbox.add_products(1)

    found = caller.all_products(create_time_ge=int(clock.now) - 10)

    assert sorted(ids(found)) == sorted(added + later)
    assert len(caller.all_products()) == 53
    assert caller.get(PRODUCT + later[0])["data"]["create_time"] == int(clock.now)


def test_a_deleted_product_is_readable_but_not_listed(caller: Caller, clock: Clock) -> None:
    product_id = caller.search(1)["data"]["products"][0]["id"]
    caller.sandbox.remove_product(product_id)

    detail = caller.get(PRODUCT + product_id)["data"]

    assert (detail["status"], detail["product_status"]) == ("DELETED", "DELETED")
    assert detail["update_time"] == int(clock.now)
    assert product_id not in ids(caller.all_products())
    assert ids(caller.all_products(status="DELETED")) == [product_id]


def test_a_search_can_list_deleted_products(clock: Clock) -> None:
    caller = caller_with(clock, products=3, lists_deleted=True)
    caller.sandbox.remove_product(caller.sandbox.shop().catalogue.product_id(1))

    assert [product["status"] == "DELETED" for product in caller.all_products()] == [False, True, False]


def test_a_forgotten_product_does_not_exist(caller: Caller) -> None:
    product_id = caller.search(1)["data"]["products"][0]["id"]
    caller.sandbox.remove_product(product_id, forgotten=True)

    assert caller.get(PRODUCT + product_id)["code"] == 12052260
    assert caller.all_products(status="DELETED") == []


def test_a_page_token_survives_that_its_product_is_gone(caller: Caller) -> None:
    page = caller.search(10)["data"]
    caller.sandbox.remove_product(page["products"][-1]["id"], forgotten=True)

    rest = caller.search(100, page["next_page_token"])["data"]["products"]

    assert len(rest) == 40
    assert not set(ids(rest)) & set(ids(page["products"]))


@pytest.mark.parametrize("product_id", ["17", "1729000000000000001", "1729000000000050000", "x"])
def test_an_unknown_product_does_not_exist(caller: Caller, product_id: str) -> None:
    assert caller.get(PRODUCT + product_id)["code"] == 12052260


def test_a_product_of_another_shop_is_told_apart(clock: Clock) -> None:
    caller = caller_with(clock, products=2, sellers=2)
    foreign = caller.sandbox.shops[1].catalogue.product_id(0)

    assert caller.get(PRODUCT + foreign)["code"] == 12052048


def test_there_is_no_version_under_review(caller: Caller) -> None:
    product = PRODUCT + caller.sandbox.shop().catalogue.product_id(0)

    assert caller.get(product, return_under_review_version="true")["code"] == 12052547
    assert caller.get(product, return_under_review_version="1")["code"] == 98001004
    assert caller.get(product, return_draft_version="false")["code"] == 0


def test_categories_need_their_second_version_in_the_united_states(clock: Clock) -> None:
    caller = caller_with(clock, products=1, regions=("US",))

    assert caller.get(CATEGORIES)["code"] == 12052217
    assert caller.get(CATEGORIES, category_version="v1")["code"] == 12052217
    assert caller.get(CATEGORIES, category_version="v2")["code"] == 0


def test_categories_are_found_by_keyword_and_cover_what_products_name(caller: Caller) -> None:
    known = {category["id"] for category in caller.get(CATEGORIES)["data"]["categories"]}
    found = caller.get(CATEGORIES, keyword="MUG")["data"]["categories"]
    product = caller.get(PRODUCT + caller.sandbox.shop().catalogue.product_id(0))["data"]

    assert [category["local_name"] for category in found] == ["Enamel Mug"]
    assert {category["id"] for category in product["category_chains"]} <= known


def test_stock_lies_in_warehouses_that_are_listed(caller: Caller) -> None:
    listed = {warehouse["id"]: warehouse for warehouse in caller.get(WAREHOUSES)["data"]["warehouses"]}
    used = {
        stock["warehouse_id"]
        for product in caller.all_products()
        for sku in product["skus"]
        for stock in sku["inventory"]
    }

    assert len(used) == 2
    assert {listed[warehouse_id]["type"] for warehouse_id in used} == {"SALES_WAREHOUSE"}
