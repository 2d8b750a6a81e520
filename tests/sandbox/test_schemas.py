"""The sandbox's answers against the documented schemas, and its table of operations against the documented calls."""

import json
import re
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from mye_tiktok.sandbox import operations
from mye_tiktok.sandbox.cases import KINDS as RETURN_KINDS
from mye_tiktok.sandbox.handlers import HANDLERS
from mye_tiktok.sandbox.markets import regions
from mye_tiktok.sandbox.options import SandboxOptions
from mye_tiktok.sandbox.order_content import KINDS
from mye_tiktok.sandbox.sandbox import Sandbox
from tests.sandbox.caller import (
    ACTIVE_SHOPS,
    AUTHORIZED_SHOPS,
    CATEGORIES,
    ORDER_DETAIL,
    PRODUCT,
    REJECT_REASONS,
    WAREHOUSES,
    Caller,
    Clock,
    read,
)


def documented(reference: Path, operation: str) -> dict[str, Any]:
    """Read the page of an operation; an older version without a page of its own is a line on the newest one's."""
    path = reference / "operations" / f"{operation}.json"
    if path.exists():
        loaded: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        return loaded
    name, _, version = operation.rpartition("_")
    newest = documented(reference, name)
    assert version in newest["other_versions"]
    return {**newest, "path": newest["path"].replace(newest["version"], version)}


def lenient(schema: Any, *, closed: bool) -> Any:
    """Allow null and 0 as live answers have them; with `closed`, allow no field that is not documented."""
    if isinstance(schema, list):
        return [lenient(each, closed=closed) for each in schema]
    if not isinstance(schema, dict):
        return schema
    changed = {key: lenient(value, closed=closed) for key, value in schema.items() if key != "minimum"}
    if isinstance(schema.get("type"), str):
        changed["type"] = [schema["type"], "null"]
        if closed and "properties" in schema:
            changed["additionalProperties"] = False
    return changed


def check(reference: Path, operation: str, data: Any) -> None:
    schema = lenient(documented(reference, operation)["response_data"], closed=True)
    jsonschema.Draft202012Validator(schema).validate(data)


@pytest.fixture(params=regions())
def caller(request: pytest.FixtureRequest, clock: Clock) -> Caller:
    options = SandboxOptions(products=120, orders=70, regions=(request.param,))
    return Caller.of(Sandbox(options, clock=clock), clock)


def test_answers_are_as_documented(caller: Caller, reference: Path) -> None:
    page = caller.search()["data"]
    check(reference, "search_products", page)
    for product in page["products"]:
        check(reference, "get_product", caller.get(PRODUCT + product["id"])["data"])
    check(reference, "get_authorized_shops", read(caller.send("GET", AUTHORIZED_SHOPS))["data"])
    check(reference, "get_active_shops", read(caller.send("GET", ACTIVE_SHOPS))["data"])
    check(reference, "get_categories", caller.get(CATEGORIES, category_version="v2")["data"])
    check(reference, "get_warehouse_list", caller.get(WAREHOUSES)["data"])
    caller.sandbox.world.subscriptions.put(caller.sandbox.shop().shop_id, "NEW_MESSAGE", "https://example.com/", 1)
    check(reference, "get_shop_webhooks", caller.get("/event/202309/webhooks")["data"])


def test_orders_are_as_documented(caller: Caller, reference: Path) -> None:
    for kind in KINDS:
        caller.sandbox.place_order(kind=kind, count=3)
    page = caller.order_page()["data"]
    check(reference, "get_order_list", page)
    ids = [order["id"] for order in page["orders"]]

    check(reference, "get_order_detail", caller.get(ORDER_DETAIL, ids=",".join(ids[:50]))["data"])
    check(reference, "get_order_detail", caller.get("/order/202309/orders", ids=",".join(ids[:50]))["data"])
    for order_id in ids[::9]:
        prices = caller.get(f"/order/202407/orders/{order_id}/price_detail")["data"]
        check(reference, "get_order_price_details", prices)


def test_cancellations_and_returns_are_as_documented(caller: Caller, reference: Path) -> None:
    sandbox = caller.sandbox
    pending = sandbox.request_cancel(sandbox.place_order(status="AWAITING_SHIPMENT"))
    for kind in RETURN_KINDS:
        sandbox.advance_return(sandbox.request_return(sandbox.place_order(status="DELIVERED"), kind))
    for operation in ("search_cancellations", "search_cancellations_202309", "search_returns", "search_returns_202309"):
        page = caller.cases(operations_path(operation))["data"]
        assert len(page.get("cancellations") or page["return_orders"]) > 4
        check(reference, operation, page)

    check(reference, "get_reject_reasons", caller.get(REJECT_REASONS, return_or_cancel_id=pending)["data"])


def test_stock_prices_and_listing_are_answered_as_documented(caller: Caller, reference: Path) -> None:
    product = next(each for each in caller.all_products(status="ACTIVATE") if each["skus"][0]["inventory"])
    sku = product["skus"][0]
    path = PRODUCT + product["id"]
    stock = {"id": sku["id"], "inventory": [{**each, "quantity": 3} for each in sku["inventory"]]}
    wrong = {"id": sku["id"], "inventory": [{**each, "quantity": -1} for each in sku["inventory"]]}
    caller.sandbox.place_order(skus=[sku["id"]])
    price = {"currency": sku["price"]["currency"], "amount": "15000"}
    asked: list[tuple[str, str, dict[str, Any]]] = [
        ("update_inventory", f"{path}/inventory/update", {"skus": [stock]}),
        ("update_inventory", f"{path}/inventory/update", {"skus": [wrong]}),
        ("inventory_search", "/product/202309/inventory/search", {"product_ids": [product["id"]]}),
        ("update_price", f"{path}/prices/update", {"skus": [{"id": sku["id"], "price": price}]}),
        ("deactivate_products", f"{PRODUCT}deactivate", {"product_ids": [product["id"], "17"]}),
        ("activate_products", f"{PRODUCT}activate", {"product_ids": [product["id"], "17"]}),
    ]

    for operation, where, body in asked:
        answer = caller.post(where, **body)
        assert answer["code"] == 0
        check(reference, operation, answer["data"])
    check(reference, "get_product", caller.get(path)["data"])


def operations_path(name: str) -> str:
    return next(operation.path for operation in operations.table() if operation.name == name)


@pytest.mark.parametrize(
    "event",
    [
        *("ORDER_STATUS_CHANGE", "CANCELLATION_STATUS_CHANGE", "RETURN_STATUS_CHANGE", "RECIPIENT_ADDRESS_UPDATE"),
        *("PACKAGE_UPDATE", "PRODUCT_INFORMATION_CHANGE", "PRODUCT_CREATION", "PRODUCT_STATUS_CHANGE"),
        *("PRODUCT_AUDIT_STATUS_CHANGE", "INVENTORY_CHANGED", "INVENTORY_CHANGED_BY_SHOP", "INVENTORY_STATUS_CHANGE"),
    ],
)
def test_what_is_announced_is_as_documented(event: str, reference: Path) -> None:
    heard = everything_announced()
    page = json.loads((reference / "webhooks" / f"{event}.json").read_text(encoding="utf-8"))
    schema = page["payload"]["properties"]["data"]

    assert heard[event]
    for data in heard[event]:
        assert set(data) == set(schema["properties"]) - {"integrated_platform_statuses"}
        jsonschema.Draft202012Validator(schema).validate(data)
        for name, value in data.items():
            known = schema["properties"][name].get("x-enum", [value])
            assert value in known or str(value).startswith("EXCHANGE")


def everything_announced() -> dict[str, list[Any]]:
    sandbox = Sandbox(SandboxOptions(products=5, announces_stock=True))
    heard: dict[str, list[Any]] = {}
    sandbox.world.announce = lambda shop, event, data: heard.setdefault(event, []).append(data)
    cancel_id = sandbox.request_cancel(sandbox.place_order(status="AWAITING_SHIPMENT"))
    sandbox.settle_cancellation(cancel_id, "reject")
    for kind in RETURN_KINDS:
        sandbox.advance_return(sandbox.request_return(sandbox.place_order(status="COMPLETED"), kind))
    split = sandbox.place_order(status="PARTIALLY_SHIPPING")
    sandbox.edit_order(split, recipient_address={})
    sandbox.change_products(1)
    [product_id] = sandbox.add_products(1)
    sku = sandbox.shop().catalogue.detail(0)["skus"][0]
    sandbox.set_stock(sku["id"], {str(sandbox.shop().warehouses[0]["id"]): 1})
    sandbox.place_order(skus=[sku["id"]])
    sandbox.edit_product(product_id, title="other", status="PLATFORM_DEACTIVATED")
    sandbox.products.activate(sandbox.shop(), product_id)
    sandbox.advance_clock(sandbox.options.audit_seconds)
    sandbox.freeze_product(product_id)
    sandbox.remove_product(product_id)
    return heard


def test_token_answers_are_as_documented(caller: Caller, reference: Path) -> None:
    check(reference, "token_get", caller.grant)
    check(reference, "token_refresh", caller.refresh()["data"])


@pytest.mark.parametrize("operation", operations.table(), ids=lambda operation: operation.name)
def test_the_table_agrees_with_the_documentation(operation: operations.Operation, reference: Path) -> None:
    page = documented(reference, operation.name)

    assert (operation.method, operation.path) == (page["method"], page["path"])
    assert {"required": "required", "forbidden": "must not be sent"}[operation.cipher] == page["auth"]["shop_cipher"]
    assert set(operation.scopes) == {scope["granted_scope"] for scope in page["auth"].get("scopes_any_of", ())}
    assert set(operation.query) == set(page["query"]["properties"])
    body = page["request_body"]
    assert set(operation.body or {}) == set(body["properties"] if body else {})


@pytest.mark.parametrize("part", ["query", "request_body"])
@pytest.mark.parametrize("operation", operations.table(), ids=lambda operation: operation.name)
def test_the_table_has_the_documented_limits(operation: operations.Operation, part: str, reference: Path) -> None:
    page = documented(reference, operation.name)[part] or {"properties": {}}
    fields = operation.query if part == "query" else operation.body or {}

    for name, field in fields.items():
        known = page["properties"][name]
        assert field.required == (name in page.get("required", []))
        if not field.reference:
            assert field.type == known["type"]
            assert field.enum == tuple(known.get("enum", ()))
            assert field.max_items == known.get("maxItems")
            assert field.max_length == known.get("maxLength")
            assert list(field.range or []) == known.get("x-range", [])
            assert field.maximum == known.get("maximum")
            assert field.max_length == known.get("maxLength")


def test_every_operation_has_a_handler() -> None:
    assert {operation.name for operation in operations.table()} == set(HANDLERS)


def test_refusals_use_documented_codes(reference: Path) -> None:
    listed = json.loads((reference / "errors" / "error-codes.json").read_text(encoding="utf-8"))["errors"]
    known = {entry["code"] for entry in listed}
    sources = Path(operations.__file__).parent.glob("*.py")
    texts = [path.read_text(encoding="utf-8") for path in sources]
    used = {
        int(code)
        for text in texts
        for code in re.findall(r"\b(?:10[156]\d{3}|120\d{5}|2[15]0\d{5}|360\d{5}|98\d{6})\b", text)
    }

    assert used <= known
    assert len(used) > 15
