"""Which function answers which operation."""

from collections.abc import Callable, Mapping

from mye_tiktok.sandbox import (
    case_answers,
    listing_answers,
    order_answers,
    price_answers,
    product_answers,
    shop_answers,
    stock_answers,
    webhook_answers,
)
from mye_tiktok.sandbox.answers import Json
from mye_tiktok.sandbox.shipping_handlers import SHIPPING
from mye_tiktok.sandbox.world import Call

Handler = Callable[[Call], Json]

HANDLERS: Mapping[str, Handler] = {
    "get_authorized_shops": shop_answers.authorized_shops,
    "get_active_shops": shop_answers.active_shops,
    "get_warehouse_list": shop_answers.warehouses,
    "update_shop_webhook": webhook_answers.updated,
    "get_shop_webhooks": webhook_answers.listed,
    "delete_webhook_for_an_event": webhook_answers.deleted,
    "search_products": product_answers.search,
    "get_product": product_answers.detail,
    "get_categories": product_answers.categories,
    "activate_products": listing_answers.activate,
    "deactivate_products": listing_answers.deactivate,
    "update_inventory": stock_answers.update,
    "inventory_search": stock_answers.search,
    "update_price": price_answers.update,
    "get_order_list": order_answers.search,
    "get_order_detail": order_answers.detail,
    "get_order_detail_202309": order_answers.older_detail,
    "get_order_price_details": order_answers.prices,
    "search_cancellations": case_answers.search_cancellations,
    "search_cancellations_202309": case_answers.search_cancellations,
    "search_returns": case_answers.search_returns,
    "search_returns_202309": case_answers.search_returns,
    "get_reject_reasons": case_answers.reject_reasons,
    "approve_cancellation": case_answers.once(case_answers.approve_cancellation),
    "reject_cancellation": case_answers.once(case_answers.reject_cancellation),
    "approve_return": case_answers.once(case_answers.approve_return),
    "reject_return": case_answers.once(case_answers.reject_return),
    "cancel_order": case_answers.cancel_order,
    "cancel_order_202309": case_answers.cancel_order,
    **SHIPPING,
}
