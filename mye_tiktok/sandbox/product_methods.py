"""What a sandbox lets its owner do with products."""

from mye_tiktok.sandbox import product_news
from mye_tiktok.sandbox.product_desk import ProductDesk
from mye_tiktok.sandbox.shops import Shop
from mye_tiktok.sandbox.world import World


class ProductMethods:
    """The part of Sandbox that is about products. `shop_id` is the first shop unless it is given."""

    world: World
    products: ProductDesk

    def shop(self, shop_id: str = "") -> Shop:
        """Return the shop with this id, or the first."""
        raise NotImplementedError

    def change_products(self, number: int, *, shop_id: str = "") -> list[str]:
        """Change price and stock of `number` products now; returns their ids."""
        return self.shop(shop_id).catalogue.change(number, int(self.world.now))

    def edit_product(self, product_id: str, *, shop_id: str = "", **fields: object) -> None:
        """Set fields of a product now, in its search entry and its detail, and announce it.

        Raises KeyError when there is no such product.
        """
        shop, now = self.shop(shop_id), int(self.world.now)
        shop.catalogue.edit(product_id, now, fields)
        for event, data in product_news.edited(product_id, fields, now):
            self.world.announce(shop, event, data)

    def add_products(self, number: int, *, shop_id: str = "") -> list[str]:
        """Add products created now, and announce them; returns their ids."""
        shop, now = self.shop(shop_id), int(self.world.now)
        added = shop.catalogue.add(number, now)
        for product_id in added:
            self.world.announce(shop, "PRODUCT_CREATION", product_news.created(product_id, now))
        return added

    def remove_product(self, product_id: str, *, shop_id: str = "", forgotten: bool = False) -> None:
        """Delete a product: readable as DELETED but no longer listed, or `forgotten`: 12052260."""
        self.shop(shop_id).catalogue.remove(product_id, int(self.world.now), forgotten=forgotten)

    def freeze_product(self, product_id: str, *, thaw: bool = False, shop_id: str = "") -> None:
        """Freeze a product, so that it takes no stock or price, or put it back on sale, and announce it.

        Raises KeyError when there is no such product.
        """
        self.products.freeze(self.shop(shop_id), product_id, thaw=thaw)

    def set_audit(self, product_id: str, *, passes: bool, shop_id: str = "") -> None:
        """Settle how the audit of a product ends that runs or comes: it passes unless told otherwise.

        Raises KeyError when there is no such product.
        """
        self.products.set_audit(self.shop(shop_id), product_id, passes=passes)
