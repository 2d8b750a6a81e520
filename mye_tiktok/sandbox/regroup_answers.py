"""What the sandbox does when a seller combines packages, takes them apart, or splits an order."""

from collections.abc import Mapping, Sequence

from mye_tiktok.sandbox.answers import Json, Refusal
from mye_tiktok.sandbox.mark_answers import order_of
from mye_tiktok.sandbox.packages import TO_FULFILL, find_package
from mye_tiktok.sandbox.regrouping import combinable, merged
from mye_tiktok.sandbox.ship_rules import LATAM, SEA, check_state
from mye_tiktok.sandbox.shops import Shop
from mye_tiktok.sandbox.world import Call

WHOLE_SKUS = SEA | LATAM


def combine(call: Call) -> Json:
    """Combine, and tell what could not be. Source: POST /fulfillment/202309/packages/combine.

    An entry names a package and the orders that shall be in it. Entries that name a package with its own order alone
    are taken together as one wish, whose first package takes the others in.
    """
    shop, parcels = call.shop, call.world.parcels
    made, errors = [], []
    with parcels.lock:
        for package_id, order_ids, entry_ids in _wishes(call):
            code = _why_not(shop, package_id, order_ids)
            if code:
                errors += [_error(code, each) for each in entry_ids]
            else:
                kept = parcels.groups.combine(shop, order_ids, package_id)
                made.append({"id": kept, "order_ids": order_ids})
    return {"packages": made, **({"errors": errors} if errors else {})}


def uncombine(call: Call) -> Json:
    """Take orders out, all unless named. POST /fulfillment/202309/packages/{package_id}/uncombine."""
    shop, parcels = call.shop, call.world.parcels
    with parcels.lock:
        package = find_package(shop, call.path["package_id"])
        if package is None:
            raise Refusal(21011028, "The package belongs to another shop.")
        leaving = call.body.get("order_ids") or package.order_ids
        if not set(leaving) <= set(package.order_ids):
            raise Refusal(21011029, "An order is not in the package.")
        if len(package.orders) < 2 or package.status != TO_FULFILL:
            raise Refusal(21011005, "Invalid parameter. The package is not combined, or has been shipped.")
        made = parcels.groups.take_apart(shop, package, leaving)
    return {"packages": [{"id": each, "order_ids": order_ids} for each, order_ids in made.items()]}


def split(call: Call) -> Json:
    """Split an order into packages. Source: POST /fulfillment/202309/orders/{order_id}/split."""
    shop, parcels, order_id = call.shop, call.world.parcels, call.path["order_id"]
    groups = _groups(call.body)
    with parcels.lock:
        entry = order_of(call, order_id).entry
        check_state(entry, shop.stall.region, shipped=21011020)
        if entry.get("split_or_combine_tag") == "COMBINED":
            raise Refusal(21011046, "A combined order cannot be split.")
        _check_split(shop, entry, list(groups.values()))
        made = parcels.groups.split(shop, order_id, groups)
    return {"packages": [{"splittable_group_id": name, "id": each} for name, each in made.items()]}


def _wishes(call: Call) -> list[tuple[str, list[str], list[str]]]:
    """Return what shall be combined: the package, the orders, and the packages that a refusal is about."""
    found: list[tuple[str, list[str], list[str]]] = []
    alone: list[tuple[str, list[str]]] = []
    for given in call.body["combinable_packages"]:
        package, order_ids = merged(call.shop, given["id"], given.get("order_ids") or [])
        if package is not None and order_ids == package.order_ids:
            alone.append((given["id"], order_ids))
        else:
            found.append((given["id"], order_ids, [given["id"]]))
    if alone:
        together = list(dict.fromkeys(order_id for _, order_ids in alone for order_id in order_ids))
        found.append((alone[0][0], together, [package_id for package_id, _ in alone]))
    return found


def _why_not(shop: Shop, package_id: str, order_ids: Sequence[str]) -> int:
    package = find_package(shop, package_id)
    if package is None:
        return 21011028
    orders = [order for order in map(shop.orders.find, order_ids) if order is not None]
    if len(orders) < len(order_ids):
        return 21011031
    return 0 if package.status == TO_FULFILL and combinable(orders) else 10007014


def _error(code: int, package_id: str) -> Json:
    return {"code": code, "message": "The package cannot be combined.", "detail": {"package_id": package_id}}


def _groups(body: Json) -> dict[str, list[str]]:
    groups = {str(group["id"]): list(group["order_line_item_ids"]) for group in body["splittable_groups"]}
    for group in body.get("splittable_groups_v2") or []:
        groups[str(group.get("id"))] = [str(line.get("order_line_id")) for line in group.get("order_line_list") or []]
    return groups


def _check_split(shop: Shop, entry: Json, groups: Sequence[Sequence[str]]) -> None:
    named = [line_id for group in groups for line_id in group]
    skus: Mapping[str, str] = {
        str(line["id"]): str(line.get("sku_id"))
        for line in entry["line_items"]
        if line.get("display_status") == "AWAITING_SHIPMENT"
    }
    if not all(groups) or len(set(named)) < len(named) or not set(named) <= skus.keys():
        raise Refusal(21011005, "Invalid parameter. An order line is unknown, shipped or named twice.")
    rest = skus.keys() - set(named)
    parts = [*groups, *([sorted(rest)] if rest else [])]
    if len(parts) < 2:
        raise Refusal(21011035, "The order cannot be split into one part.")
    whole = shop.stall.region in WHOLE_SKUS
    if whole and sum(len({skus[line_id] for line_id in part}) for part in parts) > len(set(skus.values())):
        raise Refusal(21011036, "All units of a SKU stay in one package.")
