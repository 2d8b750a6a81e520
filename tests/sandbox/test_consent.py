"""The authorize page, as a browser sees it."""

from urllib.parse import parse_qs, urlsplit

import httpx
import pytest

from mye_tiktok.sandbox.options import DEFAULT_REDIRECT_URL, SandboxOptions
from mye_tiktok.sandbox.sandbox import Sandbox
from tests.sandbox.caller import Caller, Clock

PAGE = "/open/authorize"


def browser(sandbox: Sandbox) -> httpx.Client:
    return httpx.Client(transport=httpx.WSGITransport(app=sandbox.wsgi), base_url="http://sandbox")


def redirect(answer: httpx.Response) -> tuple[str, dict[str, list[str]]]:
    assert answer.status_code == 302
    address, _, query = answer.headers["location"].partition("?")
    return address, parse_qs(query)


@pytest.mark.parametrize(("path", "name"), [(PAGE, "service_id"), ("/oauth/authorize", "app_key")])
def test_the_page_shows_who_asks_for_what(sandbox: Sandbox, path: str, name: str) -> None:
    page = browser(sandbox).get(path, params={name: getattr(sandbox, name), "state": 'a"<b>'})

    assert page.status_code == 200
    assert sandbox.app_key in page.text
    assert sandbox.shops[0].name in page.text
    assert 'value="a&quot;&lt;b&gt;"' in page.text
    assert "<b>" not in page.text


def test_approving_returns_a_code_that_can_be_exchanged(sandbox: Sandbox, caller: Caller) -> None:
    form = {
        "decision": "approve",
        "seller": sandbox.sellers[0].open_id,
        "shop": sandbox.shops[0].shop_id,
        "state": "s 1",
    }

    address, query = redirect(browser(sandbox).post(PAGE, params={"service_id": sandbox.service_id}, data=form))

    assert address == DEFAULT_REDIRECT_URL
    assert query["state"] == ["s 1"]
    assert caller.token("get", auth_code=query["code"][0], grant_type="authorized_code")["code"] == 0


def test_denying_returns_the_documented_error(sandbox: Sandbox) -> None:
    form = {"decision": "deny", "state": "s"}

    _, query = redirect(browser(sandbox).post(PAGE, params={"service_id": sandbox.service_id}, data=form))

    assert query == {"code": ["null"], "error": ["auth_denied"], "state": ["s"]}


def test_only_the_chosen_shops_are_authorized(clock: Clock) -> None:
    options = SandboxOptions(products=1, shops=3, sellers=2, redirect_url="https://app.example.com/back?from=tiktok")
    sandbox = Sandbox(options, clock=clock)
    caller = Caller.of(sandbox, clock)
    seller = sandbox.sellers[1]
    chosen = [seller.shops[0].shop_id, seller.shops[2].shop_id]
    form = {"decision": "approve", "seller": seller.open_id, "shop": chosen}

    answer = browser(sandbox).post(PAGE, params={"service_id": sandbox.service_id}, data=form)
    query = parse_qs(urlsplit(answer.headers["location"]).query)
    grant = caller.token("get", auth_code=query["code"][0], grant_type="authorized_code")["data"]

    assert "state" not in query
    assert query["from"] == ["tiktok"]
    assert grant["open_id"] == seller.open_id
    assert [shop.shop_id for shop in sandbox.authorizations[-1].shops] == chosen


def test_approving_nothing_shows_the_page_again(sandbox: Sandbox) -> None:
    answer = browser(sandbox).post(PAGE, params={"service_id": sandbox.service_id}, data={"decision": "approve"})

    assert answer.status_code == 400
    assert "Choose at least one shop." in answer.text


def test_an_app_nobody_registered_is_refused(sandbox: Sandbox) -> None:
    answer = browser(sandbox).get(PAGE, params={"service_id": "1"})

    assert answer.status_code == 400
    assert "Unknown service_id" in answer.text
