"""One client shared by threads, over real connections."""

from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest

from mye_tiktok.domain.authorization import Access
from mye_tiktok.sandbox.sandbox import Sandbox
from mye_tiktok.sandbox.server import running
from mye_tiktok.tiktok.app import App
from mye_tiktok.tiktok.operations import GET_AUTHORIZED_SHOPS, GET_PRODUCT
from mye_tiktok.tiktok.products import get_product, list_products
from mye_tiktok.tiktok.trace import Trace
from mye_tiktok.tiktok.transports import Transports
from tests.wire.conftest import Connect, Tokens
from tests.wire.raw_server import http, serving


def test_threads_share_a_client_and_each_gets_its_own_answer(
    connect: Connect, app: App, tokens: Tokens, sandbox: Sandbox, traces: list[Trace]
) -> None:
    shop = sandbox.shop()
    access = Access(authorization_id=1, shop_id=shop.shop_id, shop_cipher=shop.cipher)
    with running(sandbox) as url:
        tiktok = connect(url, app=app, tokens=tokens)
        ids = [item["id"] for item in list_products(tiktok, access, page_size=100).items]
        with ThreadPoolExecutor(16) as pool:
            products = list(pool.map(lambda product_id: get_product(tiktok, access, product_id), ids))
        tiktok.close()

    assert [product.product_id for product in products if product] == ids
    assert tiktok.requests == len(traces) == 101


def test_the_connection_used_last_is_used_next() -> None:
    transports = Transports(httpx.URL("http://tiktok.test"), None, timeout=1)
    one, other = transports.take(), transports.take()
    transports.put(one)
    transports.put(other)

    assert transports.take() is other
    assert transports.take() is one
    assert transports.take() not in (one, other)


def test_a_proxy_named_by_the_environment_is_used(connect: Connect, monkeypatch: pytest.MonkeyPatch) -> None:
    answer = http(b'{"code":0,"data":{"shops":[]}}')
    with serving(answer) as proxy:
        monkeypatch.setenv("http_proxy", proxy.url)
        monkeypatch.delenv("no_proxy", raising=False)
        connect("http://tiktok.example").call(Access(authorization_id=1), GET_AUTHORIZED_SHOPS)

    assert proxy.requests[0].startswith(b"GET http://tiktok.example/authorization/202309/shops?")


def test_a_host_that_needs_no_proxy_is_reached_directly(connect: Connect, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("http_proxy", "http://proxy.invalid")
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    with serving(http(b'{"code":0,"data":{"id":"17"}}')) as server:
        access = Access(authorization_id=1, shop_id="7", shop_cipher="cipher")
        found = connect(server.url).call(access, GET_PRODUCT, path={"product_id": "17"})

    assert found == {"id": "17"}
