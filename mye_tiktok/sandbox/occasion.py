"""What a webhook is about: a shop and its things, and the moment."""

import secrets
import time
import uuid
from dataclasses import dataclass

from mye_tiktok.sandbox.book import Window
from mye_tiktok.sandbox.catalogue import Catalogue
from mye_tiktok.sandbox.markets import market
from mye_tiktok.sandbox.options import DAY, SandboxOptions
from mye_tiktok.sandbox.order_past import OrderFilter
from mye_tiktok.sandbox.shops import Seller, Shop, generated_sellers

PRODUCT_ID, SKU_ID = "1729000000000000000", "1729000000000000001"
ORDER_ID, PACKAGE_ID = "577000000000000001", "1152921504606846977"


@dataclass(frozen=True, slots=True, kw_only=True)
class Occasion:
    """Whose event it is, which things it names, and when it happens, in unix seconds.

    `ends_at` is the end of the authorization.
    """

    now: float
    shop_id: str
    seller_open_id: str
    product_id: str = PRODUCT_ID
    sku_id: str = SKU_ID
    order_id: str = ORDER_ID
    package_id: str = PACKAGE_ID
    warehouse_id: str = "7300000000000000001"
    currency: str = "GBP"
    ends_at: float = 0.0

    def facts(self) -> dict[str, object]:
        """Return what the templates of events name, each in the type that it has on the wire."""
        now = int(self.now)
        second = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(now))
        nanoseconds = int(self.now % 1 * 1_000_000) * 1000 + 7
        ends_at = int(self.ends_at or now + 30 * DAY)
        return {
            **{name: getattr(self, name) for name in ("shop_id", "seller_open_id", "product_id", "sku_id")},
            **{name: getattr(self, name) for name in ("order_id", "package_id", "warehouse_id", "currency")},
            **{f"{name}_number": _number(getattr(self, f"{name}_id")) for name in ("shop", "product", "sku")},
            "seller_id": self.seller_open_id,
            "creator_open_id": f"creator-{self.seller_open_id}",
            "conversation_id": f"75{self.shop_id[-17:]}",
            "aftersales_id": f"40{self.order_id[-17:]}",
            "now": now,
            "now_text": str(now),
            "microseconds": str(int(self.now * 1_000_000)),
            "iso": f"{second}Z",
            "iso_nanoseconds": f"{second}.{nanoseconds:09d}Z",
            "ends_at": str(ends_at),
            "days": -(-(ends_at - now) // DAY),
        }


def occasion(seller: Seller, shop: Shop, now: float) -> Occasion:
    """Return an occasion in a shop, about its first product and its latest order."""
    product_id, sku_id = _first_product(shop.catalogue)
    query = OrderFilter().query(Window(), shop.stall, shop.orders.series)
    latest, _, _ = shop.orders.search(query, "update_time", 1, descending=True)
    return Occasion(
        now=now,
        shop_id=shop.shop_id,
        seller_open_id=seller.open_id,
        product_id=product_id,
        sku_id=sku_id,
        order_id=latest[0].item_id if latest else ORDER_ID,
        warehouse_id=str(shop.warehouses[0]["id"]) if shop.warehouses else "7300000000000000001",
        currency=market(shop.region).currency if shop.region else "GBP",
    )


def usual(now: float) -> Occasion:
    """Return an occasion in the first shop of a sandbox that was started without options."""
    seller = generated_sellers(SandboxOptions())[0]
    return occasion(seller, seller.shops[0], now)


def new_id() -> str:
    """Return an id of nineteen digits that nobody had before, also not an earlier sandbox of the same seed."""
    return f"7{secrets.randbelow(10**18):018d}"


def new_uuid() -> str:
    """Return a new UUID."""
    return str(uuid.uuid4())


def _first_product(catalogue: Catalogue) -> tuple[str, str]:
    if not len(catalogue):
        return PRODUCT_ID, SKU_ID
    skus = catalogue.listing(0).get("skus") or [{}]
    return catalogue.product_id(0), str(skus[0].get("id") or SKU_ID)


def _number(text: str) -> int:
    return int(text) if text.isdecimal() else 0
