"""Every TikTok call we make: one line each, with the API version it uses."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal
from urllib.parse import quote

RateClass = Literal["read", "write"]
FIRST_RATE: Mapping[RateClass, float] = MappingProxyType({"read": 10.0, "write": 3.0})
"""Requests per second to start with ("Rate limits", 2026: reads 3 to 10, writes 1 to 3)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation:
    """One call. `scopes`: any of these grants it. `repeatable`: doing it twice does no harm.

    Calls whose `shop_cipher` is False are refused when a cipher is sent, the others when it is missing.
    """

    name: str
    method: str
    path: str
    scopes: tuple[str, ...] = ()
    shop_cipher: bool = True
    repeatable: bool = True
    rate_class: RateClass = "read"

    @property
    def first_rate(self) -> float:
        """How many requests per second to begin with."""
        return FIRST_RATE[self.rate_class]

    def at(self, values: Mapping[str, str]) -> str:
        """Return the path with its placeholders filled in and percent-encoded."""
        if not values:
            return self.path
        return self.path.format_map({name: quote(value, safe="") for name, value in values.items()})


def _read(name: str, method: str, path: str, scope: str = "", *, shop_cipher: bool = True) -> Operation:
    scopes = (scope,) if scope else ()
    return Operation(name=name, method=method, path=path, scopes=scopes, shop_cipher=shop_cipher)


def _write(name: str, method: str, path: str, scope: str) -> Operation:
    """Return a call that changes something and may be repeated: it says how things shall be."""
    return Operation(name=name, method=method, path=path, scopes=(scope,), rate_class="write")


TOKEN_GET = _read("token_get", "GET", "/api/v2/token/get", shop_cipher=False)
TOKEN_REFRESH = _read("token_refresh", "GET", "/api/v2/token/refresh", shop_cipher=False)
GET_AUTHORIZED_SHOPS = _read(
    "get_authorized_shops", "GET", "/authorization/202309/shops", "seller.authorization.info", shop_cipher=False
)
GET_ACTIVE_SHOPS = _read("get_active_shops", "GET", "/seller/202309/shops", "seller.shop.info", shop_cipher=False)
SEARCH_PRODUCTS = _read("search_products", "POST", "/product/202502/products/search", "seller.product.basic")
GET_PRODUCT = _read("get_product", "GET", "/product/202309/products/{product_id}", "seller.product.basic")
GET_CATEGORIES = _read("get_categories", "GET", "/product/202309/categories", "seller.product.basic")
GET_WAREHOUSE_LIST = _read("get_warehouse_list", "GET", "/logistics/202309/warehouses", "seller.logistics")
GET_ORDER_LIST = _read("get_order_list", "POST", "/order/202309/orders/search", "seller.order.info")
GET_ORDER_DETAIL = _read("get_order_detail", "GET", "/order/202507/orders", "seller.order.info")
GET_ORDER_PRICE_DETAILS = _read(
    "get_order_price_details", "GET", "/order/202407/orders/{order_id}/price_detail", "seller.order.info"
)
SEARCH_CANCELLATIONS = _read(
    "search_cancellations", "POST", "/return_refund/202602/cancellations/search", "seller.return_refund.basic"
)
SEARCH_RETURNS = _read("search_returns", "POST", "/return_refund/202602/returns/search", "seller.return_refund.basic")
GET_SHOP_WEBHOOKS = _read("get_shop_webhooks", "GET", "/event/202309/webhooks", "seller.authorization.info")
UPDATE_SHOP_WEBHOOK = _write("update_shop_webhook", "PUT", "/event/202309/webhooks", "seller.authorization.info")
DELETE_WEBHOOK_FOR_AN_EVENT = _write(
    "delete_webhook_for_an_event", "DELETE", "/event/202309/webhooks", "seller.authorization.info"
)
GET_REJECT_REASONS = _read(
    "get_reject_reasons", "GET", "/return_refund/202309/reject_reasons", "seller.return_refund.basic"
)
INVENTORY_SEARCH = _read("inventory_search", "POST", "/product/202309/inventory/search", "seller.product.basic")
# quantities are absolute, so that a repetition comes to the same stock
UPDATE_INVENTORY = _write(
    "update_inventory", "POST", "/product/202309/products/{product_id}/inventory/update", "seller.product.write"
)
# both carry an idempotency key, so that a repetition is the same decision
APPROVE_CANCELLATION = _write(
    "approve_cancellation",
    "POST",
    "/return_refund/202309/cancellations/{cancel_id}/approve",
    "seller.return_refund.basic",
)
REJECT_CANCELLATION = _write(
    "reject_cancellation",
    "POST",
    "/return_refund/202309/cancellations/{cancel_id}/reject",
    "seller.return_refund.basic",
)

OPERATIONS: Mapping[str, Operation] = MappingProxyType(
    {
        operation.name: operation
        for operation in (
            TOKEN_GET,
            TOKEN_REFRESH,
            GET_AUTHORIZED_SHOPS,
            GET_ACTIVE_SHOPS,
            SEARCH_PRODUCTS,
            GET_PRODUCT,
            GET_CATEGORIES,
            GET_WAREHOUSE_LIST,
            INVENTORY_SEARCH,
            UPDATE_INVENTORY,
            GET_ORDER_LIST,
            GET_ORDER_DETAIL,
            GET_ORDER_PRICE_DETAILS,
            SEARCH_CANCELLATIONS,
            SEARCH_RETURNS,
            GET_REJECT_REASONS,
            APPROVE_CANCELLATION,
            REJECT_CANCELLATION,
            GET_SHOP_WEBHOOKS,
            UPDATE_SHOP_WEBHOOK,
            DELETE_WEBHOOK_FOR_AN_EVENT,
        )
    }
)
