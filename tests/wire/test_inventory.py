"""Stock over the wire: what is asked, and what an answer as a whole comes to."""

import json
from collections.abc import Sequence
from typing import Any

import httpx
import pytest
from pytest_httpx import HTTPXMock

from mye_tiktok.domain.authorization import Access
from mye_tiktok.errors import NeedsPersonError, UnreachableError
from mye_tiktok.tiktok.inventory import search_inventory, update_inventory
from tests.wire.conftest import Connect

SHOP = Access(authorization_id=1, shop_id="7", shop_cipher="cipher")


def bodies(httpx_mock: HTTPXMock) -> list[dict[str, Any]]:
    return [json.loads(request.content) for request in httpx_mock.get_requests()]


def shown(request: httpx.Request) -> httpx.Response:
    """Answer a search with what was asked for."""
    asked = json.loads(request.content).get("sku_ids", [])
    skus = [{"id": one, "warehouse_inventory": [{"warehouse_id": "W", "available_quantity": 1}]} for one in asked]
    return httpx.Response(200, json={"code": 0, "data": {"inventory": [{"product_id": "1", "skus": skus}]}})


@pytest.mark.parametrize(("kind", "most"), [("sku_ids", 600), ("product_ids", 100)])
def test_a_search_asks_for_as_many_as_tiktok_allows(
    connect: Connect, httpx_mock: HTTPXMock, kind: str, most: int
) -> None:
    httpx_mock.add_callback(shown, is_reusable=True)
    ids: Sequence[str] = [str(number) for number in range(most + 1)]

    found = search_inventory(connect(), SHOP, **{kind: ids})

    assert [len(body[kind]) for body in bodies(httpx_mock)] == [most, 1]
    assert [figures.sku_id for figures in found] == (ids if kind == "sku_ids" else [])


def test_nothing_asked_is_nothing_sent(connect: Connect, httpx_mock: HTTPXMock) -> None:
    assert search_inventory(connect(), SHOP) == []
    assert httpx_mock.get_requests() == []


def test_an_update_lists_every_warehouse_and_keeps_the_request_id(connect: Connect, httpx_mock: HTTPXMock) -> None:
    httpx_mock.add_response(json={"code": 0, "message": "Success", "request_id": "R1", "data": None})

    answer = update_inventory(connect(), SHOP, "1", {"11": {"W1": 5, "W2": 0}, "12": {"": 7}})

    assert bodies(httpx_mock) == [
        {
            "skus": [
                {
                    "id": "11",
                    "inventory": [{"warehouse_id": "W1", "quantity": 5}, {"warehouse_id": "W2", "quantity": 0}],
                },
                {"id": "12", "inventory": [{"quantity": 7}]},
            ]
        }
    ]
    assert (answer.request_id, answer.refused) == ("R1", [])
    assert set(answer.answers) == {("11", "W1"), ("11", "W2"), ("12", "")}


@pytest.mark.parametrize(("code", "again"), [(12052032, False), (12052901, True), (12052393, True)])
def test_a_refusal_of_the_call_is_the_answer_for_every_sku(
    connect: Connect, httpx_mock: HTTPXMock, code: int, again: bool
) -> None:
    httpx_mock.add_response(json={"code": code, "message": "no", "request_id": "R2"})

    answer = update_inventory(connect(), SHOP, "1", {"11": {"W1": 5}, "12": {"W1": 7}})

    assert answer.request_id == "R2"
    assert [(one.sku_id, one.code, one.again) for one in answer.refused] == [
        ("11", str(code), again),
        ("12", str(code), again),
    ]


def test_an_update_that_got_no_answer_is_sent_again(connect: Connect, httpx_mock: HTTPXMock) -> None:
    httpx_mock.add_exception(httpx.ReadTimeout("slow"))
    httpx_mock.add_response(status_code=502, text="bad gateway")
    httpx_mock.add_response(json={"code": 0, "request_id": "R3"})

    assert update_inventory(connect(), SHOP, "1", {"11": {"W": 5}}).refused == []

    first, second, third = bodies(httpx_mock)
    assert first == second == third


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        ({"status_code": 503, "text": "busy"}, UnreachableError),
        ({"json": {"code": 12052700, "message": "seller inactive"}}, NeedsPersonError),
    ],
)
def test_what_stops_more_than_one_product_is_raised(
    connect: Connect, httpx_mock: HTTPXMock, answer: dict[str, Any], error: type[Exception]
) -> None:
    httpx_mock.add_response(**answer, is_reusable=True)

    with pytest.raises(error):
        update_inventory(connect(), SHOP, "1", {"11": {"W": 5}})
