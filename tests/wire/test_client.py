"""The client against the sandbox."""

import httpx
import pytest

from mye_tiktok.domain.authorization import Access
from mye_tiktok.domain.json import Json
from mye_tiktok.errors import (
    MyeTikTokError,
    NeedsPersonError,
    NotUnderstoodError,
    RefusedError,
    TryLaterError,
    UnreachableError,
    WrongSettingsError,
)
from mye_tiktok.sandbox.faults import Kind
from mye_tiktok.sandbox.sandbox import Sandbox
from mye_tiktok.tiktok.app import App
from mye_tiktok.tiktok.client import TikTokClient
from mye_tiktok.tiktok.operations import (
    GET_AUTHORIZED_SHOPS,
    GET_CATEGORIES,
    GET_PRODUCT,
    GET_WAREHOUSE_LIST,
    SEARCH_PRODUCTS,
    Operation,
)
from mye_tiktok.tiktok.shops import active_shops, authorized_shops
from mye_tiktok.tiktok.trace import Trace
from tests.unit.tiktok.world import FakeTime
from tests.wire.conftest import Connect, Tokens

WRITE = Operation(name="search_products", method="POST", path=SEARCH_PRODUCTS.path, repeatable=False)


def first_page(tiktok: TikTokClient, access: Access, operation: Operation = SEARCH_PRODUCTS) -> Json:
    return tiktok.call(access, operation, query={"page_size": 5}, body={})


def test_shops_are_listed_with_their_ciphers(tiktok: TikTokClient, sandbox: Sandbox) -> None:
    shops = authorized_shops(tiktok, Access(authorization_id=1))

    assert [(shop.shop_id, shop.cipher) for shop in shops] == [(sandbox.shop().shop_id, sandbox.shop().cipher)]
    assert [shop["id"] for shop in active_shops(tiktok, Access(authorization_id=1))] == [sandbox.shop().shop_id]


def test_every_operation_of_this_table_is_accepted(tiktok: TikTokClient, access: Access) -> None:
    product_id = first_page(tiktok, access)["products"][0]["id"]

    assert tiktok.call(access, GET_PRODUCT, path={"product_id": product_id})["id"] == product_id
    assert tiktok.call(access, GET_CATEGORIES)["categories"]
    assert tiktok.call(access, GET_WAREHOUSE_LIST)["warehouses"]


def test_pages_stream_until_there_are_no_more(tiktok: TikTokClient, access: Access) -> None:
    pages = list(tiktok.pages(access, SEARCH_PRODUCTS, items="products", body={}, page_size=100))

    assert [len(page.items) for page in pages] == [100, 100, 50]
    assert {page.total for page in pages} == {250}
    assert len({item["id"] for page in pages for item in page.items}) == 250


def test_a_page_token_that_repeats_ends_loudly(tiktok: TikTokClient, access: Access, sandbox: Sandbox) -> None:
    sandbox.fail("same_page_token", operation="search_products", after=1)

    with pytest.raises(NotUnderstoodError, match="same page token twice"):
        list(tiktok.pages(access, SEARCH_PRODUCTS, items="products", body={}, page_size=10))


@pytest.mark.parametrize(
    "fault", ["html", "bad_gateway", "unavailable", "internal", "timeout", "rate_limited", "truncated"]
)
def test_a_passing_fault_is_outlived(fault: Kind, tiktok: TikTokClient, access: Access, sandbox: Sandbox) -> None:
    sandbox.fail(fault, times=2)

    assert first_page(tiktok, access)["products"]


@pytest.mark.parametrize(
    ("fault", "failure"),
    [
        ("html", NotUnderstoodError),
        ("truncated", NotUnderstoodError),
        ("bad_gateway", UnreachableError),
        ("unavailable", UnreachableError),
        ("internal", UnreachableError),
        ("timeout", UnreachableError),
        ("rate_limited", TryLaterError),
        ("hourly_cap", TryLaterError),
        ("revoked", NeedsPersonError),
        ("shop_inactive", NeedsPersonError),
        ("seller_inactive", NeedsPersonError),
        ("scope_missing", NeedsPersonError),
    ],
)
def test_a_lasting_fault_ends_in_its_documented_error(
    fault: Kind, failure: type[MyeTikTokError], tiktok: TikTokClient, access: Access, sandbox: Sandbox
) -> None:
    sandbox.fail(fault)

    with pytest.raises(failure) as caught:
        first_page(tiktok, access)

    assert caught.value.hint
    assert caught.value.__cause__ is None
    assert caught.value.__context__ is None


def test_retries_are_bounded_and_pause_longer_and_longer(
    tiktok: TikTokClient, access: Access, sandbox: Sandbox, time: FakeTime
) -> None:
    sandbox.fail("unavailable")
    before, began = tiktok.requests, time.seconds

    with pytest.raises(UnreachableError):
        first_page(tiktok, access)

    assert tiktok.requests - before == 5
    assert 1 < time.seconds - began < 60


def test_retry_after_comes_before_our_own_pause(
    tiktok: TikTokClient, access: Access, sandbox: Sandbox, time: FakeTime
) -> None:
    sandbox.fail("unavailable", times=1, seconds=17)
    began = time.seconds

    first_page(tiktok, access)

    assert time.seconds - began == pytest.approx(17)


def test_a_write_in_doubt_is_not_repeated(tiktok: TikTokClient, access: Access, sandbox: Sandbox) -> None:
    sandbox.fail("bad_gateway", times=1)
    before = tiktok.requests

    with pytest.raises(UnreachableError):
        first_page(tiktok, access, WRITE)

    assert tiktok.requests - before == 1


def test_a_write_refused_for_the_rate_is_repeated(tiktok: TikTokClient, access: Access, sandbox: Sandbox) -> None:
    sandbox.fail("rate_limited", times=2)

    assert first_page(tiktok, access, WRITE)["products"]


def test_an_expired_token_is_renewed_and_the_call_repeated_once(
    tiktok: TikTokClient, access: Access, sandbox: Sandbox, tokens: Tokens
) -> None:
    old = tokens.current
    tokens.coming = [tokens.current]
    sandbox.fail("expired", times=1)

    assert first_page(tiktok, access)["products"]
    assert tokens.renewals == [old]


def test_a_renewed_token_that_is_refused_again_needs_a_person(
    tiktok: TikTokClient, access: Access, sandbox: Sandbox, tokens: Tokens
) -> None:
    tokens.coming = [tokens.current] * 5
    sandbox.fail("expired")

    with pytest.raises(NeedsPersonError) as caught:
        first_page(tiktok, access)

    assert caught.value.parks == "authorization"
    assert len(tokens.renewals) == 1


def test_a_clock_that_is_off_is_named_with_its_difference(
    tiktok: TikTokClient, access: Access, sandbox: Sandbox
) -> None:
    sandbox.skew_clock(-400)

    with pytest.raises(WrongSettingsError, match="seconds ahead of TikTok's") as caught:
        first_page(tiktok, access)

    assert caught.value.exit_code == 78


def test_a_wrong_secret_is_a_wrong_setting(
    connect: Connect, access: Access, sandbox: Sandbox, tokens: Tokens, tiktok: TikTokClient
) -> None:
    wrong = connect(app=App(app_key=sandbox.app_key, app_secret="other"), tokens=tokens, transport=_transport(sandbox))

    with pytest.raises(WrongSettingsError, match="APP_SECRET"):
        first_page(wrong, access)


def test_an_unknown_key_is_a_wrong_setting(connect: Connect, access: Access, sandbox: Sandbox, tokens: Tokens) -> None:
    wrong = connect(app=App(app_key="other", app_secret="other"), tokens=tokens, transport=_transport(sandbox))

    with pytest.raises(WrongSettingsError, match="APP_KEY"):
        first_page(wrong, access)


def test_a_shop_without_a_cipher_is_never_asked_about(tiktok: TikTokClient) -> None:
    before = tiktok.requests

    with pytest.raises(NeedsPersonError, match="cipher"):
        first_page(tiktok, Access(authorization_id=1, shop_id="7"))

    assert tiktok.requests == before


def test_a_cipher_of_somebody_else_parks_the_channel(tiktok: TikTokClient) -> None:
    with pytest.raises(NeedsPersonError) as caught:
        first_page(tiktok, Access(authorization_id=1, shop_id="7", shop_cipher="GCP_other"))

    assert caught.value.parks == "channel"


def test_an_unknown_code_is_passed_on_as_not_understood(tiktok: TikTokClient, access: Access, sandbox: Sandbox) -> None:
    sandbox.fail("refusal", code=424242, message="The moon is wrong.")

    with pytest.raises(NotUnderstoodError, match="The moon is wrong") as caught:
        first_page(tiktok, access)

    assert caught.value.code == "424242"


def test_a_documented_refusal_names_call_code_and_request(
    tiktok: TikTokClient, access: Access, sandbox: Sandbox
) -> None:
    with pytest.raises(RefusedError) as caught:
        tiktok.call(access, SEARCH_PRODUCTS, query={"page_size": 5}, body={"sku_ids": ["1"] * 11})

    assert "POST /product/202502/products/search" in caught.value.message
    assert caught.value.request_id


def test_every_request_leaves_one_trace(tiktok: TikTokClient, traces: list[Trace], sandbox: Sandbox) -> None:
    sandbox.fail("internal", times=1)

    tiktok.call(Access(authorization_id=1), GET_AUTHORIZED_SHOPS)

    assert [(trace.path, trace.code, trace.attempt) for trace in traces] == [
        ("/authorization/202309/shops", 36009003, 1),
        ("/authorization/202309/shops", 0, 2),
    ]
    assert all(trace.request_id for trace in traces)


def _transport(sandbox: Sandbox) -> httpx.WSGITransport:
    return httpx.WSGITransport(app=sandbox.wsgi)
