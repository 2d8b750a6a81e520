"""The controls of stock and warehouses over HTTP; controls.py lists them."""

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

import msgspec

from mye_tiktok.sandbox.answers import Json

if TYPE_CHECKING:
    from mye_tiktok.sandbox.sandbox import Sandbox

Control = Callable[["Sandbox", Json], Json]


def _show(sandbox: "Sandbox", given: Json) -> Json:
    sku_id = given["sku_id"]
    shop = sandbox.stock.shop_of(sku_id, given.get("shop_id", ""))
    room = sandbox.stock.room(shop)
    committed = {where: pieces for where, pieces in room.committed(sku_id).items() if pieces}
    levels = sandbox.stock.levels(shop, sku_id)
    return {"shop_id": shop.shop_id, "available": levels, "committed": committed, "locked": sku_id in room.locked}


def _set(sandbox: "Sandbox", given: Json) -> Json:
    levels = msgspec.convert(given["levels"], dict[str, int])
    sandbox.set_stock(given["sku_id"], levels, shop_id=given.get("shop_id", ""))
    return _show(sandbox, given)


def _lock(sandbox: "Sandbox", given: Json) -> Json:
    locked = bool(given.get("locked", True))
    sandbox.lock_stock(given["sku_id"], locked=locked, shop_id=given.get("shop_id", ""))
    return {}


def _add_warehouse(sandbox: "Sandbox", given: Json) -> Json:
    return {"warehouse_id": sandbox.add_warehouse(given.get("shop_id", ""))}


def _disable_warehouse(sandbox: "Sandbox", given: Json) -> Json:
    sandbox.disable_warehouse(given["warehouse_id"], enabled=bool(given.get("enabled", False)))
    return {}


CONTROLS: Mapping[tuple[str, str], Control] = {
    ("GET", "stock"): _show,
    ("POST", "stock/set"): _set,
    ("POST", "stock/lock"): _lock,
    ("POST", "warehouses/add"): _add_warehouse,
    ("POST", "warehouses/disable"): _disable_warehouse,
}
