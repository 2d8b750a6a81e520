"""The controls over HTTP."""

from typing import Any

import httpx
import pytest

from mye_tiktok.sandbox.controls import CONTROLS
from mye_tiktok.sandbox.sandbox import Sandbox
from tests.sandbox.caller import AUTHORIZED_SHOPS, PRODUCT, WAREHOUSES, Caller, read


def control(sandbox: Sandbox, method: str, path: str, expected: int = 200, **given: object) -> dict[str, Any]:
    with httpx.Client(transport=httpx.WSGITransport(app=sandbox.wsgi), base_url="http://sandbox") as http:
        answer = (
            http.request(method, f"/_sandbox/{path}", json=given)
            if given
            else http.request(method, f"/_sandbox/{path}")
        )
    assert answer.status_code == expected
    found: dict[str, Any] = answer.json()
    return found


def test_the_controls_are_listed(sandbox: Sandbox) -> None:
    listed = control(sandbox, "GET", "")["controls"]

    for method, path in CONTROLS:
        assert any(line.split()[:2] == [method, f"/_sandbox/{path}"] for line in listed), path


def test_products_are_changed_added_edited_and_removed(caller: Caller) -> None:
    sandbox = caller.sandbox
    changed = control(sandbox, "POST", "products/change", count=2)["product_ids"]
    added = control(sandbox, "POST", "products/add", count=1)["product_ids"]
    control(sandbox, "POST", "products/edit", product_id=added[0], fields={"title": "edited"})
    control(sandbox, "POST", "products/remove", product_id=changed[0], forgotten=True)

    updated = caller.all_products(update_time_ge=int(caller.clock()))

    assert {product["id"] for product in updated} == {changed[1], added[0]}
    assert caller.get(PRODUCT + added[0])["data"]["title"] == "edited"
    assert caller.get(PRODUCT + changed[0])["code"] == 12052260
    assert control(sandbox, "GET", "products?limit=2&offset=1")["product_ids"] == [
        sandbox.shop().catalogue.product_id(place) for place in (1, 2)
    ]
    assert control(sandbox, "GET", "shops")["shops"][0]["products"] == 51


def test_orders_are_placed_moved_and_edited(caller: Caller) -> None:
    sandbox = caller.sandbox
    sku = caller.all_products()[0]["skus"][0]["id"]
    given: dict[str, Any] = {
        "skus": {sku: 2},
        "status": "AWAITING_SHIPMENT",
        "at": 1_789_999_000,
        "buyer_message": "hi",
    }
    order_id = control(sandbox, "POST", "orders/place", **given)["order_id"]
    moved = control(sandbox, "POST", "orders/advance", order_id=order_id)
    control(sandbox, "POST", "orders/edit", order_id=order_id, fields={"seller_note": "x"}, keep_update_time=True)

    [order] = caller.orders_by_id(order_id)
    listed = control(sandbox, "GET", "orders?limit=1&status=AWAITING_COLLECTION")

    assert moved == {"status": "AWAITING_COLLECTION"}
    assert (order["buyer_message"], order["seller_note"], order["update_time"]) == ("hi", "x", 1_790_000_000)
    assert listed["total"] == 1
    assert listed["orders"][0] == {name: order[name] for name in ("id", "status", "create_time", "update_time")}


def test_buyers_ask_and_sellers_answer(caller: Caller) -> None:
    sandbox = caller.sandbox
    asked = control(sandbox, "POST", "orders/place", status="AWAITING_SHIPMENT")["order_id"]
    cancel_id = control(sandbox, "POST", "orders/cancel-request", order_id=asked)["cancel_id"]
    settled = control(sandbox, "POST", "orders/cancel-settle", cancel_id=cancel_id, decision="reject")
    sent = control(sandbox, "POST", "orders/place", status="DELIVERED")["order_id"]
    return_id = control(sandbox, "POST", "returns/request", order_id=sent, kind="REFUND")["return_id"]
    moved = control(sandbox, "POST", "returns/advance", return_id=return_id)

    assert control(sandbox, "GET", "shops")["shops"][0]["orders"] == 2
    assert settled == {"status": "CANCELLATION_REQUEST_CANCEL"}
    assert moved == {"status": "RETURN_OR_REFUND_REQUEST_SUCCESS"}


def test_time_moves_on_and_orders_with_it(caller: Caller) -> None:
    sandbox = caller.sandbox
    control(sandbox, "POST", "orders/live", rate_per_minute=1, until=1_790_000_100)
    now = control(sandbox, "POST", "clock", advance_seconds=90)["now"]
    control(sandbox, "POST", "heal")
    ticked = control(sandbox, "POST", "orders/tick")

    assert now == 1_790_000_090
    assert ticked == {"happened": 0, "now": now}
    assert [order["create_time"] for order in caller.all_orders()] == [1_790_000_060]


def test_tokens_scopes_and_shops_are_taken_away(caller: Caller) -> None:
    sandbox = caller.sandbox
    assert control(sandbox, "POST", "tokens/expire") == {"expired": 1}
    assert read(caller.send("GET", AUTHORIZED_SHOPS))["code"] == 105002
    caller.grant = caller.refresh()["data"]
    control(sandbox, "POST", "shops/deactivate")
    assert caller.get(WAREHOUSES)["code"] == 36009043
    control(sandbox, "POST", "shops/activate")
    control(sandbox, "POST", "scopes/withdraw", scope="seller.logistics")
    assert caller.get(WAREHOUSES)["code"] == 105005
    assert control(sandbox, "POST", "tokens/revoke") == {"revoked": 1}
    assert caller.get(WAREHOUSES)["code"] == 105001
    code = control(sandbox, "POST", "codes")["auth_code"]
    assert caller.token("get", auth_code=code, grant_type="authorized_code")["code"] == 0


def test_faults_are_made_listed_and_healed(caller: Caller) -> None:
    sandbox = caller.sandbox
    control(sandbox, "POST", "faults", kind="internal", operation="search_products")
    control(sandbox, "POST", "clock", skew_seconds=5)

    assert [fault["kind"] for fault in control(sandbox, "GET", "faults")["faults"]] == ["internal"]
    assert caller.search()["code"] == 36009003

    control(sandbox, "POST", "heal")

    assert caller.search()["code"] == 0
    assert sandbox.world.skew == 0


def test_requests_are_shown_and_forgotten(caller: Caller) -> None:
    caller.search()
    caller.search()

    shown = control(caller.sandbox, "GET", "requests?limit=1")
    control(caller.sandbox, "POST", "requests/clear")

    assert shown["counts"] == {"token_get": {"0": 1}, "search_products": {"0": 2}}
    assert (shown["total"], len(shown["requests"])) == (3, 1)
    assert control(caller.sandbox, "GET", "requests")["total"] == 0


@pytest.mark.parametrize(
    ("path", "given", "words"),
    [
        ("products/change", {}, "count"),
        ("products/change", {"count": "many"}, "many"),
        ("products/edit", {"product_id": "17", "fields": {}}, "17"),
        ("products/add", {"count": 1, "shop_id": "17"}, "17"),
        ("faults", {"kind": "gremlin"}, "gremlin"),
        ("faults", {"kind": "drop", "wings": 2}, "wings"),
        ("faults", {"kind": "drop", "probability": "often"}, "probability"),
        ("faults", {"kind": "hang", "seconds": "3"}, "seconds"),
        ("clock", {}, "skew_seconds"),
        ("clock", {"advance_seconds": -1}, "back"),
        ("orders/advance", {"order_id": "17"}, "17"),
        ("orders/advance", {}, "order_id"),
        ("orders/place", {"status": "SHIPPED"}, "SHIPPED"),
        ("orders/place", {"kind": "gift"}, "gift"),
        ("orders/place", {"skus": ["17"]}, "17"),
        ("orders/edit", {"order_id": "17"}, "fields"),
        ("orders/cancel-settle", {"cancel_id": "17", "decision": "maybe"}, "17"),
        ("orders/live", {"rate_per_minute": -1}, "rate"),
        ("returns/request", {"order_id": "17"}, "17"),
        ("codes", {"seller": 7}, "range"),
        ("products/edit", {"product_id": "17", "fields": {"create_time": 1}}, "create_time"),
    ],
)
def test_a_mistake_is_answered_with_a_sentence(sandbox: Sandbox, path: str, given: dict[str, Any], words: str) -> None:
    assert words in control(sandbox, "POST", path, expected=400, **given)["error"]


def test_an_unknown_control_is_named(sandbox: Sandbox) -> None:
    assert "GET /_sandbox/nothing" in control(sandbox, "GET", "nothing", expected=404)["error"]
