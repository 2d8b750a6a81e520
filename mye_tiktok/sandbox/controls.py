"""The sandbox's own controls over HTTP, under a path that TikTok does not have: /_sandbox/…

GET  /_sandbox/                  this list
GET  /_sandbox/requests          what was asked: counts by operation and code, and the latest requests (?limit=100)
POST /_sandbox/requests/clear    forget what was asked
GET  /_sandbox/shops             shops with their numbers of products and orders
GET  /_sandbox/products          ids of a shop's products (?shop_id=&limit=100&offset=0)
POST /_sandbox/products/change   {"count": 3, "shop_id"?}: change price and stock
POST /_sandbox/products/add      {"count": 3, "shop_id"?}
POST /_sandbox/products/edit     {"product_id", "fields": {…}, "shop_id"?}
POST /_sandbox/products/remove   {"product_id", "forgotten"?, "shop_id"?}
POST /_sandbox/products/freeze   {"product_id", "thaw"?, "shop_id"?}: the platform freezes it, or lets it go
POST /_sandbox/products/audit    {"product_id", "passes", "shop_id"?}: how the audit ends that runs or comes
GET  /_sandbox/stock             the true stock of a SKU (?sku_id=&shop_id=)
POST /_sandbox/stock/set         {"sku_id", "levels": {warehouse: pieces}, "shop_id"?}: as the seller does by hand
POST /_sandbox/stock/lock        {"sku_id", "locked"?, "shop_id"?}: into a promotion, or out of it
POST /_sandbox/warehouses/add    {"shop_id"?}: a sales warehouse more
POST /_sandbox/warehouses/disable {"warehouse_id", "enabled"?}
GET  /_sandbox/orders            a shop's orders, latest change first (?shop_id=&status=&limit=100&offset=0)
POST /_sandbox/orders/place      {"shop_id"?, "skus"?: [ids] or {id: n}, "count"?, "status"?, "kind"?, "at"?, field…}
POST /_sandbox/orders/advance    {"order_id", "status"?, "lines"?, "who"?, "reason"?, "at"?}: the usual next state
POST /_sandbox/orders/edit       {"order_id", "fields": {…}, "keep_update_time"?}
POST /_sandbox/orders/cancel-request  {"order_id", "reason"?}: the buyer asks to cancel
POST /_sandbox/orders/cancel-settle   {"cancel_id", "decision"?: approve, reject, withdraw or complete}
POST /_sandbox/orders/live       {"rate_per_minute", "until"?, "speed"?, "shop_id"?}: orders with a life of their own
POST /_sandbox/orders/tick       let happen what is due
POST /_sandbox/orders/combinable {"order_ids": […]}: let them be of one buyer who wants them together
POST /_sandbox/orders/accept-invoice  {"order_id"}: in Brazil it ships from then on
POST /_sandbox/documents/slow    {"package_id", "answers"?: 1, "how"?: refuse, timeout or empty}: not ready yet
POST /_sandbox/tracking/refuse   {"tracking_number", "code"?: 11028006}
POST /_sandbox/returns/request   {"order_id", "kind"?: REFUND, RETURN_AND_REFUND, REPLACEMENT, EXCHANGE, "lines"?}
POST /_sandbox/returns/advance   {"return_id", "status"?}
POST /_sandbox/codes             {"seller"?: 0}: a new auth code
POST /_sandbox/tokens/expire     let all access tokens end now
POST /_sandbox/tokens/revoke     withdraw all authorizations
POST /_sandbox/scopes/withdraw   {"scope"}
POST /_sandbox/shops/deactivate  {"shop_id"?}
POST /_sandbox/shops/activate    {"shop_id"?}
POST /_sandbox/clock             {"skew_seconds": 600}: put TikTok's clock ahead, or {"advance_seconds"}: move time on
GET  /_sandbox/faults            the faults in force
POST /_sandbox/faults            {"kind", "operation"?, "times"?, "after"?, "probability"?, "code"?, "seconds"?}
GET  /_sandbox/webhooks          the webhooks: address, counts, what waits, and the latest attempts (?limit=100)
POST /_sandbox/webhooks/url      {"url", "topics"?: […]}: what Partner Center has; "" is none
POST /_sandbox/webhooks/announce {"event", "data"?: {…}, "set"?: {"data.order_status": "CANCEL"}, "shop_id"?}
POST /_sandbox/webhooks/deliver  deliver what is due, and wait for it; returns the attempts
POST /_sandbox/webhooks/lose     {"next"?: 1, "event"?} or {"probability", "seed"?, "event"?} until healed: never arrive
POST /_sandbox/webhooks/duplicate {"copies"?: 1, and as above}: deliver them more than once
POST /_sandbox/webhooks/reorder  {"window"?: 2, and as above}: hold them back until there are so many, last first
POST /_sandbox/webhooks/delay    {"seconds", and as above}
POST /_sandbox/webhooks/forge    {as above}: sign them with a wrong secret
POST /_sandbox/webhooks/clear    forget what was attempted
POST /_sandbox/heal              end all faults and all tricks on webhooks
"""

from collections.abc import Callable, Mapping
from dataclasses import asdict
from typing import TYPE_CHECKING

import msgspec

from mye_tiktok.sandbox import order_controls, parcel_controls, product_controls, stock_controls, webhook_controls
from mye_tiktok.sandbox.answers import Answer, Json
from mye_tiktok.sandbox.faults import Fault
from mye_tiktok.sandbox.requests import Request

if TYPE_CHECKING:
    from mye_tiktok.sandbox.sandbox import Sandbox

PREFIX = "/_sandbox/"
Control = Callable[["Sandbox", Json], Json]


def answer(sandbox: "Sandbox", request: Request) -> Answer:
    """Do what a control asks; a mistake is answered with 400 and a sentence, an unknown path with 404."""
    control = CONTROLS.get((request.method, f"{request.path}/".removeprefix(PREFIX).strip("/")))
    if control is None:
        return _json(404, {"error": f"no control {request.method} {request.path}; GET {PREFIX} lists them"})
    try:
        given = msgspec.json.decode(request.body, type=dict) if request.body else {}
        return _json(200, control(sandbox, {**request.query, **given}))
    except LookupError as error:
        return _json(400, {"error": f"missing or unknown: {error.args[0]}"})
    except (ValueError, TypeError, msgspec.MsgspecError) as error:
        return _json(400, {"error": str(error)})


def _json(status: int, data: Json) -> Answer:
    return Answer(status=status, body=msgspec.json.encode(data) + b"\n")


def _help(sandbox: "Sandbox", given: Json) -> Json:
    return {"controls": (__doc__ or "").splitlines()[2:]}


def _requests(sandbox: "Sandbox", given: Json) -> Json:
    records = sandbox.requests.records()[-int(given.get("limit", 100)) :]
    latest = [record._asdict() for record in records]
    return {"total": sandbox.requests.count(), "counts": sandbox.requests.counts(), "requests": latest}


def _clear(sandbox: "Sandbox", given: Json) -> Json:
    sandbox.requests.clear()
    return {}


def _shops(sandbox: "Sandbox", given: Json) -> Json:
    return {
        "shops": [{**shop.entry, "products": len(shop.catalogue), "orders": len(shop.orders)} for shop in sandbox.shops]
    }


def _withdraw(sandbox: "Sandbox", given: Json) -> Json:
    sandbox.withdraw_scope(given["scope"])
    return {}


def _deactivate(sandbox: "Sandbox", given: Json) -> Json:
    sandbox.deactivate_shop(given.get("shop_id", ""))
    return {}


def _activate(sandbox: "Sandbox", given: Json) -> Json:
    sandbox.deactivate_shop(given.get("shop_id", ""), active=True)
    return {}


def _clock(sandbox: "Sandbox", given: Json) -> Json:
    if "advance_seconds" in given:
        sandbox.advance_clock(float(given["advance_seconds"]))
    if "skew_seconds" in given or "advance_seconds" not in given:
        sandbox.skew_clock(float(given["skew_seconds"]))
    return {"now": sandbox.world.now}


def _faults(sandbox: "Sandbox", given: Json) -> Json:
    return {"faults": [asdict(fault) for fault in sandbox.faults.active()]}


def _fail(sandbox: "Sandbox", given: Json) -> Json:
    sandbox.faults.add(msgspec.convert(asdict(Fault(**given)), Fault))
    return _faults(sandbox, given)


def _heal(sandbox: "Sandbox", given: Json) -> Json:
    sandbox.heal()
    return {}


CONTROLS: Mapping[tuple[str, str], Control] = {
    ("GET", ""): _help,
    ("GET", "requests"): _requests,
    ("POST", "requests/clear"): _clear,
    ("GET", "shops"): _shops,
    **product_controls.CONTROLS,
    **stock_controls.CONTROLS,
    ("POST", "codes"): lambda sandbox, given: {"auth_code": sandbox.auth_code(int(given.get("seller", 0)))},
    ("POST", "tokens/expire"): lambda sandbox, _: {"expired": sandbox.expire_access_tokens()},
    ("POST", "tokens/revoke"): lambda sandbox, _: {"revoked": sandbox.revoke()},
    ("POST", "scopes/withdraw"): _withdraw,
    ("POST", "shops/deactivate"): _deactivate,
    ("POST", "shops/activate"): _activate,
    ("POST", "clock"): _clock,
    ("GET", "faults"): _faults,
    ("POST", "faults"): _fail,
    **webhook_controls.CONTROLS,
    ("POST", "heal"): _heal,
    **order_controls.CONTROLS,
    **parcel_controls.CONTROLS,
}
