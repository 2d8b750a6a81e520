"""What happens to packages: units are handed over, and tracking numbers corrected."""

import threading
from collections.abc import Mapping, Sequence

from mye_tiktok.sandbox.answers import Json, Refusal
from mye_tiktok.sandbox.documents import Documents
from mye_tiktok.sandbox.order_content import Order
from mye_tiktok.sandbox.order_desk import OrderDesk
from mye_tiktok.sandbox.order_states import Parcel, label, ship, waiting_lines
from mye_tiktok.sandbox.package_search import PackageIndex
from mye_tiktok.sandbox.packages import Package, find_package, packages_of
from mye_tiktok.sandbox.regrouping import Regrouping
from mye_tiktok.sandbox.ship_rules import check_state
from mye_tiktok.sandbox.shops import Shop
from mye_tiktok.sandbox.tracking_numbers import TrackingNumbers


class ParcelDesk:
    """Ships the orders of a world. Who checks and then ships holds `lock`, so that each unit ships once."""

    def __init__(self, orders: OrderDesk) -> None:
        self.orders = orders
        self.index = PackageIndex()
        self.numbers = TrackingNumbers(orders.world.options.orders_per_tracking_number)
        self.groups = Regrouping(orders)
        self.documents = Documents(some_late=orders.world.options.late_documents)
        self.lock = threading.RLock()
        self._outdated: dict[str, tuple[Order, float]] = {}

    def hand_over(self, shop: Shop, order_id: str, line_ids: Sequence[str], parcel: Parcel | None = None) -> str:
        """Ship units of an order and let it follow; returns their package.

        Raises Refusal when the order has changed meanwhile so that it does not ship.
        """
        order = self._order(shop, order_id)
        before = order.entry
        try:
            if set(waiting_lines(before)) <= set(line_ids):
                self.orders.advance(shop, order_id, "AWAITING_COLLECTION", parcel=parcel)
            elif before["status"] == "AWAITING_SHIPMENT":
                self.orders.advance(shop, order_id, "PARTIALLY_SHIPPING", lines=line_ids, parcel=parcel)
            else:
                self._one_more_part(shop, order_id, line_ids, parcel)
        except ValueError as error:
            check_state(self._order(shop, order_id).entry, shop.stall.region, shipped=21011020)
            raise Refusal(21011003, f"This action is not allowed now: {error}.") from None
        after = self._order(shop, order_id).entry
        if self.orders.world.options.shipping_shows_after:
            until = self.orders.world.now + self.orders.world.options.shipping_shows_after
            self._outdated.setdefault(order_id, (order, until))
        if parcel is not None:
            self.numbers.use(parcel.tracking_number, shop, order_id)
        return next(str(line["package_id"]) for line in after["line_items"] if line["id"] in line_ids)

    def hand_over_package(self, shop: Shop, package: Package, parcel: Parcel | None) -> None:
        """Ship a package with the units of all its orders."""
        for order in package.orders:
            self.hand_over(shop, order.item_id, package.lines_of(order.entry), parcel)

    def ship_together(self, shop: Shop, order_ids: Sequence[str], parcel: Parcel) -> str:
        """Put orders into one package and ship it; returns its id."""
        first = shop.orders.find(order_ids[0])
        packages = packages_of(shop, first) if first is not None else []
        package_id = self.groups.combine(shop, order_ids, packages[0].package_id if packages else "")
        package = find_package(shop, package_id)
        if package is None:
            raise KeyError(package_id)
        self.hand_over_package(shop, package, parcel)
        return package_id

    def shown(self, order: Order) -> Order:
        """Return an order as its detail shows it now, which may be as it was before it shipped."""
        earlier, until = self._outdated.get(order.item_id, (order, 0.0))
        if self.orders.world.now < until:
            return earlier
        self._outdated.pop(order.item_id, None)
        return order

    def correct(self, shop: Shop, package: Package, parcel: Parcel) -> None:
        """Give a package another tracking number or carrier, and count that."""
        now = self.orders.moment(None)
        self.note(shop, package, {"corrections": int(package.record.get("corrections") or 0) + 1})
        for order in package.orders:
            line_ids = package.lines_of(order.entry)

            def write(entry: Json, line_ids: Sequence[str] = line_ids) -> None:
                label(entry, line_ids, parcel)
                entry["update_time"] = now

            self.numbers.release(package.of_lines("tracking_number"), shop, order.item_id)
            self.numbers.use(parcel.tracking_number, shop, order.item_id)
            self.orders.change(shop, order.item_id, write)

    def note(self, shop: Shop, package: Package, facts: Mapping[str, object]) -> None:
        """Write down something about a package."""

        def write(entry: Json) -> None:
            for record in entry.get("packages") or []:
                if record["id"] == package.package_id:
                    record.update(facts)

        self.orders.change(shop, package.order_ids[0], write)

    def _one_more_part(self, shop: Shop, order_id: str, line_ids: Sequence[str], parcel: Parcel | None) -> None:
        now = self.orders.moment(None)

        def write(entry: Json) -> None:
            if entry["status"] != "PARTIALLY_SHIPPING" or not set(line_ids) < set(waiting_lines(entry)):
                raise ValueError("the order lines are not to be shipped")
            ship(entry, line_ids, now, parcel)
            entry["update_time"] = now

        _, after = self.orders.change(shop, order_id, write)
        self.orders.announce_split(shop, after)

    def _order(self, shop: Shop, order_id: str) -> Order:
        order = shop.orders.find(order_id)
        if order is None:
            raise KeyError(order_id)
        return order
