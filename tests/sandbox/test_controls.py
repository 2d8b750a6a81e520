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
        ("codes", {"seller": 7}, "range"),
        ("products/edit", {"product_id": "17", "fields": {"create_time": 1}}, "create_time"),
    ],
)
def test_a_mistake_is_answered_with_a_sentence(sandbox: Sandbox, path: str, given: dict[str, Any], words: str) -> None:
    assert words in control(sandbox, "POST", path, expected=400, **given)["error"]


def test_an_unknown_control_is_named(sandbox: Sandbox) -> None:
    assert "GET /_sandbox/nothing" in control(sandbox, "GET", "nothing", expected=404)["error"]
