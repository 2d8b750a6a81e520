"""What happens to stock: the seller sets it, orders take it, and each change is announced."""

import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from mye_tiktok.sandbox.answers import Json
from mye_tiktok.sandbox.order_desk import OrderDesk
from mye_tiktok.sandbox.shops import Shop
from mye_tiktok.sandbox.stock_news import news
from mye_tiktok.sandbox.stock_room import Change, StockRoom, levels_of
from mye_tiktok.sandbox.world import World

MANUAL, ORDER = "manual_adjustment", "order"


@dataclass(slots=True, kw_only=True)
class StockDesk:
    """The stock of every shop. disabled: warehouses that take no stock any more."""

    orders: OrderDesk
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
                self._rooms[shop.shop_id] = StockRoom(catalogue=shop.catalogue)
            return self._rooms[shop.shop_id]

    def levels(self, shop: Shop, sku_id: str) -> dict[str, int]:
        """Return the sellable pieces per warehouse; raises KeyError for a SKU that the shop does not have."""
        found = self.room(shop).find(sku_id)
        if found is None:
            raise KeyError(sku_id)
        return levels_of(found[1])

    def set(self, shop: Shop, position: int, wanted: Mapping[str, Mapping[str, int]]) -> None:
        """Set the sellable pieces of SKUs of one product, and announce what changed."""
        self._announce(shop, self.room(shop).set(position, wanted, int(self.world.now)), MANUAL)

    def _follow(self, shop: Shop, before: Json, after: Json) -> None:
        self._announce(shop, self.room(shop).follow(before, after, int(self.world.now)), ORDER)

    def _announce(self, shop: Shop, changes: Sequence[Change], source: str) -> None:
        if not self.world.options.announces_stock:
            return
        for change in changes:
            for event, data in news(shop, change, source, self.world.now):
                self.world.announce(shop, event, data)
