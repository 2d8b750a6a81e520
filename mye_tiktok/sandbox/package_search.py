"""A search in the packages of a shop, page by page."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from mye_tiktok.sandbox.answers import Json
from mye_tiktok.sandbox.book import Place, Window
from mye_tiktok.sandbox.order_content import Order
from mye_tiktok.sandbox.order_past import past_order
from mye_tiktok.sandbox.order_states import package_id
from mye_tiktok.sandbox.packages import Package, own_packages
from mye_tiktok.sandbox.page_tokens import read_token, write_token
from mye_tiktok.sandbox.shops import Shop
from mye_tiktok.sandbox.world import Call


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """What a search asks of a package, and which order to read for all of it. Times in unix seconds."""

    package_id: str
    order_id: str
    status: str
    created: int
    updated: int
    paid: int

    def place(self, sort: str) -> tuple[int, str]:
        """Return where it stands in an order of rows."""
        times = {"create_time": self.created, "update_time": self.updated, "order_pay_time": self.paid}
        return times[sort], self.package_id


class PackageIndex:
    """The rows of all packages. Those of an order that stands as it stood when it was read are not read again."""

    def __init__(self) -> None:
        self._past: dict[str, list[Row]] = {}
        self._living: dict[str, tuple[Order, list[Row]]] = {}

    def rows(self, shop: Shop) -> list[Row]:
        """Return a row for each package of a shop."""
        if shop.shop_id not in self._past:
            self._past[shop.shop_id] = list(_past_rows(shop))
        living = shop.orders.living()
        alive = {order.item_id for order in living}
        rows = [row for row in self._past[shop.shop_id] if row.order_id not in alive]
        for order in living:
            rows += self._of(shop, order)
        return rows

    def _of(self, shop: Shop, order: Order) -> list[Row]:
        order_id = order.item_id
        known = self._living.get(order_id)
        if known is not None and known[0] is order:
            return known[1]
        packages = list(own_packages(shop, order))
        rows = list(_rows(packages))
        if all(len(package.orders) == 1 for package in packages):
            self._living[order_id] = (order, rows)
        return rows


def page_of_rows(call: Call, rows: Iterable[Row], window: Window, status: str) -> tuple[list[Row], Json]:
    """Return a page of those that fit, and what stands beside it."""
    asked, options = call.query, call.world.options
    sort, size = asked.get("sort_field") or "create_time", asked["page_size"]
    descending = (asked.get("sort_order") or "DESC") == "DESC"
    after, skip = read_token(asked.get("page_token", ""), 98001004)
    fitting = [row for row in rows if status in {"", row.status} and window.holds(row.created, row.updated)]
    fitting.sort(key=lambda row: row.place(sort), reverse=descending)
    behind = [row for row in fitting if after is None or _follows(row.place(sort), after, descending=descending)]
    found = behind[skip : skip + size + 1]
    beside: Json = {"next_page_token": ""}
    if len(found) > size:
        place = [skip + size] if options.page_tokens == "offset" else [*found[size - 1].place(sort)]
        beside["next_page_token"] = write_token(place)
    if options.sends_total_count:
        beside["total_count"] = len(fitting)
    return found[:size], beside


def _past_rows(shop: Shop) -> Iterator[Row]:
    """Yield the rows of the orders from before the start.

    Those of one pattern and stage went through the same after the same delays: one of them tells of all.
    """
    series = shop.orders.series
    for run in series.runs:
        first = past_order(shop.stall, series, run.slots[0])
        for number, row in enumerate(_rows(own_packages(shop, first))):
            for slot in run.slots:
                order_id, later = series.item_id(slot), series.placed(slot) - first.created
                yield Row(
                    package_id=package_id(order_id, number),
                    order_id=order_id,
                    status=row.status,
                    created=row.created + later,
                    updated=row.updated + later,
                    paid=row.paid + later,
                )


def _rows(packages: Iterable[Package]) -> Iterable[Row]:
    for package in packages:
        yield Row(
            package_id=package.package_id,
            order_id=package.order_ids[0],
            status=package.status,
            created=package.created,
            updated=package.updated,
            paid=package.paid,
        )


def _follows(place: Place, after: Place, *, descending: bool) -> bool:
    return place < after if descending else place > after
