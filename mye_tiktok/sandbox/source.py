"""Where the products of a shop come from, before anybody changed them."""

from collections.abc import Iterable
from typing import NamedTuple, Protocol

from mye_tiktok.sandbox.answers import Json


class Brief(NamedTuple):
    """What a search filters by. Times in unix seconds."""

    create_time: int
    update_time: int
    status: str


def without_audit(status: str) -> str:
    """Return the status of a product as `product_status` has it, which knows no audits."""
    return "INITIAL" if status in {"PENDING", "FAILED"} else status


class Source(Protocol):
    """Products by position, oldest first; every answer is a function of the position alone.

    `slowest_update` bounds update_time - create_time in seconds, so that a search by update time need not
    look at every product; None where nothing is known.
    """

    slowest_update: int | None

    def __len__(self) -> int:
        """Count the products."""

    def create_time(self, position: int) -> int:
        """Return when a product was created; never decreases with the position."""

    def brief(self, position: int) -> Brief:
        """Return what a search filters by."""

    def product_id(self, position: int) -> str:
        """Return the id of the product at a position."""

    def position(self, product_id: str) -> int | None:
        """Return where a product stands, or None."""

    def with_sku(self, sku_id: str) -> Iterable[int]:
        """Return positions that may hold this SKU."""

    def with_seller_sku(self, seller_sku: str) -> Iterable[int]:
        """Return positions that may hold a SKU with this code of the seller."""

    def listing(self, position: int, revision: int) -> Json:
        """Return a new search entry; `revision` counts changes and shows in price and stock."""

    def detail(self, position: int, revision: int) -> Json:
        """Return a new product in full that agrees with its search entry."""

    def extend(self, number: int, now: int) -> None:
        """Add products created at `now`; raises ValueError where that cannot be."""
