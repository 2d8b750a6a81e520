"""Products made from a seed: the product at a position is a function of seed, shop and position."""

import hashlib
from bisect import bisect_right
from collections.abc import Iterable, Sequence

from mye_tiktok.sandbox.answers import Json
from mye_tiktok.sandbox.markets import Market, words
from mye_tiktok.sandbox.source import Brief, without_audit

FIRST_ID = 1_729_000_000_000_000_000
SHOP_STRIDE, PRODUCT_STRIDE = 10**13, 1000
BEGINNING, END = 1_672_531_200, 1_751_328_000  # 2023-01-01 and 2025-07-01: all before any run of ours
DAY = 86_400
SLOWEST_UPDATE = 30 * DAY
SKU_COUNTS = (1, 2, 3, 3, 4, 5)
STATUSES = (
    *("ACTIVATE",) * 54,
    *("SELLER_DEACTIVATED",) * 4,
    *("DRAFT", "DRAFT", "PENDING", "FAILED", "PLATFORM_DEACTIVATED", "FREEZE"),
)
AUDITS = {"ACTIVATE": "APPROVED", "DRAFT": "NONE", "PENDING": "AUDITING", "FAILED": "FAILED"}
SIZES = ("S", "M", "L", "XL")
UNITS = {"VND": 50, "IDR": 50}


class GeneratedSource:
    """A shop of any size that takes no memory."""

    slowest_update: int | None = SLOWEST_UPDATE

    def __init__(
        self,
        *,
        seed: int,
        number: int,
        size: int,
        region: str,
        market: Market,
        warehouse_ids: Sequence[str],
        global_prices: bool,
    ) -> None:
        self._key = f"{seed}/{number}".encode()
        self._first = FIRST_ID + number * SHOP_STRIDE
        self._initial, self._size = size, size
        self._batches: list[tuple[int, int]] = []
        self._region, self._market, self._words = region, market, words(market.language)
        self._warehouse_ids = tuple(warehouse_ids)
        self._global_prices = global_prices

    def __len__(self) -> int:
        return self._size

    def extend(self, number: int, now: int) -> None:
        """Add products created at `now`."""
        latest = self.create_time(self._size - 1) if self._size else now
        self._batches.append((self._size, max(now, latest)))
        self._size += number

    def create_time(self, position: int) -> int:
        """Return the creation time: spread evenly over the past, or that of the batch added later."""
        if position < self._initial:
            return BEGINNING + position * (END - DAY - BEGINNING) // self._initial
        return self._batches[bisect_right(self._batches, position, key=lambda batch: batch[0]) - 1][1]

    def product_id(self, position: int) -> str:
        """Return the id, nineteen digits long."""
        return str(self._first + position * PRODUCT_STRIDE)

    def position(self, product_id: str) -> int | None:
        """Undo `product_id`."""
        position, rest = divmod(int(product_id) - self._first, PRODUCT_STRIDE) if product_id.isdecimal() else (-1, 0)
        return position if rest == 0 and 0 <= position < self._size else None

    def with_sku(self, sku_id: str) -> Iterable[int]:
        """Return the position that a SKU id is made of."""
        position = self.position(sku_id[:-3] + "000")
        return () if position is None else (position,)

    def with_seller_sku(self, seller_sku: str) -> Iterable[int]:
        """Return the position that a seller's code is made of."""
        try:
            position = int(seller_sku.split("-")[1], 16)
        except (IndexError, ValueError):
            return ()
        return (position,) if 0 <= position < self._size else ()

    def brief(self, position: int) -> Brief:
        """Return what a search filters by."""
        return self._brief(position, self._digest(position))

    def listing(self, position: int, revision: int) -> Json:
        """Return the search entry; now and then a key is missing or null, as in live answers."""
        digest = self._digest(position)
        entry = self._head(position, digest)
        entry["skus"] = self._skus(position, digest, revision)
        entry["sales_regions"] = [self._region]
        entry["is_not_for_sale"] = False
        entry["product_tags"] = []
        if digest[9] > 4:
            entry["recommended_categories"] = []
        if self._region == "US":
            entry["listing_quality_tier"] = ("POOR", "FAIR", "GOOD", "EXCELLENT")[digest[10] & 3]
        return entry

    def detail(self, position: int, revision: int) -> Json:
        """Return the product in full."""
        digest = self._digest(position)
        detail = self._head(position, digest)
        skus = self._skus(position, digest, revision)
        for index, sku in enumerate(skus):
            sku["sales_attributes"] = self._attributes(index, digest)
        leaf = digest[1] & 7
        detail["skus"] = skus
        detail["product_status"] = without_audit(detail["status"])
        detail["description"] = f"<p>{detail['title']}</p>\n<ul><li>{self._words.things[leaf]}</li></ul>"
        detail["category_chains"] = [
            {"id": "600000", "parent_id": "0", "local_name": self._words.things[0], "is_leaf": False},
            {"id": str(600001 + leaf), "parent_id": "600000", "local_name": self._words.things[leaf], "is_leaf": True},
        ]
        if digest[11] & 3:
            detail["brand"] = {"id": str(7082427311584347900 + (digest[11] & 3)), "name": self._words.qualities[2]}
        detail["main_images"] = [_image(position, number) for number in range(1 + (digest[12] & 1))]
        detail["package_weight"] = {"value": f"{digest[13] / 100 + 0.05:.2f}", "unit": "KILOGRAM"}
        detail["package_dimensions"] = {
            "length": "30",
            "width": "20",
            "height": str(digest[14] % 20 + 1),
            "unit": "CENTIMETER",
        }
        detail["is_cod_allowed"] = False
        return detail

    def _digest(self, position: int) -> bytes:
        return hashlib.blake2b(position.to_bytes(8, "little"), digest_size=64, key=self._key).digest()

    def _brief(self, position: int, digest: bytes) -> Brief:
        created = self.create_time(position)
        if position >= self._initial:
            return Brief(created, created, "ACTIVATE")
        later = int.from_bytes(digest[:4], "little") % SLOWEST_UPDATE
        return Brief(created, min(created + later, END), STATUSES[digest[4] & 63])

    def _head(self, position: int, digest: bytes) -> Json:
        created, updated, status = self._brief(position, digest)
        name = self._words
        title = f"{name.qualities[digest[0] & 7]} {name.things[digest[1] & 7]}{name.endings[digest[2] & 7]}"
        head: Json = {
            "id": str(self._first + position * PRODUCT_STRIDE),
            "title": f"{title} {position + 1}",
            "status": status,
        }
        head["create_time"], head["update_time"] = created, updated
        if digest[3] > 8:
            head["audit"] = {"status": AUDITS.get(status, "APPROVED"), "pre_approved_reasons": []}
        if digest[3] & 15:
            head["has_draft"] = False
        return head

    def _skus(self, position: int, digest: bytes, revision: int) -> list[Json]:
        currency = self._market.currency
        first_id = self._first + position * PRODUCT_STRIDE + 1
        base = 199 + int.from_bytes(digest[6:8], "little") % 20000
        skus: list[Json] = []
        for index in range(SKU_COUNTS[digest[5] % 6]):
            amount = self._amount(base + index * 50 + (revision if index == 0 else 0), digest[8])
            price = {"currency": currency, "tax_exclusive_price": amount}
            if self._global_prices or digest[8] & 3:
                price["sale_price"] = amount
            odd = digest[16 + index * 8]
            sku: Json = {"id": str(first_id + index), "price": price}
            if odd > 3:
                sku["seller_sku"] = "" if odd < 12 else f"SKU-{position:X}-{index}"
            elif odd > 1:
                sku["seller_sku"] = None
            sku["inventory"] = self._inventory(digest[17 + index * 8 : 24 + index * 8], revision if index == 0 else 0)
            sku["status_info"] = {"status": "NORMAL"}
            skus.append(sku)
        return skus

    def _inventory(self, digest: bytes, revision: int) -> list[Json]:
        if digest[0] == 0 and not revision:
            return []
        held = 1 + digest[1] % len(self._warehouse_ids)
        return [
            {"warehouse_id": warehouse_id, "quantity": (digest[2 + at] * 4 if digest[2 + at] > 25 else 0) + revision}
            for at, warehouse_id in enumerate(self._warehouse_ids[:held])
        ]

    def _amount(self, minor: int, odd: int) -> str:
        if self._market.decimals:
            return f"{minor // 100}.{minor % 100:02d}"
        whole = minor * UNITS.get(self._market.currency, 1)
        return f"{whole}.1" if odd == 7 else str(whole)

    def _attributes(self, index: int, digest: bytes) -> list[Json]:
        colour, size = index % 2 + digest[15] % 4, index // 2
        name = self._words
        return [
            {"id": "100000", "name": name.colour, "value_id": str(730000 + colour), "value_name": name.colours[colour]},
            {"id": "100007", "name": name.size, "value_id": str(730100 + size), "value_name": SIZES[size]},
        ]


def _image(position: int, number: int) -> Json:
    uri = f"tos-sandbox/{position}/{number}"
    return {
        "height": 600,
        "width": 600,
        "uri": uri,
        "urls": [f"https://images.example.com/{uri}.jpeg"],
        "thumb_urls": [f"https://images.example.com/{uri}-300.jpeg"],
    }
