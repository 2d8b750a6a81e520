"""The controls of products over HTTP; controls.py lists them."""

from collections.abc import Callable, Mapping
from itertools import islice
from typing import TYPE_CHECKING

from mye_tiktok.sandbox.answers import Json

if TYPE_CHECKING:
    from mye_tiktok.sandbox.sandbox import Sandbox

Control = Callable[["Sandbox", Json], Json]


def _list(sandbox: "Sandbox", given: Json) -> Json:
    catalogue = sandbox.shop(given.get("shop_id", "")).catalogue
    first = int(given.get("offset", 0))
    places = islice(range(len(catalogue)), first, first + int(given.get("limit", 100)))
    return {"total": len(catalogue), "product_ids": [catalogue.product_id(place) for place in places]}


def _change(sandbox: "Sandbox", given: Json) -> Json:
    return {"product_ids": sandbox.change_products(int(given["count"]), shop_id=given.get("shop_id", ""))}


def _add(sandbox: "Sandbox", given: Json) -> Json:
    return {"product_ids": sandbox.add_products(int(given["count"]), shop_id=given.get("shop_id", ""))}


def _edit(sandbox: "Sandbox", given: Json) -> Json:
    sandbox.edit_product(given["product_id"], shop_id=given.get("shop_id", ""), **given["fields"])
    return {}


def _remove(sandbox: "Sandbox", given: Json) -> Json:
    forgotten = bool(given.get("forgotten", False))
    sandbox.remove_product(given["product_id"], shop_id=given.get("shop_id", ""), forgotten=forgotten)
    return {}


def _freeze(sandbox: "Sandbox", given: Json) -> Json:
    thaw = bool(given.get("thaw", False))
    sandbox.freeze_product(given["product_id"], thaw=thaw, shop_id=given.get("shop_id", ""))
    return {}


def _audit(sandbox: "Sandbox", given: Json) -> Json:
    sandbox.set_audit(given["product_id"], passes=bool(given["passes"]), shop_id=given.get("shop_id", ""))
    return {}


CONTROLS: Mapping[tuple[str, str], Control] = {
    ("GET", "products"): _list,
    ("POST", "products/change"): _change,
    ("POST", "products/add"): _add,
    ("POST", "products/edit"): _edit,
    ("POST", "products/remove"): _remove,
    ("POST", "products/freeze"): _freeze,
    ("POST", "products/audit"): _audit,
}
