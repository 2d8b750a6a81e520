"""What the sandbox says about stock: it is set per SKU and warehouse, and read back."""

from collections.abc import Mapping
from typing import Any

from mye_tiktok.sandbox.answers import Json, Refusal
from mye_tiktok.sandbox.product_answers import located
from mye_tiktok.sandbox.shops import Shop
from mye_tiktok.sandbox.stock_room import StockRoom, levels_of
from mye_tiktok.sandbox.world import Call, World

LARGEST, MOST_SKUS = 99_999, 100
FAILED = 12052990
LOCKED_FOR_GOOD = frozenset({"FREEZE", "DELETED"})
SORRY: Mapping[int, str] = {
    12019028: "The SKU has several warehouses. Specify the stock of each of them.",
    12052037: "The stock was not updated, because a warehouse of the SKU is missing.",
    12052055: "The quantity is out of range.",
    12052096: "The SKU has no warehouse.",
    12052097: "The warehouse does not exist.",
    12052393: "The SKU is locked by a promotion. Its stock cannot go below what it is.",
    12052530: "The warehouse belongs to another seller.",
    12052531: "The warehouse is disabled.",
    12052533: "The warehouses of a SKU cannot change. Send the original ones.",
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
    _check_list([sku["id"] for sku in skus])
    accepted: dict[str, dict[str, int]] = {}
    errors: list[Json] = []
    room = call.world.stock.room(call.shop)
    with room.lock:
        entries = room.entries(position)
        for sku in skus:
            entry = entries.get(sku["id"])
            problems = _problems(call, room, entry, sku) if entry else [("", _stray(room, sku["id"]))]
            if problems and call.world.options.stock_errors == "call":
                raise Refusal(problems[0][1], SORRY[problems[0][1]])
            if problems:
                errors.append(_error(sku["id"], problems))
            else:
                accepted[sku["id"]] = _wanted(entry or {}, sku)
        if accepted:
            call.world.stock.set(call.shop, position, accepted)
    return {"errors": errors} if errors else {}


def search(call: Call) -> Json:
    """Answer stock per SKU and warehouse; ids that the shop does not have are left out.

    Source: Inventory Search, POST /product/202309/inventory/search.
    """
    room, catalogue = call.world.stock.room(call.shop), call.shop.catalogue
    sku_ids = set(call.body.get("sku_ids") or ())
    if sku_ids:
        named = [position for sku_id in call.body["sku_ids"] for position in catalogue.with_sku(sku_id)]
    else:
        places = (catalogue.position(product_id) for product_id in call.body.get("product_ids") or ())
        named = [position for position in places if position is not None]
    inventory: list[Json] = []
    for position in dict.fromkeys(named):
        skus = [_shown(room, sku) for sku_id, sku in room.entries(position).items() if not sku_ids or sku_id in sku_ids]
        if skus:
            inventory.append({"product_id": catalogue.product_id(position), "skus": skus})
    return {"inventory": inventory}


def _check_status(call: Call, status: str) -> None:
    forbidden = status != "ACTIVATE" if call.world.options.stock_of_active_only else status in LOCKED_FOR_GOOD
    if forbidden:
        raise Refusal(12052901, f"The product is {status}. Its status forbids this.")


def _check_list(ids: list[str]) -> None:
    """Refuse a call whose list of SKUs is wrong, whatever stands in it."""
    if not ids:
        raise Refusal(12052902, "The SKU list is empty.")
    if not all(ids):
        raise Refusal(12052036, "A SKU has no id.")
    if len(ids) > MOST_SKUS:
        raise Refusal(12052050, "There are more than 100 SKUs.")
    if len(set(ids)) < len(ids):
        raise Refusal(12052553, "A SKU is given twice.")


def _stray(room: StockRoom, sku_id: str) -> int:
    """Return the code that refuses a SKU which is not the product's."""
    return 12052557 if room.find(sku_id) else 12052556


def _problems(call: Call, room: StockRoom, entry: Json, sku: Json) -> list[Problem]:
    """Return what is wrong with the stock that is to be set for one SKU."""
    levels = room.levels(entry)
    if not levels:
        return [("", 12052096)]
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
    if not problems and sorted(map(str, named)) != sorted(levels):
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


def _wanted(entry: Json, sku: Json) -> dict[str, int]:
    only = next(iter(levels_of(entry)), "")
    return {str(each.get("warehouse_id") or only): each["quantity"] for each in sku["inventory"]}


def _error(sku_id: str, problems: list[Problem]) -> Json:
    extra: list[dict[str, Any]] = [
        {**({"warehouse_id": where} if where else {}), "code": code, "message": SORRY[code]} for where, code in problems
    ]
    detail = {"sku_id": sku_id, "extra_errors": extra}
    return {"code": FAILED, "message": "The inventory check failed. See the details.", "detail": detail}


def _shown(room: StockRoom, sku: Json) -> Json:
    levels = levels_of(sku)
    committed = room.committed(str(sku.get("id")))
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
