"""The controls of orders over HTTP; controls.py lists them."""

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from mye_tiktok.sandbox.answers import Json
from mye_tiktok.sandbox.book import Window
from mye_tiktok.sandbox.order_past import OrderFilter

if TYPE_CHECKING:
    from mye_tiktok.sandbox.sandbox import Sandbox

Control = Callable[["Sandbox", Json], Json]


def _list(sandbox: "Sandbox", given: Json) -> Json:
    shop = sandbox.shop(given.get("shop_id", ""))
    query = OrderFilter(status=given.get("status", "")).query(Window(), shop.stall, shop.orders.series)
    first, limit = int(given.get("offset", 0)), int(given.get("limit", 100))
    orders, total, _ = shop.orders.search(query, "update_time", limit, descending=True, skip=first)
    shown = [{key: order.entry.get(key) for key in ("id", "status", "create_time", "update_time")} for order in orders]
    return {"total": total, "orders": shown}


def _place(sandbox: "Sandbox", given: Json) -> Json:
    return {"order_id": sandbox.place_order(**given)}


def _advance(sandbox: "Sandbox", given: Json) -> Json:
    return {"status": sandbox.advance(given.pop("order_id"), **given)}


def _edit(sandbox: "Sandbox", given: Json) -> Json:
    fields = given.pop("fields")
    sandbox.edit_order(given.pop("order_id"), **given, **fields)
    return {}


def _request_cancel(sandbox: "Sandbox", given: Json) -> Json:
    return {"cancel_id": sandbox.request_cancel(given.pop("order_id"), **given)}


def _settle(sandbox: "Sandbox", given: Json) -> Json:
    return {"status": sandbox.settle_cancellation(given.pop("cancel_id"), **given)}


def _request_return(sandbox: "Sandbox", given: Json) -> Json:
    return {"return_id": sandbox.request_return(given.pop("order_id"), **given)}


def _advance_return(sandbox: "Sandbox", given: Json) -> Json:
    return {"status": sandbox.advance_return(given.pop("return_id"), **given)}


def _live(sandbox: "Sandbox", given: Json) -> Json:
    sandbox.let_live(given.pop("rate_per_minute"), **given)
    return {}


def _tick(sandbox: "Sandbox", given: Json) -> Json:
    return {"happened": sandbox.tick(), "now": sandbox.world.now}


CONTROLS: Mapping[tuple[str, str], Control] = {
    ("GET", "orders"): _list,
    ("POST", "orders/place"): _place,
    ("POST", "orders/advance"): _advance,
    ("POST", "orders/edit"): _edit,
    ("POST", "orders/cancel-request"): _request_cancel,
    ("POST", "orders/cancel-settle"): _settle,
    ("POST", "orders/live"): _live,
    ("POST", "orders/tick"): _tick,
    ("POST", "returns/request"): _request_return,
    ("POST", "returns/advance"): _advance_return,
}
