"""What happens to stock: the seller sets it, orders take it, and each change is announced."""

import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from mye_tiktok.sandbox.answers import Json
from mye_tiktok.sandbox.order_desk import OrderDesk
from mye_tiktok.sandbox.order_states import derived
from mye_tiktok.sandbox.shops import Shop
from mye_tiktok.sandbox.stock_news import news
from mye_tiktok.sandbox.stock_room import Change, Levels, StockRoom
from mye_tiktok.sandbox.world import World

MANUAL, ORDER = "manual_adjustment", "order"
Schedule = Callable[[float, Callable[[float], None]], None]


@dataclass(slots=True, kw_only=True)
class StockDesk:
    """The stock of every shop.

    schedule: lets something happen at a time of the sandbox's clock. disabled: warehouses that take no stock any more.
    """

    orders: OrderDesk
    schedule: Schedule
    disabled: set[str] = field(default_factory=set)
    _rooms: dict[str, StockRoom] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def __post_init__(self) -> None:
        """Follow the orders."""
        self.orders.followers.append(self._follow)

    @property
    def world(self) -> World:
        """Where it stands."""
        return self.orders.world

    def room(self, shop: Shop) -> StockRoom:
        """Return the stock of a shop."""
        with self._lock:
            if shop.shop_id not in self._rooms:
                later = self._later if self.world.options.stock_shows_after else None
                self._rooms[shop.shop_id] = StockRoom(catalogue=shop.catalogue, later=later)
            return self._rooms[shop.shop_id]

    def shop_of(self, sku_id: str, shop_id: str = "") -> Shop:
        """Return the shop that has a SKU; raises KeyError when none does."""
        for shop in self.world.shops:
            if shop_id in {"", shop.shop_id} and self.room(shop).find(sku_id) is not None:
                return shop
        raise KeyError(sku_id)

    def levels(self, shop: Shop, sku_id: str) -> dict[str, int]:
        """Return the true sellable pieces per warehouse; raises KeyError for a SKU that the shop does not have."""
        found = self.room(shop).find(sku_id)
        if found is None:
            raise KeyError(sku_id)
        return dict(self.room(shop).levels(found[1]))

    def set(self, shop: Shop, position: int, wanted: Mapping[str, Levels]) -> None:
        """Set the sellable pieces of SKUs of one product, and announce what changed."""
        self._announce(shop, self.room(shop).set(position, wanted, int(self.world.now)), MANUAL)

    def put(self, shop: Shop, sku_id: str, levels: Levels) -> None:
        """Set stock and warehouses of a SKU as the seller does by hand, where no call may change the warehouses.

        Raises KeyError for a SKU or warehouse that the shop does not have, ValueError for pieces below 0.
        """
        found = self.room(shop).find(sku_id)
        known = {str(each.get("id")) for each in shop.warehouses}
        if found is None or not levels.keys() <= known:
            raise KeyError(sku_id if found is None else next(iter(levels.keys() - known)))
        if min(levels.values(), default=0) < 0:
            raise ValueError("pieces are 0 or more")
        self.set(shop, found[0], {sku_id: dict(levels)})

    def add_warehouse(self, shop: Shop) -> str:
        """Open a sales warehouse, without stock; returns its id."""
        number = len(shop.warehouses)
        first = shop.warehouses[0] if shop.warehouses else {"sub_type": "DOMESTIC_WAREHOUSE"}
        ids = [derived(7_300_000_000_000_000_000, shop.shop_id, kind, number) for kind in ("warehouse", "entity")]
        own = {"id": ids[0], "entity_id": ids[1], "name": f"Warehouse {number + 1}", "is_default": number == 0}
        shop.warehouses.append({**first, **own, "effect_status": "ENABLED", "type": "SALES_WAREHOUSE"})
        return ids[0]

    def _follow(self, shop: Shop, before: Json, after: Json) -> None:
        self._announce(shop, self.room(shop).follow(before, after, int(self.world.now)), ORDER)

    def _later(self, show: Callable[[float], None]) -> None:
        self.schedule(self.world.now + self.world.options.stock_shows_after, show)

    def _announce(self, shop: Shop, changes: Sequence[Change], source: str) -> None:
        if not self.world.options.announces_stock:
            return
        seller = next(seller for seller in self.world.sellers if shop in seller.shops)
        for change in changes:
            for event, data in news(shop.shop_id, seller.open_id, change, source, self.world.now):
                self.world.announce(shop, event, data)
