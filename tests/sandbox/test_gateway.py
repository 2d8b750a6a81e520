"""What is checked before business, with which code and in which order."""

import httpx
import pytest

from mye_tiktok.sandbox.options import SandboxOptions
from mye_tiktok.sandbox.sandbox import Sandbox
from tests.sandbox.caller import ACTIVE_SHOPS, AUTHORIZED_SHOPS, PRODUCT, SEARCH, WAREHOUSES, Caller, Clock, read


def refusal(answer: httpx.Response) -> tuple[int, int, str]:
    envelope = read(answer)
    assert envelope["data"] is None
    return answer.status_code, envelope["code"], envelope["message"]


def test_what_is_right_passes(caller: Caller) -> None:
    answer = caller.send("POST", SEARCH, {"shop_cipher": caller.cipher, "page_size": "1"}, b"{}")

    assert answer.status_code == 200
    assert set(read(answer)) == {"code", "data", "message", "request_id"}
    assert read(answer)["code"] == 0
    assert read(answer)["message"] == "Success"


@pytest.mark.parametrize(
    ("method", "path", "status", "code"),
    [
        ("GET", "/nothing/202309/here", 404, 36009009),
        ("GET", "/", 404, 36009009),
        ("GET", "/product/202309/products/1/more", 404, 36009009),
        ("DELETE", AUTHORIZED_SHOPS, 405, 36009010),
        ("GET", SEARCH, 405, 36009010),
        ("GET", "/authorization/202001/shops", 400, 36009014),
    ],
)
def test_path_method_and_version_are_checked(caller: Caller, method: str, path: str, status: int, code: int) -> None:
    assert refusal(caller.send(method, path))[:2] == (status, code)


def test_a_wrong_version_is_answered_without_a_request_id(caller: Caller) -> None:
    assert "request_id" not in read(caller.send("GET", "/authorization/202001/shops"))


@pytest.mark.parametrize(
    ("query", "status", "code", "words"),
    [
        ({"app_key": "other"}, 400, 36009004, "Invalid 'app_key'"),
        ({"app_key": None}, 400, 36009004, "Invalid 'app_key'"),
        ({"sign": None}, 400, 36009004, "Missing credentials. The signature"),
        ({"timestamp": "-5"}, 400, 36009004, "'timestamp' query parameter is lesser than 0"),
        ({"timestamp": "1789999699"}, 400, 36009004, "earlier than 5 minutes"),
        ({"timestamp": "1790000031"}, 400, 36009004, "more than 30 seconds"),
        ({"timestamp": None}, 400, 36009004, "'timestamp'"),
        ({"timestamp": "soon"}, 400, 36009004, "'timestamp'"),
        ({"timestamp": "--5"}, 400, 36009004, "'timestamp'"),
        ({"timestamp": "9" * 5000}, 400, 36009004, "'timestamp'"),
        ({"sign": "0" * 64}, 401, 106001, "The 'sign' query parameter is invalid"),
    ],
)
def test_app_and_signature_are_checked(
    caller: Caller, query: dict[str, str | None], status: int, code: int, words: str
) -> None:
    found = refusal(caller.send("GET", AUTHORIZED_SHOPS, query))

    assert found[:2] == (status, code)
    assert words in found[2]


@pytest.mark.parametrize("seconds", [-300, 30])
def test_the_edges_of_the_timestamp_window_pass(caller: Caller, seconds: int) -> None:
    stamp = str(int(caller.clock()) + seconds)

    assert read(caller.send("GET", AUTHORIZED_SHOPS, {"timestamp": stamp}))["code"] == 0


def test_an_upper_case_signature_is_refused(caller: Caller) -> None:
    sent = caller.send("GET", AUTHORIZED_SHOPS)
    sign = sent.request.url.params["sign"].upper()

    assert refusal(caller.send("GET", AUTHORIZED_SHOPS, {"sign": sign}))[1] == 106001


def test_the_token_belongs_in_the_header(caller: Caller) -> None:
    token = caller.grant["access_token"]
    only_query = caller.send("GET", AUTHORIZED_SHOPS, {"access_token": token}, headers={"x-tts-access-token": None})
    both = caller.send("GET", AUTHORIZED_SHOPS, {"access_token": token})

    assert refusal(only_query)[1] == 36009004
    assert "x-tts-access-token header" in refusal(only_query)[2]
    assert read(both)["code"] == 0


def test_an_unknown_token_is_refused(caller: Caller) -> None:
    answer = caller.send("GET", AUTHORIZED_SHOPS, headers={"x-tts-access-token": "ROW_made_up"})

    assert refusal(answer)[:2] == (400, 36009004)


def test_an_unknown_token_can_be_refused_as_deployments_before_did(clock: Clock) -> None:
    caller = Caller.of(Sandbox(SandboxOptions(products=1, unknown_token_code=105001), clock=clock), clock)

    answer = caller.send("GET", AUTHORIZED_SHOPS, headers={"x-tts-access-token": "ROW_made_up"})

    assert refusal(answer)[:2] == (401, 105001)


def test_an_access_token_lasts_seven_days(caller: Caller, clock: Clock) -> None:
    clock.now += 7 * 86_400 - 1
    before = caller.get(AUTHORIZED_SHOPS, shop_cipher="")
    clock.now += 1

    assert before["code"] == 36009004  # the token passed, the cipher did not
    assert refusal(caller.send("GET", AUTHORIZED_SHOPS))[:2] == (401, 105002)


def test_a_revoked_token_is_refused(caller: Caller) -> None:
    caller.sandbox.revoke()

    assert refusal(caller.send("GET", AUTHORIZED_SHOPS))[:2] == (401, 105001)


def test_a_missing_scope_is_refused(caller: Caller) -> None:
    caller.sandbox.withdraw_scope("seller.product.basic")

    assert caller.search()["code"] == 105005
    assert read(caller.send("GET", AUTHORIZED_SHOPS))["code"] == 0


def test_the_cipher_is_demanded_where_a_shop_is_meant(caller: Caller) -> None:
    assert refusal(caller.send("GET", WAREHOUSES))[1] == 106013


@pytest.mark.parametrize("path", [AUTHORIZED_SHOPS, ACTIVE_SHOPS])
def test_the_cipher_is_refused_where_no_shop_is_meant(caller: Caller, path: str) -> None:
    found = refusal(caller.send("GET", path, {"shop_cipher": caller.cipher}))

    assert found[:2] == (400, 36009004)
    assert "'shop_cipher' query parameter is not required" in found[2]


def test_a_cipher_of_another_seller_does_not_fit(clock: Clock) -> None:
    sandbox = Sandbox(SandboxOptions(products=1, sellers=2), clock=clock)
    caller = Caller.of(sandbox, clock)

    assert caller.get(WAREHOUSES, shop_cipher=sandbox.sellers[1].shops[0].cipher)["code"] == 101000
    assert caller.get(WAREHOUSES, shop_cipher="ROW_made_up")["code"] == 101000


def test_a_shop_that_was_not_chosen_is_out_of_reach(clock: Clock) -> None:
    sandbox = Sandbox(SandboxOptions(products=1, shops=3), clock=clock)
    caller = Caller.of(sandbox, clock)
    code = sandbox.auth_code(shops=sandbox.shops[1:])
    caller.grant = caller.token("get", auth_code=code, grant_type="authorized_code")["data"]

    listed = read(caller.send("GET", AUTHORIZED_SHOPS))["data"]["shops"]

    assert [shop["id"] for shop in listed] == [shop.shop_id for shop in sandbox.shops[1:]]
    assert caller.get(WAREHOUSES, shop_cipher=sandbox.shops[0].cipher)["code"] == 101000


def test_an_inactive_shop_is_refused(caller: Caller) -> None:
    caller.sandbox.deactivate_shop()

    assert refusal(caller.send("GET", WAREHOUSES, {"shop_cipher": caller.cipher}))[:2] == (401, 36009043)
    assert read(caller.send("GET", ACTIVE_SHOPS))["data"]["shops"] == []


@pytest.mark.parametrize(
    ("body", "media", "code"),
    [
        (b"{}", None, 36009022),
        (b"{}", "text/plain", 36009022),
        (b"{", "application/json", 36009022),
        (b"[]", "application/json", 36009022),
        (b"\xff", "application/json", 36009022),
        (b"{}", "application/json; charset=utf-8", 0),
        (b"", None, 0),
    ],
)
def test_the_body_must_be_a_json_object(caller: Caller, body: bytes, media: str | None, code: int) -> None:
    query = {"shop_cipher": caller.cipher, "page_size": "1"}

    assert read(caller.send("POST", SEARCH, query, body, {"content-type": media}))["code"] == code


@pytest.mark.parametrize(
    ("query", "body", "code"),
    [
        ({"page_size": None}, b"{}", 36009004),
        ({"page_size": "0"}, b"{}", 12019109),
        ({"page_size": "101"}, b"{}", 12019109),
        ({"page_size": "ten"}, b"{}", 12019109),
        ({}, b'{"status": "SOLD"}', 98001004),
        ({}, b'{"status": 3}', 98001004),
        ({}, b'{"status": null}', 0),
        ({}, b'{"create_time_ge": "1"}', 98001004),
        ({}, b'{"create_time_ge": true}', 98001004),
        ({}, b'{"create_time_ge": -1}', 98001004),
        ({}, b'{"seller_skus": ["1","2","3","4","5","6","7","8","9","10","11"]}', 12019027),
        ({}, b'{"sku_ids": ["1","2","3","4","5","6","7","8","9","10","11"]}', 12019087),
        ({}, b'{"sku_ids": [1]}', 98001004),
        ({}, b'{"locale": "tlh-KX"}', 98001004),
        ({}, b'{"unheard_of": 1}', 0),
    ],
)
def test_parameters_are_held_against_the_table(
    caller: Caller, query: dict[str, str | None], body: bytes, code: int
) -> None:
    sent = {"shop_cipher": caller.cipher, "page_size": "1", **query}

    assert read(caller.send("POST", SEARCH, sent, body))["code"] == code


def test_a_missing_parameter_is_named(caller: Caller) -> None:
    answer = caller.send("POST", SEARCH, {"shop_cipher": caller.cipher}, b"{}")

    assert refusal(answer)[2] == "PageSize is a required field and has not been provided."


def test_the_checks_come_in_the_documented_order(caller: Caller) -> None:
    caller.sandbox.expire_access_tokens()
    caller.sandbox.withdraw_scope("seller.product.basic")
    token = caller.grant["access_token"]
    wrong: dict[str, str | None] = {"app_key": "other", "timestamp": "1", "sign": None}

    codes = [refusal(caller.send("POST", "/product/1/nothing", wrong, b"{"))[1]]
    codes.append(refusal(caller.send("GET", "/product/1/products/search", wrong, b"{"))[1])
    codes.append(refusal(caller.send("POST", "/product/1/products/search", wrong, b"{"))[1])
    wordings = []
    for fixed in ({}, {"app_key": caller.sandbox.app_key}, {"sign": "0"}, {"timestamp": str(int(caller.clock()))}):
        wrong |= fixed
        _, code, message = refusal(caller.send("POST", SEARCH, wrong, b"{", {"x-tts-access-token": "made up"}))
        codes.append(code)
        wordings.append(message.split(".")[0])
    del wrong["sign"]
    codes.append(refusal(caller.send("POST", SEARCH, wrong, b"{", {"x-tts-access-token": "made up"}))[1])
    codes.append(refusal(caller.send("POST", SEARCH, wrong, b"{", {"x-tts-access-token": token}))[1])
    caller.grant = caller.refresh()["data"]
    codes.append(refusal(caller.send("POST", SEARCH, wrong, b"{"))[1])
    caller.sandbox.authorizations[0].scopes.add("seller.product.basic")
    codes.append(refusal(caller.send("POST", SEARCH, wrong, b"{"))[1])
    codes.append(refusal(caller.send("POST", SEARCH, {**wrong, "shop_cipher": "other"}, b"{"))[1])
    codes.append(
        refusal(caller.send("POST", SEARCH, {**wrong, "shop_cipher": caller.cipher, "page_size": "1"}, b"{"))[1]
    )

    assert codes[:3] == [36009009, 36009010, 36009014]
    assert codes[3:7] == [36009004, 36009004, 36009004, 106001]
    assert wordings == ["Invalid credentials", "Missing credentials", "Invalid timestamp", "Invalid credentials"]
    assert codes[7:] == [36009004, 105002, 105005, 106013, 101000, 36009022]


def test_answers_carry_the_date_of_their_clock(caller: Caller) -> None:
    caller.sandbox.skew_clock(600)

    answer = caller.send("GET", "/nothing/1/here")
    late = refusal(caller.send("GET", AUTHORIZED_SHOPS))

    assert answer.headers["date"] == "Mon, 21 Sep 2026 14:23:20 GMT"
    assert "earlier than 5 minutes" in late[2]


def test_a_product_id_does_not_hide_the_search(caller: Caller) -> None:
    assert refusal(caller.send("POST", f"{PRODUCT}1"))[1] == 36009010


def test_what_was_asked_is_on_record(caller: Caller) -> None:
    caller.search()
    caller.search(page_size=0)

    log = caller.sandbox.requests

    assert log.count("search_products") == 2
    assert log.count("search_products", code=0) == 1
    assert log.counts()["search_products"] == {"0": 1, "12019109": 1}
    assert [record.operation for record in log.records()] == ["token_get", "search_products", "search_products"]
