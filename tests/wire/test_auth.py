"""Tokens, against the sandbox."""

from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs

import httpx
import pytest
from pytest_httpx import HTTPXMock

from mye_tiktok.errors import NeedsPersonError, NotUnderstoodError, UnreachableError
from mye_tiktok.sandbox.sandbox import Sandbox
from mye_tiktok.tiktok.app import AUTH_URL, App
from mye_tiktok.tiktok.auth import AuthClient, authorize_url, parse_grant
from tests.unit.tiktok.reference import reference
from tests.unit.tiktok.world import START

APP = App(app_key="key", app_secret="secret")


def test_a_code_is_traded_for_tokens_with_absolute_ends(auth: AuthClient, sandbox: Sandbox) -> None:
    grant = auth.exchange_code(sandbox.auth_code())

    assert grant.access_token_expires_at == START + timedelta(days=7)
    assert grant.refresh_token_expires_at == START + timedelta(days=365)
    assert "seller.product.basic" in grant.granted_scopes


def test_a_code_used_twice_needs_a_person(auth: AuthClient, sandbox: Sandbox) -> None:
    code = sandbox.auth_code()
    auth.exchange_code(code)

    with pytest.raises(NeedsPersonError) as caught:
        auth.exchange_code(code)

    assert (caught.value.code, caught.value.parks) == ("36004004", "")
    assert "mye-tiktok auth url" in caught.value.hint


def test_a_refresh_returns_a_new_pair(auth: AuthClient, sandbox: Sandbox) -> None:
    first = auth.exchange_code(sandbox.auth_code())

    second = auth.refresh(first.refresh_token)

    assert second.access_token != first.access_token
    assert second.open_id == first.open_id


def test_a_refresh_token_that_tiktok_does_not_know_parks_the_authorization(auth: AuthClient) -> None:
    with pytest.raises(NeedsPersonError) as caught:
        auth.refresh("unknown")

    assert (caught.value.code, caught.value.parks) == ("36004005", "authorization")


def test_a_token_host_that_recovers_is_outlived(auth: AuthClient, sandbox: Sandbox) -> None:
    sandbox.fail("bad_gateway", operation="token_get", times=2)

    assert auth.exchange_code(sandbox.auth_code()).access_token
    assert auth.requests == 3
    auth.close()


def test_a_token_host_that_stays_down_is_unreachable(auth: AuthClient, sandbox: Sandbox) -> None:
    sandbox.fail("bad_gateway", operation="token_get")

    with pytest.raises(UnreachableError):
        auth.exchange_code(sandbox.auth_code())


def test_tokens_do_not_show(auth: AuthClient, sandbox: Sandbox) -> None:
    grant = auth.exchange_code(sandbox.auth_code())

    assert grant.access_token not in repr(grant)
    assert grant.refresh_token not in repr(grant)


@pytest.mark.parametrize("name", ["token_get.json", "token_get_with_granted_scopes.json"])
def test_a_recorded_token_answer_is_read(name: str) -> None:
    data = reference(f"samples/responses/{name}")["data"]

    grant = parse_grant(data)

    assert grant.access_token_expires_at == datetime.fromtimestamp(data["access_token_expire_in"], tz=UTC)
    assert grant.granted_scopes == tuple(data.get("granted_scopes", ()))


GOOD = {
    "access_token": "a",
    "access_token_expire_in": "1800000000",
    "refresh_token": "r",
    "refresh_token_expire_in": 1830000000,
    "granted_scopes": None,
}


def test_a_grant_survives_missing_scopes_and_numbers_as_text() -> None:
    grant = parse_grant(GOOD)

    assert grant.granted_scopes == ()
    assert grant.access_token_expires_at == datetime.fromtimestamp(1_800_000_000, tz=UTC)


@pytest.mark.parametrize(
    "broken",
    [
        {"access_token": ""},
        {"refresh_token": None},
        {"access_token_expire_in": 604800},
        {"refresh_token_expire_in": ""},
    ],
)
def test_a_grant_without_a_token_or_an_absolute_end_is_not_understood(broken: dict[str, object]) -> None:
    with pytest.raises(NotUnderstoodError):
        parse_grant({**GOOD, **broken})


def test_a_token_request_names_key_secret_and_grant_type(httpx_mock: HTTPXMock) -> None:
    httpx_mock.add_response(json={"code": 0, "data": GOOD})

    AuthClient(APP, "https://auth.test", transport=httpx.HTTPTransport()).exchange_code("c o+d/e")

    (request,) = httpx_mock.get_requests()
    assert request.method == "GET"
    assert parse_qs(request.url.query.decode()) == {
        "app_key": ["key"],
        "app_secret": ["secret"],
        "auth_code": ["c o+d/e"],
        "grant_type": ["authorized_code"],
    }


@pytest.mark.parametrize(
    ("region", "auth_url", "start"),
    [
        ("row", AUTH_URL, "https://services.tiktokshop.com/open/authorize?service_id=7&state=s%2F1"),
        ("us", AUTH_URL + "/", "https://services.us.tiktokshop.com/open/authorize?service_id=7&state=s%2F1"),
        ("us", "http://127.0.0.1:9/", "http://127.0.0.1:9/open/authorize?service_id=7&state=s%2F1"),
    ],
)
def test_the_authorize_page_depends_on_region_and_host(region: str, auth_url: str, start: str) -> None:
    assert authorize_url("7", state="s/1", region="us" if region == "us" else "row", auth_url=auth_url) == start
