"""What happens to products: they are taken off sale, audited, put back, frozen; the platform's part is announced.

Source: Activate Products, Deactivate Products, and FACTS of the reference pack, "Products, inventory, price".
"""

from collections.abc import Callable
from dataclasses import dataclass, field

from mye_tiktok.sandbox import product_news
from mye_tiktok.sandbox.answers import Json
from mye_tiktok.sandbox.shops import Shop
from mye_tiktok.sandbox.world import World

HIDDEN = frozenset({"SELLER_DEACTIVATED", "PLATFORM_DEACTIVATED"})
Schedule = Callable[[float, Callable[[float], None]], None]


@dataclass(slots=True, kw_only=True)
class ProductDesk:
    """Moves products of a world from state to state. Safe to use from many threads.

    schedule: lets something happen at a time of the sandbox's clock. failing: the products whose audits fail.
    """

    world: World
    schedule: Schedule
    failing: set[tuple[str, str]] = field(default_factory=set)
    _audits: dict[tuple[str, str], float] = field(default_factory=dict)

    def status(self, shop: Shop, product_id: str) -> str | None:
        """Return the state of a product; None when the shop has none."""
        position = shop.catalogue.position(product_id)
        return None if position is None else shop.catalogue.brief(position).status

    def activate(self, shop: Shop, product_id: str) -> bool:
        """Send a hidden product to its audit; False when its state does not allow it."""
        key, now = (shop.shop_id, product_id), self.world.now
        fields: Json = {"status": "PENDING", "audit": _audit("AUDITING")}
        if not shop.catalogue.move(product_id, int(now), HIDDEN, fields):
            return False
        self._audits[key] = due = now + self.world.options.audit_seconds
        self._tell(shop, product_id, {"audit": fields["audit"]}, int(now))
        self.schedule(due, lambda at: self._decide(shop, product_id, due, int(at)))
        return True

    def deactivate(self, shop: Shop, product_id: str) -> bool:
        """Take a product off sale; False when its state does not allow it. The seller did it: nothing is announced."""
        fields = {"status": "SELLER_DEACTIVATED"}
        return shop.catalogue.move(product_id, int(self.world.now), {"ACTIVATE"}, fields)

    def freeze(self, shop: Shop, product_id: str, *, thaw: bool = False) -> None:
        """Freeze a product, as the platform does, or put it back on sale; raises KeyError when there is none."""
        now, fields = int(self.world.now), {"status": "ACTIVATE" if thaw else "FREEZE"}
        shop.catalogue.edit(product_id, now, fields)
        self._tell(shop, product_id, fields, now)

    def set_audit(self, shop: Shop, product_id: str, *, passes: bool) -> None:
        """Settle how the audits of a product end from now on; raises KeyError when there is no such product."""
        if shop.catalogue.position(product_id) is None:
            raise KeyError(product_id)
        (self.failing.discard if passes else self.failing.add)((shop.shop_id, product_id))

    def _decide(self, shop: Shop, product_id: str, due: float, now: int) -> None:
        """End an audit, unless it is not the product's latest any more or something else came in between."""
        key = (shop.shop_id, product_id)
        if self._audits.get(key) != due:
            return
        del self._audits[key]
        fails = key in self.failing
        fields: Json = {"status": "FAILED", "audit": _audit("FAILED")}
        if not fails:
            fields = {"status": "ACTIVATE", "audit": _audit("APPROVED")}
        if shop.catalogue.move(product_id, now, {"PENDING"}, fields):
            self._tell(shop, product_id, fields, now)

    def _tell(self, shop: Shop, product_id: str, fields: Json, now: int) -> None:
        for event, data in product_news.edited(product_id, fields, now):
            self.world.announce(shop, event, data)


def _audit(status: str) -> Json:
    return {"status": status, "pre_approved_reasons": []}
