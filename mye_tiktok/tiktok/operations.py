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


def _once(name: str, method: str, path: str, *scopes: str) -> Operation:
    """Return a call that must not be sent twice for one intention: where its answer is lost, reading tells."""
    return Operation(name=name, method=method, path=path, scopes=scopes, rate_class="write", repeatable=False)


FULFILLMENT, LOGISTICS = "seller.fulfillment.basic", "seller.logistics"
PACKAGE_WRITE = "seller.fulfillment.package.write"

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
# a state or a price is named as it shall be: a repetition changes nothing, and at worst it is refused, so that whoever
# asked looks at the product
ACTIVATE_PRODUCTS = _write("activate_products", "POST", "/product/202309/products/activate", "seller.product.basic")
DEACTIVATE_PRODUCTS = _write(
    "deactivate_products", "POST", "/product/202309/products/deactivate", "seller.product.basic"
)
UPDATE_PRICE = _write(
    "update_price", "POST", "/product/202309/products/{product_id}/prices/update", "seller.product.write"
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

SEARCH_PACKAGE = _read("search_package", "POST", "/fulfillment/202309/packages/search", FULFILLMENT)
GET_PACKAGE_DETAIL = _read("get_package_detail", "GET", "/fulfillment/202309/packages/{package_id}", FULFILLMENT)
GET_SHIPPING_PROVIDERS = Operation(
    name="get_shipping_providers",
    method="GET",
    path="/logistics/202309/delivery_options/{delivery_option_id}/shipping_providers",
    scopes=(FULFILLMENT, LOGISTICS),
)
GET_WAREHOUSE_DELIVERY_OPTIONS = _read(
    "get_warehouse_delivery_options", "GET", "/logistics/202309/warehouses/{warehouse_id}/delivery_options", LOGISTICS
)
GET_PACKAGE_HANDOVER_TIME_SLOTS = _read(
    "get_package_handover_time_slots",
    "GET",
    "/fulfillment/202309/packages/{package_id}/handover_time_slots",
    PACKAGE_WRITE,
)
GET_ORDER_TRACKING = _read("get_order_tracking", "GET", "/fulfillment/202309/orders/{order_id}/tracking", LOGISTICS)
GET_LOGISTICS_TRACKING = _read("get_logistics_tracking", "GET", "/logistics/202604/orders/{order_id}/tracking")
GET_ELIGIBLE_SHIPPING_SERVICES = _read(
    "get_eligible_shipping_services",
    "POST",
    "/fulfillment/202309/orders/{order_id}/shipping_services/query",
    FULFILLMENT,
)
GET_PACKAGE_SHIPPING_DOCUMENT = _read(
    "get_package_shipping_document", "GET", "/fulfillment/202309/packages/{package_id}/shipping_documents", FULFILLMENT
)
MARK_PACKAGE_AS_SHIPPED = _once(
    "mark_package_as_shipped", "POST", "/fulfillment/202610/orders/{order_id}/packages", FULFILLMENT
)
UPDATE_PACKAGE_SHIPPING_INFO = _once(
    "update_package_shipping_info",
    "POST",
    "/fulfillment/202610/packages/{package_id}/shipping_info/update",
    FULFILLMENT,
)
UPDATE_ORDER_SHIPPING_INFO = _once(
    "update_order_shipping_info", "POST", "/fulfillment/202309/orders/{order_id}/shipping_info/update", LOGISTICS
)
SHIP_PACKAGE = _once("ship_package", "POST", "/fulfillment/202309/packages/{package_id}/ship", FULFILLMENT)
BATCH_SHIP_PACKAGES = _once("batch_ship_packages", "POST", "/fulfillment/202309/packages/ship", FULFILLMENT)
CREATE_PACKAGES = _once("create_packages", "POST", "/fulfillment/202512/packages", FULFILLMENT)
COMBINE_PACKAGE = _once("combine_package", "POST", "/fulfillment/202309/packages/combine", PACKAGE_WRITE)
UNCOMBINE_PACKAGES = _once(
    "uncombine_packages", "POST", "/fulfillment/202309/packages/{package_id}/uncombine", PACKAGE_WRITE
)
CONFIRM_ORDER_SPLIT = _once("confirm_order_split", "POST", "/fulfillment/202309/orders/{order_id}/split", PACKAGE_WRITE)
UPDATE_PACKAGE_DELIVERY_STATUS = _once(
    "update_package_delivery_status", "POST", "/fulfillment/202309/packages/deliver", "seller.delivery.status.write"
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
            ACTIVATE_PRODUCTS,
            DEACTIVATE_PRODUCTS,
            UPDATE_PRICE,
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
            SEARCH_PACKAGE,
            GET_PACKAGE_DETAIL,
            GET_SHIPPING_PROVIDERS,
            GET_WAREHOUSE_DELIVERY_OPTIONS,
            GET_PACKAGE_HANDOVER_TIME_SLOTS,
            GET_ORDER_TRACKING,
            GET_LOGISTICS_TRACKING,
            GET_ELIGIBLE_SHIPPING_SERVICES,
            GET_PACKAGE_SHIPPING_DOCUMENT,
            MARK_PACKAGE_AS_SHIPPED,
            UPDATE_PACKAGE_SHIPPING_INFO,
            UPDATE_ORDER_SHIPPING_INFO,
            SHIP_PACKAGE,
            BATCH_SHIP_PACKAGES,
            CREATE_PACKAGES,
            COMBINE_PACKAGE,
            UNCOMBINE_PACKAGES,
            CONFIRM_ORDER_SPLIT,
            UPDATE_PACKAGE_DELIVERY_STATUS,
        )
    }
)
