"""The catalogue, against the sandbox."""

import json
from datetime import timedelta
from math import ceil

import httpx
import pytest
from pytest_httpx import HTTPXMock

from mye_tiktok.domain.authorization import Access
from mye_tiktok.errors import NotUnderstoodError, RefusedError
from mye_tiktok.sandbox.options import SandboxOptions
from mye_tiktok.sandbox.sandbox import Sandbox
from mye_tiktok.tiktok.client import TikTokClient
from mye_tiktok.tiktok.products import STATUSES, get_product, list_products, search_products
from tests.unit.tiktok.world import FakeTime
from tests.wire.conftest import Connect

SHOP = Access(authorization_id=1, shop_id="7", shop_cipher="cipher")
CROWDED = 1_700_000_000
TOO_MANY = {"code": 12052180, "message": "Too many results.", "request_id": "R9"}


def ids(tiktok: TikTokClient, access: Access, time: FakeTime) -> list[str]:
    pages = search_products(tiktok, access, now=time.now())
    return [listing.product_id for page in pages for listing in page.listings]


def test_a_first_fetch_asks_for_a_page_per_hundred(tiktok: TikTokClient, access: Access, time: FakeTime) -> None:
    before = tiktok.requests

    found = ids(tiktok, access, time)

    assert len(set(found)) == len(found) == 250
    assert tiktok.requests - before == 3


def test_nothing_changed_costs_one_call(tiktok: TikTokClient, access: Access, time: FakeTime, sandbox: Sandbox) -> None:
    time.sleep(3600)
    before = tiktok.requests
    since = time.now() - timedelta(minutes=10)

    assert [page.listings for page in search_products(tiktok, access, now=time.now(), updated_from=since)] == [()]
    assert tiktok.requests - before == 1

    changed = sandbox.change_products(3)
    pages = search_products(tiktok, access, now=time.now(), updated_from=since)
    assert {listing.product_id for page in pages for listing in page.listings} == set(changed)


@pytest.mark.parametrize("product_id", ["", "12 3", "a/b", "../x", "search", "ä", "١٢٣"])
def test_what_cannot_be_a_product_id_is_refused_without_asking_tiktok(
    tiktok: TikTokClient, access: Access, product_id: str
) -> None:
    before = tiktok.requests

    with pytest.raises(RefusedError) as caught:
        get_product(tiktok, access, product_id)

    assert "products list" in caught.value.hint
    assert tiktok.requests == before


class TestAShopBeyondTheSearchLimit:
    """25,000 products: TikTok refuses to search more than 10,000 at once."""

    @pytest.fixture
    def sandbox(self, time: FakeTime) -> Sandbox:
        return Sandbox(SandboxOptions(products=25_000), clock=lambda: time.now().timestamp())

    def test_every_product_is_found_once_with_few_calls_wasted(
        self, tiktok: TikTokClient, access: Access, time: FakeTime
    ) -> None:
        before = tiktok.requests

        found = ids(tiktok, access, time)

        assert len(set(found)) == len(found) == 25_000
        assert tiktok.requests - before <= ceil(25_000 / 100) + 12


def test_a_crowded_second_is_split_by_status(connect: Connect, time: FakeTime, httpx_mock: HTTPXMock) -> None:
    def refuse_all_but_single_statuses(request: httpx.Request) -> httpx.Response:
        asked = json.loads(request.content)
        crowded = asked.get("create_time_ge", 0) <= CROWDED <= asked.get("create_time_le", 2**40)
        if not crowded:
            return httpx.Response(200, json={"code": 0})
        if "status" not in asked:
            return httpx.Response(200, json=TOO_MANY)
        return httpx.Response(200, json={"code": 0, "data": {"products": [{"id": asked["status"]}]}})

    httpx_mock.add_callback(refuse_all_but_single_statuses, is_reusable=True)

    assert sorted(ids(connect(), SHOP, time)) == sorted(STATUSES)


def test_a_second_that_no_status_splits_is_a_clear_error(
    connect: Connect, time: FakeTime, httpx_mock: HTTPXMock
) -> None:
    httpx_mock.add_response(json=TOO_MANY, is_reusable=True)

    with pytest.raises(NotUnderstoodError, match="more than 10,000 products with status DRAFT"):
        ids(connect(), SHOP, time)


def test_another_refusal_in_a_crowded_second_stops_the_search(
    connect: Connect, time: FakeTime, httpx_mock: HTTPXMock
) -> None:
    def refuse_statuses(request: httpx.Request) -> httpx.Response:
        asked = json.loads(request.content)
        return httpx.Response(200, json={"code": 12052910} if "status" in asked else TOO_MANY)

    httpx_mock.add_callback(refuse_statuses, is_reusable=True)

    with pytest.raises(RefusedError, match="12052910"):
        ids(connect(), SHOP, time)


def test_any_other_refusal_of_a_search_stops_it(connect: Connect, time: FakeTime, httpx_mock: HTTPXMock) -> None:
    httpx_mock.add_response(json={"code": 12052910, "message": "no"})

    with pytest.raises(RefusedError):
        ids(connect(), SHOP, time)


def test_a_product_without_an_id_is_left_out(connect: Connect, time: FakeTime, httpx_mock: HTTPXMock) -> None:
    httpx_mock.add_response(json={"code": 0, "data": {"products": [{"title": "?"}, None, {"id": 5}]}})

    assert ids(connect(), SHOP, time) == ["5"]


@pytest.mark.parametrize("data", [None, {}, {"products": None}, {"next_page_token": False, "products": []}])
def test_an_empty_shop_is_an_empty_page_in_all_its_spellings(
    data: object, connect: Connect, time: FakeTime, httpx_mock: HTTPXMock
) -> None:
    httpx_mock.add_response(json={"code": 0, "data": data})

    assert ids(connect(), SHOP, time) == []


def test_products_that_are_no_list_are_not_understood(connect: Connect, time: FakeTime, httpx_mock: HTTPXMock) -> None:
    httpx_mock.add_response(json={"code": 0, "data": {"products": {"id": "5"}}})

    with pytest.raises(NotUnderstoodError):
        ids(connect(), SHOP, time)


def test_the_detail_holds_what_the_search_listed(tiktok: TikTokClient, access: Access) -> None:
    listed = list_products(tiktok, access, page_size=20)

    for raw in listed.items:
        product = get_product(tiktok, access, raw["id"])
        assert product is not None
        assert [sku.sku_id for sku in product.skus] == [sku["id"] for sku in raw["skus"]]


def test_a_page_token_leads_to_the_next_page(tiktok: TikTokClient, access: Access) -> None:
    first = list_products(tiktok, access, page_size=20)

    second = list_products(tiktok, access, page_size=20, page_token=first.token)

    assert not {item["id"] for item in first.items} & {item["id"] for item in second.items}


def test_a_product_that_does_not_exist_is_none(tiktok: TikTokClient, access: Access) -> None:
    assert get_product(tiktok, access, "1700000000000000000") is None


def test_a_product_of_another_shop_is_refused(connect: Connect, httpx_mock: HTTPXMock) -> None:
    httpx_mock.add_response(json={"code": 12052048, "message": "not yours"})

    with pytest.raises(RefusedError):
        get_product(connect(), SHOP, "17")
