"""Which units lie in which package: orders are combined, taken apart again, and split."""

from collections.abc import Mapping, Sequence

from mye_tiktok.sandbox.answers import Json
from mye_tiktok.sandbox.order_content import Order
from mye_tiktok.sandbox.order_desk import OrderDesk
from mye_tiktok.sandbox.order_states import open_lines, pack, waiting_lines
from mye_tiktok.sandbox.packages import TO_FULFILL, Package, find_package
from mye_tiktok.sandbox.shops import Shop

SHARED = ("auto_combine_group_id", "warehouse_id", "shipping_type")
OPTED_OUT = frozenset({"", "N/A", "None"})


def combinable(orders: Sequence[Order]) -> bool:
    """Tell whether orders may ship together: of one buyer and one way, and all of each still waits in one piece."""
    shared = {tuple(str(order.entry.get(key)) for key in SHARED) for order in orders}
    return (
        len(orders) > 1
        and len(shared) == 1
        and next(iter(shared))[0] not in OPTED_OUT
        and all(_whole(order.entry) for order in orders)
    )


class Regrouping:
    """Moves units between packages, and announces it."""

    def __init__(self, orders: OrderDesk) -> None:
        self._orders = orders

    def combine(self, shop: Shop, order_ids: Sequence[str], package_id: str = "") -> str:
        """Put orders into the package of the first, or into a new one where it has none; returns its id."""
        owner, *others = order_ids
        now = self._orders.moment(None)

        def lead(entry: Json) -> None:
            kept = package_id or pack(entry, waiting_lines(entry), now)
            for record in entry["packages"]:
                if record["id"] == kept:
                    record["orders"] = list(order_ids)
            entry["split_or_combine_tag"], entry["update_time"] = "COMBINED", now

        _, first = self._orders.change(shop, owner, lead)
        [kept] = {str(line["package_id"]) for line in open_lines(first)}

        def follow(entry: Json) -> None:
            records = entry.get("packages") or []
            for record in records:
                record["dissolved"] = True
            entry["packages"] = [*records, {"id": kept, "owner": owner}]
            for line in open_lines(entry):
                line["package_id"], line["package_status"] = kept, TO_FULFILL
            entry["split_or_combine_tag"], entry["update_time"] = "COMBINED", now

        for order_id in others:
            self._orders.change(shop, order_id, follow)
        self._announce(shop, "COMBINE", {kept: order_ids}, now)
        return kept

    def take_apart(self, shop: Shop, package: Package, leaving: Sequence[str]) -> dict[str, list[str]]:
        """Give orders a package of their own again; returns the packages that there are now, with their orders.

        Where fewer than two stay, or the one it was made for leaves, none stays.
        """
        now = self._orders.moment(None)
        staying = [order_id for order_id in package.order_ids if order_id not in leaving]
        if len(staying) < 2 or package.order_ids[0] in leaving:
            staying = []
        made = {package.package_id: staying} if staying else {}

        def shrink(entry: Json) -> None:
            for record in entry["packages"]:
                if record["id"] == package.package_id:
                    record["orders"] = staying

        def leave(entry: Json) -> None:
            entry.pop("split_or_combine_tag", None)
            made[pack(entry, package.lines_of(entry), now)] = [str(entry["id"])]
            entry["update_time"] = now

        for order_id in package.order_ids:
            if order_id not in staying:
                self._orders.change(shop, order_id, leave)
        if staying:
            self._orders.change(shop, staying[0], shrink)
        self._announce(shop, "CANCEL_COMBINE", made, now)
        return made

    def split(self, shop: Shop, order_id: str, groups: Mapping[str, Sequence[str]]) -> dict[str, str]:
        """Give each group of units a package; what is in none stays where it is. Returns packages by group."""
        now = self._orders.moment(None)
        made: dict[str, str] = {}

        def write(entry: Json) -> None:
            for name, line_ids in groups.items():
                made[name] = pack(entry, line_ids, now)
            entry["update_time"] = now

        _, after = self._orders.change(shop, order_id, write)
        self._orders.announce_split(shop, after)
        return made

    def _announce(self, shop: Shop, what: str, packages: Mapping[str, Sequence[str]], now: int) -> None:
        listed = [{"package_id": each, "order_id_list": list(orders)} for each, orders in packages.items()]
        data = {"sc_type": what, "role_type": "ROLE_SELLER", "package_list": listed, "update_time": now}
        self._orders.world.announce(shop, "PACKAGE_UPDATE", data)


def merged(shop: Shop, package_id: str, order_ids: Sequence[str]) -> tuple[Package | None, list[str]]:
    """Return a package, and its orders with those that shall join them."""
    package = find_package(shop, package_id)
    own = package.order_ids if package else []
    return package, list(dict.fromkeys([*own, *order_ids]))


def _whole(entry: Json) -> bool:
    packages = {line.get("package_id") for line in open_lines(entry)}
    return (
        entry.get("status") == "AWAITING_SHIPMENT" and not entry.get("is_buyer_request_cancel") and len(packages) == 1
    )
