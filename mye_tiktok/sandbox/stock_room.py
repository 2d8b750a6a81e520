"""How many pieces a shop has of each SKU per warehouse, and what orders hold of them."""

import threading
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from mye_tiktok.sandbox.answers import Json
from mye_tiktok.sandbox.catalogue import Catalogue

GONE = frozenset({"CANCELLED"})
WAITING = frozenset({"", "UNPAID", "ON_HOLD", "AWAITING_SHIPMENT", "TO_SHIP"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One change of one SKU: the deltas of what is sellable and of what orders hold, and what is there afterwards."""

    product_id: str
    sku_id: str
    available_delta: int
    committed_delta: int
    available: int
    committed: int


@dataclass(frozen=True, slots=True)
class Hold:
    """One piece that an order holds."""

    product_id: str
    sku_id: str
    warehouse_id: str


@dataclass(slots=True, kw_only=True)
class StockRoom:
    """The stock of one shop; only what differs from the catalogue's beginning takes memory.

    locked: SKUs in a promotion, whose stock can't go below what it is. Safe to use from many threads.
    """

    catalogue: Catalogue
    locked: set[str] = field(default_factory=set)
    _held: dict[str, Hold] = field(default_factory=dict)
    _committed: dict[str, dict[str, int]] = field(default_factory=dict)
    lock: threading.RLock = field(default_factory=threading.RLock)

    def sku(self, position: int, sku_id: str) -> Json | None:
        """Return the entry of a SKU of a product."""
        skus = self.catalogue.detail(position).get("skus") or []
        return next((sku for sku in skus if isinstance(sku, dict) and sku.get("id") == sku_id), None)

    def find(self, sku_id: str) -> tuple[int, Json] | None:
        """Return where a SKU is listed, and its entry."""
        for position in self.catalogue.with_sku(sku_id):
            if found := self.sku(position, sku_id):
                return position, found
        return None

    def committed(self, sku_id: str) -> Mapping[str, int]:
        """Return the pieces of a SKU that orders hold, per warehouse."""
        return dict(self._committed.get(sku_id, {}))

    def set(self, position: int, wanted: Mapping[str, Mapping[str, int]], now: int) -> list[Change]:
        """Set the sellable pieces of SKUs of one product; returns what changed."""
        with self.lock:
            before = {sku_id: self._levels(position, sku_id) for sku_id in wanted}
            self.catalogue.stock(self.catalogue.product_id(position), wanted, now)
            deltas = {sku_id: sum(wanted[sku_id].values()) - sum(before[sku_id].values()) for sku_id in wanted}
            return [self._change(position, sku_id, delta, 0) for sku_id, delta in deltas.items()]

    def follow(self, before: Json, after: Json, now: int) -> list[Change]:
        """Take out of stock what an order holds since it changed, and put back what it does not hold any more."""
        with self.lock:
            old = {str(line.get("id")) for line in before.get("line_items") or []}
            changes: list[Change] = []
            for line in after.get("line_items") or []:
                line_id, word = str(line.get("id")), str(line.get("display_status") or "")
                if line_id not in old and word in WAITING:
                    changes += self._take(line_id, str(line.get("sku_id")), now)
                elif line_id in self._held and word in GONE:
                    changes += self._move(self._held.pop(line_id), 1, -1, now)
                elif line_id in self._held and word not in WAITING:
                    changes += self._move(self._held.pop(line_id), 0, -1, now)
            return changes

    def _take(self, line_id: str, sku_id: str, now: int) -> Iterable[Change]:
        found = self.find(sku_id)
        if found is None:
            return ()
        position, entry = found
        levels = levels_of(entry)
        warehouse_id = next((each for each, pieces in levels.items() if pieces > 0), next(iter(levels), ""))
        taken = 1 if levels.get(warehouse_id, 0) > 0 else 0
        hold = self._held[line_id] = Hold(self.catalogue.product_id(position), sku_id, warehouse_id)
        return self._move(hold, -taken, 1, now)

    def _move(self, hold: Hold, available: int, committed: int, now: int) -> Iterable[Change]:
        position, sku_id, where = self.catalogue.position(hold.product_id), hold.sku_id, hold.warehouse_id
        if position is None:
            return ()
        if available:
            levels = self._levels(position, sku_id)
            levels[where] = levels.get(where, 0) + available
            self.catalogue.stock(hold.product_id, {sku_id: levels}, now)
        reserved = self._committed.setdefault(sku_id, {})
        reserved[where] = max(0, reserved.get(where, 0) + committed)
        return [self._change(position, sku_id, available, committed)]

    def _levels(self, position: int, sku_id: str) -> dict[str, int]:
        entry = self.sku(position, sku_id)
        return levels_of(entry) if entry else {}

    def _change(self, position: int, sku_id: str, available: int, committed: int) -> Change:
        return Change(
            product_id=self.catalogue.product_id(position),
            sku_id=sku_id,
            available_delta=available,
            committed_delta=committed,
            available=sum(self._levels(position, sku_id).values()),
            committed=sum(self._committed.get(sku_id, {}).values()),
        )


def levels_of(sku: Json) -> dict[str, int]:
    """Return the sellable pieces per warehouse that the entry of a SKU shows."""
    return {
        str(each.get("warehouse_id")): each.get("quantity") or 0
        for each in sku.get("inventory") or []
        if isinstance(each, dict)
    }
