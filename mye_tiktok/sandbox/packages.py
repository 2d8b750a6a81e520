"""The packages of a shop, as its orders hold them: what a package is, finding one, listing all."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import chain

from mye_tiktok.sandbox.answers import Json
from mye_tiktok.sandbox.order_content import Order
from mye_tiktok.sandbox.order_states import open_lines, order_of_package
from mye_tiktok.sandbox.shops import Shop

TO_FULFILL, PROCESSING = "TO_FULFILL", "PROCESSING"


@dataclass(frozen=True, slots=True, kw_only=True)
class Package:
    """Units of one order, or of several that were combined.

    record: what the sandbox notes on it, in the first of the orders. A change to an order makes another package.
    """

    package_id: str
    record: Json
    orders: tuple[Order, ...]

    @property
    def order(self) -> Json:
        """The order that it was made for, or the first of them."""
        return self.orders[0].entry

    @property
    def order_ids(self) -> list[str]:
        """The orders that have units in it."""
        return [order.item_id for order in self.orders]

    @property
    def lines(self) -> list[Json]:
        """Its units that are not cancelled, or all when it is cancelled as a whole."""
        held = [line for order in self.orders for line in order.entry["line_items"] if self._holds(line)]
        return [line for line in held if line.get("display_status") != "CANCELLED"] or held

    @property
    def line_ids(self) -> list[str]:
        """The ids of its units."""
        return [str(line["id"]) for line in self.lines]

    @property
    def status(self) -> str:
        """Its own state, TO_FULFILL first."""
        return str(self.lines[0].get("package_status") or TO_FULFILL) if self.lines else "CANCELLED"

    @property
    def created(self) -> int:
        """When it was made, in unix seconds; when its order was, where a recording does not say."""
        return int(self.record.get("at") or self.order.get("create_time") or 0)

    @property
    def updated(self) -> int:
        """When it or one of its orders changed last."""
        return max(order.updated for order in self.orders)

    @property
    def paid(self) -> int:
        """When its order was paid."""
        return int(self.order.get("paid_time") or 0)

    def of_lines(self, key: str) -> str:
        """Return a value that its units share."""
        return next((str(line[key]) for line in self.lines if line.get(key)), "")

    def lines_of(self, order: Json) -> list[str]:
        """Return the ids of the units of one order that are in it and not cancelled."""
        return [line["id"] for line in open_lines(order) if self._holds(line)]

    def _holds(self, line: Mapping[str, object]) -> bool:
        return line.get("package_id") == self.package_id


def find_package(shop: Shop, package_id: str) -> Package | None:
    """Return a package of a shop, or None."""
    order = shop.orders.find(order_of_package(package_id))
    nearest = iter(()) if order is None else own_packages(shop, order)
    candidates = chain(nearest, _recorded(shop, package_id))
    return next((each for each in candidates if each.package_id == package_id), None)


def packages_of(shop: Shop, order: Order) -> list[Package]:
    """Return the packages that hold units of an order."""
    found = []
    for record in order.entry.get("packages") or []:
        if not record.get("dissolved"):
            owner = shop.orders.find(record["owner"]) if "owner" in record else order
            found += [each for each in own_packages(shop, owner or order) if each.package_id == record["id"]]
    return found


def own_packages(shop: Shop, order: Order) -> Iterator[Package]:
    """Yield the packages that were made for an order; combined ones belong to the first of their orders."""
    for record in order.entry.get("packages") or []:
        if not record.get("dissolved") and "owner" not in record:
            others = (shop.orders.find(each) for each in record.get("orders") or [] if each != order.item_id)
            members = (order, *(other for other in others if other is not None))
            yield Package(package_id=str(record["id"]), record=record, orders=members)


def _recorded(shop: Shop, package_id: str) -> Iterator[Package]:
    """Yield a package whose id tells nothing of its order."""
    for order in shop.orders.living():
        if any(str(record.get("id")) == package_id for record in order.entry.get("packages") or []):
            yield from own_packages(shop, order)
