"""Activating, deactivating and pricing products, as it goes over the wire."""

import json
from decimal import Decimal
from typing import Any

import httpx
import pytest
from pytest_httpx import HTTPXMock

from mye_tiktok.domain.authorization import Access
from mye_tiktok.domain.json import Json
from mye_tiktok.domain.money import Money
from mye_tiktok.domain.product_command import SkuPrice, StateAction
from mye_tiktok.errors import NeedsPersonError, RefusedError, TryLaterError
from mye_tiktok.tiktok.prices import update_price
from mye_tiktok.tiktok.product_states import change_states
from tests.wire.conftest import Connect

SHOP = Access(authorization_id=1, shop_id="7", shop_cipher="cipher")


def sent(httpx_mock: HTTPXMock) -> list[tuple[str, Any]]:
    return [(request.url.path, json.loads(request.content)) for request in httpx_mock.get_requests()]


def an_error(product_id: str, code: int, *extra: int) -> Json:
    errors = [{"code": one, "message": f"inner {one}"} for one in extra]
    return {"code": code, "message": "outer", "detail": {"product_id": product_id, "extra_errors": errors}}


@pytest.mark.parametrize("action", ["activate", "deactivate"])
def test_products_change_their_state_in_one_call(connect: Connect, httpx_mock: HTTPXMock, action: StateAction) -> None:
    httpx_mock.add_response(json={"code": 0, "request_id": "R1", "data": {}})

    answer = change_states(connect(), SHOP, action, ["1", "2"])

    assert sent(httpx_mock) == [(f"/product/202309/products/{action}", {"product_ids": ["1", "2"]})]
    assert (answer.request_id, answer.refused) == ("R1", {})


def test_errors_beside_code_zero_are_read_to_the_last(connect: Connect, httpx_mock: HTTPXMock) -> None:
    errors = [an_error("1", 12052990, 36009003, 12019022), an_error("3", 12052901)]
    httpx_mock.add_response(json={"code": 0, "request_id": "R1", "data": {"errors": errors}})

    refused = change_states(connect(), SHOP, "activate", ["1", "2", "3"]).refused

    assert {product_id: one.code for product_id, one in refused.items()} == {"1": "12019022", "3": "12052901"}
    assert (refused["1"].message, refused["3"].message) == ("inner 12019022", "outer")


@pytest.mark.parametrize("errors", ["nonsense", [{"code": 12052990}], [an_error("9", 12052990)]])
def test_an_error_about_no_product_of_ours_is_about_all_of_them(
    connect: Connect, httpx_mock: HTTPXMock, errors: object
) -> None:
    httpx_mock.add_response(json={"code": 0, "request_id": "R1", "data": {"errors": errors}})

    refused = change_states(connect(), SHOP, "activate", ["1", "2"]).refused

    assert {one.code for one in refused.values()} == {"12052990"}
    assert set(refused) == {"1", "2"}


def test_a_refusal_of_the_call_is_the_answer_for_every_product(connect: Connect, httpx_mock: HTTPXMock) -> None:
    httpx_mock.add_response(json={"code": 12052048, "message": "not yours", "request_id": "R2"})

    answer = change_states(connect(), SHOP, "deactivate", ["1", "2"])

    assert answer.request_id == "R2"
    assert {product_id: one.code for product_id, one in answer.refused.items()} == {"1": "12052048", "2": "12052048"}


def test_what_stops_more_than_these_products_is_raised(connect: Connect, httpx_mock: HTTPXMock) -> None:
    httpx_mock.add_response(json={"code": 12052700, "message": "seller inactive"}, is_reusable=True)

    with pytest.raises(NeedsPersonError):
        change_states(connect(), SHOP, "activate", ["1"])


@pytest.mark.parametrize(("seller_type", "word"), [("LOCAL", "amount"), ("CROSS_BORDER", "sale_price"), ("", "amount")])
def test_a_price_is_spelled_as_the_kind_of_seller_needs_it(
    connect: Connect, httpx_mock: HTTPXMock, seller_type: str, word: str
) -> None:
    httpx_mock.add_response(json={"code": 0, "request_id": "R1", "data": {}})
    prices = [
        SkuPrice(sku_id="11", amount=Decimal("9.50"), currency="USD"),
        SkuPrice(
            sku_id="12",
            amount=Decimal("1E+1"),
            currency="USD",
            list_price=Money(amount=Decimal("12.00"), currency="USD"),
        ),
    ]

    assert update_price(connect(), SHOP, "1", prices, seller_type=seller_type) == "R1"

    assert sent(httpx_mock) == [
        (
            "/product/202309/products/1/prices/update",
            {
                "skus": [
                    {"id": "11", "price": {"currency": "USD", word: "9.50"}},
                    {
                        "id": "12",
                        "price": {"currency": "USD", word: "10"},
                        "list_price": {"amount": "12.00", "currency": "USD"},
                    },
                ]
            },
        )
    ]


@pytest.mark.parametrize(("code", "error"), [(12052038, RefusedError), (12052881, TryLaterError)])
def test_a_price_that_is_refused_is_raised(
    connect: Connect, httpx_mock: HTTPXMock, code: int, error: type[Exception]
) -> None:
    httpx_mock.add_response(json={"code": code, "message": "no"}, is_reusable=True)

    with pytest.raises(error):
        update_price(
            connect(), SHOP, "1", [SkuPrice(sku_id="11", amount=Decimal(1), currency="USD")], seller_type="LOCAL"
        )


def test_a_call_that_got_no_answer_is_sent_again(connect: Connect, httpx_mock: HTTPXMock) -> None:
    httpx_mock.add_exception(httpx.ReadTimeout("slow"))
    httpx_mock.add_response(json={"code": 0, "request_id": "R3"})

    assert change_states(connect(), SHOP, "deactivate", ["1"]).refused == {}

    first, second = sent(httpx_mock)
    assert first == second
