"""What the sandbox says about stock: it is set per SKU and warehouse, and read back."""

from collections.abc import Mapping
from typing import Any

from mye_tiktok.sandbox.answers import Json, Refusal
from mye_tiktok.sandbox.product_answers import located
from mye_tiktok.sandbox.shops import Shop
from mye_tiktok.sandbox.stock_room import levels_of
from mye_tiktok.sandbox.world import Call, World

LARGEST = 99_999
FAILED = 12052990
LOCKED_FOR_GOOD = frozenset({"FREEZE", "DELETED"})
SORRY: Mapping[int, str] = {
    12019028: "The SKU has several warehouses. Specify the stock of each of them.",
    12052037: "The stock was not updated, because a warehouse of the SKU is missing.",
    12052055: "The quantity is out of range.",
    12052097: "The warehouse does not exist.",
    12052393: "The SKU is locked by a promotion. Its stock cannot go below what it is.",
    12052530: "The warehouse belongs to another seller.",
    12052531: "The warehouse is disabled.",
    12052533: "The warehouses of a SKU cannot change. Send the original ones.",
    12052553: "The SKU is given twice.",
    12052556: "The SKU does not exist.",
    12052557: "The SKU belongs to another product.",
}
Problem = tuple[str, int]
"""The warehouse that a refusal is about, empty for the SKU as a whole, and the code."""


def update(call: Call) -> Json:
    """Set stock. Source: Update Inventory, POST /product/202309/products/{product_id}/inventory/update."""
    position = located(call, call.path["product_id"])
    _check_status(call, str(call.shop.catalogue.brief(position).status))
    skus: list[Json] = call.body["skus"]
    if not skus:
        raise Refusal(12052902, "The SKU list is empty.")
    accepted: dict[str, dict[str, int]] = {}
    errors: list[Json] = []
    with call.world.stock.room(call.shop).lock:
        for sku in skus:
            problems = [("", 12052553)] if sku["id"] in accepted else _problems(call, position, sku)
            if problems and call.world.options.stock_errors == "call":
                raise Refusal(problems[0][1], SORRY[problems[0][1]])
            if problems:
                errors.append(_error(sku["id"], problems))
            else:
                accepted[sku["id"]] = _wanted(call, position, sku)
        if accepted:
            call.world.stock.set(call.shop, position, accepted)
    return {"errors": errors} if errors else {}


def search(call: Call) -> Json:
    """Answer stock per SKU and warehouse; ids that the shop does not have are left out.

    Source: Inventory Search, POST /product/202309/inventory/search.
    """
    room, catalogue = call.world.stock.room(call.shop), call.shop.catalogue
    products: dict[int, list[Json]] = {}
    if wanted := call.body.get("sku_ids"):
        for sku_id in dict.fromkeys(wanted):
            if found := room.find(sku_id):
                products.setdefault(found[0], []).append(found[1])
    else:
        for product_id in dict.fromkeys(call.body.get("product_ids") or ()):
            position = catalogue.position(product_id)
            if position is not None:
                skus = catalogue.detail(position).get("skus") or []
                products[position] = [sku for sku in skus if isinstance(sku, dict)]
    return {
        "inventory": [
            {"product_id": catalogue.product_id(position), "skus": [_shown(call, sku) for sku in skus]}
            for position, skus in products.items()
        ]
    }


def _check_status(call: Call, status: str) -> None:
    forbidden = status != "ACTIVATE" if call.world.options.stock_of_active_only else status in LOCKED_FOR_GOOD
    if forbidden:
        raise Refusal(12052901, f"The product is {status}. Its status forbids this.")


def _problems(call: Call, position: int, sku: Json) -> list[Problem]:
    """Return what is wrong with the stock that is to be set for one SKU."""
    room = call.world.stock.room(call.shop)
    entry = room.sku(position, sku["id"])
    if entry is None:
        return [("", 12052557 if room.find(sku["id"]) else 12052556)]
    levels = levels_of(entry)
    given: list[Json] = sku["inventory"]
    named = [each.get("warehouse_id") for each in given]
    if len(levels) == 1 and named in ([None], [""]):
        named = list(levels)
    elif not all(named):
        return [("", 12019028)]
    problems = [
        (str(where), code)
        for where, each in zip(named, given, strict=True)
        if (code := _wrong(call, levels, str(where), each["quantity"]))
    ]
    if not problems and set(map(str, named)) != set(levels):
        problems = [("", 12052037)]
    locked = sku["id"] in room.locked and sum(each["quantity"] for each in given) < sum(levels.values())
    return problems or ([("", 12052393)] if locked else [])


def _wrong(call: Call, levels: Mapping[str, int], warehouse_id: str, quantity: int) -> int:
    """Return the code that refuses a figure in one warehouse, 0 for none."""
    if not (0 if call.world.options.accepts_zero_stock else 1) <= quantity <= LARGEST:
        return 12052055
    if warehouse_id not in levels and warehouse_id not in _warehouses(call.shop):
        return 12052530 if _is_of_another(call.world, call.shop, warehouse_id) else 12052097
    if warehouse_id in call.world.stock.disabled:
        return 12052531
    return 0 if warehouse_id in levels else 12052533


def _warehouses(shop: Shop) -> set[str]:
    return {str(each.get("id")) for each in shop.warehouses}


def _is_of_another(world: World, shop: Shop, warehouse_id: str) -> bool:
    return any(warehouse_id in _warehouses(other) for other in world.shops if other is not shop)


def _wanted(call: Call, position: int, sku: Json) -> dict[str, int]:
    entry = call.world.stock.room(call.shop).sku(position, sku["id"]) or {}
    only = next(iter(levels_of(entry)), "")
    return {str(each.get("warehouse_id") or only): each["quantity"] for each in sku["inventory"]}


def _error(sku_id: str, problems: list[Problem]) -> Json:
    extra: list[dict[str, Any]] = [
        {**({"warehouse_id": where} if where else {}), "code": code, "message": SORRY[code]} for where, code in problems
    ]
    detail = {"sku_id": sku_id, "extra_errors": extra}
    return {"code": FAILED, "message": "The inventory check failed. See the details.", "detail": detail}


def _shown(call: Call, sku: Json) -> Json:
    levels = levels_of(sku)
    committed = call.world.stock.room(call.shop).committed(str(sku.get("id")))
    available = sum(levels.values())
    return {
        "id": sku.get("id"),
        "seller_sku": sku.get("seller_sku") or "",
        "total_available_quantity": available,
        "total_committed_quantity": sum(committed.values()),
        "warehouse_inventory": [
            {"warehouse_id": where, "available_quantity": pieces, "committed_quantity": committed.get(where, 0)}
            for where, pieces in levels.items()
        ],
        "total_available_inventory_distribution": {
            "campaign_inventory": [],
            "creator_inventory": [],
            "in_shop_inventory": {"quantity": available},
        },
    }
