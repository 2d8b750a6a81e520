"""Faults on demand, in process."""

import json

import httpx
import pytest

from mye_tiktok.sandbox.faults import Fault, Faults, Kind
from mye_tiktok.sandbox.options import SandboxOptions
from mye_tiktok.sandbox.sandbox import Sandbox
from mye_tiktok.sandbox.spoiled import DroppedError
from tests.sandbox.caller import AUTHORIZED_SHOPS, PRODUCT, SEARCH, WAREHOUSES, Caller, Clock, read


def search(caller: Caller) -> httpx.Response:
    return caller.send("POST", SEARCH, {"shop_cipher": caller.cipher, "page_size": "2"}, b"{}")


@pytest.mark.parametrize(
    ("kind", "status", "code"),
    [
        ("internal", 500, 36009003),
        ("timeout", 408, 36009007),
        ("rate_limited", 429, 36009002),
        ("hourly_cap", 429, 36009037),
        ("expired", 401, 105002),
        ("revoked", 401, 105001),
        ("shop_inactive", 401, 36009043),
        ("seller_inactive", 401, 36009044),
        ("scope_missing", 401, 105005),
    ],
)
def test_a_refusal_can_be_had_on_demand(caller: Caller, kind: Kind, status: int, code: int) -> None:
    caller.sandbox.fail(kind, times=1)

    answer = search(caller)

    assert (answer.status_code, read(answer)["code"]) == (status, code)
    assert read(search(caller))["code"] == 0


def test_any_code_can_be_had_on_demand(caller: Caller) -> None:
    caller.sandbox.fail("refusal", code=12052700, status=200, message="seller inactive")

    answer = search(caller)

    assert (answer.status_code, read(answer)["code"], read(answer)["message"]) == (200, 12052700, "seller inactive")


@pytest.mark.parametrize(
    ("kind", "status", "media"),
    [("html", 200, "text/html"), ("bad_gateway", 502, "text/plain"), ("unavailable", 503, "text/plain")],
)
def test_an_answer_can_be_no_json_at_all(caller: Caller, kind: Kind, status: int, media: str) -> None:
    caller.sandbox.fail(kind)

    answer = search(caller)

    assert answer.status_code == status
    assert answer.headers["content-type"].startswith(media)
    with pytest.raises(json.JSONDecodeError):
        answer.json()


def test_a_fault_can_say_when_to_come_back(caller: Caller) -> None:
    caller.sandbox.fail("rate_limited", seconds=3, times=1)

    assert search(caller).headers["retry-after"] == "3"

    caller.sandbox.fail("unavailable", seconds=4, times=1)

    assert search(caller).headers["retry-after"] == "4"


def test_a_truncated_answer_is_half_of_it(caller: Caller) -> None:
    caller.sandbox.fail("truncated", times=1)

    half, whole = search(caller), search(caller)

    assert half.status_code == 200
    assert len(half.content) == len(whole.content) // 2


@pytest.mark.parametrize("kind", ["drop", "lost"])
def test_a_connection_can_end_without_an_answer(caller: Caller, kind: Kind) -> None:
    caller.sandbox.fail(kind, times=1)

    with pytest.raises(DroppedError):
        search(caller)


def test_a_lost_answer_was_still_acted_on(caller: Caller) -> None:
    caller.sandbox.fail("lost", operation="token_refresh", times=1)

    with pytest.raises(DroppedError):
        caller.refresh()

    assert caller.refresh()["code"] == 36004005


def test_a_dropped_connection_was_not_acted_on(caller: Caller) -> None:
    caller.sandbox.fail("drop", operation="token_refresh", times=1)

    with pytest.raises(DroppedError):
        caller.refresh()

    assert caller.refresh()["code"] == 0


def test_a_refresh_can_be_refused_on_demand(caller: Caller) -> None:
    caller.sandbox.fail("refresh_refused", operation="token_refresh", status=200)

    assert caller.refresh()["code"] == 36004005


def test_a_page_token_can_repeat(caller: Caller) -> None:
    first = caller.search(2)["data"]["next_page_token"]
    caller.sandbox.fail("same_page_token")

    assert caller.search(2, first)["data"]["next_page_token"] == first


def test_enumerations_can_hold_unheard_of_values(caller: Caller) -> None:
    caller.sandbox.fail("strange_values")

    product = caller.search(1)["data"]["products"][0]

    assert product["status"].startswith("SANDBOX_")
    assert product["skus"][0]["status_info"]["status"].startswith("SANDBOX_")


def test_optional_values_can_be_null(caller: Caller) -> None:
    caller.sandbox.fail("nulls")

    product = caller.search(1)["data"]["products"][0]

    assert product["title"] is None
    assert product["skus"][0]["price"] is None
    assert len(product["id"]) == 19
    assert product["update_time"] > 0


def test_token_answers_can_be_spoiled_too(caller: Caller) -> None:
    caller.sandbox.fail("bad_gateway", operation="token_get", times=1)
    assert caller.http.get("/api/v2/token/get").status_code == 502

    caller.sandbox.fail("nulls", operation="token_refresh")

    assert caller.refresh()["data"]["access_token"] is None


def test_a_fault_spares_the_calls_before_it_and_ends_after_its_number(caller: Caller) -> None:
    caller.sandbox.fail("internal", after=2, times=3)

    assert [search(caller).status_code for _ in range(7)] == [200, 200, 500, 500, 500, 200, 200]


def test_a_fault_hits_the_operation_it_is_meant_for(caller: Caller) -> None:
    caller.sandbox.fail("internal", operation="get_product")

    assert search(caller).status_code == 200
    assert caller.get(PRODUCT + caller.sandbox.shop().catalogue.product_id(0))["code"] == 36009003


def test_a_fault_of_every_signed_call_spares_the_tokens(caller: Caller) -> None:
    caller.sandbox.fail("expired")

    assert caller.refresh()["code"] == 0

    caller.sandbox.fail("refusal", operation="*", code=36009033, status=200)
    caller.sandbox.heal()
    caller.sandbox.fail("refusal", operation="*", code=36009033, status=200)

    assert caller.token("get")["code"] == 36009033


def test_a_fault_by_chance_is_the_same_with_the_same_seed() -> None:
    def draw(seed: int) -> list[bool]:
        faults = Faults()
        faults.add(Fault(kind="internal", probability=0.3, seed=seed))
        return [faults.strike("get_product") is not None for _ in range(200)]

    assert draw(1) == draw(1) != draw(2)
    assert 30 < sum(draw(1)) < 90


def test_everything_can_fail_after_some_calls_until_healed(caller: Caller) -> None:
    caller.sandbox.fail_after(calls=1)
    statuses = [search(caller).status_code for _ in range(3)]

    caller.sandbox.heal()

    assert statuses == [200, 503, 503]
    assert search(caller).status_code == 200


def test_healing_sets_the_clock_right_and_shops_active(caller: Caller) -> None:
    caller.sandbox.skew_clock(-600)
    caller.sandbox.deactivate_shop()
    skewed = caller.get(WAREHOUSES)

    caller.sandbox.heal()

    assert "more than 30 seconds" in skewed["message"]
    assert caller.get(WAREHOUSES)["code"] == 0


@pytest.mark.parametrize(
    "wrong", [{"kind": "gremlin"}, {"kind": "drop", "operation": "get_prodcut"}, {"kind": "drop", "times": 0}]
)
def test_a_fault_that_cannot_be_is_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(ValueError, match=r"not one of|times must"):
        Fault(**wrong)  # type: ignore[arg-type]


@pytest.mark.parametrize("retry_after", [True, False])
def test_calls_beyond_the_limit_are_refused_for_each_shop_and_endpoint(clock: Clock, retry_after: bool) -> None:
    options = SandboxOptions(products=1, shops=2, rate_limit=3, retry_after=retry_after)
    sandbox = Sandbox(options, clock=clock)
    caller = Caller.of(sandbox, clock)

    statuses = [search(caller).status_code for _ in range(5)]
    refused = search(caller)
    other_endpoint = caller.send("GET", AUTHORIZED_SHOPS)
    caller.cipher = sandbox.shops[1].cipher
    other_shop = search(caller)
    caller.cipher = sandbox.shops[0].cipher
    clock.now += 1

    assert statuses == [200, 200, 200, 429, 429]
    assert read(refused)["code"] == 36009002
    assert ("retry-after" in refused.headers) == retry_after
    assert (other_endpoint.status_code, other_shop.status_code, search(caller).status_code) == (200, 200, 200)


def test_a_bucket_is_refilled_steadily(clock: Clock) -> None:
    options = SandboxOptions(products=1, rate_limit=4, rate_limit_kind="bucket")
    caller = Caller.of(Sandbox(options, clock=clock), clock)

    burst = [search(caller).status_code for _ in range(5)]
    clock.now += 0.25
    later = [search(caller).status_code for _ in range(2)]

    assert burst == [200, 200, 200, 200, 429]
    assert later == [200, 429]


def test_an_answer_can_be_made_to_wait(clock: Clock) -> None:
    caller = Caller.of(Sandbox(SandboxOptions(products=1, latency_ms=1), clock=clock), clock)

    assert search(caller).status_code == 200
