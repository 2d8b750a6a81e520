"""What a sandbox lets its owner do with stock."""

from mye_tiktok.sandbox.shops import Shop
from mye_tiktok.sandbox.stock_desk import StockDesk
from mye_tiktok.sandbox.stock_room import Levels


class StockMethods:
    """The part of Sandbox that is about stock. `shop_id` is the shop that has the SKU, or the first."""

    stock: StockDesk

    def shop(self, shop_id: str = "") -> Shop:
        """Return the shop with this id, or the first."""
        raise NotImplementedError

    def stock_of(self, sku_id: str, *, shop_id: str = "") -> dict[str, int]:
        """Return the true sellable pieces of a SKU per warehouse, also while answers still show older ones.

        Raises KeyError when there is no such SKU.
        """
        return self.stock.levels(self.stock.shop_of(sku_id, shop_id), sku_id)

    def set_stock(self, sku_id: str, levels: Levels, *, shop_id: str = "") -> None:
        """Set the pieces of a SKU per warehouse as the seller does by hand; it lies in these warehouses from then on.

        Raises KeyError for a SKU or warehouse that does not exist, ValueError for pieces below 0.
        """
        self.stock.put(self.stock.shop_of(sku_id, shop_id), sku_id, levels)

    def lock_stock(self, sku_id: str, *, locked: bool = True, shop_id: str = "") -> None:
        """Put a SKU into a promotion, so that its price stays and its stock does not go down; or take it out.

        Raises KeyError when there is no such SKU.
        """
        locks = self.stock.room(self.stock.shop_of(sku_id, shop_id)).locked
        (locks.add if locked else locks.discard)(sku_id)

    def add_warehouse(self, shop_id: str = "") -> str:
        """Open a sales warehouse in a shop, and return its id; `set_stock` puts SKUs there."""
        return self.stock.add_warehouse(self.shop(shop_id))

    def disable_warehouse(self, warehouse_id: str, *, enabled: bool = False) -> None:
        """Disable a warehouse, so that it takes no stock: 12052531; or enable it again."""
        (self.stock.disabled.discard if enabled else self.stock.disabled.add)(warehouse_id)
