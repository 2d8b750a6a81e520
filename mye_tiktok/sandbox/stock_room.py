"""How many pieces a shop has of each SKU per warehouse, and what orders hold of them."""

import threading
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field

from mye_tiktok.sandbox.answers import Json
from mye_tiktok.sandbox.catalogue import Catalogue

GONE = frozenset({"CANCELLED"})
WAITING = frozenset({"", "UNPAID", "ON_HOLD", "AWAITING_SHIPMENT", "TO_SHIP"})
Levels = Mapping[str, int]
"""Sellable pieces per warehouse."""
Later = Callable[[Callable[[float], None]], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One change of one SKU: the deltas of what is sellable and of what orders hold, and what is there afterwards."""

    product_id: str
    sku_id: str
    available_delta: int
    committed_delta: int
    available: int
    committed: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Hold:
    """One piece that an order holds; `taken` is 0 where there was none left to take."""

    product_id: str
    sku_id: str
    warehouse_id: str
    taken: int


@dataclass(slots=True, kw_only=True)
class StockRoom:
    """The stock of one shop; only what differs from the catalogue's beginning takes memory.

    later: lets a new figure show in the catalogue some time after it became true; without, it shows at once.
    locked: SKUs in a promotion, whose stock can't go below what it is. Safe to use from many threads.
    """

    catalogue: Catalogue
    later: Later | None = None
    locked: set[str] = field(default_factory=set)
    _hidden: dict[str, Levels] = field(default_factory=dict)
    _held: dict[str, Hold] = field(default_factory=dict)
    _committed: dict[str, dict[str, int]] = field(default_factory=dict)
    lock: threading.RLock = field(default_factory=threading.RLock)

    def entries(self, position: int) -> dict[str, Json]:
        """Return the entries of a product's SKUs by id, as the catalogue shows them."""
        skus = self.catalogue.detail(position).get("skus") or []
        return {str(sku.get("id")): sku for sku in skus if isinstance(sku, dict)}

    def sku(self, position: int, sku_id: str) -> Json | None:
        """Return the entry of a SKU of a product, as the catalogue shows it."""
        return self.entries(position).get(sku_id)

    def find(self, sku_id: str) -> tuple[int, Json] | None:
        """Return where a SKU is listed, and its entry."""
        for position in self.catalogue.with_sku(sku_id):
            if found := self.sku(position, sku_id):
                return position, found
        return None

    def levels(self, entry: Json) -> Levels:
        """Return the true figures of a SKU with this entry, whether the catalogue shows them yet or not."""
        hidden = self._hidden.get(str(entry.get("id")))
        return levels_of(entry) if hidden is None else hidden

    def committed(self, sku_id: str) -> Levels:
        """Return the pieces of a SKU that orders hold, per warehouse."""
        return dict(self._committed.get(sku_id, {}))

    def set(self, position: int, wanted: Mapping[str, Levels], now: int) -> list[Change]:
        """Set the sellable pieces of SKUs of one product; returns what changed."""
        with self.lock:
            entries, product_id = self.entries(position), self.catalogue.product_id(position)
            before = {sku_id: sum(self.levels(entries.get(sku_id, {})).values()) for sku_id in wanted}
            self._write(product_id, wanted, now)
            totals = {sku_id: sum(levels.values()) for sku_id, levels in wanted.items()}
            return [self._change(product_id, one, total - before[one], 0, total) for one, total in totals.items()]

    def follow(self, before: Json, after: Json, now: int) -> list[Change]:
        """Take out of stock what an order holds since it changed, and put back what it does not hold any more."""
        with self.lock:
            old = {str(line.get("id")) for line in before.get("line_items") or []}
            changes: list[Change] = []
            for line in after.get("line_items") or []:
                line_id, word = str(line.get("id")), str(line.get("display_status") or "")
                if line_id not in old and word in WAITING:
                    changes += self._take(line_id, str(line.get("sku_id")), str(after.get("warehouse_id")), now)
                elif line_id in self._held and word in GONE:
                    hold = self._held.pop(line_id)
                    changes += self._move(hold, hold.taken, -1, now)
                elif line_id in self._held and word not in WAITING:
                    changes += self._move(self._held.pop(line_id), 0, -1, now)
            return changes

    def _take(self, line_id: str, sku_id: str, warehouse_id: str, now: int) -> Iterable[Change]:
        """Let a line of an order hold a piece, out of the order's warehouse if that has any."""
        found = self.find(sku_id)
        if found is None:
            return ()
        levels = self.levels(found[1])
        filled = [where for where, pieces in levels.items() if pieces > 0]
        where = warehouse_id if warehouse_id in filled else next(iter(filled or levels), "")
        product_id = self.catalogue.product_id(found[0])
        hold = Hold(product_id=product_id, sku_id=sku_id, warehouse_id=where, taken=1 if filled else 0)
        self._held[line_id] = hold
        return self._move(hold, -hold.taken, 1, now)

    def _move(self, hold: Hold, available: int, committed: int, now: int) -> Iterable[Change]:
        position, sku_id, where = self.catalogue.position(hold.product_id), hold.sku_id, hold.warehouse_id
        if position is None:
            return ()
        levels = dict(self.levels(self.sku(position, sku_id) or {}))
        if available:
            levels[where] = levels.get(where, 0) + available
            self._write(hold.product_id, {sku_id: levels}, now)
        reserved = self._committed.setdefault(sku_id, {})
        reserved[where] = max(0, reserved.get(where, 0) + committed)
        return [self._change(hold.product_id, sku_id, available, committed, sum(levels.values()))]

    def _write(self, product_id: str, wanted: Mapping[str, Levels], now: int) -> None:
        if self.later is None:
            self.catalogue.stock(product_id, wanted, now)
            return
        self._hidden.update(wanted)
        self.later(lambda at: self._show(product_id, wanted, int(at)))

    def _show(self, product_id: str, written: Mapping[str, Levels], now: int) -> None:
        with self.lock:
            if self.catalogue.position(product_id) is not None:
                self.catalogue.stock(product_id, written, now)
            for sku_id, levels in written.items():
                if self._hidden.get(sku_id) is levels:
                    del self._hidden[sku_id]

    def _change(self, product_id: str, sku_id: str, available: int, committed: int, total: int) -> Change:
        return Change(
            product_id=product_id,
            sku_id=sku_id,
            available_delta=available,
            committed_delta=committed,
            available=total,
            committed=sum(self._committed.get(sku_id, {}).values()),
        )


def levels_of(sku: Json) -> dict[str, int]:
    """Return the sellable pieces per warehouse that the entry of a SKU shows."""
    return {
        str(each.get("warehouse_id")): each.get("quantity") or 0
        for each in sku.get("inventory") or []
        if isinstance(each, dict)
    }
