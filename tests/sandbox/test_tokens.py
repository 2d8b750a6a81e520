"""Auth codes, access tokens and refresh tokens."""

from typing import Any

import pytest

from mye_tiktok.sandbox.options import SandboxOptions
from mye_tiktok.sandbox.sandbox import Sandbox
from tests.sandbox.caller import AUTHORIZED_SHOPS, Caller, Clock, read

DAY = 86_400


def caller_with(clock: Clock, **switches: Any) -> Caller:
    return Caller.of(Sandbox(SandboxOptions(products=1, **switches), clock=clock), clock)


def works(caller: Caller, access_token: str) -> bool:
    answer = caller.send("GET", AUTHORIZED_SHOPS, headers={"x-tts-access-token": access_token})
    return bool(read(answer)["code"] == 0)


def test_a_code_is_exchanged_for_tokens_with_absolute_ends(caller: Caller, clock: Clock) -> None:
    answer = caller.token("get", auth_code=caller.sandbox.auth_code(), grant_type="authorized_code")

    grant = answer["data"]
    assert (answer["code"], answer["message"]) == (0, "success")
    assert grant["access_token_expire_in"] == clock.now + 7 * DAY
    assert grant["refresh_token_expire_in"] == clock.now + 365 * DAY
    assert grant["user_type"] == 0
    assert "seller.product.basic" in grant["granted_scopes"]


def test_a_code_works_once(caller: Caller) -> None:
    code = caller.sandbox.auth_code()
    caller.token("get", auth_code=code, grant_type="authorized_code")

    assert caller.token("get", auth_code=code, grant_type="authorized_code")["code"] == 36004004


def test_a_code_lasts_thirty_minutes(caller: Caller, clock: Clock) -> None:
    early, late = caller.sandbox.auth_code(), caller.sandbox.auth_code()
    clock.now += 30 * 60

    first = caller.token("get", auth_code=early, grant_type="authorized_code")
    clock.now += 1

    assert first["code"] == 0
    assert caller.token("get", auth_code=late, grant_type="authorized_code")["code"] == 36004004


@pytest.mark.parametrize(
    ("endpoint", "query", "code"),
    [
        ("get", {"auth_code": "made up", "grant_type": "authorized_code"}, 36004004),
        ("get", {"grant_type": "authorized_code"}, 36004004),
        ("get", {"auth_code": "made up", "grant_type": "authorization_code"}, 36009004),
        ("refresh", {"refresh_token": "made up", "grant_type": "refresh_token"}, 36004005),
        ("refresh", {"refresh_token": "made up", "grant_type": "authorized_code"}, 36009004),
        ("get", {"app_key": "other"}, 36009004),
        ("get", {"app_secret": "other"}, 36009004),
    ],
)
def test_refusals_of_the_token_endpoints_travel_as_http_200(
    caller: Caller, endpoint: str, query: dict[str, str], code: int
) -> None:
    assert caller.token(endpoint, **query)["code"] == code


def test_a_post_to_a_token_endpoint_is_answered_in_plain_text(caller: Caller) -> None:
    answer = caller.http.post("/api/v2/token/get")

    assert (answer.status_code, answer.text) == (404, "404 page not found")


def test_a_refresh_returns_both_tokens_anew(caller: Caller) -> None:
    before = caller.grant

    after = caller.refresh()["data"]

    assert after["access_token"] != before["access_token"]
    assert after["refresh_token"] != before["refresh_token"]
    assert after["refresh_token_expire_in"] == before["refresh_token_expire_in"]
    assert works(caller, after["access_token"])


def test_by_default_a_refresh_ends_the_old_refresh_token_but_not_the_old_access_token(caller: Caller) -> None:
    caller.refresh()

    assert caller.refresh()["code"] == 36004005
    assert works(caller, caller.grant["access_token"])


def test_the_old_refresh_token_can_be_kept_good(clock: Clock) -> None:
    caller = caller_with(clock, old_refresh_token_dies=False)
    caller.refresh()

    assert caller.refresh()["code"] == 0


def test_a_refresh_can_return_the_same_refresh_token(clock: Clock) -> None:
    caller = caller_with(clock, refresh_token_rotates=False)

    assert caller.refresh()["data"]["refresh_token"] == caller.grant["refresh_token"]


def test_a_refresh_can_end_the_old_access_token(clock: Clock) -> None:
    caller = caller_with(clock, old_access_token_survives=False)
    after = caller.refresh()["data"]

    assert not works(caller, caller.grant["access_token"])
    assert works(caller, after["access_token"])


def test_scopes_can_be_left_unnamed(clock: Clock) -> None:
    assert "granted_scopes" not in caller_with(clock, sends_granted_scopes=False).grant


def test_an_authorization_ends_with_its_refresh_token(caller: Caller, clock: Clock) -> None:
    clock.now += 365 * DAY - 1
    last = caller.refresh()["data"]
    clock.now += 1

    assert last["access_token_expire_in"] == last["refresh_token_expire_in"]
    assert caller.refresh(last["refresh_token"])["code"] == 36004005


def test_a_revoked_authorization_cannot_be_renewed(caller: Caller) -> None:
    assert caller.sandbox.revoke() == 1
    assert caller.refresh()["code"] == 36004005


def test_one_authorization_of_several_can_be_revoked(caller: Caller) -> None:
    other = Caller.of(caller.sandbox, caller.clock)

    caller.sandbox.revoke(caller.sandbox.authorizations[0])

    assert not works(caller, caller.grant["access_token"])
    assert works(other, other.grant["access_token"])


def test_access_tokens_expire_on_demand_and_a_refresh_helps(caller: Caller) -> None:
    assert caller.sandbox.expire_access_tokens() == 1
    assert not works(caller, caller.grant["access_token"])
    assert works(caller, caller.refresh()["data"]["access_token"])


def test_an_expired_token_can_be_answered_with_200(clock: Clock) -> None:
    caller = caller_with(clock, expired_token_status=200)
    caller.sandbox.expire_access_tokens()

    answer = caller.send("GET", AUTHORIZED_SHOPS)

    assert (answer.status_code, read(answer)["code"]) == (200, 105002)
