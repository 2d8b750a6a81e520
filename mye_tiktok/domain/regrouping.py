"""Whether packages may be combined, taken apart, or an order be split, as far as can be told before TikTok is asked."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

from mye_tiktok.domain.order import Order
from mye_tiktok.domain.package import Package
from mye_tiktok.domain.shipping_choice import splits_units
from mye_tiktok.domain.shipping_obstacles import Obstacle, obstacle, open_units, package_obstacle


def combine_obstacle(packages: Sequence[Package], orders: Sequence[Order]) -> Obstacle | None:
    """Return why these packages can't become one; `orders` are what is in them. TikTok itself compares addresses."""
    if len({package.package_id for package in packages}) < 2:
        return _say("too-few", "at least two packages are needed to combine them", "name another package")
    stopped = next(filter(None, map(package_obstacle, packages)), None)
    if stopped is not None:
        return stopped
    buyers = {order.buyer.user_id for order in orders if order.buyer.user_id}
    if len(buyers) > 1:
        words = f"packages {_listed(package.package_id for package in packages)} go to {len(buyers)} buyers"
        return _say("several-buyers", words, "combine packages of one buyer and address only")
    return None


def uncombine_obstacle(package: Package, order_ids: Sequence[str]) -> Obstacle | None:
    """Return why these orders, or all, can't be taken out of a package."""
    if not package.is_combined:
        hint = f"`mye-tiktok ship package {package.package_id}` shows what is in it"
        return _say("not-combined", f"package {package.package_id} is not combined, it holds one order only", hint)
    foreign = [one for one in order_ids if one not in package.order_ids]
    if foreign:
        words = f"package {package.package_id} does not hold order {_listed(foreign)}"
        return _say("no-order", words, f"it holds {_listed(package.order_ids)}")
    return package_obstacle(package)


def combined_obstacle(packages: Sequence[Package]) -> Obstacle | None:
    """Return why an order in these packages can't be split: it shares one with other orders."""
    shared = next((one for one in packages if one.is_combined), None)
    if shared is None:
        return None
    words = f"package {shared.package_id} holds {len(shared.order_ids)} orders together"
    return _say("combined", words, f"first `mye-tiktok ship uncombine {shared.package_id}`")


def are_combined(orders: Sequence[Order]) -> bool:
    """Tell whether all that is left to ship of these orders is in one package."""
    return len(orders) > 1 and all(map(places, orders)) and len(set().union(*map(places, orders))) == 1


def are_apart(orders: Sequence[Order], leaving: Sequence[str]) -> bool:
    """Tell whether each of the leaving orders is there and shares no package with another one."""
    if not set(leaving) <= {order.order_id for order in orders}:
        return False
    shared = Counter(package_id for order in orders for package_id in places(order))
    return all(shared[one] == 1 for order in orders if order.order_id in leaving for one in places(order))


def is_split(order: Order, groups: Mapping[str, Sequence[str]]) -> bool:
    """Tell whether each group of line items is in a package of its own."""
    place_of = {unit.line_item_id: unit.package_id for unit in order.units}
    found = [{place_of.get(line_item_id, "") for line_item_id in ids} for ids in groups.values()]
    alone = [next(iter(ids)) for ids in found if len(ids) == 1]
    return len(alone) == len(groups) > 1 and "" not in alone and len(set(alone)) == len(alone)


def places(order: Order) -> set[str]:
    """Return the packages that hold what is left to ship of an order."""
    return {unit.package_id for unit in open_units(order) if unit.package_id}


def split_obstacle(
    order: Order, groups: Mapping[str, Sequence[str]], *, region: str, seller_type: str
) -> Obstacle | None:
    """Return why an order can't be split into these groups of line item ids: each open unit belongs into one.

    In some markets all units of a SKU stay together ("Confirm Order Split").
    """
    stopped = obstacle(order, region) or _of_groups(order, groups)
    if stopped is not None or splits_units(region, seller_type):
        return stopped
    group_of = {line_item_id: name for name, ids in groups.items() for line_item_id in ids}
    places: dict[str, set[str]] = {}
    for unit in open_units(order):
        places.setdefault(unit.sku_id or unit.line_item_id, set()).add(group_of[unit.line_item_id])
    torn = [sku_id for sku_id, names in places.items() if len(names) > 1]
    if torn:
        words = f"in {region} an order is split by SKU: {_listed(torn)} of order {order.order_id} is in several groups"
        return _say("sku-torn", words, "put all units of a SKU into one group")
    return None


def _of_groups(order: Order, groups: Mapping[str, Sequence[str]]) -> Obstacle | None:
    if len([ids for ids in groups.values() if ids]) < 2 or not all(groups.values()):
        return _say("too-few", "a split needs at least two groups with something in each", "name another group")
    counted = Counter(line_item_id for ids in groups.values() for line_item_id in ids)
    twice = [line_item_id for line_item_id, times in counted.items() if times > 1]
    if twice:
        return _say("twice", f"line item {_listed(twice)} is in several groups", "name it once")
    is_open = {unit.line_item_id for unit in open_units(order)}
    hint = f"`mye-tiktok ship split {order.order_id}` lists what is left to ship"
    if foreign := [one for one in counted if one not in is_open]:
        return _say("no-line-item", f"order {order.order_id} has no line item {_listed(foreign)} to ship", hint)
    if left_out := sorted(is_open - set(counted)):
        return _say("left-out", f"line item {_listed(left_out)} of order {order.order_id} is in no group", hint)
    return None


def _listed(ids: Iterable[str]) -> str:
    return ", ".join(ids)


def _say(code: str, message: str, hint: str) -> Obstacle:
    return Obstacle(code=code, message=message, hint=hint)
