"""Orders, cancellations and returns, as they are asked for and answered on the wire."""

import json
from collections.abc import Iterable
from datetime import UTC, datetime
from urllib.parse import parse_qsl, urlsplit

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pytest_httpx import HTTPXMock

from mye_tiktok.domain.authorization import Access
from mye_tiktok.domain.json import Json
from mye_tiktok.domain.order import AfterSale
from mye_tiktok.errors import NeedsPersonError, RefusedError
from mye_tiktok.sandbox.options import SandboxOptions
from mye_tiktok.sandbox.sandbox import Sandbox
from mye_tiktok.tiktok.after_sales import search_cancellations, search_returns
from mye_tiktok.tiktok.client import TikTokClient
from mye_tiktok.tiktok.orders import OrderFilter, get_orders, get_price_detail, list_orders, search_orders
from tests.unit.tiktok.world import START, FakeTime
from tests.wire.conftest import Connect

SHOP = Access(authorization_id=1, shop_id="7", shop_cipher="cipher")
WHOLE = {"line_items": [{"id": "1"}], "payment": {"currency": "GBP"}}


def answers(server: HTTPXMock, *pages: Json) -> None:
    for data in pages:
        server.add_response(json={"code": 0, "message": "Success", "request_id": "1", "data": data})


def target(request: httpx.Request) -> tuple[str, dict[str, str]]:
    """The path and the decoded query of a request."""
    parts = urlsplit(request.url.raw_path.decode())
    return parts.path, dict(parse_qsl(parts.query))


def test_a_search_is_sorted_by_what_never_changes_and_has_no_upper_bound(
    connect: Connect, httpx_mock: HTTPXMock
) -> None:
    answers(httpx_mock, {"orders": [{"id": "1", **WHOLE}, {"id": "2"}, {"status": "?"}], "total_count": 2})
    since = datetime(2026, 10, 1, tzinfo=UTC)

    (page,) = search_orders(connect(), SHOP, updated_from=since)

    request = httpx_mock.get_requests()[0]
    path, query = target(request)
    assert path == "/order/202309/orders/search"
    assert (query["sort_field"], query["sort_order"], query["page_size"]) == ("create_time", "ASC", "100")
    assert json.loads(request.content) == {"update_time_ge": int(since.timestamp())}
    assert ([order.order_id for order in page.orders], page.incomplete, page.total) == (["1"], ("2",), 2)


def test_pages_of_a_list_take_every_filter(connect: Connect, httpx_mock: HTTPXMock) -> None:
    answers(httpx_mock, {})
    at = datetime(2026, 10, 1, tzinfo=UTC)
    wanted = OrderFilter(created_from=at, created_before=at, updated_before=at, status="CANCELLED")

    page = list_orders(connect(), SHOP, wanted=wanted, page_token="a+/=")

    request, second = httpx_mock.get_requests()[0], int(at.timestamp())
    assert json.loads(request.content) == {
        "create_time_ge": second,
        "create_time_lt": second,
        "update_time_lt": second,
        "order_status": "CANCELLED",
    }
    assert (target(request)[1]["page_token"], page.items, page.token) == ("a+/=", [], "")


def test_ids_are_joined_by_commas_fifty_per_call(connect: Connect, httpx_mock: HTTPXMock) -> None:
    ids = [str(number) for number in range(1, 121)]
    answers(httpx_mock, *({"orders": [{"id": one} for one in ids[at : at + 50]]} for at in (0, 50, 100)))

    found = get_orders(connect(), SHOP, [*ids, *ids])

    asked = [target(request)[1]["ids"].split(",") for request in httpx_mock.get_requests()]
    assert [len(part) for part in asked] == [50, 50, 20]
    assert ([order.order_id for order in found.orders], found.missing) == (ids, ())


def test_what_was_not_asked_for_is_no_answer(connect: Connect, httpx_mock: HTTPXMock) -> None:
    answers(httpx_mock, {"orders": [{"id": "2"}]})

    found = get_orders(connect(), SHOP, ["1"])

    assert (found.orders, found.missing) == ((), ("1",))


def test_what_is_no_id_is_never_sent(connect: Connect) -> None:
    assert get_orders(connect(), SHOP, ["", "1,2", "ä", "../x"]).missing == ("", "1,2", "ä", "../x")


def test_another_refusal_is_not_taken_for_a_missing_order(connect: Connect, httpx_mock: HTTPXMock) -> None:
    httpx_mock.add_response(json={"code": 98001004, "message": "Invalid parameter.", "request_id": "1"})

    with pytest.raises(RefusedError):
        get_orders(connect(), SHOP, ["1", "2"])


@pytest.fixture(params=["omit", "refuse"])
def sandbox(request: pytest.FixtureRequest, time: FakeTime) -> Sandbox:
    """Both ways in which TikTok may treat ids of orders it does not know."""
    options = SandboxOptions(products=20, orders=60, unknown_orders=request.param)
    return Sandbox(options, clock=lambda: START.timestamp() + time.seconds)


@pytest.fixture
def known(tiktok: TikTokClient, access: Access) -> list[str]:
    return [order.order_id for page in search_orders(tiktok, access) for order in page.orders]


def test_ids_that_are_unknown_are_found_among_many(tiktok: TikTokClient, access: Access, known: list[str]) -> None:
    strangers = ["577999999999999999", "577999999999999998"]
    before = tiktok.requests

    found = get_orders(tiktok, access, [*known[:20], strangers[0], *known[20:40], strangers[1]])

    assert [order.order_id for order in found.orders] == known[:40]
    assert found.missing == tuple(strangers)
    assert tiktok.requests - before <= 2 * 2 * 6


@settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_every_mixture_of_ids_is_told_apart(
    tiktok: TikTokClient, access: Access, known: list[str], data: st.DataObject
) -> None:
    strangers = [str(577_999_999_999_999_000 + number) for number in range(10)]
    asked = data.draw(st.lists(st.sampled_from([*known, *strangers]), max_size=70))

    found = get_orders(tiktok, access, asked)

    assert {order.order_id for order in found.orders} == set(asked) & set(known)
    assert set(found.missing) == set(asked) & set(strangers)


def test_how_a_price_was_built_is_passed_on(tiktok: TikTokClient, access: Access, known: list[str]) -> None:
    assert get_price_detail(tiktok, access, known[0])["line_items"]


def cases(pages: Iterable[list[AfterSale]]) -> list[AfterSale]:
    return [case for page in pages for case in page]


def test_cancellations_and_returns_are_asked_for_by_order_or_by_change(connect: Connect, httpx_mock: HTTPXMock) -> None:
    cancellation = {"cancel_id": "9", "order_id": "1"}
    answers(httpx_mock, {"cancellations": [cancellation, {"cancel_id": "8"}], "next_page_token": "t"}, {}, {})
    since = datetime(2026, 10, 1, tzinfo=UTC)

    (found,) = cases(search_cancellations(connect(), SHOP, order_ids=["1", "2"]))
    assert cases(search_returns(connect(), SHOP, updated_from=since)) == []

    first, second, third = httpx_mock.get_requests()
    assert [target(one)[1]["page_size"] for one in (first, second, third)] == ["50"] * 3
    assert json.loads(first.content) == json.loads(second.content) == {"order_ids": ["1", "2"]}
    assert json.loads(third.content) == {"update_time_ge": int(since.timestamp())}
    assert target(third)[0] == "/return_refund/202602/returns/search"
    assert (found.kind, found.case_id) == ("cancellation", "9")


def test_a_missing_scope_needs_a_person(connect: Connect, httpx_mock: HTTPXMock) -> None:
    httpx_mock.add_response(status_code=401, json={"code": 105005, "message": "Access denied.", "request_id": "1"})

    with pytest.raises(NeedsPersonError, match="105005"):
        next(search_returns(connect(), SHOP))
